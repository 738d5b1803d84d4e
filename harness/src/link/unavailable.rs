//! Why a kernel's system cannot be had on this machine.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::OnceLock;

use crate::trace::Failure;

/// What the kernel answers to whether sockets can be bound to an address, once it has answered.
pub(super) struct Probe {
    ip: IpAddr,
    answer: OnceLock<Option<String>>,
}

impl Probe {
    pub(super) fn new(ip: IpAddr) -> Probe {
        Probe { ip, answer: OnceLock::new() }
    }

    /// Why no socket can be bound to the address, if none can.
    ///
    /// A machine that has no descriptor to spare for the question has not answered it: what cannot be run then says so itself,
    /// and it is asked again.
    pub(super) fn unavailable(&self) -> Option<String> {
        if let Some(answer) = self.answer.get() {
            return answer.clone();
        }
        let answer = match TcpListener::bind((self.ip, 0)) {
            Ok(_) => None,
            // No port is asked for, so that what is not there to be had is the address.
            Err(error)
                if error.kind() != io::ErrorKind::AddrNotAvailable && Failure::of(&error).is_exhaustion() =>
            {
                return None;
            }
            Err(error) => Some(self.reason(&error)),
        };
        self.answer.get_or_init(|| answer).clone()
    }

    fn reason(&self, error: &io::Error) -> String {
        let family = if self.ip.is_ipv6() { "IPv6" } else { "IPv4" };
        format!("no {family} on this machine's loopback ({})", words(error))
    }
}

/// An error's words without its number, which std adds in brackets.
fn words(error: &io::Error) -> String {
    let whole = error.to_string();
    whole.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::Probe;

    #[test]
    fn loopback_is_there_and_an_address_of_nobody_is_not() {
        assert_eq!(Probe::new(IpAddr::V4(Ipv4Addr::LOCALHOST)).unavailable(), None);
        // TEST-NET-1 (RFC 5737) is on no machine.
        let nobody = Probe::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let reason = nobody.unavailable().unwrap();
        assert!(reason.starts_with("no IPv4 on this machine's loopback ("), "{reason}");
        assert!(!reason.contains("os error"), "{reason}");
        assert_eq!(nobody.unavailable(), Some(reason));
    }
}
