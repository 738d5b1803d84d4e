//! How connections came about, or why they did not.

use std::io::ErrorKind;

use crate::oracle::stream::{Run, Seen};
use crate::plan::{Actor, End, Operation};
use crate::trace::{Failure, Outcome};
use crate::verdict::{FailureKind, Finding, Verdict};

/// What kept the run from being tried, though the system under test may be sound: a call or an option that it does not have,
/// a machine without descriptors or ports, a rule of this host that lets nothing pass.
pub fn prevented(run: &Run<'_>) -> Option<Verdict> {
    run.seen().filter(|seen| is_opening(seen.operation)).find_map(|seen| {
        let Seen { end, operation, outcome, .. } = seen;
        match (operation, outcome) {
            (_, Outcome::Error(failure)) if failure.kind == ErrorKind::Unsupported => {
                Some(Verdict::Skipped(format!("the system cannot {} {end}", doing(operation))))
            }
            (_, Outcome::Error(failure)) if failure.is_exhaustion() => Some(Verdict::CannotRun(format!(
                "there was no descriptor or port left to {} {end}: {failure}",
                doing(operation)
            ))),
            (Operation::Configure(_), Outcome::Error(failure)) => {
                Some(Verdict::Skipped(format!("an option of {end} is refused: {failure}")))
            }
            (Operation::Connect(_), Outcome::Error(failure)) if is_barred(failure) => {
                Some(Verdict::CannotRun(format!("this host lets {end} reach nobody: {failure}")))
            }
            _ => None,
        }
    })
}

/// A listener that does not do what it is there for: it refuses or ignores a connection, though it listens.
///
/// That a first connection is ignored may be a packet filter's doing; that one is ignored which the client's side
/// calls connected, or that comes after others, is the listener's own.
pub fn deaf(run: &Run<'_>) -> Option<Finding> {
    run.seen().find_map(|seen| match *seen.operation {
        Operation::Connect(listener) => unheard(run, &seen, listener),
        Operation::Accept(listener) => unaccepted(run, &seen, listener),
        _ => None,
    })
}

/// Whether `listener` was listening when the observation number `index` was made.
pub fn listens(run: &Run<'_>, listener: End, index: usize) -> bool {
    let mut listens = false;
    for seen in run.seen().take_while(|seen| seen.index < index) {
        if seen.end == listener && *seen.outcome == Outcome::Done {
            match seen.operation {
                Operation::Listen => listens = true,
                Operation::Drop | Operation::Abort | Operation::ShutDown => listens = false,
                _ => {}
            }
        }
    }
    listens
}

fn unheard(run: &Run<'_>, seen: &Seen<'_>, listener: End) -> Option<Finding> {
    let (heard, accepted) = calls_on(run, listener, seen.index);
    // Where others wait to be accepted, the queue may be full: how long it is, is the kernel's to say.
    let is_owed = heard > 0 && heard == accepted;
    if !is_owed || !listens(run, listener, seen.index) || is_used(run, seen) {
        return None;
    }
    let (kind, actual) = match seen.outcome {
        Outcome::Silent => (FailureKind::Stalled, "nothing happened any more".to_owned()),
        Outcome::NotWoken => (FailureKind::LostWakeUp, "nothing woke it, though it could go on".to_owned()),
        Outcome::Reset => (FailureKind::UnexpectedError, "a reset".to_owned()),
        Outcome::Error(failure) if !is_excused(failure) => {
            (FailureKind::UnexpectedError, failure.to_string())
        }
        _ => return None,
    };
    let expected = format!("{listener}, which goes on listening, to let {} connect", seen.end);
    Some(Finding { kind, expected, actual, difference: None })
}

fn unaccepted(run: &Run<'_>, seen: &Seen<'_>, listener: End) -> Option<Finding> {
    let client = seen.end.other();
    let (heard, accepted) = calls_on(run, listener, seen.index);
    // Exactly one connection may be waiting, and it must be that client's: then there is no doubt whose turn it is.
    let is_its_turn =
        heard == accepted + 1 && is_connected(run, client, seen.index) && !run.is_torn(client, seen.step);
    if !is_its_turn || !listens(run, listener, seen.index) || is_used(run, seen) {
        return None;
    }
    let (kind, actual) = match seen.outcome {
        Outcome::Silent => (FailureKind::Stalled, "nothing came to be accepted".to_owned()),
        Outcome::NotWoken => (FailureKind::LostWakeUp, "nothing woke it, though it could accept".to_owned()),
        Outcome::Reset => (FailureKind::UnexpectedError, "a reset".to_owned()),
        Outcome::Error(failure) if !is_excused(failure) => {
            (FailureKind::UnexpectedError, failure.to_string())
        }
        _ => return None,
    };
    let expected = format!("{listener} to hand over the connection that {client} made to it");
    Some(Finding { kind, expected, actual, difference: None })
}

/// Whether `end` itself was given a connection before the observation number `index`.
pub fn is_connected(run: &Run<'_>, end: End, index: usize) -> bool {
    run.seen().take_while(|seen| seen.index < index).any(|seen| {
        let is_its_own = match seen.operation {
            Operation::Open => seen.end.connection == end.connection && end.actor != Actor::Listener,
            Operation::Connect(_) | Operation::Accept(_) => seen.end == end,
            _ => false,
        };
        is_its_own && *seen.outcome == Outcome::Done
    })
}

/// How many connections were made to `listener`, and how many it had handed over, before the observation number `index`.
fn calls_on(run: &Run<'_>, listener: End, index: usize) -> (usize, usize) {
    let done = |wanted: Operation| {
        let before = run.seen().take_while(|seen| seen.index < index);
        before.filter(|seen| *seen.operation == wanted && *seen.outcome == Outcome::Done).count()
    };
    (done(Operation::Connect(listener)), done(Operation::Accept(listener)))
}

/// Whether the end had been given a connection before: to connect or accept twice is the plan's nonsense.
fn is_used(run: &Run<'_>, seen: &Seen<'_>) -> bool {
    run.plan.steps[..seen.step].iter().any(|step| {
        step.end == seen.end
            && matches!(step.operation, Operation::Open | Operation::Connect(_) | Operation::Accept(_))
    })
}

/// Whether an error of opening says nothing of the system under test.
fn is_excused(failure: &Failure) -> bool {
    failure.is_exhaustion() || failure.kind == ErrorKind::Unsupported || is_barred(failure)
}

/// Whether the error is that of a host which lets nothing pass.
pub fn is_barred(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        ErrorKind::PermissionDenied
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::TimedOut
    )
}

fn is_opening(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Configure(_)
            | Operation::Open
            | Operation::Bind
            | Operation::Listen
            | Operation::Connect(_)
            | Operation::Accept(_)
            | Operation::Name
    )
}

fn doing(operation: &Operation) -> &'static str {
    match operation {
        Operation::Configure(_) => "configure",
        Operation::Bind => "bind",
        Operation::Listen => "have listen",
        Operation::Connect(_) => "connect",
        Operation::Accept(_) => "accept",
        Operation::Name => "name",
        _ => "open",
    }
}
