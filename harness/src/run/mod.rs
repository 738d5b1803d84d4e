//! Running specs against systems: which pairs, on which threads, and what is told to whoever reports.
//!
//! One event enum is the whole interface between running and reporting.

mod blank;
mod campaign;
mod cell;
mod crew;
mod engine;
mod event;
mod glob;
mod hung;
mod known;
mod lab;
mod matrix;
mod mutants;
mod row;
mod sample;
mod select;
mod settings;
mod vain;
mod watch;

pub use campaign::{Bounds, Campaign, CampaignEvent, Entrant, Searched, campaign};
pub use cell::Pair;
pub use engine::{replay, run};
pub use event::Event;
pub use glob::{Glob, GlobError};
pub use known::{Existing, KnownError, KnownFailings, departs, forgive, forgive_found};
pub use matrix::{EmptyClaim, KillMatrix, Killed};
pub use mutants::mutants;
pub use row::{Departure, Report, Row, RowSegmentation, Summary, VerdictWord};
pub use select::{Selection, Unmatched, UnmatchedSort};
pub use settings::{DEFAULT_SEED, Settings, parse_duration, parse_seed};
