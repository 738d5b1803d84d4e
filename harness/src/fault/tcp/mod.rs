//! Faults of sockets that are set up end by end, by address and port.

use super::Fault;

pub(super) const FAMILIES: &[&[Fault]] = &[];
