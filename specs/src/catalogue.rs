//! The one list of specs.

use sockspec_harness::spec::Spec;

use crate::{datagram, framing, stream, tcp, udp};

/// Every spec, group by group.
pub fn specs() -> impl Iterator<Item = &'static Spec> {
    [stream::SPECS, tcp::SPECS, datagram::SPECS, udp::SPECS, framing::SPECS].into_iter().flatten().copied()
}

/// The spec of that id.
pub fn find(id: &str) -> Option<&'static Spec> {
    specs().find(|spec| spec.id == id)
}
