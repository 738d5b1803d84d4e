//! Plans of datagrams sent and received, written so that a loss does not end them where losing is allowed.
//!
//! Where nothing may be lost unseen (the system is lossless, or its drops are counted) and the system has to take the datagram,
//! an exchange is strict: one send, one receive that waits.
//! Elsewhere each datagram has two short ones or three behind it, or the next time before it, and only the first of as many receives waits:
//! all but one may be lost or refused, and the plan goes on.
//! (Before or behind, so that a short queue which keeps what came first, or last, does not lose one length every time.)
//! (Two or three without a period, so that a system which loses every third, say, does not lose every one that matters.)
//! So a plan sees many losses without ever waiting in vain, and its judge can tell what is lost as a habit from what is lost by accident.

use std::collections::BTreeMap;

use sockspec_harness::oracle::datagram::CARRIED_BY_ALL;
use sockspec_harness::plan::{DEFAULT_READ, Draw, End, LONGEST_SLICE, Operation, Payload, Plan, Script};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};

/// The largest datagram in bytes that any system carries.
pub(crate) const CARRIED: u64 = CARRIED_BY_ALL;

/// The client's end of the first pair.
pub(crate) const CLIENT: End = End::client(0);

/// The peer's end of the first pair.
pub(crate) const PEER: End = End::peer(0);

/// Both ends of the first pair.
pub(crate) const ENDS: [End; 2] = [CLIENT, PEER];

/// From this length on, in bytes, a datagram is one of few that a receive buffer of the default size holds
/// (measured on Linux: three of 65,507 bytes).
const LARGE: u64 = 16_384;

/// How many datagrams a strict plan has on the way at most, and how many bytes:
/// a Unix socket queues eleven by default (`net.unix.max_dgram_qlen`), a UDP socket not three of the largest.
pub(super) const MOST: usize = 10;
const MOST_BYTES: u64 = 2 * 65_536;

/// A plan in the making.
pub(crate) struct Traffic {
    script: Script,
    ends: Vec<End>,
    is_strict: bool,
    is_counted: bool,
    max_message: Option<u64>,
    shorts: u64,
    /// What has been exchanged, and went last of its group the last time.
    went_last: BTreeMap<(End, End, u64), bool>,
}

impl Traffic {
    /// A plan that opens one pair.
    pub(crate) fn open(subject: &Subject) -> Traffic {
        Traffic::between(subject, Script::open(), &ENDS)
    }

    /// A plan that goes on behind `script`, which opens `ends`.
    pub(crate) fn between(subject: &Subject, script: Script, ends: &[End]) -> Traffic {
        let is_counted = subject.shows(EvidenceKind::DropCounter);
        Traffic {
            script,
            ends: ends.to_vec(),
            is_strict: subject.guarantees.lossless || is_counted,
            is_counted,
            max_message: subject.guarantees.max_message,
            shorts: 0,
            went_last: BTreeMap::new(),
        }
        .counted()
    }

    /// Sends a datagram of `len` bytes to the other end, and has it received.
    pub(crate) fn exchange(self, from: End, len: u64) -> Traffic {
        self.exchange_with(from, from.other(), len, None)
    }

    /// Sends a datagram of `len` bytes, and has it received into a buffer of `max` bytes, or one that holds the largest.
    pub(crate) fn exchange_with(mut self, from: End, to: End, len: u64, max: Option<u32>) -> Traffic {
        let payload = self.script.datagram_payload(len);
        self.exchange_payload(from, to, payload, max)
    }

    /// As [`Traffic::exchange_with`], of this payload.
    pub(crate) fn exchange_payload(self, from: End, to: End, payload: Payload, max: Option<u32>) -> Traffic {
        let (room, len) = (self.room(), payload.len());
        let is_strict = self.is_strict && self.is_carried(len);
        if is_strict {
            let traffic = self.step(from, Operation::SendDatagram { payload, to });
            return traffic.receive(to, max.unwrap_or(room));
        }
        let mut traffic = self;
        let goes_last = traffic.goes_last(from, to, len);
        if !goes_last {
            traffic = traffic.step(from, Operation::SendDatagram { payload: payload.clone(), to });
        }
        let shorts = if traffic.is_odd_one() { 3 } else { 2 };
        for _ in 0..shorts {
            traffic = traffic.send_short(from, to);
        }
        if goes_last {
            traffic = traffic.step(from, Operation::SendDatagram { payload, to });
        }
        // A buffer that is short is for this one.
        let mut buffers = vec![room; shorts];
        buffers.insert(if goes_last { shorts } else { 0 }, max.unwrap_or(room));
        traffic = traffic.receive(to, buffers[0]);
        for buffer in &buffers[1..] {
            traffic = traffic.poll_with(to, *buffer);
        }
        // A slow system lags behind: what lies between two large ones keeps them from lying in one queue.
        let between = if len >= LARGE { 4 } else { 0 };
        for _ in 0..between {
            traffic = traffic.exchange_short(from, to);
        }
        traffic
    }

