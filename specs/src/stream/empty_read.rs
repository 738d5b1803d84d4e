//! A read into an empty buffer changes nothing.

use sockspec_harness::oracle::stream::{Run, exact_and};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::Outcome;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::{CLIENT, ENDS, PEER, finished, other_finished};

pub(super) static SPEC: Spec = Spec {
    id: "stream/empty-read",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a read into an empty buffer takes no byte, ends nothing and fails at nothing",
    clause: "POSIX read (of no bytes), tokio AsyncRead::poll_read (a buffer without room)",
    needs: Needs { capabilities: &[Capability::EmptyRead], ..Needs::STREAM },
    kills: &["empty-read-ends", "empty-read-consumes"],
    experiments,
    judge: |_, plans, traces| exact_and(plans, traces, |run| failed(run).unwrap_or(Verdict::Pass)),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let mut experiments: Vec<Experiment> =
        ENDS.into_iter().map(|from| around_bytes(subject, from).into()).collect();
    let script = (0..60).fold(Script::open(), |script, turn: u64| {
        let script = empty(empty(script, CLIENT), PEER);
        empty(script.transfer(ENDS[turn as usize % 2], 1 + turn % 4), CLIENT)
    });
    experiments.push(finished(subject, script, CLIENT).into());
    experiments
}

/// Before the first byte, between bytes, while bytes wait, and while the end waits behind bytes.
fn around_bytes(subject: &Subject, from: End) -> Plan {
    let to = from.other();
    let script = empty(empty(Script::open(), to), to).transfer(from, 10);
    let script = [1, 2, 100, 4096, 20_000].into_iter().fold(script, |script, len| {
        let script = empty(script, to).send(from, len).step(from, Operation::Flush);
        let script = empty(empty(script, to), to).receive(to, len, 64.max(len as u32 / 9));
        empty(script, to).transfer_with(from, len, |transfer| transfer.reader_waits = true)
    });
    let script = empty(script.send(from, 50).shut_down(from), to).receive_to_end(to);
    other_finished(subject, script, from)
}

fn empty(script: Script, end: End) -> Script {
    script.step(end, Operation::PollReceive { max: 0 })
}

/// An empty read that failed though the stream had neither ended nor been torn.
fn failed(run: &Run<'_>) -> Option<Verdict> {
    run.seen().find_map(|seen| {
        let Operation::PollReceive { max: 0 } = seen.operation else { return None };
        let is_over = run.shuts_down(seen.end.other(), seen.step) || run.is_torn(seen.end, seen.step);
        let actual = match seen.outcome {
            Outcome::Reset => "a reset".to_owned(),
            Outcome::Error(failure) => failure.to_string(),
            _ => return None,
        };
        (run.is_open(seen.end, seen.index) && !is_over).then(|| {
            let expected = format!("an empty read at {} to be done or to wait", seen.end);
            Verdict::fail(FailureKind::UnexpectedError, expected, actual)
        })
    })
}
