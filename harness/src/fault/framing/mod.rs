//! Faults of codecs, by where the break lies.
//!
//! A fault of a decoder puts a decoder of our own, with the one break, in the place of the sound one;
//! a fault of an encoder stands between the sound one and its caller.

mod content;
mod cost;
mod encode;
mod finish;
mod foreign;
mod header;
mod hollow;
mod length;
mod limit;
mod mutual;
mod piece;
mod reader;
mod state;

use super::Fault;

#[cfg(test)]
pub(super) use reader::{Reader, decoding, encoding};

pub(super) const FAMILIES: &[&[Fault]] = &[
    header::FAULTS,
    piece::FAULTS,
    hollow::FAULTS,
    length::FAULTS,
    limit::FAULTS,
    mutual::FAULTS,
    cost::FAULTS,
    state::FAULTS,
    finish::FAULTS,
    foreign::FAULTS,
    content::FAULTS,
    encode::FAULTS,
];
