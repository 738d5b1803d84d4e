//! The joint where a system under test is plugged in.
//!
//! A [`System`](crate::system::System) is a factory; a [`World`](crate::system::World) is one fresh instance of it, in which one plan is run.
//! A world has a single method that does things, so that a fault, a log or a bound wraps one method and not ten.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::codec::{Decoded, Tamper};
use crate::layout::Layout;
use crate::plan::{End, Setting};
use crate::subject::Subject;
use crate::trace::{Counters, Failure};

/// A system under test: what is known of it, and how to make one.
pub trait System: Send + Sync {
    /// What is known of it.
    fn subject(&self) -> &Subject;

    /// Why it cannot be had on this machine, if so: one sentence that names the cause (no IPv6, no permission).
    fn unavailable(&self) -> Option<String> {
        None
    }

    /// A fresh instance for one plan, made and used on one worker thread inside its tokio runtime.
    fn world(&self) -> Box<dyn World>;
}

impl<S: System + ?Sized> System for std::sync::Arc<S> {
    fn subject(&self) -> &Subject {
        (**self).subject()
    }

    fn unavailable(&self) -> Option<String> {
        (**self).unavailable()
    }

    fn world(&self) -> Box<dyn World> {
        (**self).world()
    }
}

/// One instance of a system, in which connections are opened and used.
pub trait World {
    /// Starts `call` at `end`, or goes on with it.
    ///
    /// When it has to wait it returns `Pending` and wakes `cx` once it can go on.
    /// The driver calls again with the same arguments until it is ready, or with others: a call that is not repeated is abandoned,
    /// and abandoning must lose nothing.
    /// Sending calls and receiving calls of one end are waited for with different wakers.
    ///
    /// # Errors
    /// What the system's own call returned; `Unsupported` for a call that the system does not have.
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>>;

    /// How frames lie on the wire of this system, if it is one of framing.
    fn layout(&self) -> Option<&Layout> {
        None
    }

    /// Breaks every codec that this world makes from now on; without effect where there are none.
    fn break_codecs(&mut self, tamper: Tamper) {
        let _ = tamper;
    }

    /// What the kernel knows of that end; everything `None` where there is no such evidence.
    fn counters(&mut self, end: End) -> Counters {
        let _ = end;
        Counters::default()
    }

    /// [`Counters::receive_queue`] alone, for a world whose other counters are dear, or begin anew when they are read.
    fn receive_queue(&mut self, end: End) -> Option<u64> {
        self.counters(end).receive_queue
    }
}

/// What is asked of one end.
#[derive(Debug)]
pub enum Call<'a> {
    /// As [`Operation::Configure`](crate::plan::Operation::Configure).
    Configure(Setting),
    /// Make both ends of the connection.
    Open,
    /// Bind to a free port of loopback.
    Bind,
    /// Listen.
    Listen,
    /// Connect to that end.
    Connect(End),
    /// Accept from that listener.
    Accept(End),
    /// Name this end and its peer.
    Name,
    /// Write some of these bytes.
    Write(&'a [u8]),
    /// Write some of these buffers' bytes.
    WriteVectored(&'a [IoSlice<'a>]),
    /// Read into this buffer.
    Read(&'a mut [u8]),
    /// Flush.
    Flush,
    /// End the sending direction.
    ShutDown,
    /// Tear down, so that the peer sees a reset.
    Abort,
    /// Drop the end.
    Drop,
    /// Send one datagram to that end.
    SendTo(End, &'a [u8]),
    /// Receive one datagram into this buffer.
    ReceiveFrom(&'a mut [u8]),
    /// Encode one frame; the answer is what was emitted.
    Encode(&'a [u8]),
    /// Hand these bytes to the end that decodes.
    Push(&'a [u8]),
    /// Take the next frame; it waits, or answers that there is nothing, when more bytes are needed.
    Pull,
    /// Take the next frame when no more bytes will come.
    PullEnd,
    /// Decode these bytes with a fresh codec up to the end of the stream, cut behind each byte whose bit in the mask is set;
    /// what comes out goes into the list, each with the number of bytes fed by then.
    Way {
        /// The bytes, at most [`MAX_EVERY_WAY`](crate::plan::MAX_EVERY_WAY).
        wire: &'a [u8],
        /// Where they are cut: bit 0 is behind the first byte.
        mask: u64,
        /// What came out.
        seen: &'a mut Vec<(usize, Decoded)>,
    },
}

impl Call<'_> {
    /// Whether the call belongs to the receiving direction of its end, which waits on a waker of its own.
    pub fn receives(&self) -> bool {
        matches!(self, Call::Read(_) | Call::ReceiveFrom(_) | Call::Accept(_) | Call::Pull | Call::PullEnd)
    }
}

/// What a call answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// What lies around a codec could not be made, and so nothing of the codec was tried.
    NotOpened(Failure),
    /// So many bytes were written, or lie in the buffer; a read of 0 bytes into a buffer that is not empty is the end.
    Count(usize),
    /// One datagram: so many bytes lie in the buffer, and they came from there, if the system says.
    Datagram {
        /// How many bytes lie in the buffer.
        len: usize,
        /// The sender's address.
        from: Option<Address>,
    },
    /// These bytes were emitted.
    Wire(Bytes),
    /// A frame was emitted, and what the buffer held before is no longer what it was.
    Disturbed {
        /// The first byte that changed, counted from 0.
        at: u64,
        /// How many bytes the buffer held.
        of: u64,
    },
    /// The payload was refused.
    Unencoded {
        /// With this error.
        failure: Failure,
        /// And this many bytes emitted all the same, or taken from what was there before.
        emitted: u64,
    },
    /// One frame came out.
    Frame(Bytes),
    /// More bytes are needed.
    Nothing,
    /// The stream of frames has ended.
    End,
    /// This end's address and its peer's.
    Names {
        /// The local address.
        local: Address,
        /// The peer's, if the end is connected.
        peer: Option<Address>,
    },
}

/// Where a socket is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and a port.
    Inet(SocketAddr),
    /// A path, or an abstract name.
    Path(PathBuf),
    /// Whatever names an end of a system that has neither.
    Other(String),
    /// A socket without a name, like one of an unbound Unix pair.
    Unnamed,
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address::Inet(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet(address) => address.fmt(f),
            Address::Path(path) => path.display().fmt(f),
            Address::Other(name) => f.write_str(name),
            Address::Unnamed => f.write_str("(unnamed)"),
        }
    }
}

/// The error of a call that a system does not have.
pub fn unsupported(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, format!("this system cannot {what}"))
}
