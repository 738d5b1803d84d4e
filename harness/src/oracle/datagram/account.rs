//! The books of one run: which datagrams were sent, and which of them came.

use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::plan::{Actor, End, Operation, Payload, Plan, Schedule};
use crate::trace::{Observation, Outcome, Received, Trace};

/// A datagram that was to be sent.
#[derive(Clone, Debug)]
pub struct Sending<'a> {
    /// The index of its step.
    pub step: usize,
    /// Who sent it.
    pub from: End,
    /// To whom.
    pub to: End,
    /// What.
    pub payload: &'a Payload,
    /// What the send came to; `None` if the plan did not get there.
    pub outcome: Option<&'a Outcome>,
    /// Whether both ends were open to each other, so that nothing excuses an error.
    pub is_between_open_ends: bool,
    /// Whether the receiver was connected to somebody else by then, so that it must not come.
    pub is_strange: bool,
    /// Whether the receiver had begun to wait, and given up, since it last received.
    pub follows_abandoned: bool,
    /// How many times it came.
    pub came: u32,
}

impl Sending<'_> {
    /// Whether the system took it.
    pub fn is_taken(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Accepted { .. }))
    }

    /// Whether it should come, as far as the system is able.
    pub fn is_owed(&self) -> bool {
        self.is_taken() && self.is_between_open_ends && !self.is_strange
    }
}

/// A receive that was to be made.
#[derive(Clone, Debug)]
pub struct Receiving<'a> {
    /// The index of its step.
    pub step: usize,
    /// At which end.
    pub end: End,
    /// The size of the buffer in bytes.
    pub max: u32,
    /// Whether the end was open, and nothing that happened before excuses an error.
    pub is_at_open_end: bool,
    /// What it came to; `None` if the plan did not get there.
    pub outcome: Option<&'a Outcome>,
    /// Which of the sendings it received, by index, if any.
    pub sending: Option<usize>,
}

impl Receiving<'_> {
    /// The datagram that came, if one did.
    pub fn received(&self) -> Option<&Received> {
        match self.outcome {
            Some(Outcome::Datagram(received)) => Some(received),
            _ => None,
        }
    }
}

/// The books of one run.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// Everything that was to be sent, in the order of the plan.
    pub sendings: Vec<Sending<'a>>,
    /// Every receive, in the order of the plan.
    pub receivings: Vec<Receiving<'a>>,
    /// Whether the plan's steps followed each other.
    is_in_lock_step: bool,
    /// The receives that were refused, and those that waited in vain, by index: they are few.
    refused: Vec<usize>,
    silent: Vec<usize>,
    /// How many datagrams were dropped at each end to which something was sent, where that is known.
    drops: LiteMap<End, u64>,
}

