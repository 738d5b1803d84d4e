//! Who connects to a port on which nobody listens is told so.
//!
//! The port is bound, so that nobody else can begin to listen on it and the client cannot meet itself there.

use std::io::ErrorKind;

use sockspec_harness::oracle::stream::{Run, Seen};
use sockspec_harness::oracle::tcp::{exact_connections, is_barred, listens};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/refused",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "connecting to a port on which nobody listens is refused",
    clause: "A4; RFC 9293 §3.5.2, §3.10.7.1; POSIX connect (ECONNREFUSED)",
    needs: super::TCP,
    kills: &["connects-to-nobody"],
    experiments,
    judge,
};

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let listener = End::listener(0);
    let attempt = |script: Script, n| script.step(End::client(n), Operation::Connect(listener));
    let bound = || Script::new().step(listener, Operation::Bind);
    let once = attempt(bound(), 0);
    let thrice = (0..3).fold(bound(), attempt);
    // The control: as soon as somebody listens there, the same address takes a connection, so it was no wrong address.
    let then_listens = attempt(bound(), 0).step(listener, Operation::Listen).connect(1, 0);
    let then_listens = then_listens.transfer(End::client(1), 9).finish_both(1);
    // A listener next door changes nothing.
    let beside = attempt(bound().listen(1).connect(1, 1), 0).transfer(End::client(1), 9);
    [once, thrice, then_listens, beside].map(|script| Experiment::from(script.plan())).into()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let said = Run::all(plans, traces)
        .flat_map(|run| run.seen().filter_map(move |seen| judge_attempt(&run, &seen)).collect::<Vec<_>>());
    let (departures, doubts): (Vec<_>, Vec<_>) =
        said.partition(|verdict| matches!(verdict, Verdict::Fail(_)));
    departures
        .into_iter()
        .chain(doubts)
        .next()
        .unwrap_or_else(|| exact_connections(plans, traces, |_| Verdict::Pass))
}

/// What is to be said of an attempt to connect to a bound end that does not listen, unless that it was refused.
fn judge_attempt(run: &Run<'_>, seen: &Seen<'_>) -> Option<Verdict> {
    let Operation::Connect(target) = *seen.operation else { return None };
    let is_bound = run.plan.steps[..seen.step]
        .iter()
        .any(|step| step.end == target && step.operation == Operation::Bind)
        && !run.asks(target, seen.step, |operation| matches!(operation, Operation::Drop | Operation::Abort));
    if !is_bound || target == seen.end || listens(run, target, seen.index) {
        return None;
    }
    let wanted = format!("{} to be refused by {target}, which does not listen", seen.end);
    match seen.outcome {
        Outcome::Error(failure) if failure.kind == ErrorKind::ConnectionRefused => None,
        Outcome::Error(failure) if failure.kind == ErrorKind::Unsupported || failure.is_exhaustion() => None,
        Outcome::Error(failure) if is_barred(failure) => {
            Some(Verdict::Inconclusive(format!("this host answered in place of the port: {failure}")))
        }
        Outcome::Silent => {
            Some(Verdict::Inconclusive("nobody answered, as where a packet filter drops".to_owned()))
        }
        Outcome::Done => Some(Verdict::fail(FailureKind::MissingError, wanted, "a connection")),
        Outcome::NotWoken => {
            Some(Verdict::fail(FailureKind::LostWakeUp, wanted, "nothing woke it, though it could go on"))
        }
        Outcome::Reset => Some(Verdict::fail(FailureKind::WrongError, wanted, "a reset")),
        Outcome::Error(failure) => Some(Verdict::fail(FailureKind::WrongError, wanted, failure.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use sockspec_harness::plan::{End, Operation, Script};
    use sockspec_harness::trace::{Failure, Outcome};

    use super::SPEC;
    use crate::written::{error, said, sound};

    #[test]
    fn attempts_and_what_is_said_of_them() {
        // Step 0 binds, 1 connects in vain, 2 listens, 3 connects.
        let listener = End::listener(0);
        let plan = Script::new()
            .step(listener, Operation::Bind)
            .step(End::client(0), Operation::Connect(listener))
            .step(listener, Operation::Listen)
            .connect(1, 0)
            .plan();
        let out_of_descriptors = Outcome::Error(Failure { kind: ErrorKind::Other, errno: Some(24) });
        let table = [
            ("pass", error(ErrorKind::ConnectionRefused)),
            ("missing error", Outcome::Done),
            ("wrong error", Outcome::Reset),
            ("wrong error", error(ErrorKind::NotConnected)),
            ("inconclusive", error(ErrorKind::TimedOut)),
            ("inconclusive", error(ErrorKind::PermissionDenied)),
            ("inconclusive", Outcome::Silent),
            ("lost wake-up", Outcome::NotWoken),
            ("skipped", error(ErrorKind::Unsupported)),
            ("cannot run", out_of_descriptors),
        ];
        for (expected, outcome) in table {
            let trace = sound(&plan).but(1, &[(End::client(0), outcome.clone())]);
            assert_eq!(said(&SPEC, &plan, trace), expected, "{outcome:?}");
        }
    }

    #[test]
    fn an_end_that_was_never_bound_proves_nothing() {
        let plan = Script::new().step(End::client(0), Operation::Connect(End::listener(0))).plan();
        assert_eq!(said(&SPEC, &plan, sound(&plan)), "pass");
    }
}
