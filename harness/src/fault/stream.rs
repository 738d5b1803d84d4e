//! Faults of streams.

use super::Fault;

pub(super) const FAULTS: &[Fault] = &[];
