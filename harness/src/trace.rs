//! What was seen while a plan ran.
//!
//! A trace has no socket, no port and no time in it, so that an oracle which reads it says the same on every machine.
//! Content is compared while it streams by: what is kept is that it matched, or the first difference with a window around it.

mod failure;

use std::io;

pub use failure::Failure;

use crate::plan::{CutCount, Cuts, End};

/// All that was seen of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Trace {
    /// What each step came to, in the order in which it was seen.
    pub observations: Vec<Observation>,
    /// How many cuts and joins were asked for, and how many were shown to have happened.
    pub segmentation: Segmentation,
    /// What the kernel's counters said, for the steps that asked for them.
    pub evidence: Vec<Evidence>,
    /// Why the plan was not run to its last step, if it was not.
    pub stopped: Option<Stopped>,
    /// What the error said for itself by which an end could not be opened, if the operating system did not say it: a line for people, by which nothing is judged.
    pub unopened: Option<String>,
}

impl Trace {
    /// The observations of one step, in order.
    pub fn of_step(&self, step: usize) -> impl Iterator<Item = &Outcome> {
        self.observations.iter().filter(move |seen| seen.step as usize == step).map(|seen| &seen.outcome)
    }

    /// The counters that step read.
    pub fn counters(&self, step: usize) -> Option<&Counters> {
        self.evidence
            .iter()
            .find(|evidence| evidence.step as usize == step)
            .map(|evidence| &evidence.counters)
    }
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The index of the step in its plan.
    pub step: u32,
    /// At which end.
    pub end: End,
    /// What was seen.
    pub outcome: Outcome,
}

/// What a step came to.
///
/// A step may have several: a transfer says what was accepted at one end and what was delivered at the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Done,
    /// The system took so many bytes from the writer.
    Accepted {
        /// How many bytes.
        len: u64,
    },
    /// A single write claimed to have taken more bytes than it was given, or a receive of a datagram to have laid more into its buffer than that holds.
    OverReported {
        /// How many bytes it was given, or room for how many.
        given: u64,
        /// How many it claimed.
        claimed: u64,
    },
    /// These bytes came out.
    Delivered(Content),
    /// One datagram came out.
    Datagram(Received),
    /// The end of the stream: a read of nothing into a buffer with room.
    End,
    /// A reset by the peer.
    Reset,
    /// Any other error.
    Error(Failure),
    /// The operation had to wait, and was abandoned as told.
    Pending,
    /// Nothing happened for as long as the driver was told to be patient, and a last poll found nothing either.
    Silent,
    /// Nothing woke the operation for as long as the driver was told to be patient, though a last poll found it could go on.
    NotWoken,
    /// Both addresses, as numbers in order of appearance: equal numbers are equal addresses.
    Named {
        /// This end's own.
        local: Place,
        /// Its peer's, if it has one.
        peer: Option<Place>,
    },
    /// So many frames came out one after the other, each as it was sent and at the piece that held its last byte.
    Frames {
        /// How many.
        count: u64,
    },
    /// A frame came out that was not the next one sent, or not when it was due.
    WrongFrame(Box<FrameSeen>),
    /// A frame whose last byte was fed had not come out when the decoder asked for more.
    Withheld {
        /// Which frame of the connection, counted from 0.
        index: u64,
        /// How many bytes had been fed when it was due.
        due: u64,
        /// How many bytes had been fed.
        fed: u64,
    },
    /// The decoder refused what it was fed.
    Refused {
        /// Its error.
        failure: Failure,
        /// How many bytes of the connection's wire had been fed.
        fed: u64,
        /// How many frames had come out before.
        frames: u64,
    },
    /// After a refusal a frame came out.
    FrameAfterRefusal {
        /// Which frame of the connection it is, if it is the first that had not come of those before the refused one.
        owed: Option<u64>,
        /// Whether it lies behind the refused frame, and behind all that came since; `None` if decoders may differ about that.
        behind: Option<bool>,
        /// Its length in bytes.
        len: u64,
    },
    /// A frame was encoded.
    Encoded {
        /// How many bytes were emitted.
        len: u64,
        /// Where they differ from the layout, if they do.
        difference: Option<Box<Difference>>,
    },
    /// An encoder changed what the buffer held before the frame.
    Disturbed {
        /// The first byte that changed, counted from 0.
        at: u64,
        /// How many bytes the buffer held.
        of: u64,
    },
    /// The encoder refused a payload.
    EncodeRefused {
        /// Its error.
        failure: Failure,
        /// How many bytes it had emitted all the same, or taken from what was there before.
        emitted: u64,
    },
    /// The wire was fed in every way.
    EveryWay {
        /// In how many ways.
        ways: u64,
        /// Where the first way was cut that gave something else than the frames, each when it was due, and a clean end.
        differing: Option<Cuts>,
    },
    /// Foreign code panicked.
    Panicked(String),
    /// A call did not return.
    NeverReturned,
    /// The calls took more memory than any conforming system needs.
    OutOfBudget,
    /// A bound of the driver was reached: what it was.
    BoundReached(&'static str),
}

impl Outcome {
    /// The outcome of a call that failed: a reset is told apart from every other error.
    pub fn from_error(error: &io::Error) -> Outcome {
        if error.kind() == io::ErrorKind::ConnectionReset {
            Outcome::Reset
        } else {
            Outcome::Error(Failure::of(error))
        }
    }
}

