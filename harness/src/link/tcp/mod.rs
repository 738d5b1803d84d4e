//! The kernel's TCP over loopback (tcp(7), RFC 9293).

mod arrival;
#[cfg(test)]
mod tests;
mod world;

use std::net::IpAddr;

use super::flavour::Tokio;
use super::unavailable::Probe;
use super::waiting::{Blocking, Eager};
use crate::subject::{Capability, EvidenceKind, Subject};
use crate::system::{System, World};
use world::TcpWorld;

/// What this system's kernel says of its TCP sockets.
const EVIDENCE: &[EvidenceKind] = if cfg!(target_os = "linux") {
    &[EvidenceKind::ReceiveQueue, EvidenceKind::TcpInfo]
} else {
    &[EvidenceKind::ReceiveQueue]
};

/// TCP over one loopback address.
///
/// Every socket has `TCP_NODELAY` set from the beginning, since without it two pieces can become one segment and no cut is provable;
/// a plan that is about Nagle's algorithm sets [`Setting::Nagle`](crate::plan::Setting::Nagle).
pub struct Tcp {
    subject: Subject,
    ip: IpAddr,
    sort: Sort,
    probe: Probe,
}

/// Whose sockets they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Tokio,
    Blocking,
    Eager,
}

impl Tcp {
    /// tokio's TCP sockets at loopback address `ip`, under the name `id`.
    pub fn new(id: &str, ip: IpAddr) -> Tcp {
        Tcp::of_sort(id, ip, Sort::Tokio)
    }

    /// std's blocking TCP sockets at loopback address `ip`, under the name `id`.
    ///
    /// A call is made only when it does not block: see the module `waiting`.
    pub fn blocking(id: &str, ip: IpAddr) -> Tcp {
        Tcp::of_sort(id, ip, Sort::Blocking)
    }

    /// std's non-blocking TCP sockets at loopback address `ip`, under the name `id`, which the reactor is told of only when one has to wait.
    ///
    /// The kernel's rules are tried on them in fewer system calls: that is for fuzzing.
    pub fn eager(id: &str, ip: IpAddr) -> Tcp {
        Tcp::of_sort(id, ip, Sort::Eager)
    }

    fn of_sort(id: &str, ip: IpAddr, sort: Sort) -> Tcp {
        let subject = Subject { is_kernel: true, ..Subject::stream(id) }
            .with([Capability::Abort, Capability::Names, Capability::Ports, Capability::SocketOptions])
            .evident(EVIDENCE.iter().copied());
        Tcp { subject, ip, sort, probe: Probe::new(ip) }
    }
}

impl System for Tcp {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn unavailable(&self) -> Option<String> {
        self.probe.unavailable()
    }

    fn world(&self) -> Box<dyn World> {
        match self.sort {
            Sort::Tokio => Box::new(TcpWorld::<Tokio>::new(self.ip)),
            Sort::Blocking => Box::new(TcpWorld::<Blocking>::new(self.ip)),
            Sort::Eager => Box::new(TcpWorld::<Eager>::new(self.ip)),
        }
    }
}
