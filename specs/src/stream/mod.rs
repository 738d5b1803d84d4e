//! The group `stream/*`: what any byte stream owes, whoever made it.

use sockspec_harness::spec::Spec;

mod back_pressure;
mod calls_return;
mod cancelled_read;
mod cancelled_write;
mod empty_read;
mod empty_write;
mod end_after_last_byte;
mod end_stays_end;
mod flush_makes_visible;
mod full_duplex;
mod half_close;
mod independent_connections;
mod lossless;
mod no_boundaries;
mod nothing_invented;
mod ordered;
mod plans;
mod reassembles;
mod reset_is_not_end;
mod short_reads;
mod shutdown_flushes;
mod steady;
mod transparent;
mod unbounded;
mod vectored_writes;
mod wake_ups;
mod write_after_shutdown;
mod write_count;

#[cfg(test)]
mod awkward;
#[cfg(test)]
mod tests;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[
    &calls_return::SPEC,
    &ordered::SPEC,
    &lossless::SPEC,
    &nothing_invented::SPEC,
    &transparent::SPEC,
    &no_boundaries::SPEC,
    &short_reads::SPEC,
    &reassembles::SPEC,
    &unbounded::SPEC,
    &steady::SPEC,
    &full_duplex::SPEC,
    &back_pressure::SPEC,
    &wake_ups::SPEC,
    &write_count::SPEC,
    &vectored_writes::SPEC,
    &empty_write::SPEC,
    &empty_read::SPEC,
    &cancelled_read::SPEC,
    &cancelled_write::SPEC,
    &flush_makes_visible::SPEC,
    &shutdown_flushes::SPEC,
    &end_after_last_byte::SPEC,
    &end_stays_end::SPEC,
    &half_close::SPEC,
    &write_after_shutdown::SPEC,
    &reset_is_not_end::SPEC,
    &independent_connections::SPEC,
];
