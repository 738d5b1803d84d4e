//! A writer whose reader does not read is made to wait, and goes on when it reads.

use sockspec_harness::oracle::stream::{Run, exact_and};
use sockspec_harness::plan::{Draw, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::{ENDS, MIB, finished};

pub(super) static SPEC: Spec = Spec {
    id: "stream/back-pressure",
    level: Level::Must,
    level_elsewhere: Level::Should,
    rule: "a writer whose reader does not read is made to wait, and goes on once it reads",
    clause: "RFC 9293 §3.8.6, POSIX send (blocks where there is no room)",
    needs: Needs { capabilities: &[Capability::BackPressure], ..Needs::STREAM },
    kills: &["no-back-pressure"],
    experiments,
    judge,
};

/// More than any system needs to keep for a reader that does not read.
///
/// The kernel's own buffers grow to some megabytes in each end (`tcp_wmem`, `tcp_rmem`, tcp(7)); 64 MiB is several times their sum.
const CAP: u64 = 64 * MIB;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let plan = |from| {
        let mut script = Script::open();
        let payload = script.payload(from, CAP);
        // The send behind the fill goes on only if it is woken once the other end reads.
        let script = script.step(from, Operation::Fill(payload)).send(from, 1000);
        finished(subject, script, from)
    };
    ENDS.into_iter().map(|from| plan(from).into()).collect()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_and(plans, traces, |run| taken_whole(run).unwrap_or(Verdict::Pass))
}

/// A fill of the whole cap that was taken to the last byte.
fn taken_whole(run: &Run<'_>) -> Option<Verdict> {
    run.seen().find_map(|seen| match (seen.operation, seen.outcome) {
        (Operation::Fill(payload), Outcome::Accepted { len }) if payload.len() >= CAP && *len >= CAP => {
            Some(Verdict::fail(
                FailureKind::NoBackPressure,
                format!("{} to be made to wait while {} does not read", seen.end, seen.end.other()),
                format!("all {len} bytes were taken"),
            ))
        }
        _ => None,
    })
}
