//! Why a kernel's system cannot be had on this machine.

use std::io;
use std::net::{IpAddr, TcpListener};

/// Why no socket can be bound to `ip`, if none can: asked of the kernel once for each system.
pub(super) fn probe(ip: IpAddr) -> Option<String> {
    let error = TcpListener::bind((ip, 0)).err()?;
    let family = if ip.is_ipv6() { "IPv6" } else { "IPv4" };
    Some(format!("no {family} on this machine's loopback ({})", words(&error)))
}

/// An error's words without its number, which std adds in brackets.
fn words(error: &io::Error) -> String {
    let whole = error.to_string();
    whole.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::probe;

    #[test]
    fn loopback_is_there_and_an_address_of_nobody_is_not() {
        assert_eq!(probe(IpAddr::V4(Ipv4Addr::LOCALHOST)), None);
        // TEST-NET-1 (RFC 5737) is on no machine.
        let reason = probe(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))).unwrap();
        assert!(reason.starts_with("no IPv4 on this machine's loopback ("), "{reason}");
        assert!(!reason.contains("os error"), "{reason}");
    }
}
