//! Faults of datagrams, by where the break lies.

mod border;
mod content;
mod delivery;
mod foreign;
mod letter;
mod size;

use super::Fault;

#[cfg(test)]
pub(super) use letter::{on_receive, on_send};

pub(super) const FAMILIES: &[&[Fault]] =
    &[content::FAULTS, border::FAULTS, delivery::FAULTS, foreign::FAULTS, size::FAULTS];
