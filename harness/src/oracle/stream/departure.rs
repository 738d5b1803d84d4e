//! The first thing in a run that no conforming stream may do.

use super::content;
use super::flow::{Run, Seen};
use crate::plan::Operation;
use crate::trace::{Failure, Outcome, Stopped};
use crate::verdict::{FailureKind, Finding, Verdict};

/// The verdict on a run in which no rule could be tried: nothing opened, or foreign code broke down.
pub fn foreign(run: &Run<'_>) -> Option<Verdict> {
    for seen in run.seen() {
        let (kind, actual) = match seen.outcome {
            // A factory that panics cannot be run; that is no departure.
            Outcome::Panicked(words) if *seen.operation == Operation::Open => {
                let reason = format!("{} could not be opened: a panic: {words}", seen.end);
                return Some(Verdict::CannotRun(reason));
            }
            Outcome::Panicked(words) => (FailureKind::Panicked, format!("a panic: {words}")),
            Outcome::NeverReturned => (FailureKind::NeverReturned, "a call that did not return".to_owned()),
            Outcome::OutOfBudget => {
                (FailureKind::OutOfBudget, "more memory taken than any conforming system needs".to_owned())
            }
            _ => continue,
        };
        return Some(Verdict::fail(kind, "every call to return", actual));
    }
    (run.trace.stopped == Some(Stopped::NotOpened)).then(|| Verdict::CannotRun(not_opened(run)))
}

/// Why an end could not be opened.
fn not_opened(run: &Run<'_>) -> String {
    let last = run.seen().last();
    let why = run.trace.unopened.clone().or_else(|| last.and_then(|seen| in_words(seen.outcome)));
    let why = why.unwrap_or_else(|| "nothing was said".to_owned());
    match last {
        Some(seen) => format!("{} could not be opened: {why}", seen.end),
        None => "no end could be opened".to_owned(),
    }
}

/// What is wrong with a run: the first departure that is proved, else the first that rests on having waited.
pub fn departure(run: &Run<'_>) -> Option<Finding> {
    let mut waited = None;
    for seen in run.seen() {
        match departure_at(run, &seen) {
            Some(finding) if finding.kind.depends_on_patience() => waited = waited.or(Some(finding)),
            Some(finding) => return Some(finding),
            None => {}
        }
    }
    waited
}

fn departure_at(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    match seen.outcome {
        Outcome::Delivered(content) => {
            content.difference.as_ref().map(|difference| content::finding_of(seen.sender(), difference))
        }
        Outcome::OverReported { given, claimed } => Some(finding(
            FailureKind::WrongCount,
            format!("a write at {} to take at most the {given} bytes it was given", seen.end),
            format!("it claims to have taken {claimed}"),
        )),
        Outcome::End => end(run, seen),
        Outcome::Reset => error(run, seen, "a reset".to_owned()),
        Outcome::Error(failure) => unless_unsupported(failure).and_then(|words| error(run, seen, words)),
        Outcome::NotWoken | Outcome::Silent => waited_in_vain(run, seen),
        _ => None,
    }
}

/// An end that came while bytes were still due, or that nobody had asked for.
fn end(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    let sender = seen.sender();
    if !seen.is_receiving() || run.is_torn(seen.end, seen.step) || !run.is_open(seen.end, seen.index) {
        return None;
    }
    let flow = run.flow(sender);
    let was_asked_for = run.shuts_down(sender, seen.step) || was_silent_before(run, seen);
    if was_asked_for && flow.delivered < flow.accepted {
        return Some(finding(
            FailureKind::Lost,
            format!("all {} bytes that {sender} sent, then the end", flow.accepted),
            format!("the end after {} bytes", flow.delivered),
        ));
    }
    (!was_asked_for).then(|| {
        finding(
            FailureKind::EarlyEnd,
            format!("no end at {}: {sender} has not shut down", seen.end),
            format!("the end after {} bytes", run.flow_before(sender, seen.index).delivered),
        )
    })
}

/// Whether the driver had begun to wind up, so that the end is its own doing.
///
/// It does so after a silence, and when a plan is stopped because too much of it went on without being woken.
fn was_silent_before(run: &Run<'_>, seen: &Seen<'_>) -> bool {
    let is_stopped = run.trace.stopped == Some(Stopped::Silence);
    run.seen().take_while(|earlier| earlier.index < seen.index).any(|earlier| match earlier.outcome {
        Outcome::Silent => true,
        Outcome::NotWoken => is_stopped,
        _ => false,
    })
}

/// An error where none may be.
fn error(run: &Run<'_>, seen: &Seen<'_>, words: String) -> Option<Finding> {
    let is_due = run.is_open(seen.end, seen.index)
        && !run.is_torn(seen.end, seen.step)
        && !was_silent_before(run, seen)
        && match seen.operation {
            Operation::PollReceive { max: 0 } => false,
            Operation::Receive { .. } | Operation::PollReceive { .. } => {
                !run.flow_before(seen.sender(), seen.index).is_ended
            }
            Operation::Transfer(_) if seen.is_receiving() => true,
            Operation::Transfer(_)
            | Operation::Send(_)
            | Operation::Fill(_)
            | Operation::PollSend(_)
            | Operation::Flush
            | Operation::ShutDown => !earlier_shutdown(run, seen),
            _ => false,
        };
    is_due.then(|| {
        finding(
            FailureKind::UnexpectedError,
            format!("{} without an error", doing(seen)),
            format!("{words} at {}", seen.end),
        )
    })
}

