//! Who acts: the ends of connections.

use std::fmt;

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
