//! Who has shut down cannot write any more, and is told so.

use sockspec_harness::oracle::stream::{Run, Seen, exact_and};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::ENDS;

pub(super) static SPEC: Spec = Spec {
    id: "stream/write-after-shutdown",
    level: Level::Must,
    level_elsewhere: Level::Should,
    rule: "a write after this end's shutdown is refused with an error",
    clause: "POSIX shutdown, POSIX send (EPIPE), RFC 9293 §3.9.1.2",
    needs: Needs { capabilities: &[Capability::RefusesWriteAfterShutdown], ..Needs::STREAM },
    kills: &["write-after-shutdown-accepted"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let late = |mut script: Script, from: End| {
        let payload = script.payload(from, 10);
        script.step(from, Operation::PollSend(payload)).step(from, Operation::Flush)
    };
    let plan = |from: End, reads_first: bool| {
        let script = Script::open().transfer(from, 100).shut_down(from);
        let script = if reads_first { script.receive_to_end(from.other()) } else { script };
        let script = late(late(script, from), from);
        let script = if reads_first { script } else { script.receive_to_end(from.other()) };
        if !subject.can(Capability::HalfClose) {
            return script.plan();
        }
        // The refusal leaves the other direction alone.
        late(script.transfer(from.other(), 100), from).finish(from.other()).plan()
    };
    ENDS.into_iter().flat_map(|from| [plan(from, true), plan(from, false)]).map(Experiment::from).collect()
}

/// A kernel's stream refuses the write itself; a buffered writer may say so only when it is flushed.
fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_and(plans, traces, |run| {
        let accepted = run.seen().find(|seen| was_accepted(run, seen));
        match accepted.filter(|seen| subject.is_kernel || was_flushed(run, seen)) {
            Some(seen) => Verdict::fail(
                FailureKind::MissingError,
                format!("a write at {} to be refused after its shutdown", seen.end),
                "it was taken without an error",
            ),
            None => Verdict::Pass,
        }
    })
}

/// A write that was taken after the shutdown of its end was done.
fn was_accepted(run: &Run<'_>, seen: &Seen<'_>) -> bool {
    matches!(seen.outcome, Outcome::Accepted { len: 1.. })
        && run.flow_before(seen.end, seen.index).is_shut_down
        && !run.is_torn(seen.end, seen.step)
        && !run.seen_of(seen.step).any(|other| matches!(other.outcome, Outcome::Error(_) | Outcome::Reset))
}

/// Whether a later flush was done, and none failed.
fn was_flushed(run: &Run<'_>, write: &Seen<'_>) -> bool {
    let later = run.seen().filter(|seen| {
        seen.step > write.step && seen.end == write.end && matches!(seen.operation, Operation::Flush)
    });
    let outcomes: Vec<&Outcome> = later.map(|seen| seen.outcome).collect();
    !outcomes.is_empty() && outcomes.iter().all(|outcome| **outcome == Outcome::Done)
}
