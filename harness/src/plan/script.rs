//! Writing a plan step by step, with the bookkeeping done: which pattern each stream sends, and from which offset on.

use litemap::LiteMap;

use super::{Cuts, End, Operation, Payload, Plan, Schedule, Setting, Step, Transfer};

/// A plan in the making.
///
/// Each direction of each connection sends a pattern of its own, so that bytes which turn up on the wrong connection,
/// or in the wrong direction, are seen; each datagram has a pattern of its own, so that it can be told from every other.
#[derive(Clone, Debug, Default)]
pub struct Script {
    plan: Plan,
    sent: LiteMap<End, u64>,
    datagrams: u32,
}

/// Keys from here on are datagrams'; below, two for each connection.
const FIRST_DATAGRAM_KEY: u32 = 1 << 17;

impl Script {
    /// An empty plan in lock-step.
    pub fn new() -> Script {
        Script::default()
    }

    /// An empty plan in lock-step, with room for so many steps.
    pub(crate) fn with_room(steps: usize) -> Script {
        let plan = Plan { steps: Vec::with_capacity(steps), ..Plan::default() };
        Script { plan, ..Script::default() }
    }

    /// A plan that begins by opening connection 0.
    pub fn open() -> Script {
        Script::new().opened()
    }

    /// Opens connection 0.
    #[must_use]
    pub(crate) fn opened(self) -> Script {
        self.step(End::client(0), Operation::Open)
    }

    /// Binds listener `n` and has it listen.
    #[must_use]
    pub fn listen(self, n: u16) -> Script {
        self.step(End::listener(n), Operation::Bind).step(End::listener(n), Operation::Listen)
    }

    /// Connects client `n` to that listener, which accepts it at once as peer `n`.
    ///
    /// No two connections wait to be accepted at the same time, so that which client a peer belongs to is never in doubt.
    #[must_use]
    pub fn connect(self, n: u16, listener: u16) -> Script {
        let listener = End::listener(listener);
        self.step(End::client(n), Operation::Connect(listener))
            .step(End::peer(n), Operation::Accept(listener))
    }

    /// Runs the lanes of the plan at once.
    #[must_use]
    pub fn concurrent(mut self) -> Script {
        self.plan.schedule = Schedule::Concurrent;
        self
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, end: End, operation: Operation) -> Script {
        self.plan.steps.push(Step { end, operation });
        self
    }

    /// Sets an option of an end.
    #[must_use]
    pub fn configure(self, end: End, setting: Setting) -> Script {
        self.step(end, Operation::Configure(setting))
    }

    /// The next `len` bytes of the stream that `end` sends.
    pub fn payload(&mut self, end: End, len: u64) -> Payload {
        let key = u32::from(end.connection) * 2 + u32::from(end < end.other());
        let offset = self.sent.entry(end).or_default();
        let payload = Payload::Pattern { key, offset: *offset, len };
        *offset += len;
        payload
    }

    /// Sends `len` bytes from `end` in one write and has them consumed.
    #[must_use]
    pub fn transfer(self, end: End, len: u64) -> Script {
        self.cut(end, len, Cuts::None, Vec::new())
    }

    /// Sends `len` bytes from `end`, cut and read as told, and has them consumed.
    #[must_use]
    pub fn cut(mut self, end: End, len: u64, cuts: Cuts, reads: Vec<u32>) -> Script {
        let payload = self.payload(end, len);
        self.step(end, Operation::Transfer(Transfer { cuts, reads, ..Transfer::whole(payload) }))
    }

    /// As [`Script::cut`], changed by `adapt` before it is added.
    #[must_use]
    pub fn transfer_with(mut self, end: End, len: u64, adapt: impl FnOnce(&mut Transfer)) -> Script {
        let mut transfer = Transfer::whole(self.payload(end, len));
        adapt(&mut transfer);
        self.step(end, Operation::Transfer(transfer))
    }

    /// Sends `len` bytes without flushing or reading.
    #[must_use]
    pub fn send(mut self, end: End, len: u64) -> Script {
        let payload = self.payload(end, len);
        self.step(end, Operation::Send(payload))
    }

    /// Receives `len` bytes at `end` with a buffer of `max` bytes.
    #[must_use]
    pub fn receive(self, end: End, len: u64, max: u32) -> Script {
        self.step(end, Operation::Receive { len, max })
    }

    /// Receives at `end` until the end of the stream.
    #[must_use]
    pub fn receive_to_end(self, end: End) -> Script {
        self.receive(end, u64::MAX, super::DEFAULT_READ)
    }

    /// Ends the sending direction of `end`.
    #[must_use]
    pub fn shut_down(self, end: End) -> Script {
        self.step(end, Operation::ShutDown)
    }

    /// Ends the sending direction of `end`, and has the other end read up to it.
    #[must_use]
    pub fn finish(self, end: End) -> Script {
        self.shut_down(end).receive_to_end(end.other())
    }

    /// Ends both directions of connection `n`, the client's first.
    #[must_use]
    pub fn finish_both(self, n: u16) -> Script {
        self.finish(End::client(n)).finish(End::peer(n))
    }

    /// A datagram's payload of `len` bytes that no other datagram of the plan has (if it has 4 bytes at least).
    pub fn datagram_payload(&mut self, len: u64) -> Payload {
        self.datagrams += 1;
        Payload::Pattern { key: FIRST_DATAGRAM_KEY + self.datagrams, offset: 0, len }
    }

    /// Sends one datagram of `len` bytes from `end` to `to`.
    #[must_use]
    pub fn send_datagram(mut self, end: End, to: End, len: u64) -> Script {
        let payload = self.datagram_payload(len);
        self.step(end, Operation::SendDatagram { payload, to })
    }

    /// Receives one datagram at `end` into a buffer that holds the largest.
    #[must_use]
    pub fn receive_datagram(self, end: End) -> Script {
        self.step(end, Operation::ReceiveDatagram { max: super::DEFAULT_READ })
    }

    /// Sends one datagram and has it received at once.
    #[must_use]
    pub fn exchange(self, end: End, to: End, len: u64) -> Script {
        self.send_datagram(end, to, len).receive_datagram(to)
    }

    /// The plan.
    pub fn plan(self) -> Plan {
        self.plan
    }
}