impl<'a> Account<'a> {
    /// Keeps the books of a run.
    pub fn of(plan: &'a Plan, trace: &'a Trace) -> Account<'a> {
        let mut account = Account {
            sendings: Vec::new(),
            receivings: Vec::new(),
            is_in_lock_step: plan.schedule == Schedule::LockStep,
            refused: Vec::new(),
            silent: Vec::new(),
            drops: LiteMap::new(),
        };
        let mut seen: Vec<&Observation> = trace.observations.iter().collect();
        seen.sort_by_key(|one| one.step);
        let mut of_step = seen.chunk_by(|one, next| one.step == next.step).peekable();
        let mut ends = Ends::default();
        for (index, step) in plan.steps.iter().enumerate() {
            let outcomes = of_step.next_if(|seen| seen[0].step as usize == index).unwrap_or_default();
            let mut outcomes = outcomes.iter().map(|one| &one.outcome);
            match &step.operation {
                Operation::SendDatagram { payload, to } => {
                    let outcome = outcomes.find(|outcome| **outcome != Outcome::NotWoken);
                    let sending = Sending {
                        step: index,
                        from: step.end,
                        to: *to,
                        payload,
                        outcome,
                        is_between_open_ends: ends.are_open_to_each_other(step.end, *to),
                        is_strange: ends.connected.get(to).is_some_and(|peer| *peer != step.end),
                        follows_abandoned: ends.abandoned.contains(to),
                        came: 0,
                    };
                    if !sending.is_between_open_ends || sending.is_strange {
                        ends.disturbed.insert(step.end);
                    }
                    account.sendings.push(sending);
                }
                Operation::ReceiveDatagram { max } | Operation::PollDatagram { max } => {
                    let outcome = outcomes.find(|outcome| **outcome != Outcome::NotWoken);
                    match outcome {
                        Some(Outcome::Pending) => ends.abandoned.insert(step.end),
                        _ => ends.abandoned.remove(&step.end),
                    };
                    let is_at_open_end = ends.is_open(step.end);
                    let receiving = Receiving {
                        step: index,
                        end: step.end,
                        max: *max,
                        is_at_open_end,
                        outcome,
                        sending: None,
                    };
                    account.receive(receiving);
                }
                operation => {
                    ends.note(step.end, operation, outcomes.any(|outcome| *outcome == Outcome::Done));
                }
            }
        }
        account.drops = drops(&account.sendings, trace);
        account
    }

    /// The sending of that step, by its index in [`Account::sendings`].
    pub fn sending_of_step(&self, step: usize) -> Option<usize> {
        self.sendings.binary_search_by_key(&step, |sending| sending.step).ok()
    }

    /// The receive of that step.
    pub fn receiving_of_step(&self, step: usize) -> Option<&Receiving<'a>> {
        let index = self.receivings.binary_search_by_key(&step, |receiving| receiving.step).ok()?;
        self.receivings.get(index)
    }

    /// Whether an end waited in vain after that step.
    pub fn fell_silent_after(&self, end: End, step: usize) -> bool {
        self.silent
            .iter()
            .map(|index| &self.receivings[*index])
            .any(|receiving| receiving.end == end && (receiving.step > step || !self.is_in_lock_step))
    }

    /// Whether a sending has been overtaken so often that it hardly is on its way any more.
    pub fn is_overtaken(&self, index: usize) -> bool {
        /// More than any plan of a spec has on the way at once.
        const OFTEN: usize = 8;
        let lost = &self.sendings[index];
        let later = self.sendings[index + 1..].iter();
        let overtook =
            later.filter(|sending| sending.from == lost.from && sending.to == lost.to && sending.came > 0);
        overtook.take(OFTEN).count() == OFTEN
    }

    /// Whether a receive into a buffer that is shorter than the datagram was refused after it was sent:
    /// the refusal may have thrown it away.
    pub fn may_be_refused(&self, index: usize) -> bool {
        let sending = &self.sendings[index];
        self.refused.iter().map(|index| &self.receivings[*index]).any(|receiving| {
            receiving.end == sending.to
                && u64::from(receiving.max) < sending.payload.len()
                && (receiving.step > sending.step || !self.is_in_lock_step)
        })
    }

    /// How many datagrams were dropped at `end` in the time of all that was sent to it; `None` if that cannot be known.
    pub fn drops(&self, end: End) -> Option<u64> {
        self.drops.get(&end).copied()
    }

    /// Whether the steps followed each other.
    pub fn is_in_lock_step(&self) -> bool {
        self.is_in_lock_step
    }

    /// Whether nothing that the sender of that sending had sent, or that was sent to its receiver, lay unread then.
    ///
    /// What a system took and never gave away may take room for good, so it counts as unread.
    pub fn had_all_room(&self, index: usize) -> bool {
        let sending = &self.sendings[index];
        let received: BTreeSet<usize> = self
            .receivings
            .iter()
            .filter(|receiving| receiving.step < sending.step)
            .filter_map(|receiving| receiving.sending)
            .collect();
        let shares_room = |one: &Sending<'_>| one.from == sending.from || one.to == sending.to;
        let mut earlier = self.sendings[..index].iter().enumerate();
        earlier.all(|(index, one)| !shares_room(one) || !one.is_taken() || received.contains(&index))
    }

    /// Books a receive.
    fn receive(&mut self, receiving: Receiving<'a>) {
        let index = self.receivings.len();
        let sent_by = receiving.received().and_then(|received| received.sent_by);
        match receiving.outcome {
            Some(Outcome::Error(_) | Outcome::Reset) => self.refused.push(index),
            Some(Outcome::Silent) => self.silent.push(index),
            _ => {}
        }
        self.receivings.push(receiving);
        let Some(first) = sent_by.and_then(|step| self.sending_of_step(step as usize)) else { return };
        // The driver names one datagram with these bytes. If it has come already and another has the same bytes
        // (empty ones, those cut short by a small buffer), it is the other that came. So it is if that one was never taken.
        let is_doubtful = self.sendings[first].came > 0 || !self.sendings[first].is_taken();
        if is_doubtful && self.make_room(index, first, &mut BTreeSet::new()) {
            return;
        }
        self.sendings[first].came += 1;
        self.receivings[index].sending = Some(first);
    }

    /// Finds a sending for a receive that could be `first`, moving earlier receives to others with the same bytes where needed.
    fn make_room(&mut self, receiving: usize, first: usize, tried: &mut BTreeSet<usize>) -> bool {
        let Receiving { end, max, .. } = self.receivings[receiving];
        let model = self.sendings[first].payload;
        for candidate in 0..self.sendings.len() {
            let sending = &self.sendings[candidate];
            let fits = sending.to == end
                && sending.is_taken()
                && are_same(sending.payload, model, max)
                && !tried.contains(&candidate);
            if !fits {
                continue;
            }
            tried.insert(candidate);
            let holder = self.receivings.iter().position(|earlier| earlier.sending == Some(candidate));
            let is_free = match holder {
                None => true,
                Some(holder) => holder != receiving && self.make_room(holder, candidate, tried),
            };
            if is_free {
                if let Some(old) = self.receivings[receiving].sending {
                    self.sendings[old].came -= 1;
                }
                self.sendings[candidate].came += 1;
                self.receivings[receiving].sending = Some(candidate);
                return true;
            }
        }
        false
    }
}

