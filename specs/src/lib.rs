//! Executable specs for the rules that every network program relies on.

/// The one list of specs.
pub mod catalogue;
mod check;
/// Codecs of every shape.
pub mod codec;
/// What the macro [`conformance!`] expands to calls.
#[doc(hidden)]
pub mod conformance;
mod datagram;
mod door;
mod framing;
/// The bodies of the fuzz targets.
pub mod fuzz;
mod replay;
mod stream;
/// The systems shipped.
pub mod systems;
mod tcp;
mod udp;
#[cfg(test)]
mod written;

pub use check::Check;
pub use door::{datagram, framing, framing_blocking, framing_decoder, framing_encoder, framing_with, stream};
pub use replay::replay;
pub use sockspec_harness as harness;
pub use sockspec_harness::layout::Layout;
pub use sockspec_harness::run::Report;
pub use sockspec_harness::subject::Capability;
