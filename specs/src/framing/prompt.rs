//! A frame comes out when its last byte is in: not before, and not later.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, cut_at, each_way, feed, finish, fitting, frames, in_turn, is_direct, layout, pieces, sizes,
    stream, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/prompt",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a frame comes out as soon as its last byte is in, and never before",
    clause: "A10; RFC 7766 §8",
    needs: Needs::DECODER,
    kills: &["early-frame", "late-frame", "late-cut-frame", "netstring-comma-cut"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let is_direct = is_direct(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    // The last byte of each frame alone, then the first of the next with it.
    let most = if is_direct { 140_000 } else { 70_000 };
    for size in sizes(layout, most) {
        let end = wire_len(layout, &[size]);
        let ways = [cut_at(&[end - 1]), cut_at(&[end - end.min(2)]), Cuts::None];
        if is_direct {
            experiments.extend(each_way(subject, &[size], ways));
        } else {
            experiments.push(in_turn(&[size], &ways).into());
        }
        let next = 2.min(layout.largest());
        experiments.push(stream(&[size, next], cut_at(&[end + 1])).into());
    }
    // Every length up to some hundreds, byte by byte or all but the last byte.
    let longest = if is_direct { 600 } else { 40 };
    let mut script = Script::new();
    for len in 0..=longest.min(layout.largest()) {
        let end = wire_len(layout, &[len]);
        script = feed(frames(script, CLIENT, &[len]), PEER, cut_at(&[end - 1]));
    }
    experiments.push(finish(script, PEER).into());
    let lens: Vec<u64> = fitting(layout, &[0, 1, 2, 3, 4, 5, 8, 16, 40]);
    experiments.push(stream(&lens, pieces(1)).into());
    for len in lens {
        experiments.push(stream(&[len], pieces(1)).into());
    }
    experiments
}