/// How many datagrams were dropped at each end in the time of all that was sent to it, as far as that was counted.
fn drops(sendings: &[Sending<'_>], trace: &Trace) -> LiteMap<End, u64> {
    let mut times: LiteMap<End, (usize, usize)> = LiteMap::new();
    for sending in sendings.iter().filter(|sending| sending.outcome.is_some()) {
        times.entry(sending.to).or_insert((sending.step, sending.step)).1 = sending.step;
    }
    let of_time = |(end, (first, last)): (End, (usize, usize))| {
        let counts = || {
            let of_end = trace.evidence.iter().filter(move |evidence| evidence.end == end);
            of_end.filter_map(|evidence| Some((evidence.step as usize, evidence.counters.drops?)))
        };
        let before = counts().take_while(|(step, _)| *step < first).last()?.1;
        let after = counts().next_back().filter(|(step, _)| *step > last)?.1;
        Some((end, after.saturating_sub(before)))
    };
    times.into_iter().filter_map(of_time).collect()
}

/// Whether two payloads look the same in a buffer of `max` bytes.
fn are_same(one: &Payload, other: &Payload, max: u32) -> bool {
    let seen = |payload: &Payload| payload.len().min(u64::from(max));
    let len = seen(one);
    len == seen(other) && {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        one.slice(0, len) == other.slice(0, len)
    }
}

/// Which ends are open, and to whom.
#[derive(Debug, Default)]
struct Ends {
    /// Opened as a pair.
    opened: BTreeSet<End>,
    /// Bound to an address of their own.
    bound: BTreeSet<End>,
    /// Connected, to whom.
    connected: LiteMap<End, End>,
    /// Having sent where nobody is: what became of it may be told them by an error at any later call.
    disturbed: BTreeSet<End>,
    /// Having begun to wait for a datagram, and given up.
    abandoned: BTreeSet<End>,
}

impl Ends {
    /// Notes what a step other than a send or a receive changed.
    fn note(&mut self, end: End, operation: &Operation, is_done: bool) {
        match operation {
            Operation::Open if is_done => {
                for actor in [Actor::Client, Actor::Peer] {
                    self.opened.insert(End { actor, connection: end.connection });
                }
            }
            Operation::Bind if is_done => {
                self.bound.insert(end);
            }
            Operation::Connect(to) if is_done => {
                self.connected.insert(end, *to);
            }
            Operation::Drop | Operation::Abort | Operation::ShutDown => {
                self.opened.remove(&end);
                self.bound.remove(&end);
                // What the other end of a pair is told then, and when, is its system's business.
                if self.opened.contains(&end.other()) {
                    self.disturbed.insert(end.other());
                }
            }
            _ => {}
        }
    }

    /// Whether an end can receive, and nothing that happened before may trouble it.
    fn is_open(&self, end: End) -> bool {
        (self.opened.contains(&end) || self.bound.contains(&end)) && !self.disturbed.contains(&end)
    }

    /// Whether `from` can send to `to`, and nothing that happened before may trouble it.
    fn are_open_to_each_other(&self, from: End, to: End) -> bool {
        let is_pair = self.opened.contains(&from) && self.opened.contains(&to) && to == from.other();
        let are_bound = self.bound.contains(&from)
            && self.bound.contains(&to)
            && self.connected.get(&from).is_none_or(|peer| *peer == to);
        (is_pair || are_bound) && !self.disturbed.contains(&from)
    }
}
