//! The group `framing/*`.

use sockspec_harness::spec::Spec;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[];
