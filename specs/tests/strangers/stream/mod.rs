//! Streams that strangers might bring: sound ones of every build, and one pipe bent in many ways.

mod bending;
pub(crate) mod bent;
pub(crate) mod flaw;
mod layers;
mod pipe;
mod shapes;
pub(crate) mod sound;
mod transports;