/// Bytes that came out of a stream, compared with what went in at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Where in the direction's whole stream they begin, counted in bytes from 0.
    pub offset: u64,
    /// How many bytes came.
    pub len: u64,
    /// In how many reads.
    pub reads: u64,
    /// Where they first differ from what was sent, if they do.
    pub difference: Option<Box<Difference>>,
}

/// The first place where what came differs from what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The offset in bytes, in the stream of that direction or in the datagram.
    pub at: u64,
    /// What was expected from there on: at most [`Difference::WINDOW`] bytes, fewer (or none) if no more had been sent.
    pub expected: Vec<u8>,
    /// What came from there on: at most [`Difference::WINDOW`] bytes.
    pub actual: Vec<u8>,
    /// Where in what was sent on this direction the bytes that came stand: the nearest place, if they stand on one side alone of where they came, and on no other direction.
    pub stands_at: Option<u64>,
    /// On which other direction's stream the bytes that came were sent, if on one alone and not on this.
    pub belongs_to: Option<End>,
}

impl Difference {
    /// How many bytes of each side are kept.
    pub const WINDOW: usize = 32;
}

/// One datagram that came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The step that sent it, if its bytes are those of one that was sent to this end (as far as they fit the buffer).
    pub sent_by: Option<u32>,
    /// How many bytes came.
    pub len: u64,
    /// How it differs from the sent datagram that it resembles most, if its bytes are nobody's.
    pub difference: Option<Box<Difference>>,
    /// Where it came from, if the system says.
    pub from: Option<Place>,
    /// Where its sender is in truth, if the system says.
    pub sender: Option<Place>,
}

/// A frame that came out wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSeen {
    /// Which frame of the connection it is, counted from 0.
    pub index: u64,
    /// Its length in bytes.
    pub len: u64,
    /// The length of the frame that was to come, if one was to come at all.
    pub expected_len: Option<u64>,
    /// How many bytes had been fed when the frame that was to come was due.
    pub due: Option<u64>,
    /// How many bytes had been fed when this one came.
    pub fed: u64,
    /// How many bytes had been fed when the decoder last said that it needs more.
    pub asked_at: u64,
    /// Where it first differs from what was to come, if it does.
    pub difference: Option<Box<Difference>>,
}

/// An address without the numbers that change from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which address, in order of first appearance in the trace.
    pub index: u32,
    /// Whether it is an IP address that names a port, and the port is not 0.
    pub has_port: bool,
    /// Whether it is a loopback address.
    pub is_loopback: bool,
}

/// How many cuts and joins were asked for and shown to have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Segmentation {
    /// What the plan asked for.
    pub requested: CutCount,
    /// What was shown: a cut, when all before it was consumed ere anything behind it was written;
    /// a join, when both sides lay in the reader's queue together, or where queues cannot be seen, when one read spanned it.
    pub achieved: CutCount,
}

impl std::ops::AddAssign for Segmentation {
    fn add_assign(&mut self, other: Segmentation) {
        self.requested += other.requested;
        self.achieved += other.achieved;
    }
}

/// The counters that one step read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The index of the step.
    pub step: u32,
    /// At which end.
    pub end: End,
    /// What they said.
    pub counters: Counters,
}

/// What the kernel knows of one end.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    /// Bytes readable and unread (`FIONREAD`); for a datagram socket the next datagram's length.
    pub receive_queue: Option<u64>,
    /// The connection's counters.
    pub tcp: Option<TcpInfo>,
    /// Datagrams dropped at this end since it was opened.
    pub drops: Option<u64>,
    /// What the codec's calls took at most at once since the last count, in bytes (framing; feature `count-allocations`).
    pub allocated_peak: Option<u64>,
    /// What the codec's calls took since the last count and still hold, in bytes.
    pub allocated_kept: Option<u64>,
    /// What the codec's calls were given in all since the last count, in bytes.
    pub allocated_total: Option<u64>,
    /// How long the codec's calls have computed since the last count, in nanoseconds of the thread's own processor time.
    pub computed_nanos: Option<u64>,
    /// Fragments made by the network namespace of this end, where it has one to itself.
    pub fragments_created: Option<u64>,
}

/// The part of `TCP_INFO` that specs read (tcp(7), linux/tcp.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TcpInfo {
    /// The state's number: 1 is established (RFC 9293 §3.3.2).
    pub state: u8,
    /// Segments with payload sent.
    pub data_segments_out: u64,
    /// Segments with payload received.
    pub data_segments_in: u64,
    /// Bytes sent and acknowledged.
    pub bytes_acked: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes written and not yet sent.
    pub bytes_not_sent: u64,
    /// Segments sent and not acknowledged.
    pub unacked: u64,
    /// Segments sent again.
    pub retransmits: u64,
    /// The largest segment in bytes that is sent.
    pub segment_size: u64,
}

/// Why a plan was not run to its last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// What came differed from what was sent: what follows would say nothing new.
    Difference,
    /// Nothing happened any more.
    Silence,
    /// The stream had ended, or failed, where bytes were to come.
    Broken,
    /// An end could not be opened.
    NotOpened,
    /// Foreign code panicked, did not return, or took too much memory.
    Foreign,
    /// The plan's time was up, though it went on all the while.
    OutOfTime,
    /// The run was interrupted.
    Interrupted,
}
