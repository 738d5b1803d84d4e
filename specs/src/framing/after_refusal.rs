//! What a codec may do when it has refused a frame.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Payload, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, MIB, PEER, cut_at, feed, finish, fitting, frames, header_len, lacks_refusable, layout, pieces,
    wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/after-refusal",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "after it has refused a frame a decoder ends, repeats its error or goes on behind that frame; it never takes bytes of it for frames",
    clause: "A10",
    needs: Needs { lacks: |subject| lacks_refusable(subject, 9 * MIB), ..Needs::DECODER },
    kills: &["limit-resumes-inside", "limit-skips-short", "limit-cuts-frame"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let most = layout.largest();
    let mut experiments: Vec<Experiment> = Vec::new();
    let longer = if most > MIB { &[1][..] } else { &[1, 2, 100] };
    for more in longer {
        let Some(len) = most.checked_add(*more).filter(|len| *len <= layout.announceable()) else { continue };
        let payload = of_frames(layout, len as usize);
        // Payloads of many megabytes take their time: the ways that differ most are enough.
        let is_cheap = most <= MIB;
        for before in if is_cheap { vec![&[][..], &[5]] } else { vec![&[5][..]] } {
            let before = fitting(layout, before);
            let start = wire_len(layout, &before);
            let header = header_len(layout, len);
            let end = start + header + len;
            let behind = fitting(layout, &[6, 7]);
            let lay = || {
                let script = frames(Script::new(), CLIENT, &before);
                frames(script.step(CLIENT, Operation::Frame(payload.clone())), CLIENT, &behind)
            };
            let ways =
                [&[][..], &[start + header], &[start + header - 1], &[start + header + 1, end], &[end]];
            let ways = if is_cheap { &ways[..] } else { &ways[..1] };
            for cuts in ways.iter().map(|places| cut_at(places)).chain([pieces(1 + (len / 40) as u32)]) {
                experiments.push(finish(feed(lay(), PEER, cuts), PEER).into());
            }
            // What comes behind the refused frame comes later.
            let script =
                frames(Script::new(), CLIENT, &before).step(CLIENT, Operation::Frame(payload.clone()));
            let script = feed(frames(feed(script, PEER, Cuts::None), CLIENT, &behind), PEER, pieces(3));
            experiments.push(finish(script, PEER).into());
        }
    }
    experiments
}

/// A payload that is made of short frames, so that a decoder which goes on inside it finds what it looks for.
fn of_frames(layout: &Layout, len: usize) -> Payload {
    let inner = vec![0xEE; layout.largest().min(4) as usize];
    let frame = layout.encode(&inner).unwrap_or_default();
    let mut bytes: Vec<u8> = frame.iter().copied().cycle().take(len).collect();
    if frame.is_empty() {
        bytes.resize(len, 0xEE);
    }
    Payload::Literal(bytes)
}
