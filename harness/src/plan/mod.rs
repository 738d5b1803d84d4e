//! A plan: who does what, in which order, and where the bytes are cut and joined.
//!
//! A plan is data. It never touches a socket, it has one text form and one stable byte format, and a driver obeys it.
//! Payloads are patterns, literals or cycles of a few bytes, so a plan for four gigabytes is a few bytes long.

mod bytes;
mod cuts;
mod cycle;
mod draw;
mod end;
mod pattern;
mod payload;
#[cfg(test)]
pub(crate) mod samples;
mod script;
mod text;
pub(crate) mod varint;

pub use bytes::{MAX_CUTS, MAX_STEPS, PlanBytesError};
pub use cuts::{Cut, CutCount, Cuts};
pub use cycle::Cycle;
pub use draw::Draw;
pub use end::{Actor, End};
pub(crate) use pattern::LINE;
pub use pattern::{LONGEST_SLICE, PERIOD, slice};
pub use payload::Payload;
pub use script::Script;
pub use text::PlanTextError;

/// The size in bytes of a read buffer when a plan does not say: one maximal piece.
pub const DEFAULT_READ: u32 = 65_536;

/// The largest piece in bytes that arrives on loopback as exactly one read (measured; the segment size of `lo` is 64 KiB).
pub const MAX_PIECE: u32 = 65_536;

/// Bytes sent from one end of a stream and consumed at the other, in lock-step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// What is sent.
    pub payload: Payload,
    /// Where it is cut into writes.
    pub cuts: Cuts,
    /// The sizes of the read buffers in bytes, used in turn; empty means [`DEFAULT_READ`]. Never 0.
    pub reads: Vec<u32>,
    /// Into how many buffers each write is split for one vectored call; 0 or 1 is a plain write.
    /// Of an odd number the second is empty, as writev(2) allows.
    pub slices: u8,
    /// Whether the reader is polled, and found waiting, before each piece is written, so that it depends on a wake-up.
    pub reader_waits: bool,
}

impl Transfer {
    /// The payload in one write, read with the default buffer.
    pub fn whole(payload: Payload) -> Transfer {
        Transfer { payload, cuts: Cuts::None, reads: Vec::new(), slices: 0, reader_waits: false }
    }
}

/// How what lies on the wire is handed to a decoder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Feed {
    /// Where it is cut; a joined cut is a border between two pieces that are there before the decoder is asked.
    pub cuts: Cuts,
    /// How many bytes at the end are lost for good: never handed over.
    pub lost: u32,
}

/// The most bytes that are fed in every way: there are 2^(n−1) of them.
pub const MAX_EVERY_WAY: usize = 20;

/// Something set on an end before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Whether small writes wait for an acknowledgement (Nagle's algorithm, RFC 9293 §3.7.4); false sets TCP_NODELAY.
    Nagle(bool),
    /// Whether partial segments are held back (TCP_CORK, tcp(7)).
    Cork(bool),
    /// The receive buffer in bytes (SO_RCVBUF, socket(7)); the kernel doubles it and has a floor.
    ReceiveBuffer(u32),
    /// The send buffer in bytes (SO_SNDBUF, socket(7)).
    SendBuffer(u32),
    /// The largest segment in bytes (TCP_MAXSEG, tcp(7)).
    SegmentSize(u32),
    /// The whole plan runs in a network namespace of its own whose loopback device has this MTU in bytes.
    PrivateMtu(u32),
}

