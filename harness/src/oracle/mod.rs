//! Saying what a trace means: pure functions from plans and traces to verdicts, which the specs are made of.

pub mod datagram;
mod excuse;
pub mod framing;
pub mod stream;
pub mod tcp;

pub use excuse::excuse;
