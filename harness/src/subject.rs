//! What is known of a system under test before anything is run against it.
//!
//! A spec applies to a system by what the system *guarantees*, which *capabilities* it declares and which *evidence* can be had of it.
//! Nothing here is inferred from behaviour: a capability that a system lacks is declared away, never guessed from a failure.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::layout::Layout;

/// What kind of thing is under test, which decides how it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A connected byte stream: anything `AsyncRead + AsyncWrite`.
    Stream,
    /// A socket that sends and receives whole datagrams.
    Datagram,
    /// A codec that frames messages on a byte stream.
    Framing,
}

impl Kind {
    /// Every kind, in the order lists show them.
    pub const ALL: [Kind; 3] = [Kind::Stream, Kind::Datagram, Kind::Framing];

    /// The word that reports and options use.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Stream => "stream",
            Kind::Datagram => "datagram",
            Kind::Framing => "framing",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a system does with a message when its receiver's buffer is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// The sender waits.
    Blocks,
    /// The message is lost.
    Drops,
    /// Nobody said.
    Unknown,
}

/// What a system promises about the bytes or messages that it carries.
///
/// The four claims are the whole of the source document: TCP is lossless, ordered, without boundaries and signals the end;
/// UDP is the opposite of each (RFC 9293 §2.2, RFC 768).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantees {
    /// What was accepted arrives.
    pub lossless: bool,
    /// What arrives, arrives in the order in which it was sent.
    pub ordered: bool,
    /// One send is one receive.
    pub preserves_boundaries: bool,
    /// The receiver is told when nothing more will come.
    pub signals_end: bool,
    /// The largest message in bytes, if there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_message: Option<u64>,
    /// What happens to a message for which there is no room.
    pub on_overflow: Overflow,
}

impl Guarantees {
    /// What a byte stream promises (RFC 9293 §2.2).
    pub const STREAM: Guarantees = Guarantees {
        lossless: true,
        ordered: true,
        preserves_boundaries: false,
        signals_end: true,
        max_message: None,
        on_overflow: Overflow::Blocks,
    };

    /// What length-prefix framing over a lossless stream promises: all four.
    pub const FRAMING: Guarantees = Guarantees {
        lossless: true,
        ordered: true,
        preserves_boundaries: true,
        signals_end: true,
        max_message: None,
        on_overflow: Overflow::Blocks,
    };

    /// What a datagram socket promises when nothing more is known (RFC 768).
    pub const DATAGRAM: Guarantees = Guarantees {
        lossless: false,
        ordered: false,
        preserves_boundaries: true,
        signals_end: false,
        max_message: None,
        on_overflow: Overflow::Unknown,
    };
}

/// Something a system can do which not every conforming system can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Capability {
    /// One direction can be ended while the other goes on.
    HalfClose,
    /// A connection can be torn down so that the peer sees a reset.
    Abort,
    /// A writer whose reader does not read is made to wait.
    BackPressure,
    /// A read into an empty buffer is answered without harm.
    EmptyRead,
    /// Several buffers can be written by one call.
    VectoredWrite,
    /// A write after this end's shutdown is refused.
    RefusesWriteAfterShutdown,
    /// A datagram without payload can be sent and is delivered.
    EmptyDatagram,
    /// A receive into a short buffer cuts the datagram and drops the rest.
    DatagramTruncation,
    /// A datagram above the largest size is refused with an error.
    RefusesOversize,
    /// Ends name themselves and their peers.
    Names,
    /// Ends are bound, connected, listened on and accepted one by one, by IP address and port.
    Ports,
    /// Options of the kernel's sockets can be set: buffer sizes, segment size, Nagle, cork.
    SocketOptions,
    /// Frames can be taken off a wire.
    Decodes,
    /// Frames can be laid on a wire.
    Encodes,
    /// The codec's calls are made directly, so that each can be judged by itself, and many of them a second.
    DirectCalls,
}

impl Capability {
    /// Every capability, in the order lists show them.
    pub const ALL: [Capability; 15] = [
        Capability::HalfClose,
        Capability::Abort,
        Capability::BackPressure,
        Capability::EmptyRead,
        Capability::VectoredWrite,
        Capability::RefusesWriteAfterShutdown,
        Capability::EmptyDatagram,
        Capability::DatagramTruncation,
        Capability::RefusesOversize,
        Capability::Names,
        Capability::Ports,
        Capability::SocketOptions,
        Capability::Decodes,
        Capability::Encodes,
        Capability::DirectCalls,
    ];

