//! Executable specs for the rules that every network program relies on.
//!
//! sockspec checks that a transport is a byte stream, that a socket keeps datagrams whole, and that a codec does what length-prefix framing owes.
//! It cuts and joins the bytes on their way on purpose and shows that each cut happened, because on a developer's machine one write
//! mostly arrives as one read, and what breaks when it does not is found by customers.
//! What conforms passes, always: a failure is a departure from a rule, with the rule, its source, and the smallest scenario that shows it.
//!
//! # Three lines to start
//!
//! In `Cargo.toml`, `sockspec` without its command line is a dev-dependency (`default-features = false`, and
//! `features = ["count-allocations"]` so that the rules about memory are judged, too); in `tests/conformance.rs`:
//!
//! ```
//! # fn main() {}
//! # use tokio_util::codec::LengthDelimitedCodec as MyCodec;
//! sockspec::conformance! {
//!     framing my_codec: sockspec::Layout::u32_be() => MyCodec::new;
//! }
//! ```
//!
//! That is one `#[test]` for each rule, for `cargo test` and nextest to filter, list and run side by side.
//! A transport or a socket is an entry of the same macro, [`conformance!`]; codecs that do not implement tokio-util's traits
//! (functions over blocking `Read` and `Write`, for instance) go in through a wrapper: the table is in [`codec`].
//!
//! # A check as data
//!
//! ```
//! # fn main() {
//! use sockspec::{Capability, Layout};
//! use tokio_util::codec::LengthDelimitedCodec;
//!
//! let report = sockspec::framing("my-codec", Layout::u32_be(), LengthDelimitedCodec::new)
//!     .without(Capability::Encodes)
//!     .only("framing/clean-end")
//!     .only("framing/end-after-header")
//!     .known_failing("framing/end-after-header", "an end right behind a header is taken for a clean one")
//!     .run();
//! for row in report.results() {
//!     assert_ne!(row.verdict.word(), "fail");
//! }
//! report.assert_conformant();
//! # }
//! ```
//!
//! [`framing`], [`stream`] and [`datagram`] return a [`Check`], whose methods say what the system cannot do, which rules are asked for,
//! and what is known to fail; [`Check::run`] returns the [`Report`], which can be printed, serialized and asserted.
//!
//! # What your system cannot do, and what it does wrong
//!
//! A capability that a system lacks is declared ([`Check::without`]), and the rules that need it are skipped, with the reason.
//! A rule that it breaks is listed with a reason ([`Check::known_failing`]); the day it holds, the entry is stale, and that fails the check,
//! so that the list never says more than is true.
//!
//! # Once more, the same failure
//!
//! A failure prints a token: the rule, the system, its layout and the scenario, made as small as it could be.
//! `SOCKSPEC_REPLAY=TOKEN cargo test NAME` repeats that case and no other, without a change to the test; [`Check::replay`] does so in code,
//! and `sockspec replay TOKEN --as-test` prints a test to keep.
//! A token is refused where it is malformed, and where the layout is another than the one that it was made with.
//!
//! # The environment
//!
//! | variable | what it does |
//! |---|---|
//! | `SOCKSPEC_SEED` | the seed from which all choice comes, where the check names none |
//! | `SOCKSPEC_RUN` | narrows the rules to these patterns, separated by commas |
//! | `SOCKSPEC_TIMEOUT` | how long one wait may last, like `500ms`, where the check does not say |
//! | `SOCKSPEC_REPLAY` | repeats the case of a token, or of the file that holds it, on the system that it names |
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `cli` (default) | the command line `sockspec` and what its reports need |
//! | `count-allocations` (default) | a global allocator that counts, so that the rules about memory can be judged; without it they are skipped |
//!
//! With neither, what is pulled in is tokio, tokio-util and a few small crates.
//!
//! The package's `examples` are programs to start from: `check_tokio_codec`, `check_blocking_codec`, `check_transport` and `replay_token`.
//!
//! # The modules

/// The one list of specs.
pub mod catalogue;
mod check;
/// Codecs of every shape.
pub mod codec;
/// What the macro [`conformance!`] expands to calls.
#[doc(hidden)]
pub mod conformance;
mod datagram;
mod door;
mod framing;
/// The bodies of the fuzz targets.
pub mod fuzz;
mod replay;
mod stream;
/// The systems shipped.
pub mod systems;
mod tcp;
pub mod token_file;
mod udp;
#[cfg(test)]
mod written;

pub use check::Check;
pub use door::{datagram, framing, framing_blocking, framing_decoder, framing_encoder, framing_with, stream};
pub use replay::replay;
pub use sockspec_harness as harness;
pub use sockspec_harness::layout::Layout;
pub use sockspec_harness::run::Report;
pub use sockspec_harness::subject::{Capability, EvidenceKind};
