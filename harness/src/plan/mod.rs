//! A plan: who does what, in which order, and where the bytes are cut and joined.
//!
//! A plan is data. It never touches a socket, it has one text form and one stable byte format, and a driver obeys it.
//! Payloads are patterns or literals, so a plan for four gigabytes is a few bytes long.

mod bytes;
mod draw;
mod pattern;
#[cfg(test)]
pub(crate) mod samples;
mod script;
mod text;
pub(crate) mod varint;

use std::fmt;

pub use bytes::{MAX_CUTS, MAX_STEPS, PlanBytesError};
pub use draw::Draw;
pub use pattern::{LONGEST_SLICE, PERIOD, slice};
pub use script::Script;
pub use text::PlanTextError;

/// The size in bytes of a read buffer when a plan does not say: one maximal piece.
pub const DEFAULT_READ: u32 = 65_536;

/// The largest piece in bytes that arrives on loopback as exactly one read (measured; the segment size of `lo` is 64 KiB).
pub const MAX_PIECE: u32 = 65_536;

/// Who acts.
///
/// Streams and datagrams that come as a pair have a client and a peer; the kernel's TCP has a listener besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The passive end of TCP, which makes no connection of its own.
    Listener,
    /// The end that connects; the first of a pair.
    Client,
    /// The end that was connected to; the second of a pair.
    Peer,
}

impl Actor {
    /// The word that plans use.
    pub fn word(self) -> &'static str {
        match self {
            Actor::Listener => "listener",
            Actor::Client => "client",
            Actor::Peer => "peer",
        }
    }

    /// The actor at the other side of a connection; a listener has none and answers itself.
    #[must_use]
    pub fn other(self) -> Actor {
        match self {
            Actor::Client => Actor::Peer,
            Actor::Peer => Actor::Client,
            Actor::Listener => Actor::Listener,
        }
    }
}

/// One end of one connection: an actor and a connection's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// Who.
    pub actor: Actor,
    /// On which connection, counted from 0.
    pub connection: u16,
}

impl End {
    /// The listener number `n`.
    pub const fn listener(n: u16) -> End {
        End { actor: Actor::Listener, connection: n }
    }

    /// The client's end of connection `n`.
    pub const fn client(n: u16) -> End {
        End { actor: Actor::Client, connection: n }
    }

    /// The peer's end of connection `n`.
    pub const fn peer(n: u16) -> End {
        End { actor: Actor::Peer, connection: n }
    }

    /// The other end of the same connection.
    #[must_use]
    pub fn other(self) -> End {
        End { actor: self.actor.other(), connection: self.connection }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.actor.word(), self.connection)
    }
}

/// The bytes of one send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// These bytes.
    Literal(Vec<u8>),
    /// `len` bytes of the pattern `key` from `offset` on (see [`slice()`]).
    Pattern {
        /// Which of the patterns: no two streams of a plan share one, so that cross-talk shows.
        key: u32,
        /// Where in the pattern it begins, in bytes.
        offset: u64,
        /// How long it is, in bytes.
        len: u64,
    },
}

impl Payload {
    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Payload::Literal(bytes) => bytes.len() as u64,
            Payload::Pattern { len, .. } => *len,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from `at` on, as many as lie together, at most `max` and at most [`LONGEST_SLICE`]; empty only at the end.
    pub fn slice(&self, at: u64, max: usize) -> &[u8] {
        let left = self.len().saturating_sub(at);
        let max = usize::try_from(left).unwrap_or(usize::MAX).min(max);
        match self {
            Payload::Literal(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                &bytes[at..at + max]
            }
            Payload::Pattern { key, offset, .. } => slice(*key, offset.wrapping_add(at), max),
        }
    }

    /// All the bytes, at most `max`: for datagrams and reports, not for bulk.
    pub fn to_vec(&self, max: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let next = self.slice(bytes.len() as u64, max - bytes.len());
            if next.is_empty() {
                return bytes;
            }
            bytes.extend_from_slice(next);
        }
    }
}

/// One place where a write ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// How many bytes of the payload lie before it.
    pub at: u32,
    /// Whether the reader is held back here, so that both sides of the cut can be read at once; else the reader has
    /// consumed everything before the cut ere anything behind it is sent.
    pub joined: bool,
}

/// Where a payload is cut into writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Cuts {
    /// Nowhere: one write.
    #[default]
    None,
    /// After every `len` bytes (at least 1).
    Every {
        /// The length of a piece in bytes.
        len: u32,
        /// As [`Cut::joined`], for each cut.
        joined: bool,
    },
    /// At these places, rising.
    At(Vec<Cut>),
}

impl Cuts {
    /// The first cut behind `position` in a payload of `len` bytes, or the end of the payload as a proven cut.
    pub fn next(&self, position: u64, len: u64) -> (u64, bool) {
        let (at, joined) = match self {
            Cuts::None => (len, false),
            Cuts::Every { len: every, joined } => {
                let every = u64::from((*every).max(1));
                (position - position % every + every, *joined)
            }
            Cuts::At(cuts) => {
                let index = cuts.partition_point(|cut| u64::from(cut.at) <= position);
                cuts.get(index).map_or((len, false), |cut| (u64::from(cut.at), cut.joined))
            }
        };
        if at >= len { (len, false) } else { (at, joined) }
    }

    /// How many joined cuts lie behind `start` and before `end`.
    pub fn joined_within(&self, start: u64, end: u64) -> u64 {
        match self {
            Cuts::Every { len, joined: true } if end > start + 1 => {
                let len = u64::from((*len).max(1));
                (end - 1) / len - start / len
            }
            Cuts::At(cuts) => {
                let first = cuts.partition_point(|cut| u64::from(cut.at) <= start);
                let inside = cuts[first..].iter().take_while(|cut| u64::from(cut.at) < end);
                inside.filter(|cut| cut.joined).count() as u64
            }
            _ => 0,
        }
    }

    /// How many cuts of each sort lie inside a payload of `len` bytes.
    pub fn count(&self, len: u64) -> CutCount {
        match self {
            Cuts::None => CutCount::default(),
            Cuts::Every { len: every, joined } => {
                let cuts = len.saturating_sub(1) / u64::from((*every).max(1));
                if *joined { CutCount { cut: 0, joined: cuts } } else { CutCount { cut: cuts, joined: 0 } }
            }
            Cuts::At(cuts) => {
                let inside = cuts.iter().filter(|cut| cut.at > 0 && u64::from(cut.at) < len);
                let all = inside.clone().count() as u64;
                let joined = inside.filter(|cut| cut.joined).count() as u64;
                CutCount { cut: all - joined, joined }
            }
        }
    }
}

/// How many places are cut, and how many are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CutCount {
    /// Places where no read may span.
    pub cut: u64,
    /// Places between two writes that one read should span.
    pub joined: u64,
}

impl std::ops::AddAssign for CutCount {
    fn add_assign(&mut self, other: CutCount) {
        self.cut += other.cut;
        self.joined += other.joined;
    }
}

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
}
