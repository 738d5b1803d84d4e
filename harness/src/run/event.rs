//! What a run tells whoever reports on it.

use super::row::Row;

/// Something that happened in a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The run begins with so many rows to fill.
    Started {
        /// How many pairs of spec and system.
        rows: usize,
    },
    /// A pair begins.
    RowStarted {
        /// The spec's id.
        id: String,
        /// The system's id.
        system: String,
    },
    /// A pair has its verdict.
    RowFinished(Box<Row>),
    /// A foreign call did not return: its thread is left to itself.
    Abandoned {
        /// The system whose call it was.
        system: String,
    },
    /// The run is being interrupted: no new pair begins.
    Interrupting,
}
