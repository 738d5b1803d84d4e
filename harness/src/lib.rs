//! The machine under sockspec.
//!
//! It runs plans against systems, writes down what it saw, lets specs judge, and tells whoever reports.
//! It knows no rule: rules are in the package `sockspec`.
//! It prints nothing.
//!
//! The modules, in the order in which data flows through them:

/// The joint where a codec is plugged in.
pub mod codec;
/// Running a plan: the only room that reads the clock.
pub mod drive;
/// Systems broken on purpose.
pub mod fault;
/// How frames lie on a wire, and the reference that codecs are held against.
pub mod layout;
/// The kernel's sockets, and a user's own pair, as systems: the only room that touches sockets.
pub mod link;
/// What only the operating system can tell, or do: the only room with unsafe code.
pub mod machine;
/// What it means.
pub mod oracle;
/// What is to be done to it.
pub mod plan;
/// What is told of it.
pub mod report;
/// Specs times systems.
pub mod run;
/// Making a failure smaller.
pub mod shrink;
/// The joint where a rule is plugged in.
pub mod spec;
/// What is known of a system under test.
pub mod subject;
/// The joint where a system is plugged in.
pub mod system;
/// What repeats a failure: one word to paste.
pub mod token;
/// What was seen.
pub mod trace;
/// What is said of it.
pub mod verdict;

/// What must hold of any bytes whatever: the bodies of the fuzz targets.
pub mod fuzz;
