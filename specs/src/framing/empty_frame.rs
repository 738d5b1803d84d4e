//! A frame without payload is a frame.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, borders, cut_at, each_way, encoded, feed, finish, fitting, frames, is_direct, layout,
    pieces, stream, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/empty-frame",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "an empty frame comes out as an empty frame, wherever it stands",
    clause: "A10",
    needs: Needs::DECODER,
    kills: &[
        "empty-behind-another-swallowed",
        "empty-frame-ends",
        "empty-frame-swallowed",
        "empty-frame-waits",
        "empty-twins-merged",
        "after-empty-frame",
    ],
    experiments,
    judge: exact,
};

/// Where an empty frame may stand.
const SHAPES: [&[u64]; 12] = [
    &[0],
    &[0, 0],
    &[0, 0, 0],
    &[5, 0],
    &[0, 5],
    &[5, 0, 5],
    &[5, 0, 0, 5],
    &[0, 5, 0],
    &[0, 0, 5, 0, 0],
    &[300, 0],
    &[300, 0, 300],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    for lens in SHAPES {
        let lens = fitting(layout, lens);
        let end = wire_len(layout, &lens);
        // Fresh codecs even over sockets: what stands first on a connection counts here.
        experiments.push(stream(&lens, Cuts::None).into());
        experiments.push(stream(&lens, pieces(1)).into());
        let single: Vec<u64> =
            if is_direct(subject) { (1..end).collect() } else { borders(layout, &lens, 1) };
        experiments.extend(each_way(subject, &lens, single.into_iter().map(|at| cut_at(&[at]))));
        // One frame a piece.
        let script = lens
            .iter()
            .fold(Script::new(), |script, len| feed(frames(script, CLIENT, &[*len]), PEER, Cuts::None));
        experiments.push(finish(script, PEER).into());
        if subject.can(Capability::Encodes) {
            let script = feed(encoded(Script::new(), CLIENT, &lens), PEER, Cuts::None);
            experiments.push(finish(script, PEER).into());
        }
    }
    // Behind the largest frame that is cheap, and without anybody telling the decoder that the stream has ended.
    let large = layout.largest().min(70_000);
    experiments.push(stream(&[large, 0, large, 0], Cuts::None).into());
    experiments.push(feed(frames(Script::new(), CLIENT, &[0]), PEER, Cuts::None).plan().into());
    let many = vec![0; if is_direct(subject) { 5000 } else { 300 }];
    experiments.push(stream(&many, Cuts::None).into());
    experiments.push(stream(&many[..300], pieces(1)).into());
    let ended_twice = Script::new().step(PEER, Operation::FeedEnd);
    experiments.push(finish(ended_twice, PEER).into());
    experiments
}
