//! Datagrams: each one that comes is matched with the one that was sent.

use std::collections::{BTreeSet, VecDeque};
use std::task::Poll;

use litemap::LiteMap;

use super::compare::{are_same, same_from_start};
use super::driver::{Driver, Go};
use super::patience::Wait;
use crate::plan::{End, LONGEST_SLICE, Operation, Payload};
use crate::system::{Address, Answer, Call};
use crate::trace::{Difference, Outcome, Received, Stopped};

/// How many polls a receive gets that is woken still when patience has run out.
const MOST_LATE_POLLS: u32 = 16;

/// What was posted, and who lives where.
#[derive(Debug, Default)]
pub(super) struct Mailbag {
    posted: Vec<Posted>,
    /// What each end has yet to receive, by index, in the order of sending: most come in that order, and are found at once.
    due: LiteMap<End, VecDeque<usize>>,
    names: LiteMap<End, Option<Address>>,
    /// The ends whose last poll found nothing, so that they are to be woken.
    waiting: BTreeSet<End>,
    /// What each end received ahead of its steps, so that another could send on.
    early: LiteMap<End, VecDeque<Outcome>>,
}

/// One datagram that was sent.
#[derive(Debug)]
struct Posted {
    step: u32,
    from: End,
    to: End,
    payload: Payload,
    has_come: bool,
}

impl Mailbag {
    /// Asks for an end's name anew the next time: connecting may change it.
    pub(super) fn forget_name(&mut self, end: End) {
        self.names.remove(&end);
    }

    /// Puts a datagram on its way.
    fn post(&mut self, posted: Posted) {
        self.due.entry(posted.to).or_default().push_back(self.posted.len());
        self.posted.push(posted);
    }

    /// The bytes that are to come next at an end, unless they come in another order.
    pub(super) fn upcoming(&self, to: End) -> &[u8] {
        let next = self.due.get(&to).and_then(|due| due.front());
        next.map_or(&[], |index| self.posted[*index].bytes())
    }

    /// The datagram to `to` whose bytes these are, one that has not come yet before one that has.
    fn claim(&mut self, to: End, bytes: &[u8], max: usize) -> Option<(u32, End)> {
        let posted = &self.posted;
        let due = self.due.entry(to).or_default();
        let index = match due.iter().position(|index| posted[*index].fits(bytes, max)) {
            Some(place) => due.remove(place),
            None => posted.iter().position(|posted| posted.to == to && posted.fits(bytes, max)),
        };
        let posted = &mut self.posted[index?];
        posted.has_come = true;
        Some((posted.step, posted.from))
    }

    /// How bytes that are nobody's differ from the datagram that they resemble most.
    fn resemble(&self, to: End, bytes: &[u8]) -> Box<Difference> {
        let mine = self.posted.iter().filter(|posted| posted.to == to);
        let best = mine.max_by_key(|posted| (posted.same_from_start(bytes), !posted.has_come));
        let stranger = self
            .posted
            .iter()
            .find(|posted| posted.to != to && !bytes.is_empty() && posted.fits(bytes, bytes.len()));
        let at = best.map_or(0, |posted| posted.same_from_start(bytes));
        let window =
            |bytes: &[u8]| bytes[at.min(bytes.len())..].iter().take(Difference::WINDOW).copied().collect();
        Box::new(Difference {
            at: at as u64,
            expected: best.map_or_else(Vec::new, |posted| window(posted.bytes())),
            actual: window(bytes),
            stands_at: None,
            belongs_to: stranger.map(|posted| posted.from),
        })
    }
}

impl Posted {
    fn bytes(&self) -> &[u8] {
        self.payload.slice(0, LONGEST_SLICE)
    }

    /// Whether these are its bytes, as far as a buffer of `max` bytes holds them.
    fn fits(&self, bytes: &[u8], max: usize) -> bool {
        let len = self.payload.len().min(max as u64);
        bytes.len() as u64 == len && are_same(bytes, self.payload.slice(0, bytes.len()))
    }

