//! What a hand would write without sockspec: the same work over the same sort of socket, with nothing watched and nothing compared.

/// Codecs.
pub mod codec;
/// UDP.
pub mod datagram;
/// TCP.
pub mod stream;
