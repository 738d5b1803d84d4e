//! A connection that was torn down is never taken for one that was ended.

use sockspec_harness::oracle::stream::{Run, departure, each};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::ENDS;

pub(super) static SPEC: Spec = Spec {
    id: "stream/reset-is-not-end",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a reader whose peer tore the connection down gets an error, and never the end",
    clause: "RFC 9293 §3.5.3, §3.9.1.6, POSIX recv (ECONNRESET)",
    needs: Needs { capabilities: &[Capability::Abort], ..Needs::STREAM },
    kills: &["error-as-end"],
    experiments,
    judge,
};

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let plans = ENDS.into_iter().flat_map(|aborts| [at_once(aborts), midway(aborts), with_unread(aborts)]);
    plans.map(Experiment::from).collect()
}

fn torn(script: Script, aborts: End) -> Plan {
    script.step(aborts, Operation::Abort).receive_to_end(aborts.other()).plan()
}

/// Nothing was sent at all.
fn at_once(aborts: End) -> Plan {
    torn(Script::open(), aborts)
}

/// Everything that was sent has been read.
fn midway(aborts: End) -> Plan {
    torn(Script::open().transfer(aborts, 1000).transfer(aborts.other(), 1000), aborts)
}

/// Bytes wait to be read, which may come or be lost.
fn with_unread(aborts: End) -> Plan {
    torn(Script::open().transfer(aborts, 10).send(aborts, 5000).step(aborts, Operation::Flush), aborts)
}

/// What was queued may still be read, exactly; which error follows is the system's choice.
fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    each(plans, traces, |run| match departure(run) {
        Some(finding) => Verdict::Fail(finding),
        None => ended(run).unwrap_or(Verdict::Pass),
    })
}

/// The end, or nothing at all, at an end whose peer has torn the connection down without a shutdown before.
fn ended(run: &Run<'_>) -> Option<Verdict> {
    run.seen().filter(|seen| seen.is_receiving() && run.is_open(seen.end, seen.index)).find_map(|seen| {
        let aborts = |operation: &Operation| matches!(operation, Operation::Abort);
        let peer = seen.end.other();
        let left_itself = run.is_torn(seen.end, seen.step) && !run.asks(peer, seen.step, aborts);
        if left_itself || !run.asks(peer, seen.step, aborts) || run.shuts_down(peer, seen.step) {
            return None;
        }
        let (kind, actual) = match seen.outcome {
            Outcome::End => (FailureKind::MissingError, "the end"),
            Outcome::Silent => (FailureKind::Stalled, "neither an error nor anything else"),
            _ => return None,
        };
        Some(Verdict::fail(
            kind,
            format!("an error at {}, since {peer} tore the connection down", seen.end),
            actual,
        ))
    })
}