    /// Exchanges a short datagram.
    pub(crate) fn exchange_short(mut self, from: End, to: End) -> Traffic {
        let len = self.short();
        self.exchange_with(from, to, len, None)
    }

    /// Sends several datagrams to the other end before any of them is received.
    ///
    /// Of many, or large ones, only as many are on the way at once as any system holds.
    pub(crate) fn burst(mut self, from: End, lens: &[u64]) -> Traffic {
        let mut rest = lens;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take(MOST).take_while(|len| {
                bytes += **len;
                bytes <= MOST_BYTES
            });
            let together = fits.count().max(1);
            let (now, later) = rest.split_at(together);
            self = self.at_once(from, now);
            rest = later;
        }
        self
    }

    fn at_once(mut self, from: End, lens: &[u64]) -> Traffic {
        let to = from.other();
        let is_strict = self.is_strict && lens.iter().all(|len| self.is_carried(*len));
        for len in lens {
            self.script = self.script.send_datagram(from, to, *len);
        }
        let room = self.room();
        for index in 0..lens.len() {
            self = if is_strict || index == 0 { self.receive(to, room) } else { self.poll(to) };
        }
        self
    }

    /// Sends one datagram and waits for it, and for nothing else, whatever the system may lose.
    pub(crate) fn exchange_alone(mut self, from: End, len: u64) -> Traffic {
        self.script = self.script.send_datagram(from, from.other(), len);
        let room = self.room();
        self.receive(from.other(), room)
    }

    /// Begins to receive at `end`, and gives up.
    pub(crate) fn poll_with(self, end: End, max: u32) -> Traffic {
        self.step(end, Operation::PollDatagram { max })
    }

    /// Begins to receive at `end` into a buffer that holds the largest, and gives up.
    pub(crate) fn poll(self, end: End) -> Traffic {
        let room = self.room();
        self.poll_with(end, room)
    }

    /// Sends one datagram without receiving it.
    pub(crate) fn send(mut self, from: End, to: End, len: u64) -> Traffic {
        self.script = self.script.send_datagram(from, to, len);
        self
    }

    /// Waits for one datagram.
    pub(crate) fn receive(self, end: End, max: u32) -> Traffic {
        self.step(end, Operation::ReceiveDatagram { max })
    }

    /// Adds any step.
    pub(crate) fn step(mut self, end: End, operation: Operation) -> Traffic {
        self.script = self.script.step(end, operation);
        self
    }

    /// The plan, with everything received that is still on its way, or came without having been sent.
    pub(crate) fn plan(self) -> Plan {
        let polls = if self.is_strict { 1 } else { 4 };
        let ends = self.ends.clone();
        let mut traffic = self;
        for end in ends {
            for _ in 0..polls {
                traffic = traffic.poll(end);
            }
        }
        traffic.counted().script.plan()
    }

    /// Whether a loss ends the plan, because none may go unseen.
    pub(crate) fn is_strict(&self) -> bool {
        self.is_strict
    }

    /// A buffer that holds the largest datagram and a little more, in bytes.
    pub(crate) fn room(&self) -> u32 {
        let largest = self.max_message.unwrap_or_default().saturating_add(16);
        u32::try_from(largest.min(LONGEST_SLICE as u64)).unwrap_or(DEFAULT_READ).max(DEFAULT_READ)
    }

    /// Whether the system has to take a datagram of that length.
    fn is_carried(&self, len: u64) -> bool {
        len <= self.max_message.unwrap_or(CARRIED_BY_ALL)
    }

    fn send_short(mut self, from: End, to: End) -> Traffic {
        let len = self.short();
        self.send(from, to, len)
    }

    /// The next short length: long enough to be told from every other, and each time another.
    fn short(&mut self) -> u64 {
        self.shorts += 1;
        9 + self.shorts * 7 % 53
    }

    /// Whether a datagram of that length is to be the last of its group: in turn, and at first by chance.
    fn goes_last(&mut self, from: End, to: End, len: u64) -> bool {
        let at_first = self.is_odd_one();
        *self.went_last.entry((from, to, len)).and_modify(|last| *last = !*last).or_insert(at_first)
    }

    /// Yes or no, without a period: the parity of the bits of the square of a count.
    fn is_odd_one(&self) -> bool {
        (self.shorts * self.shorts).wrapping_mul(0x9E37_79B9_7F4A_7C15).count_ones() % 2 == 1
    }

    /// Has the drops of all ends counted, where they can be.
    fn counted(mut self) -> Traffic {
        if self.is_counted {
            for end in self.ends.clone() {
                self = self.step(end, Operation::Count);
            }
        }
        self
    }
}

