//! What is wrong with one run by itself.

use std::collections::BTreeSet;

use litemap::LiteMap;

use super::account::{Account, Receiving, Sending};
use super::{CARRIED_BY_ALL, content};
use crate::plan::{End, Operation, Plan};
use crate::subject::{Capability, Subject};
use crate::trace::{Failure, Outcome, Received, Trace};
use crate::verdict::{FailureKind, Finding};

/// The first thing in a run that no datagram socket may do: one that is proved, else one that rests on having waited.
///
/// `account` keeps the books of this run.
pub(super) fn departure(
    subject: &Subject,
    plan: &Plan,
    trace: &Trace,
    account: &Account<'_>,
) -> Option<Finding> {
    let run = Run { subject, plan, account, late: late(account) };
    let mut waited = None;
    for seen in &trace.observations {
        let Some(step) = plan.steps.get(seen.step as usize) else { continue };
        match run.departure_at(seen.step as usize, &step.operation, seen.end, &seen.outcome) {
            Some(finding) if finding.kind.depends_on_patience() => waited = waited.or(Some(finding)),
            Some(finding) => return Some(finding),
            None => {}
        }
    }
    run.overtaken().or(waited)
}

struct Run<'a> {
    subject: &'a Subject,
    plan: &'a Plan,
    account: &'a Account<'a>,
    /// The steps that received a datagram behind one that was sent after it.
    late: BTreeSet<usize>,
}

