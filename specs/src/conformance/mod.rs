//! A `tests/conformance.rs` in a few lines: one `#[test]` for each spec, so that filters, lists and nextest work.
//!
//! Why not one test that runs all: a runner can neither filter, nor list, nor time, nor spread over processes what it does not see.

use std::num::NonZeroUsize;

use sockspec_harness::run::{Report, VerdictWord};

use crate::Check;

mod list;
#[cfg(test)]
mod tests;

/// Makes a module of tests for each system: one `#[test]` for each spec of its kind.
///
/// ```
/// # fn main() {}
/// use std::io;
///
/// use sockspec::Layout;
/// use tokio::io::{DuplexStream, duplex};
/// use tokio::net::UnixDatagram;
/// use tokio_util::codec::LengthDelimitedCodec;
///
/// async fn connected_pair() -> io::Result<(DuplexStream, DuplexStream)> {
///     Ok(duplex(4096))
/// }
///
/// sockspec::conformance! {
///     framing  my_codec: Layout::u32_be() => || LengthDelimitedCodec::new(), |check| {
///         check.known_failing("framing/end-after-header", "an end behind a header is taken for a clean one")
///     };
///     stream   my_transport: || connected_pair();
///     datagram my_socket: || async { UnixDatagram::pair() };
/// }
/// ```
///
/// An entry is a kind, a name, and what the function of that kind takes: [`framing`](crate::framing), [`stream`](crate::stream), [`datagram`](crate::datagram).
/// The other functions for codecs are kinds, too: [`framing_with`](crate::framing_with), [`framing_decoder`](crate::framing_decoder),
/// [`framing_encoder`](crate::framing_encoder), [`framing_blocking`](crate::framing_blocking).
/// The name becomes a module, and with `-` for `_` the name of the system.
/// The tests in it are named after the specs, with `_` for `/` and `-`, like `my_codec::framing_round_trip`.
/// Behind a comma may stand a closure that changes the [`Check`]; attributes like `#[cfg(unix)]` may stand before the entry.
///
/// A test passes if its spec holds, and also if the spec does not apply to the system or is skipped;
/// it fails if the rule is departed from, if a known failing is stale, and if the system could not be made.
/// With `SOCKSPEC_REPLAY` only the case that the token names is run, and every other test passes at once.
#[macro_export]
macro_rules! conformance {
    () => {};
    ($(#[$attribute:meta])* framing $name:ident : $layout:expr => $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __framing_specs
            [$crate::framing(&$crate::conformance::name(stringify!($name)), $layout, $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($(#[$attribute:meta])* framing_with $name:ident : $layout:expr => $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __framing_specs
            [$crate::framing_with(&$crate::conformance::name(stringify!($name)), $layout, $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($(#[$attribute:meta])* framing_decoder $name:ident : $layout:expr => $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __framing_specs
            [$crate::framing_decoder(&$crate::conformance::name(stringify!($name)), $layout, $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($(#[$attribute:meta])* framing_encoder $name:ident : $layout:expr => $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __framing_specs
            [$crate::framing_encoder(&$crate::conformance::name(stringify!($name)), $layout, $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($(#[$attribute:meta])* framing_blocking $name:ident : $layout:expr => $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __framing_specs
            [$crate::framing_blocking(&$crate::conformance::name(stringify!($name)), $layout, $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($(#[$attribute:meta])* stream $name:ident : $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __stream_specs
            [$crate::stream(&$crate::conformance::name(stringify!($name)), $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($(#[$attribute:meta])* datagram $name:ident : $factory:expr $(, $adapt:expr)? ; $($rest:tt)*) => {
        $crate::__conformance_of! {
            [$(#[$attribute])*] $name __datagram_specs
            [$crate::datagram(&$crate::conformance::name(stringify!($name)), $factory)] [$($adapt)?]
        }
        $crate::conformance! { $($rest)* }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "an entry reads `KIND NAME: FACTORY;` or `KIND NAME: LAYOUT => FACTORY;` with its semicolon; kinds with a layout \
             are framing, framing_with, framing_decoder, framing_encoder and framing_blocking, without one stream and datagram"
        );
    };
}

/// One entry of [`conformance!`].
///
/// The check is made in an `impl` that stands where the entry stands, and not in the module,
/// so that every path in the entry means what it means there.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_of {
    ([$(#[$attribute:meta])*] $name:ident $specs:ident [$check:expr] [$($adapt:expr)?]) => {
        $(#[$attribute])*
        mod $name {
            #[allow(dead_code, reason = "outside of tests nobody asks for it")]
            pub(super) struct System;

            $crate::$specs!(__conformance_tests);
        }

        $(#[$attribute])*
        impl $name::System {
            #[allow(dead_code, reason = "outside of tests nobody asks for it")]
            fn holds(id: &str) {
                let check = $check;
                $(let check = $crate::conformance::adapt(check, $adapt);)?
                $crate::conformance::holds(check, id);
            }
        }
    };
}

/// The tests of a module.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($($test:ident $id:literal,)*) => {
        $(
            #[test]
            fn $test() {
                System::holds($id);
            }
        )*
    };
}

/// The system's name for an identifier.
pub fn name(identifier: &str) -> String {
    identifier.trim_start_matches("r#").replace('_', "-")
}

/// Lets the closure behind the comma change the check; it is here so that the closure's type is known.
pub fn adapt(check: Check, change: impl FnOnce(Check) -> Check) -> Check {
    change(check)
}

/// Checks one spec; it holds, too, if there is nothing to check.
///
/// # Panics
/// With the report, if the spec does not hold.
#[track_caller]
pub fn holds(check: Check, id: &str) {
    let Some(check) = check.of_one_spec(id) else { return };
    let report = check.jobs(NonZeroUsize::MIN).run();
    assert!(is_no_departure(&report), "\n{report}");
}

/// Whether the report is conformant, or says of all it has that it does not apply.
fn is_no_departure(report: &Report) -> bool {
    let does_not_apply = report.rows.iter().all(|row| row.verdict == VerdictWord::Skipped);
    report.is_conformant() || (does_not_apply && report.stale.is_empty())
}
