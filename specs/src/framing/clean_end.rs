//! A stream that ends between frames ends cleanly.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, cut_at, feed, finish, fitting, frames, is_direct, layout, pieces, sizes, stream, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/clean-end",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a stream that ends between frames, or before the first, ends without an error and without another frame",
    clause: "A10",
    needs: Needs::DECODER,
    kills: &[
        "clean-end-refused",
        "empty-stream-refused",
        "end-invents-empty",
        "end-repeats-frame",
        "endless-frames-at-end",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = vec![finish(Script::new(), PEER).into()];
    let shapes: [&[u64]; 10] =
        [&[0], &[1], &[5], &[300], &[5, 0], &[0, 0], &[5, 6, 7], &[9; 20], &[70_000], &[1, 70_000, 0]];
    for lens in shapes {
        let lens = fitting(layout, lens);
        let end = wire_len(layout, &lens);
        let piece = if end < 500 { pieces(1) } else { pieces(5000) };
        for cuts in [Cuts::None, piece, cut_at(&[end - 1]), cut_at(&[1])] {
            experiments.push(stream(&lens, cuts).into());
        }
        // Every frame in a piece of its own.
        let each = |script, len: &u64| feed(frames(script, CLIENT, &[*len]), PEER, Cuts::None);
        experiments.push(finish(lens.iter().fold(Script::new(), each), PEER).into());
    }
    for size in sizes(layout, if is_direct(subject) { 70_000 } else { 2000 }) {
        experiments.push(stream(&[size], Cuts::None).into());
    }
    experiments
}