impl Run<'_> {
    fn departure_at(
        &self,
        step: usize,
        operation: &Operation,
        end: End,
        outcome: &Outcome,
    ) -> Option<Finding> {
        match outcome {
            // A factory that panics cannot be run; that is no departure.
            Outcome::Panicked(_) if *operation == Operation::Open => return None,
            Outcome::Panicked(words) => {
                return Some(finding(
                    FailureKind::Panicked,
                    "every call to return".to_owned(),
                    format!("a panic: {words}"),
                ));
            }
            Outcome::NeverReturned => {
                return Some(finding(
                    FailureKind::NeverReturned,
                    "every call to return".to_owned(),
                    format!("a call at {end} that did not return"),
                ));
            }
            Outcome::OutOfBudget => {
                return Some(finding(
                    FailureKind::OutOfBudget,
                    "memory for the datagrams on their way".to_owned(),
                    "more memory taken than any datagram socket needs".to_owned(),
                ));
            }
            _ => {}
        }
        match operation {
            Operation::SendDatagram { .. } => {
                let index = self.account.sending_of_step(step)?;
                self.sent(index, &self.account.sendings[index], outcome)
            }
            Operation::ReceiveDatagram { .. } | Operation::PollDatagram { .. } => {
                self.received(self.account.receiving_of_step(step)?, outcome)
            }
            _ => None,
        }
    }

    /// What is wrong with what a send came to.
    fn sent(&self, index: usize, sending: &Sending<'_>, outcome: &Outcome) -> Option<Finding> {
        let len = sending.payload.len();
        let wanted = || format!("a send of {len} bytes from {} to be taken whole", sending.from);
        match outcome {
            Outcome::Accepted { len: claimed } if *claimed != len => Some(finding(
                FailureKind::WrongCount,
                wanted(),
                format!("the send claims to have taken {claimed} bytes"),
            )),
            Outcome::OverReported { given, claimed } => Some(finding(
                FailureKind::WrongCount,
                wanted(),
                format!("the send claims to have taken {claimed} of {given} bytes"),
            )),
            Outcome::NotWoken => Some(finding(
                FailureKind::LostWakeUp,
                format!("{} to be woken once it can go on sending", sending.from),
                "nothing woke it, though it could go on".to_owned(),
            )),
            Outcome::Error(failure) if self.must_take(index, failure) => {
                Some(finding(FailureKind::UnexpectedError, wanted(), format!("an error: {failure}")))
            }
            Outcome::Reset | Outcome::End if self.must_take_whatever(index) => {
                Some(finding(FailureKind::UnexpectedError, wanted(), "an error: connection reset".to_owned()))
            }
            Outcome::Silent if self.has_room_for_it(index) => Some(finding(
                FailureKind::Stalled,
                wanted(),
                "the send never finished, though nothing lay unread and one as long was taken before"
                    .to_owned(),
            )),
            _ => None,
        }
    }

    /// Whether the failure of a send is a departure.
    fn must_take(&self, index: usize, failure: &Failure) -> bool {
        failure.kind != std::io::ErrorKind::Unsupported
            && !failure.is_exhaustion()
            && self.must_take_whatever(index)
    }

    /// Whether a send has to be taken, whatever was said of it.
    fn must_take_whatever(&self, index: usize) -> bool {
        let sending = &self.account.sendings[index];
        if !sending.is_between_open_ends || sending.is_strange {
            return false;
        }
        match (sending.payload.len(), self.subject.guarantees.max_message) {
            (0, _) => self.subject.can(Capability::EmptyDatagram),
            (len, Some(max)) => len <= max,
            (len, None) => len <= CARRIED_BY_ALL || self.is_amid_larger_ones(index),
        }
    }

    /// Whether larger ones were taken both before and after: a limit that moves with the path moves one way at a time.
    fn is_amid_larger_ones(&self, index: usize) -> bool {
        let sending = &self.account.sendings[index];
        let larger = |one: &Sending<'_>| {
            one.from == sending.from
                && one.to == sending.to
                && one.is_taken()
                && one.payload.len() > sending.payload.len()
        };
        let (before, after) = self.account.sendings.split_at(index);
        before.iter().any(larger) && after.iter().any(larger)
    }

    /// Whether one as long went through before, and nothing lies unread at either end: then want of room is no excuse.
    ///
    /// Where anything lies unread, it is one: how much room that leaves is a matter of lengths, places and buffers that no trace shows.
    fn has_room_for_it(&self, index: usize) -> bool {
        let sending = &self.account.sendings[index];
        sending.is_between_open_ends
            && self.account.had_all_room(index)
            && self.account.is_in_lock_step()
            && self.account.sendings[..index].iter().any(|one| {
                one.from == sending.from
                    && one.to == sending.to
                    && one.is_owed()
                    && one.payload.len() >= sending.payload.len()
            })
    }

    /// What is wrong with what a receive came to.
    fn received(&self, receiving: &Receiving<'_>, outcome: &Outcome) -> Option<Finding> {
        let end = receiving.end;
        match outcome {
            Outcome::Datagram(received) => self.datagram(receiving, received),
            Outcome::NotWoken => Some(finding(
                FailureKind::LostWakeUp,
                format!("{end} to be woken once there is something to receive"),
                "nothing woke it, though a datagram was there".to_owned(),
            )),
            Outcome::OverReported { given, claimed } => Some(finding(
                FailureKind::WrongCount,
                format!("{end} to receive no more than its buffer of {given} bytes holds"),
                format!("the receive claims to have laid {claimed} bytes into it"),
            )),
            Outcome::Silent => self.silence(receiving),
            Outcome::End if receiving.is_at_open_end && !self.subject.guarantees.signals_end => {
                Some(finding(
                    FailureKind::EarlyEnd,
                    format!("{end} to go on receiving: datagrams have no end"),
                    "an end".to_owned(),
                ))
            }
            Outcome::Reset if self.must_receive(receiving) => Some(error_at(end, "connection reset")),
            Outcome::Error(failure)
                if failure.kind != std::io::ErrorKind::Unsupported
                    && !failure.is_exhaustion()
                    && self.must_receive(receiving) =>
            {
                Some(error_at(end, &failure.to_string()))
            }
            _ => None,
        }
    }

    /// Whether an error of a receive is a departure: a buffer too short for what may be there excuses one.
    fn must_receive(&self, receiving: &Receiving<'_>) -> bool {
        let is_too_long = |one: &&Sending<'_>| {
            one.to == receiving.end && one.is_taken() && one.payload.len() > u64::from(receiving.max)
        };
        receiving.is_at_open_end && !self.account.sendings.iter().any(|one| is_too_long(&one))
    }

    /// What is wrong with a datagram that came.
    fn datagram(&self, receiving: &Receiving<'_>, received: &Received) -> Option<Finding> {
        let end = receiving.end;
        let Some(index) = receiving.sending else {
            return Some(content::finding_of(self.account, receiving, received));
        };
        let sending = &self.account.sendings[index];
        let room = sending.payload.len().min(u64::from(receiving.max));
        if received.difference.is_some() || received.len != room {
            return Some(content::finding_of(self.account, receiving, received));
        }
        let len = sending.payload.len();
        if sending.is_strange {
            return Some(finding(
                FailureKind::CrossTalk,
                format!("{end} to receive from nobody but the end that it is connected to"),
                format!("a datagram of {len} bytes from {}", sending.from),
            ));
        }
        if !sending.is_taken() && sending.outcome.is_some_and(|outcome| *outcome != Outcome::Silent) {
            return Some(finding(
                FailureKind::Invented,
                format!("nothing of a datagram of {len} bytes, whose send was refused"),
                "it came all the same".to_owned(),
            ));
        }
        if let (Some(from), Some(sender)) = (received.from, received.sender)
            && from != sender
            // A socket bound to the wildcard address names that, and sends from loopback all the same.
            && from.is_loopback == sender.is_loopback
        {
            return Some(finding(
                FailureKind::WrongAddress,
                format!("a datagram from {} to name its address as the sender's", sending.from),
                "another address".to_owned(),
            ));
        }
        if sending.came > 1 && (self.subject.guarantees.lossless || self.subject.is_kernel) {
            return Some(finding(
                FailureKind::Repeated,
                format!("a datagram of {len} bytes from {} to come once", sending.from),
                format!("it came {} times", sending.came),
            ));
        }
        (self.subject.guarantees.ordered && self.late.contains(&receiving.step)).then(|| {
            finding(
                FailureKind::Reordered,
                format!("the datagrams from {} to come in the order in which they were sent", sending.from),
                format!("one of {len} bytes came behind one that was sent after it"),
            )
        })
    }

    /// What is wrong with a receive that waited in vain.
    fn silence(&self, receiving: &Receiving<'_>) -> Option<Finding> {
        let missing: Vec<&Sending<'_>> = (0..self.account.sendings.len())
            .filter(|index| self.is_missing(*index, receiving))
            .map(|index| &self.account.sendings[index])
            .collect();
        let first = missing.first()?;
        let is_accounted_for = match self.account.drops(receiving.end) {
            _ if self.subject.guarantees.lossless => false,
            Some(drops) => drops >= missing.len() as u64,
            None => true,
        };
        (!is_accounted_for).then(|| {
            let counted =
                if self.subject.guarantees.lossless { "" } else { ", and no drop was counted for it" };
            finding(
                FailureKind::Stalled,
                format!("{} to receive every datagram that was taken for it", receiving.end),
                format!("one of {} bytes from {} did not come{counted}", first.payload.len(), first.from),
            )
        })
    }

    /// Whether a datagram should have come by that receive, and never did.
    fn is_missing(&self, index: usize, receiving: &Receiving<'_>) -> bool {
        let sending = &self.account.sendings[index];
        sending.to == receiving.end
            && sending.is_owed()
            && sending.came == 0
            && (sending.step < receiving.step || !self.account.is_in_lock_step())
            && receiving.is_at_open_end
            && !self.account.may_be_refused(index)
            && !is_beyond(self.subject, sending)
            && !self.is_dropped(sending.from)
    }

    /// Whether the plan drops an end: what it sent before may go with it.
    fn is_dropped(&self, end: End) -> bool {
        let goes = |operation: &Operation| {
            matches!(operation, Operation::Drop | Operation::Abort | Operation::ShutDown)
        };
        self.plan.steps.iter().any(|step| step.end == end && goes(&step.operation))
    }

    /// A loss that is proved without a clock: where nothing is lost and all comes in order, what was overtaken is lost.
    fn overtaken(&self) -> Option<Finding> {
        let guarantees = &self.subject.guarantees;
        if !guarantees.lossless || !guarantees.ordered {
            return None;
        }
        let last_receive = self.account.receivings.iter().rev().find(|one| one.received().is_some())?;
        let lost = (0..self.account.sendings.len()).find(|index| {
            let sending = &self.account.sendings[*index];
            let at_its_end = |one: &&Receiving<'_>| one.end == sending.to;
            let last = self.account.receivings.iter().rev().find(at_its_end).unwrap_or(last_receive);
            self.is_missing(*index, last)
                && self.account.sendings[index + 1..].iter().any(|one| {
                    one.from == sending.from && one.to == sending.to && one.came > 0 && one.payload.len() >= 8
                })
        })?;
        let lost = &self.account.sendings[lost];
        Some(finding(
            FailureKind::Lost,
            format!("{} to receive every datagram that was taken for it", lost.to),
            format!(
                "one of {} bytes from {} did not come, and one sent after it did",
                lost.payload.len(),
                lost.from
            ),
        ))
    }
}