    /// The word that reports and options use.
    pub fn word(self) -> &'static str {
        match self {
            Capability::HalfClose => "half-close",
            Capability::Abort => "abort",
            Capability::BackPressure => "back-pressure",
            Capability::EmptyRead => "empty-read",
            Capability::VectoredWrite => "vectored-write",
            Capability::RefusesWriteAfterShutdown => "refuses-write-after-shutdown",
            Capability::EmptyDatagram => "empty-datagram",
            Capability::DatagramTruncation => "datagram-truncation",
            Capability::RefusesOversize => "refuses-oversize",
            Capability::Names => "names",
            Capability::Ports => "ports",
            Capability::SocketOptions => "socket-options",
            Capability::Decodes => "decodes",
            Capability::Encodes => "encodes",
            Capability::DirectCalls => "direct-calls",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Something that can be known of a system besides what its calls return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EvidenceKind {
    /// How many bytes wait, unread, at an end (`FIONREAD`, tcp(7), udp(7), unix(7)).
    ReceiveQueue,
    /// The kernel's counters of a TCP connection (`TCP_INFO`, tcp(7)).
    TcpInfo,
    /// How many datagrams the kernel dropped at an end (`SO_MEMINFO`, socket(7)).
    DropCounter,
    /// How much memory the calls of a codec take.
    Allocations,
    /// How long the calls of a codec compute.
    ProcessorTime,
}

impl EvidenceKind {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            EvidenceKind::ReceiveQueue => "receive-queue",
            EvidenceKind::TcpInfo => "tcp-info",
            EvidenceKind::DropCounter => "drop-counter",
            EvidenceKind::Allocations => "allocations",
            EvidenceKind::ProcessorTime => "processor-time",
        }
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// All that is known of one system under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name: lower case, digits and hyphens.
    pub id: String,
    /// How it is reached.
    pub kind: Kind,
    /// What it promises.
    pub guarantees: Guarantees,
    /// What it can do.
    pub capabilities: BTreeSet<Capability>,
    /// What can be known of it from outside.
    pub evidence: BTreeSet<EvidenceKind>,
    /// How its frames lie on the wire, for a system of framing.
    pub layout: Option<Layout>,
    /// Whether it is a socket of this machine's kernel, of which more is required than of a layer above.
    pub is_kernel: bool,
}

impl Subject {
    /// A stream of which nothing is known but that it is one: every capability that needs no knowledge of its type is assumed.
    pub fn stream(id: impl Into<String>) -> Subject {
        Subject {
            id: id.into(),
            kind: Kind::Stream,
            guarantees: Guarantees::STREAM,
            capabilities: BTreeSet::from([
                Capability::HalfClose,
                Capability::BackPressure,
                Capability::EmptyRead,
                Capability::VectoredWrite,
                Capability::RefusesWriteAfterShutdown,
            ]),
            evidence: BTreeSet::new(),
            layout: None,
            is_kernel: false,
        }
    }

    /// A datagram socket of which nothing is known but that it is one.
    pub fn datagram(id: impl Into<String>) -> Subject {
        Subject {
            id: id.into(),
            kind: Kind::Datagram,
            guarantees: Guarantees::DATAGRAM,
            capabilities: BTreeSet::from([Capability::EmptyDatagram, Capability::DatagramTruncation]),
            evidence: BTreeSet::new(),
            layout: None,
            is_kernel: false,
        }
    }

    /// A codec of that layout, called directly: what its calls take and how long they compute can be seen, unless it is declared away.
    pub fn framing(id: impl Into<String>, layout: Layout) -> Subject {
        let guarantees = Guarantees { max_message: Some(layout.largest()), ..Guarantees::FRAMING };
        Subject {
            id: id.into(),
            kind: Kind::Framing,
            guarantees,
            capabilities: BTreeSet::from([Capability::Decodes, Capability::Encodes]),
            evidence: BTreeSet::from([EvidenceKind::Allocations, EvidenceKind::ProcessorTime]),
            layout: Some(layout),
            is_kernel: false,
        }
    }

    /// Adds capabilities.
    #[must_use]
    pub fn with(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Subject {
        self.capabilities.extend(capabilities);
        self
    }

    /// Declares that the system lacks a capability.
    #[must_use]
    pub fn without(mut self, capability: Capability) -> Subject {
        self.capabilities.remove(&capability);
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn evident(mut self, evidence: impl IntoIterator<Item = EvidenceKind>) -> Subject {
        self.evidence.extend(evidence);
        self
    }

    /// Declares that there is no such evidence.
    #[must_use]
    pub fn unseen(mut self, evidence: EvidenceKind) -> Subject {
        self.evidence.remove(&evidence);
        self
    }

    /// Whether the system declares `capability`.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Whether `evidence` can be had.
    pub fn shows(&self, evidence: EvidenceKind) -> bool {
        self.evidence.contains(&evidence)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.kind)
    }
}