/// What one end does in one step.
///
/// Streams and datagrams share the set-up operations; what a system cannot do it answers with an error of kind `Unsupported`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Set something before the end is opened (or, where the kernel allows it, after).
    Configure(Setting),
    /// Make connection `n` whole: both ends, by whatever way the system has.
    Open,
    /// Bind to a free port of the loopback address.
    Bind,
    /// Begin to listen.
    Listen,
    /// Connect to a bound end.
    Connect(End),
    /// Accept one connection from that listener; the acting end becomes it.
    Accept(End),
    /// Read this end's address and its peer's.
    Name,
    /// Send and consume in lock-step (streams).
    Transfer(Transfer),
    /// Send all of it, in one write if the system takes it; the other end is read only if the write cannot go on otherwise.
    Send(Payload),
    /// Write until the system makes the writer wait, at most all of it; the other end is not read.
    Fill(Payload),
    /// Read until `len` bytes have come since the last receive of this end, or the end, or an error.
    Receive {
        /// How many bytes; `u64::MAX` means until the end.
        len: u64,
        /// The size of the read buffer in bytes, at least 1.
        max: u32,
    },
    /// Poll one read of up to `max` bytes (0 is an empty read) and abandon it if it has to wait.
    PollReceive {
        /// The size of the read buffer in bytes; 0 reads into an empty buffer.
        max: u32,
    },
    /// Poll one write of these bytes and abandon it if it has to wait.
    PollSend(Payload),
    /// Flush.
    Flush,
    /// End this end's sending direction.
    ShutDown,
    /// Tear the connection down so that the peer sees a reset.
    Abort,
    /// Drop this end without a word.
    Drop,
    /// Send one datagram to that end.
    SendDatagram {
        /// Its payload.
        payload: Payload,
        /// Where it goes.
        to: End,
    },
    /// Receive one datagram into a buffer of `max` bytes, waiting for it.
    ReceiveDatagram {
        /// The size of the buffer in bytes.
        max: u32,
    },
    /// Receive one datagram only if one is there by now.
    PollDatagram {
        /// The size of the buffer in bytes.
        max: u32,
    },
    /// Wait until that many bytes are readable at this end and unread (kernel systems).
    AwaitQueue {
        /// How many bytes.
        len: u32,
    },
    /// Read this end's counters, as evidence.
    Count,
    /// Encode one frame and lay what the encoder emits on the wire (framing).
    Encode(Payload),
    /// Lay one frame on the wire, exactly as the layout has it.
    Frame(Payload),
    /// Lay a header on the wire whose length field has this value (or the largest it holds), and no payload.
    Header(u64),
    /// Lay these bytes on the wire, whatever they mean.
    Raw(Payload),
    /// Hand what lies on the wire to the decoder, cut as told, and take every frame that comes out.
    Feed(Feed),
    /// Hand what lies on the wire to a fresh decoder in every way in which it can be cut, each time up to the end of the stream.
    ///
    /// What follows goes on with the codec as it was before.
    FeedEveryWay,
    /// Tell the decoder that the stream has ended, and take what it still gives.
    FeedEnd,
}

/// One operation of one end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Who acts, on which connection.
    pub end: End,
    /// What it does.
    pub operation: Operation,
}

/// How the steps of a plan follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Schedule {
    /// One step at a time.
    #[default]
    LockStep,
    /// After the leading set-up steps, every end's sending steps and every end's receiving steps are lanes of their own,
    /// and all lanes go on at once.
    Concurrent,
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Plan {
    /// How the steps follow each other.
    pub schedule: Schedule,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Plan {
    /// How many places the plan asks to be cut and joined.
    pub fn requested(&self) -> CutCount {
        let mut count = CutCount::default();
        for step in &self.steps {
            if let Operation::Transfer(transfer) = &step.operation {
                count += transfer.cuts.count(transfer.payload.len());
            }
        }
        count
    }

    /// About how many bytes its steps lay on wires of framing in all, at most [`MUCH_LAID`]:
    /// for so many there had better be room at once, since what grows frame by frame is moved frame by frame.
    pub(crate) fn laid(&self) -> usize {
        let mut laid = 0;
        for step in &self.steps {
            if let Operation::Encode(payload) | Operation::Frame(payload) | Operation::Raw(payload) =
                &step.operation
            {
                laid += payload.len_within(MUCH_LAID);
            }
        }
        // Each step may lay a header.
        (laid + 8 * self.steps.len()).min(MUCH_LAID)
    }
}

/// More than this is no more than is needed in any case.
const MUCH_LAID: usize = 3 << 15;