/// Whether the acting end had shut down in an earlier step.
fn earlier_shutdown(run: &Run<'_>, seen: &Seen<'_>) -> bool {
    run.plan.steps[..seen.step]
        .iter()
        .any(|step| step.end == seen.end && matches!(step.operation, Operation::ShutDown))
}

/// What a wait that came to nothing says, for an observation that is `NotWoken` or `Silent`.
pub fn waited_in_vain(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    if !run.is_open(seen.end, seen.index) || run.is_torn(seen.end, seen.step) {
        return None;
    }
    match seen.outcome {
        Outcome::NotWoken => Some(finding(
            FailureKind::LostWakeUp,
            format!("{} to be woken when it can go on", doing(seen)),
            "nothing woke it, though a poll then went on".to_owned(),
        )),
        Outcome::Silent if seen.is_receiving() => silent_receiver(run, seen),
        Outcome::Silent => silent_sender(run, seen),
        _ => None,
    }
}

/// A receiver that waited in vain: for bytes that it was owed, or for the end.
fn silent_receiver(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    let sender = seen.sender();
    let before = if run.is_concurrent() { run.flow(sender) } else { run.flow_before(sender, seen.index) };
    if let Some(loss) = proven_loss(run, seen) {
        return Some(loss);
    }
    if before.delivered < before.owed {
        let after = run.flow(sender);
        let due = format!("all {} bytes that {sender} sent and flushed", before.owed);
        return Some(if after.delivered > before.delivered {
            finding(
                FailureKind::NotVisible,
                due,
                format!("{} bytes, and the rest only once {sender} shut down", before.delivered),
            )
        } else {
            finding(FailureKind::Stalled, due, format!("{} bytes, then nothing at all", before.delivered))
        });
    }
    // Where an end was seen already, whether it is seen again is a rule of its own.
    (before.is_shut_down && !before.is_ended).then(|| {
        finding(
            FailureKind::MissingEnd,
            format!("the end at {}, since {sender} has shut down", seen.end),
            format!("all {} bytes, then neither the end nor anything else", before.delivered),
        )
    })
}

/// A sender that could not go on though its peer reads.
fn silent_sender(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    let receiver = seen.end.other();
    let reads_on = !run.is_concurrent() || run.wanted_by(receiver) > run.flow(seen.end).delivered;
    let is_sending = matches!(
        seen.operation,
        Operation::Transfer(_) | Operation::Send(_) | Operation::Flush | Operation::ShutDown
    );
    if !is_sending || !reads_on || earlier_shutdown(run, seen) {
        return None;
    }
    proven_loss(run, seen).or_else(|| {
        Some(finding(
            FailureKind::Stalled,
            format!("{} to go on while {receiver} reads", doing(seen)),
            "nothing happened any more".to_owned(),
        ))
    })
}

/// Bytes that are missing though the end, which winding up asked for, has come.
fn proven_loss(run: &Run<'_>, seen: &Seen<'_>) -> Option<Finding> {
    let sender = seen.sender();
    let flow = run.flow(sender);
    let ended = run
        .seen()
        .any(|later| later.index > seen.index && later.sender() == sender && *later.outcome == Outcome::End);
    (ended && flow.delivered < flow.accepted).then(|| {
        finding(
            FailureKind::Lost,
            format!("all {} bytes that {sender} sent", flow.accepted),
            format!("{} bytes, and then the end", flow.delivered),
        )
    })
}

fn unless_unsupported(failure: &Failure) -> Option<String> {
    (failure.kind != std::io::ErrorKind::Unsupported).then(|| failure.to_string())
}

fn in_words(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Reset => Some("a reset".to_owned()),
        Outcome::Error(failure) => Some(failure.to_string()),
        Outcome::Silent | Outcome::NotWoken => Some("nothing happened".to_owned()),
        Outcome::BoundReached(bound) => Some((*bound).to_owned()),
        _ => None,
    }
}

/// What the end was doing, as the subject of a sentence.
fn doing(seen: &Seen<'_>) -> String {
    let what = match seen.operation {
        Operation::Flush => "a flush",
        Operation::ShutDown => "a shutdown",
        _ if seen.is_receiving() => "a read",
        Operation::Transfer(_) | Operation::Send(_) | Operation::Fill(_) | Operation::PollSend(_) => {
            "a write"
        }
        _ => "a call",
    };
    format!("{what} at {}", seen.end)
}

fn finding(kind: FailureKind, expected: String, actual: String) -> Finding {
    Finding { kind, expected, actual, difference: None }
}