    /// How many bytes agree from the start.
    fn same_from_start(&self, bytes: &[u8]) -> usize {
        same_from_start(self.payload.slice(0, bytes.len()), bytes)
    }
}

impl Driver<'_> {
    /// Sends one datagram, waiting for room if the system makes it wait.
    pub(super) async fn send_datagram(&mut self, from: End, payload: &Payload, to: End) -> Go {
        self.learn_name(from)?;
        let bytes = payload.slice(0, LONGEST_SLICE);
        self.mail.post(Posted { step: self.step, from, to, payload: payload.clone(), has_come: false });
        let (mut wait, mut is_woken, mut is_last) = (Wait::default(), true, false);
        let outcome = loop {
            let outcome = match self.call(from, Call::SendTo(to, bytes))? {
                Poll::Ready(Ok(Answer::Count(len))) => Outcome::Accepted { len: len as u64 },
                Poll::Ready(Ok(_)) => Outcome::Accepted { len: bytes.len() as u64 },
                Poll::Ready(Err(error)) => Outcome::from_error(&error),
                Poll::Pending if is_last => break Outcome::Silent,
                Poll::Pending => {
                    self.make_room(from, to).await?;
                    let limit = self.patience.limit;
                    is_woken = self.patience.wait(&[(from, false)], &mut wait, limit).await;
                    is_last = !is_woken || wait.has_lasted(limit);
                    self.keep_bounds_after(&wait)?;
                    continue;
                }
            };
            if !is_woken {
                self.see_not_woken(from)?;
            }
            break outcome;
        };
        self.see_datagram(from, outcome)
    }

    /// Receives what lies at both ends, ahead of the steps that are to receive it, unless `from` can send on without that.
    ///
    /// The sender's own receive comes first: one that waits, too, must not take the place of the send.
    async fn make_room(&mut self, from: End, to: End) -> Go {
        self.patience.turn().await;
        if !self.patience.rang((from, false)) {
            self.receive_early(from).await?;
            self.receive_early(to).await?;
        }
        Ok(())
    }

    /// Receives what lies at an end, ahead of its steps, unless it waits to be woken.
    async fn receive_early(&mut self, at: End) -> Go {
        if self.mail.waiting.contains(&at) {
            return Ok(());
        }
        let (sending, mut in_vain) = (self.step, 0);
        while let Some((step, max)) = self.receive_ahead(at) {
            self.step = step;
            let received = self.poll_datagram(at, max);
            self.step = sending;
            if let Some(outcome) = received? {
                self.mail.early.entry(at).or_default().push_back(outcome);
                in_vain = 0;
                continue;
            }
            // Whoever is woken already is worth another poll.
            self.patience.turn().await;
            in_vain += 1;
            if !self.patience.rang((at, true)) || in_vain > MOST_LATE_POLLS {
                break;
            }
        }
        Ok(())
    }

    /// The next step that receives at that end and has received nothing early, and the size of its buffer.
    fn receive_ahead(&self, to: End) -> Option<(u32, u32)> {
        let taken = self.mail.early.get(&to).map_or(0, VecDeque::len);
        let ahead = (self.step + 1..).zip(self.plan.steps.get(self.step as usize + 1..)?);
        // Behind a set-up step or a drop it may be another socket's.
        let is_same = |operation: &Operation| {
            matches!(
                operation,
                Operation::SendDatagram { .. }
                    | Operation::ReceiveDatagram { .. }
                    | Operation::PollDatagram { .. }
                    | Operation::Count
            )
        };
        let its_own =
            ahead.filter(|(_, step)| step.end == to).take_while(|(_, step)| is_same(&step.operation));
        let mut receives = its_own.filter_map(|(index, step)| match step.operation {
            Operation::ReceiveDatagram { max } | Operation::PollDatagram { max } => Some((index, max)),
            _ => None,
        });
        receives.nth(taken)
    }

    /// Receives one datagram; waits for it if told to.
    ///
    /// A wait that follows a poll in vain is the same wait: only a wake-up lets it poll again.
    pub(super) async fn receive_datagram(&mut self, to: End, max: u32, waits: bool) -> Go {
        if let Some(outcome) = self.mail.early.get_mut(&to).and_then(VecDeque::pop_front) {
            self.see(to, outcome);
            return Ok(());
        }
        if !waits {
            if self.mail.waiting.contains(&to) {
                // Whoever waited before has given up, and is not to be woken.
                self.patience.give_up((to, true));
            }
            let mut outcome = self.poll_datagram(to, max)?;
            if outcome.is_none() {
                // A socket's first poll finds nothing before its reactor has seen it once.
                self.patience.turn().await;
                outcome = self.poll_datagram(to, max)?;
            }
            if outcome.is_none() {
                self.mail.waiting.insert(to);
            } else {
                self.mail.waiting.remove(&to);
            }
            self.see(to, outcome.unwrap_or(Outcome::Pending));
            return Ok(());
        }
        let (mut is_woken, mut late_polls) = (true, 0);
        let mut wait = Wait::default();
        if self.mail.waiting.remove(&to) {
            is_woken = self.patience.wait(&[(to, true)], &mut wait, self.patience.limit).await;
        }
        loop {
            if let Some(outcome) = self.poll_datagram(to, max)? {
                if !is_woken {
                    self.see_not_woken(to)?;
                }
                self.see(to, outcome);
                return Ok(());
            }
            // A receive that is woken again and again goes on, though the clock may have gone on without this thread.
            late_polls += u32::from(wait.has_lasted(self.patience.limit));
            if !is_woken || late_polls > MOST_LATE_POLLS {
                return self.see_datagram(to, Outcome::Silent);
            }
            is_woken = self.patience.wait(&[(to, true)], &mut wait, self.patience.limit).await;
            self.keep_bounds_after(&wait)?;
        }
    }

    /// Writes down what became of a datagram; silence ends the plan, and so does a machine that lets nothing pass, where receives would only wait in vain.
    fn see_datagram(&mut self, end: End, outcome: Outcome) -> Go {
        let result = match &outcome {
            Outcome::Silent => Err(Stopped::Silence),
            Outcome::Error(failure) if failure.is_barrier() => Err(Stopped::Broken),
            _ => Ok(()),
        };
        self.see(end, outcome);
        result
    }

    /// One poll of a receive.
    fn poll_datagram(&mut self, to: End, max: u32) -> Go<Option<Outcome>> {
        let max = max as usize;
        self.read_datagram(to, max, |driver, poll| match poll {
            Poll::Pending => None,
            Poll::Ready(Err(error)) => Some(Outcome::from_error(&error)),
            Poll::Ready(Ok((bytes, from))) => Some(Outcome::Datagram(driver.received(to, bytes, max, from))),
        })
    }

    /// What is kept of a datagram that came.
    fn received(&mut self, to: End, bytes: &[u8], max: usize, from: Option<Address>) -> Received {
        let claimed = self.mail.claim(to, bytes, max);
        let difference = claimed.is_none().then(|| self.mail.resemble(to, bytes));
        let named = claimed.and_then(|(_, sender)| self.mail.names.get(&sender)?.as_ref());
        // Nearly every datagram says the name of its sender, and has its place.
        let says_its_name = named == from.as_ref();
        let named = named.filter(|_| !says_its_name).cloned();
        let from = from.map(|from| self.place(from));
        let sender = if says_its_name { from } else { named.map(|name| self.place(name)) };
        Received { sent_by: claimed.map(|(step, _)| step), len: bytes.len() as u64, difference, from, sender }
    }

    /// Learns an end's own address before its first send, while it surely has one.
    fn learn_name(&mut self, end: End) -> Go {
        if self.mail.names.contains_key(&end) {
            return Ok(());
        }
        let name = match self.call(end, Call::Name)? {
            Poll::Ready(Ok(Answer::Names { local, .. })) => Some(local),
            _ => None,
        };
        self.mail.names.insert(end, name);
        Ok(())
    }
}
