//! Once a stream has ended it stays ended.

use sockspec_harness::oracle::stream::{Run, Seen, exact_and};
use sockspec_harness::plan::{Draw, End, Operation, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::Outcome;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::ENDS;

pub(super) static SPEC: Spec = Spec {
    id: "stream/end-stays-end",
    level: Level::Must,
    level_elsewhere: Level::Should,
    rule: "a reader that was told of the end is told so again, each time it asks",
    clause: "POSIX recv (0 after an orderly shutdown)",
    needs: Needs { guarantees: &[Guarantee::SignalsEnd], ..Needs::STREAM },
    kills: &["end-not-kept", "bytes-after-end"],
    experiments,
    judge: |_, plans, traces| exact_and(plans, traces, |run| not_kept(run).unwrap_or(Verdict::Pass)),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let again = |script: Script, end| {
        [1, 4096, 65_536].into_iter().fold(script, |script, max| script.receive(end, 1, max))
    };
    let plan = |from: End, len| {
        let script = Script::open().send(from, len).finish(from);
        let script = again(script, from.other());
        if !subject.can(Capability::HalfClose) {
            return script.plan();
        }
        // What goes the other way does not bring the ended direction back.
        let script = again(script.transfer(from.other(), 5000), from.other());
        again(again(script.finish(from.other()), from), from.other()).plan()
    };
    ENDS.into_iter().flat_map(|from| [plan(from, 1), plan(from, 30_000)]).map(Experiment::from).collect()
}

/// A read behind the end that came to anything else.
///
/// A poll that has to wait is no departure: some systems never answer a first poll.
fn not_kept(run: &Run<'_>) -> Option<Verdict> {
    run.seen().filter(|seen| is_behind_the_end(run, seen)).find_map(|seen| {
        let (kind, actual) = match seen.outcome {
            Outcome::Delivered(content) => (FailureKind::Invented, format!("{} bytes", content.len)),
            Outcome::Silent => (FailureKind::MissingEnd, "a wait for nothing".to_owned()),
            Outcome::Reset => (FailureKind::UnexpectedError, "a reset".to_owned()),
            Outcome::Error(failure) => (FailureKind::UnexpectedError, failure.to_string()),
            _ => return None,
        };
        Some(Verdict::fail(kind, format!("the end again at {}", seen.end), actual))
    })
}

fn is_behind_the_end(run: &Run<'_>, seen: &Seen<'_>) -> bool {
    matches!(seen.operation, Operation::Receive { .. })
        && !run.is_torn(seen.end, seen.step)
        && run.flow_before(seen.sender(), seen.index).is_ended
}
