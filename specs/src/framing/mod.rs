//! The group `framing/*`: what a codec with length prefixes owes, whatever its layout.

use sockspec_harness::spec::Spec;

mod after_refusal;
mod any_bytes;
mod bounded_memory;
mod clean_end;
mod coalesced;
mod empty_frame;
mod encoder_appends;
mod encoder_every_size;
mod encoder_layout;
mod encoder_maximum;
mod encoder_refuses;
mod end_after_header;
mod every_split;
mod full_duplex;
mod independent_connections;
mod largest_frame;
mod linear_time;
mod no_leftover_state;
mod oversized_refused;
mod plans;
mod prompt;
mod round_trip;
mod split_header;
mod transparent;
mod truncated_end;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[
    &round_trip::SPEC,
    &every_split::SPEC,
    &coalesced::SPEC,
    &prompt::SPEC,
    &split_header::SPEC,
    &empty_frame::SPEC,
    &largest_frame::SPEC,
    &oversized_refused::SPEC,
    &after_refusal::SPEC,
    &clean_end::SPEC,
    &truncated_end::SPEC,
    &end_after_header::SPEC,
    &transparent::SPEC,
    &independent_connections::SPEC,
    &full_duplex::SPEC,
    &no_leftover_state::SPEC,
    &linear_time::SPEC,
    &bounded_memory::SPEC,
    &any_bytes::SPEC,
    &encoder_layout::SPEC,
    &encoder_every_size::SPEC,
    &encoder_appends::SPEC,
    &encoder_refuses::SPEC,
    &encoder_maximum::SPEC,
];
