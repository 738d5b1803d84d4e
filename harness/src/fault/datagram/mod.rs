//! Faults of datagrams.

use super::Fault;

pub(super) const FAMILIES: &[&[Fault]] = &[];
