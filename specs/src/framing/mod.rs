//! The group `framing/*`: what a codec with length prefixes owes, whatever its layout.

use sockspec_harness::spec::Spec;

mod coalesced;
mod every_split;
mod plans;
mod round_trip;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[&round_trip::SPEC, &every_split::SPEC, &coalesced::SPEC];
