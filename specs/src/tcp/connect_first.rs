//! A socket that is not connected takes no bytes.

use std::io::ErrorKind;

use sockspec_harness::oracle::stream::{Run, Seen};
use sockspec_harness::oracle::tcp::exact_connections;
use sockspec_harness::plan::{Draw, End, Operation, Payload, Plan, Script};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Finding, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/connect-first",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a write before the connection is made is refused, and nothing of it is ever delivered",
    clause: "A4; RFC 9293 §3.9.1.2, §3.10.2; POSIX send (ENOTCONN, EPIPE)",
    needs: super::TCP,
    kills: &["write-before-connect"],
    experiments,
    judge,
};

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let client = End::client(0);
    // The refused bytes are of a pattern that nobody else sends, so that they would be known anywhere.
    let refused = |len| Operation::Send(Payload::Pattern { key: 9, offset: 0, len });
    let bound = || Script::new().step(client, Operation::Bind);
    let never_connected = bound().step(client, refused(1)).step(client, refused(1000));
    let then_connected = |len, later| {
        let script = bound().step(client, refused(len)).listen(0).connect(0, 0);
        script.transfer(client, later).transfer(End::peer(0), later).finish_both(0)
    };
    let drawn = then_connected(draw.length(1, 100_000), draw.length(1, 10_000));
    [never_connected, then_connected(1, 1), then_connected(1000, 10), drawn]
        .map(|script| Experiment::from(script.plan()))
        .into()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let unsupported = Run::all(plans, traces).any(|run| {
        run.seen().any(|seen| {
            matches!(seen.outcome, Outcome::Error(failure) if failure.kind == ErrorKind::Unsupported)
                && is_too_early(&run, &seen)
        })
    });
    if unsupported {
        return Verdict::Skipped("the system cannot write to an end that is not connected".to_owned());
    }
    let taken = Run::all(plans, traces).find_map(|run| run.seen().find_map(|seen| judge_write(&run, &seen)));
    taken.map_or_else(|| exact_connections(plans, traces, |_| Verdict::Pass), Verdict::Fail)
}

/// Whether something is written to a bound end of which the plan has not said how it is to be connected.
fn is_too_early(run: &Run<'_>, seen: &Seen<'_>) -> bool {
    let writes = matches!(seen.operation, Operation::Send(payload) if !payload.is_empty());
    let before = &run.plan.steps[..seen.step];
    let is_bound = before.iter().any(|step| step.end == seen.end && step.operation == Operation::Bind);
    let is_opened = before.iter().any(|step| {
        step.end.connection == seen.end.connection
            && matches!(
                step.operation,
                Operation::Open | Operation::Connect(_) | Operation::Accept(_) | Operation::Listen
            )
    });
    writes && is_bound && !is_opened && !run.is_concurrent()
}

fn judge_write(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    if !is_too_early(run, seen) {
        return None;
    }
    let (kind, actual) = match seen.outcome {
        Outcome::Accepted { len } if *len > 0 => (FailureKind::MissingError, format!("{len} bytes taken")),
        Outcome::Silent => (FailureKind::Stalled, "a write that waits for ever".to_owned()),
        Outcome::Reset => (FailureKind::WrongError, "a reset".to_owned()),
        Outcome::Error(failure) if !is_refusal(failure.kind) && !failure.is_exhaustion() => {
            (FailureKind::WrongError, failure.to_string())
        }
        _ => return None,
    };
    let expected = format!("a write at {}, which is not connected, to fail with ENOTCONN or EPIPE", seen.end);
    Some(Finding { kind, expected, actual, difference: None })
}

fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotConnected | ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use sockspec_harness::plan::{End, Operation, Payload, Script};
    use sockspec_harness::trace::Outcome;

    use super::SPEC;
    use crate::written::{error, said, sound};

    #[test]
    fn early_writes_and_what_is_said_of_them() {
        // Step 0 binds, 1 writes, 2 to 5 connect.
        let client = End::client(0);
        let script = Script::new().step(client, Operation::Bind);
        let plan =
            script.step(client, Operation::Send(Payload::Literal(vec![1; 9]))).listen(0).connect(0, 0).plan();
        let nothing = Outcome::Accepted { len: 0 };
        let table = [
            ("pass", vec![error(ErrorKind::NotConnected)]),
            ("pass", vec![nothing.clone(), error(ErrorKind::BrokenPipe)]),
            ("missing error", vec![Outcome::Accepted { len: 9 }]),
            ("missing error", vec![Outcome::Accepted { len: 1 }, error(ErrorKind::BrokenPipe)]),
            ("wrong error", vec![nothing.clone(), error(ErrorKind::InvalidInput)]),
            ("wrong error", vec![Outcome::Reset]),
            ("stalled", vec![nothing, Outcome::Silent]),
            ("skipped", vec![error(ErrorKind::Unsupported)]),
        ];
        for (expected, outcomes) in table {
            let seen: Vec<_> = outcomes.into_iter().map(|outcome| (client, outcome)).collect();
            assert_eq!(said(&SPEC, &plan, sound(&plan).but(1, &seen)), expected, "{seen:?}");
        }
    }

    #[test]
    fn a_write_to_a_connection_is_none_of_its_business() {
        let plan = Script::open().send(End::client(0), 9).receive(End::peer(0), 9, 64).plan();
        assert_eq!(said(&SPEC, &plan, sound(&plan)), "pass");
    }
}
