//! Executable specs for the rules that every network program relies on.

/// The one list of specs.
pub mod catalogue;
mod datagram;
mod stream;
/// The systems shipped.
pub mod systems;
mod tcp;
mod udp;
