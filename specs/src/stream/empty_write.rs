//! A write of nothing changes nothing.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, End, Operation, Payload, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::in_turns;

pub(super) static SPEC: Spec = Spec {
    id: "stream/empty-write",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a write of no bytes sends nothing: the reader sees neither an end nor a gap",
    clause: "POSIX write (of no bytes), tokio AsyncWrite::poll_write (an empty buffer)",
    needs: Needs::STREAM,
    kills: &["empty-write-ends"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    in_turns(subject, |script, from| {
        // First thing of all, with a reader that looks; then around and between bytes.
        let script = seen(empty(script, from), from);
        let script = [1, 2, 100, 4096, 20_000].into_iter().fold(script, |script, len| {
            let script = seen(empty(script.transfer(from, len), from), from);
            let script = empty(empty(script.send(from, len), from).step(from, Operation::Flush), from);
            seen(empty(script.receive(from.other(), len, 5000), from).step(from, Operation::Flush), from)
        });
        (0..30).fold(script, |script, turn| empty(script, from).transfer(from, 1 + turn % 3))
    })
}

fn empty(script: Script, from: End) -> Script {
    script.step(from, Operation::PollSend(Payload::Literal(Vec::new())))
}

/// Polls the reader, which has nothing to get.
fn seen(script: Script, from: End) -> Script {
    script.step(from.other(), Operation::PollReceive { max: 64 })
}
