//! What is nobody's departure: a failure beside which this machine had nothing left, or let nothing pass.

use super::stream::Run;
use crate::plan::{Operation, Plan};
use crate::trace::{Failure, Outcome, Trace};
use crate::verdict::Verdict;

/// A departure beside an error of this machine's own says nothing of the system; what held in spite of it, holds.
///
/// Everything that judges traces asks here last: runs, campaigns and fuzz targets alike.
pub fn excuse(verdict: Verdict, plans: &[Plan], traces: &[Trace]) -> Verdict {
    if !matches!(verdict, Verdict::Fail(_) | Verdict::Inconclusive(_)) {
        return verdict;
    }
    match Run::all(plans, traces).find_map(|run| machine_failure(&run)) {
        Some(failure) if failure.is_exhaustion() => {
            Verdict::CannotRun(format!("this machine ran out of something: {failure}"))
        }
        Some(failure) if matches!(verdict, Verdict::Fail(_)) => {
            Verdict::CannotRun(format!("this machine lets nothing pass: {failure}"))
        }
        _ => verdict,
    }
}

/// The first error that was this machine's own, if there was one.
fn machine_failure(run: &Run<'_>) -> Option<Failure> {
    run.seen().find_map(|seen| {
        let (Outcome::Error(failure)
        | Outcome::Refused { failure, .. }
        | Outcome::EncodeRefused { failure, .. }) = *seen.outcome
        else {
            return None;
        };
        // An option that is not permitted closes no way.
        let is_barred = failure.is_barrier() && !matches!(seen.operation, Operation::Configure(_));
        (failure.is_exhaustion() || is_barred).then_some(failure)
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::excuse;
    use crate::plan::{End, Operation, Plan, Script, Setting};
    use crate::trace::{Failure, Observation, Outcome, Trace};
    use crate::verdict::{FailureKind, Verdict};

    fn failure(number: i32) -> Failure {
        Failure::of(&io::Error::from_raw_os_error(number))
    }

    /// What is said of a verdict beside a run whose first step came to nothing, and one whose first step came to `outcome`.
    fn excused(verdict: &Verdict, operation: Operation, outcome: Outcome) -> Verdict {
        let plan: Plan = Script::new().step(End::client(0), operation).plan();
        let seen = Observation { step: 0, end: End::client(0), outcome };
        let trace = Trace { observations: vec![seen], ..Trace::default() };
        excuse(verdict.clone(), &[plan.clone(), plan], &[Trace::default(), trace])
    }

    #[test]
    fn what_failed_beside_an_error_of_this_machine_could_not_be_run() {
        let failed = Verdict::fail(FailureKind::UnexpectedError, "a frame", "an error");
        let doubtful = Verdict::Inconclusive("nothing came".to_owned());
        for number in [libc::EMFILE, libc::EADDRNOTAVAIL, libc::ENETUNREACH, libc::EPERM] {
            let failure = failure(number);
            let outcomes = [
                Outcome::Error(failure),
                Outcome::Refused { failure, fed: 0, frames: 0 },
                Outcome::EncodeRefused { failure, emitted: 0 },
            ];
            for outcome in outcomes {
                let said = |verdict| excused(verdict, Operation::Open, outcome.clone());
                assert!(matches!(said(&failed), Verdict::CannotRun(_)), "{failure}");
                assert_eq!(matches!(said(&doubtful), Verdict::CannotRun(_)), failure.is_exhaustion());
                assert_eq!(said(&Verdict::Pass), Verdict::Pass);
            }
        }
    }

    #[test]
    fn what_says_nothing_of_this_machine_excuses_nothing() {
        let failed = Verdict::fail(FailureKind::UnexpectedError, "a frame", "an error");
        for failure in [failure(libc::EMSGSIZE), Failure::of(&io::ErrorKind::NetworkUnreachable.into())] {
            assert_eq!(excused(&failed, Operation::Open, Outcome::Error(failure)), failed, "{failure}");
        }
        let option = Operation::Configure(Setting::PrivateMtu(1500));
        assert_eq!(excused(&failed, option.clone(), Outcome::Error(failure(libc::EPERM))), failed);
        assert_ne!(excused(&failed, option, Outcome::Error(failure(libc::EMFILE))), failed);
    }
}
