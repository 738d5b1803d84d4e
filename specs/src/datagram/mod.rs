//! The group `datagram/*`: what any datagram transport owes.

mod boundaries;
mod cancelled_receive;
mod empty;
mod independent;
mod integrity;
mod max_size;
mod oversize_refused;
mod send_count;
mod traffic;
mod truncation;
mod wake_ups;
mod whole_or_nothing;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod written;

use sockspec_harness::spec::Spec;

pub(crate) use traffic::Traffic;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[
    &boundaries::SPEC,
    &integrity::SPEC,
    &whole_or_nothing::SPEC,
    &send_count::SPEC,
    &empty::SPEC,
    &max_size::SPEC,
    &oversize_refused::SPEC,
    &truncation::SPEC,
    &wake_ups::SPEC,
    &cancelled_receive::SPEC,
    &independent::SPEC,
];
