//! Faults of sockets that are set up end by end, by address and port, and of their options.

mod name;
mod option;
mod set_up;

use super::Fault;

pub(super) const FAMILIES: &[&[Fault]] = &[name::FAULTS, option::FAULTS, set_up::FAULTS];
