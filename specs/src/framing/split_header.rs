//! A header may arrive in as many pieces as it has bytes.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cut, Cuts, Draw, Operation, Payload, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, cut_at, each_way, feed, finish, fitting, header_len, is_direct, layout, pieces, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/split-header",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a header may be cut anywhere, and into as many pieces as it has bytes",
    clause: "A8, A10; RFC 7766 §8",
    needs: Needs::DECODER,
    kills: &[
        "header-byte-by-byte",
        "header-cut-1",
        "cut-second-header-forgotten",
        "cut-header-forgotten",
        "header-border-cut",
        "header-cut-2",
        "header-cut-3",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments = Vec::new();
    let lens: &[u64] = if is_direct(subject) {
        &[0, 1, 5, 127, 128, 255, 256, 300, 1000, 16_383, 16_384, 65_535, 65_536]
    } else {
        &[0, 5, 128, 256, 70_000]
    };
    let mut lens = fitting(layout, lens);
    lens.dedup();
    for len in lens {
        let first = 3.min(layout.largest());
        experiments.extend(each_way(subject, &[len], ways(layout, 0, len)));
        // The header of the second frame, whose first comes with bytes of it; and of two frames, both headers cut.
        let start = wire_len(layout, &[first]);
        experiments.extend(each_way(subject, &[first, len], ways(layout, start, len)));
        let header = header_len(layout, len);
        let end = wire_len(layout, &[len]);
        let both = (1..=header.min(LONG)).map(|at| cut_at(&[at, end + at]));
        experiments.extend(each_way(subject, &[len, len], both));
    }
    // What stands around the length says nothing, whatever it is.
    for filler in [0x00, 0xFF, 0x5A] {
        if let Some(raw) = filled(layout, filler) {
            for cuts in [Cuts::None, pieces(1)] {
                let script = Script::new().step(CLIENT, Operation::Raw(Payload::Literal(raw.clone())));
                experiments.push(finish(feed(script, PEER, cuts), PEER).into());
            }
        }
    }
    experiments
}

/// Two frames in whose headers another byte stands in the place of what the layout leaves open; `None` if it leaves nothing open.
fn filled(layout: &Layout, filler: u8) -> Option<Vec<u8>> {
    if !layout.has_filler() {
        return None;
    }
    let frames = [3, 0].map(|len| {
        let payload = vec![b'p'; (layout.largest() as usize).min(len)];
        let (mut frame, header) = (layout.encode(&payload).ok()?, layout.header(payload.len() as u64)?);
        for place in layout.filler() {
            frame[..header.len()][place].fill(filler);
        }
        Some(frame)
    });
    frames.into_iter().flatten().reduce(|first, second| [first, second].concat())
}

/// Of a header longer than this not every set of cuts is tried.
const LONG: u64 = 8;

/// Every way to cut the header that begins at `start`, with and without a cut right behind it.
fn ways(layout: &Layout, start: u64, len: u64) -> Vec<Cuts> {
    let header = header_len(layout, len);
    let cut = |at: u64| Cut { at: (start + at) as u32, joined: false };
    if header > LONG {
        let first = if start == 0 { 1 } else { 0 };
        let single = (first..=header).map(|at| Cuts::At(vec![cut(at)]));
        let all = Cuts::At((first..=header).map(cut).collect());
        let neighbours = (first..header).map(|at| Cuts::At(vec![cut(at), cut(at + 1)]));
        return single.chain(neighbours).chain([all]).collect();
    }
    let sets = 1u32..1 << header;
    let set = |set: u32| Cuts::At((1..=header).filter(|at| set >> (at - 1) & 1 == 1).map(cut).collect());
    sets.map(set).collect()
}
