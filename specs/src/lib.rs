//! Executable specs for the rules that every network program relies on.

/// The one list of specs.
pub mod catalogue;
mod datagram;
mod stream;
mod tcp;
mod udp;
#[cfg(test)]
mod written;
