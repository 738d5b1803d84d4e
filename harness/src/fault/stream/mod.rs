//! Faults of streams, by where the break lies.

mod content;

use super::Fault;

pub(super) const FAMILIES: &[&[Fault]] = &[content::FAULTS];
