//! Running specs against systems: which pairs, on which threads, and what is told to whoever reports.
//!
//! One event enum is the whole interface between running and reporting.

mod event;
mod row;
mod settings;

pub use event::Event;
pub use row::{Departure, Report, Row, RowSegmentation, Summary, VerdictWord};
pub use settings::{DEFAULT_SEED, Settings};
