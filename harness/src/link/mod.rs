//! The kernel's sockets, and a user's own pair, as systems: the only room that touches sockets.
//!
//! Every world here keeps what it has begun (a connection on its way, a factory's future) between polls,
//! so that a call which is abandoned loses nothing.
//! Nothing is ever injected below tokio's own sockets: their readiness logic takes a short read as "drained".

#[cfg(test)]
mod by_hand;
mod datagram;
mod datagram_pair;
mod duplex;
#[cfg(unix)]
mod evidence;
#[cfg(unix)]
mod flavour;
#[cfg(unix)]
mod framing;
#[cfg(unix)]
mod origin;
#[cfg(unix)]
mod setting;
mod stream_pair;
#[cfg(unix)]
mod tcp;
#[cfg(unix)]
mod udp;
#[cfg(unix)]
mod unavailable;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_stream;
#[cfg(unix)]
mod waiting;

pub use datagram::Datagram;
pub use datagram_pair::DatagramPair;
pub use duplex::Duplex;
#[cfg(unix)]
pub use framing::{CodecFactory, DirectCodec, FramedOverTcp};
pub use stream_pair::StreamPair;
#[cfg(unix)]
pub use tcp::Tcp;
#[cfg(unix)]
pub use udp::Udp;
#[cfg(unix)]
pub use unix_datagram::UnixDatagramPair;
#[cfg(unix)]
pub use unix_stream::UnixStreamPair;
