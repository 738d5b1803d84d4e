//! Faults of streams, by where the break lies.
//!
//! What each does at the latest within the first kilobytes of a direction, a suite that is thorough and fast sees;
//! what comes late (after many operations, mebibytes, or the wrap of the sequence numbers) is a family of its own.

mod backlog;
mod border;
mod connection;
mod content;
mod empty;
mod end;
mod foreign;
mod late;
mod read;
mod wait;
mod write;

use super::Fault;

pub(super) const FAMILIES: &[&[Fault]] = &[
    content::FAULTS,
    border::FAULTS,
    connection::FAULTS,
    empty::FAULTS,
    end::FAULTS,
    foreign::FAULTS,
    late::FAULTS,
    read::FAULTS,
    wait::FAULTS,
    write::FAULTS,
];
