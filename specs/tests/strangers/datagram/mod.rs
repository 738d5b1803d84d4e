//! Datagram transports that strangers might bring: sound ones of every build, and one post bent in many ways.

pub(crate) mod bent;
pub(crate) mod flaw;
mod post;
pub(crate) mod sound;
