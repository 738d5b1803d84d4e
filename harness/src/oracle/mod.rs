//! Saying what a trace means: pure functions from plans and traces to verdicts, which the specs are made of.

pub mod datagram;
pub mod framing;
pub mod stream;
pub mod tcp;