/// The steps that received a datagram behind one that was sent after it; those too short to be told apart do not say.
fn late(account: &Account<'_>) -> BTreeSet<usize> {
    /// As many bytes as tell two datagrams apart.
    const TELLING: u64 = 8;
    let (mut late, mut last) = (BTreeSet::new(), LiteMap::<(End, End), usize>::new());
    for receiving in &account.receivings {
        let Some(sending) = receiving.sending.map(|index| &account.sendings[index]) else { continue };
        if sending.came != 1 || sending.payload.len().min(u64::from(receiving.max)) < TELLING {
            continue;
        }
        let last = last.entry((sending.from, sending.to)).or_default();
        if sending.step < *last {
            late.insert(receiving.step);
        }
        *last = sending.step.max(*last);
    }
    late
}

/// Whether a datagram is longer than the system carries, though it was taken.
fn is_beyond(subject: &Subject, sending: &Sending<'_>) -> bool {
    subject.guarantees.max_message.is_some_and(|max| sending.payload.len() > max)
}

fn error_at(end: End, words: &str) -> Finding {
    finding(
        FailureKind::UnexpectedError,
        format!("{end} to receive without an error"),
        format!("an error: {words}"),
    )
}

fn finding(kind: FailureKind, expected: String, actual: String) -> Finding {
    Finding { kind, expected, actual, difference: None }
}