/// The lengths in bytes at which systems change their ways: every power of two with both its neighbours,
/// what an Ethernet frame carries, the length that every system carries, and the largest.
pub(super) fn sizes(subject: &Subject) -> Vec<u64> {
    /// The largest payload over IPv4, for systems that declare none.
    const UNDECLARED: u64 = 65_507;
    let largest = subject.guarantees.max_message.unwrap_or(UNDECLARED).min(LONGEST_SLICE as u64 - 16);
    let around = (0..=17).flat_map(|power: u32| {
        let size = 1u64 << power;
        [size - 1, size, size + 1]
    });
    // Between the last power of two and the largest lie the limits of those who count headers in, or think in tens.
    let frames = [CARRIED_BY_ALL, 1200, 1452, 1472, 1473, 1500, 8972, 9000, 50_000, 60_001, 65_000];
    let mut sizes: Vec<u64> = around.chain(frames).chain([largest.saturating_sub(1), largest]).collect();
    let smallest = u64::from(!subject.can(Capability::EmptyDatagram));
    sizes.retain(|size| (smallest..=largest).contains(size));
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The same in another order.
pub(super) fn shuffled(mut sizes: Vec<u64>, draw: &mut Draw) -> Vec<u64> {
    for index in (1..sizes.len()).rev() {
        sizes.swap(index, draw.between(0, index as u64) as usize);
    }
    sizes
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{Draw, Operation};
    use sockspec_harness::subject::{Capability, EvidenceKind, Subject};

    use super::{CLIENT, Traffic, shuffled, sizes};

    #[test]
    fn sizes_reach_from_nothing_to_the_largest() {
        let mut subject = Subject::datagram("any");
        assert_eq!(sizes(&subject).first(), Some(&0));
        assert_eq!(sizes(&subject).last(), Some(&65_507));
        assert_eq!(sizes(&subject.clone().without(Capability::EmptyDatagram)).first(), Some(&1));
        subject.guarantees.max_message = Some(100);
        assert_eq!(sizes(&subject)[..4], [0, 1, 2, 3]);
        assert_eq!(sizes(&subject).last(), Some(&100));
        let sizes = sizes(&subject);
        let mut again = shuffled(sizes.clone(), &mut Draw::new(1, &[]));
        assert_ne!(again, sizes);
        again.sort_unstable();
        assert_eq!(again, sizes);
    }

    #[test]
    fn an_exchange_is_strict_only_where_a_loss_is_seen() {
        let steps = |subject: &Subject, len| Traffic::open(subject).exchange(CLIENT, len).plan().steps.len();
        let lossy = Subject::datagram("any");
        assert!([1 + 6 + 8, 1 + 8 + 8].contains(&steps(&lossy, 100)));
        let counted = lossy.clone().evident([EvidenceKind::DropCounter]);
        assert_eq!(steps(&counted, 100), 1 + 2 + 2 + 2 + 2);
        assert!(steps(&counted, 501) > 1 + 2 + 2 + 2 + 2);
        let mut lossless = lossy;
        lossless.guarantees.lossless = true;
        lossless.guarantees.max_message = Some(501);
        assert_eq!(steps(&lossless, 501), 1 + 2 + 2);
    }

    #[test]
    fn a_burst_is_no_more_than_any_system_holds() {
        let plan = Traffic::open(&Subject::datagram("any")).burst(CLIENT, &[60_000; 9]).plan();
        let mut on_the_way = 0;
        for step in &plan.steps {
            match step.operation {
                Operation::SendDatagram { .. } => on_the_way += 1,
                Operation::ReceiveDatagram { .. } | Operation::PollDatagram { .. } => on_the_way -= 1,
                _ => {}
            }
            assert!(on_the_way <= 2, "{on_the_way}");
        }
    }
}
