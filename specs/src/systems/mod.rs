//! The systems shipped: this machine's own sockets, tokio's in-memory pipe as the one that no kernel takes part in, and codecs.

mod length_delimited;
pub(crate) mod reference;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use sockspec_harness::layout::Layout;
use sockspec_harness::link::{CodecFactory, Duplex, Tcp, Udp, UnixDatagramPair, UnixStreamPair};
use sockspec_harness::run::KnownFailings;
use sockspec_harness::system::System;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Every system shipped, streams first, in the order in which lists show them.
///
/// One that cannot be had on this machine is listed all the same, and says why ([`System::unavailable`]).
pub fn systems() -> Vec<Arc<dyn System>> {
    let sockets: Vec<Arc<dyn System>> = vec![
        Arc::new(Tcp::new("tcp-v4", V4)),
        Arc::new(Tcp::new("tcp-v6", V6)),
        Arc::new(Tcp::blocking("tcp-v4-blocking", V4)),
        Arc::new(UnixStreamPair::new("unix-stream")),
        Arc::new(Duplex::new("duplex")),
        Arc::new(Udp::new("udp-v4", V4)),
        Arc::new(Udp::new("udp-v6", V6)),
        Arc::new(Udp::blocking("udp-v4-blocking", V4)),
        Arc::new(UnixDatagramPair::new("unix-datagram")),
    ];
    sockets.into_iter().chain(reference::systems()).chain(length_delimited::systems()).collect()
}

/// What makes the codec that keeps every rule of framing, in a layout that is a length field and nothing around it.
///
/// It is what the systems named `reference-…` consist of.
pub fn reference_codec(layout: &Layout) -> CodecFactory {
    reference::factory(layout)
}

/// What the systems shipped are known to depart from, each with its reason.
///
/// An entry whose case passes is stale, and fails the run as any other list's would.
///
/// # Panics
/// If the list that is built in is malformed: that is a bug of ours.
pub fn known_failings() -> KnownFailings {
    KnownFailings::parse("the list of known failures that is built in", include_str!("known.txt"))
        .expect("the tests read the list")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{known_failings, systems};

    #[test]
    fn what_is_known_is_said_of_codecs_that_are_not_ours() {
        let known = known_failings();
        assert!(known.covers("framing/end-after-header", "length-delimited"));
        assert!(known.covers("framing/end-after-header", "length-delimited-tcp"));
        assert!(!known.covers("framing/end-after-header", "reference-u32be"));
    }

    #[test]
    fn names_are_unlike_and_streams_come_first() {
        let systems = systems();
        let ids: BTreeSet<&str> = systems.iter().map(|system| system.subject().id.as_str()).collect();
        assert_eq!(ids.len(), systems.len());
        assert!(systems.is_sorted_by_key(|system| system.subject().kind));
    }

    #[test]
    fn what_no_kernel_takes_part_in_is_always_there() {
        for system in systems().iter().filter(|system| !system.subject().is_kernel) {
            assert_eq!(system.unavailable(), None, "{}", system.subject());
        }
    }
}
