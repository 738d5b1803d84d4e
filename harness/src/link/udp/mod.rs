//! The kernel's UDP over loopback (udp(7), RFC 768).

#[cfg(test)]
mod tests;
mod world;

use std::net::IpAddr;

use super::flavour::Tokio;
use super::unavailable::Probe;
use super::waiting::Blocking;
use crate::subject::{Capability, EvidenceKind, Guarantees, Overflow, Subject};
use crate::system::{System, World};
use world::UdpWorld;

/// The largest payload in bytes over IPv4: the 16-bit total length less 20 bytes of IP header and 8 of UDP's (RFC 791 §3.1, RFC 768).
const MAX_MESSAGE_V4: u64 = 65_535 - 20 - 8;

/// The largest payload in bytes over IPv6, whose payload length does not count its own header (RFC 8200 §3, RFC 768).
const MAX_MESSAGE_V6: u64 = 65_535 - 8;

/// What this system's kernel says of its UDP sockets.
const EVIDENCE: &[EvidenceKind] = if cfg!(target_os = "linux") {
    &[EvidenceKind::ReceiveQueue, EvidenceKind::DropCounter]
} else {
    &[EvidenceKind::ReceiveQueue]
};

/// UDP over one loopback address.
///
/// A datagram to where an end is connected is sent without naming it, any other by name; an end that was dropped can still be sent to.
/// That nobody listens there, a connected tokio socket learns from its next send:
/// a receive that waits goes on waiting, because tokio wakes no reader for an error alone (seen with tokio 1.54).
pub struct Udp {
    subject: Subject,
    ip: IpAddr,
    is_blocking: bool,
    probe: Probe,
}

impl Udp {
    /// tokio's UDP sockets at loopback address `ip`, under the name `id`.
    pub fn new(id: &str, ip: IpAddr) -> Udp {
        Udp::of_flavour(id, ip, false)
    }

    /// std's blocking UDP sockets at loopback address `ip`, under the name `id`.
    ///
    /// A call is made only when it does not block: see the module `waiting`.
    pub fn blocking(id: &str, ip: IpAddr) -> Udp {
        Udp::of_flavour(id, ip, true)
    }

    fn of_flavour(id: &str, ip: IpAddr, is_blocking: bool) -> Udp {
        let guarantees = Guarantees {
            max_message: Some(if ip.is_ipv4() { MAX_MESSAGE_V4 } else { MAX_MESSAGE_V6 }),
            on_overflow: Overflow::Drops,
            ..Guarantees::DATAGRAM
        };
        let capabilities =
            [Capability::RefusesOversize, Capability::Names, Capability::Ports, Capability::SocketOptions];
        let subject = Subject { is_kernel: true, guarantees, ..Subject::datagram(id) }
            .with(capabilities)
            .evident(EVIDENCE.iter().copied());
        Udp { subject, ip, is_blocking, probe: Probe::new(ip) }
    }
}

impl System for Udp {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn unavailable(&self) -> Option<String> {
        self.probe.unavailable()
    }

    fn world(&self) -> Box<dyn World> {
        if self.is_blocking {
            Box::new(UdpWorld::<Blocking>::new(self.ip))
        } else {
            Box::new(UdpWorld::<Tokio>::new(self.ip))
        }
    }
}
