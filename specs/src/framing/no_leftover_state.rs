//! The last of many frames is as right as the first.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Cycle, Draw, Operation, Payload, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, cut_at, encoded, feed, finish, fitting, frames, header_len, is_direct, layout, pieces,
    sizes, stream, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/no-leftover-state",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "no frame leaves anything behind: the last of many is as right as the first, whatever came before it",
    clause: "A10",
    needs: Needs::DECODER,
    kills: &[
        "frame-256",
        "frame-of-128",
        "frame-of-255",
        "frame-of-256",
        "frame-of-65535",
        "ring-border",
        "stale-tail-frame",
        "length-signed-bytes",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let is_direct = is_direct(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    // Many frames: all together, one a piece, in small pieces.
    let count = if is_direct { 1100 } else { 300 };
    for pattern in [&[3][..], &[0], &[1, 9, 0, 200, 5]] {
        let lens: Vec<u64> = fitting(layout, pattern).into_iter().cycle().take(count).collect();
        experiments.push(stream(&lens, Cuts::None).into());
        experiments.push(stream(&lens, pieces(if is_direct { 5 } else { 50 })).into());
        let each = |script, len: &u64| feed(frames(script, CLIENT, &[*len]), PEER, Cuts::None);
        experiments.push(finish(lens.iter().fold(Script::new(), each), PEER).into());
        if subject.can(Capability::Encodes) {
            let script = feed(encoded(Script::new(), CLIENT, &lens), PEER, Cuts::None);
            experiments.push(finish(script, PEER).into());
        }
    }
    // As many as a plan has steps for; and more than a counter of 16 bits counts, laid in one.
    if is_direct {
        let lens: Vec<u64> = fitting(layout, &[0, 1]).into_iter().cycle().take(MOST_FRAMES).collect();
        experiments.push(stream(&lens, Cuts::None).into());
        let pair: Vec<u8> = [&[][..], &[7][..1.min(layout.largest() as usize)]]
            .into_iter()
            .flat_map(|payload| layout.encode(payload).unwrap_or_default())
            .collect();
        let len = pair.len() as u64 * (COUNTED / 2);
        for cuts in [Cuts::None, pieces(1000)] {
            let laid = Operation::Raw(Payload::Cycle(Cycle::new(pair.clone(), len)));
            experiments.push(finish(feed(Script::new().step(CLIENT, laid), PEER, cuts), PEER).into());
        }
    }
    // Sizes that rise and fall, one a piece and cut in the middle.
    let sizes = sizes(layout, if is_direct { 140_000 } else { 70_000 });
    let falling: Vec<u64> = sizes.iter().rev().copied().collect();
    let swinging: Vec<u64> = sizes.iter().zip(&falling).flat_map(|(a, b)| [*a, *b]).collect();
    for lens in [&sizes, &falling, &swinging] {
        let halved = |script, len: &u64| {
            let all = wire_len(layout, &[*len]);
            feed(frames(script, CLIENT, &[*len]), PEER, cut_at(&[all / 2]))
        };
        experiments.push(finish(lens.iter().fold(Script::new(), halved), PEER).into());
        experiments.push(stream(lens, pieces(8192)).into());
    }
    // Every length up to some thousand, together.
    let every: Vec<u64> = (0..=if is_direct { 2100 } else { 300 }.min(layout.largest())).collect();
    experiments.push(stream(&every, Cuts::None).into());
    experiments.push(stream(&every, pieces(4096)).into());
    // Each of them behind an empty one, and each cut: inside its header, right behind it, and inside its payload.
    let empty_first: Vec<u64> = every.iter().flat_map(|len| [0, *len]).collect();
    experiments.push(stream(&empty_first, Cuts::None).into());
    for place in if is_direct { 0..4 } else { 0..1 } {
        let cut = |script, len: &u64| {
            let header = header_len(layout, *len);
            let at = [1, header - 1, header, header + len / 2][place];
            feed(frames(script, CLIENT, &[*len]), PEER, cut_at(&[at]))
        };
        experiments.push(finish(every.iter().fold(Script::new(), cut), PEER).into());
    }
    // The longest that is cheap, then short and empty ones.
    let large = layout.largest().min(200_000);
    experiments.push(stream(&[large, 0, 1.min(large), large, 2.min(large), 0, large], pieces(60_000)).into());
    for _ in 0..if is_direct { 20 } else { 3 } {
        let lens: Vec<u64> = (0..draw.between(50, 300))
            .map(|_| (draw.length(1, 2000) - u64::from(draw.one_in(5))).min(layout.largest()))
            .collect();
        let cuts = pieces(draw.length(16, 5000) as u32);
        experiments.push(stream(&lens, cuts).into());
    }
    experiments
}

/// A plan holds no more steps than some 16,000.
const MOST_FRAMES: usize = 16_000;

/// More frames than a counter of 16 bits counts.
const COUNTED: u64 = 70_000;
