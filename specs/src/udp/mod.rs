//! The group `udp/*`: what the kernel's UDP owes besides what any datagram transport owes.
//!
//! Every spec here needs [`Capability::Ports`], by which a system says that its ends are bound and connected one by one.

mod connected_filter;
mod connectionless;
mod endpoints;
mod fragmented;
mod many_peers;
mod may_lose;
mod source_address;
mod unreachable;

#[cfg(test)]
mod tests;

use sockspec_harness::plan::{End, Operation, Script};
use sockspec_harness::spec::{Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};

use crate::datagram::Traffic;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[
    &endpoints::SPEC,
    &connectionless::SPEC,
    &source_address::SPEC,
    &many_peers::SPEC,
    &connected_filter::SPEC,
    &unreachable::SPEC,
    &fragmented::SPEC,
    &may_lose::SPEC,
];

/// Needs UDP, and nothing more of it.
const UDP: Needs = Needs { capabilities: &[Capability::Ports], ..Needs::DATAGRAM };

/// A plan in which these ends are bound, and nothing is connected.
fn bound(subject: &Subject, ends: &[End]) -> Traffic {
    Traffic::between(subject, bind(Script::new(), ends), ends)
}

fn bind(script: Script, ends: &[End]) -> Script {
    ends.iter().fold(script, |script, end| script.step(*end, Operation::Bind))
}
