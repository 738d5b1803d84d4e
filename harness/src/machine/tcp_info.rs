//! What the kernel knows of a TCP connection (`TCP_INFO`, tcp(7)).

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;

use crate::trace::TcpInfo;

/// Asks for the counters of a connection; `None` where there are none.
#[cfg(target_os = "linux")]
pub(crate) fn tcp_info(socket: BorrowedFd<'_>) -> Option<TcpInfo> {
    // Room for every field so far and for many to come: the kernel fills what it has.
    let mut bytes = [0_u8; 512];
    let len = super::socket::option(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut bytes)?;
    Some(parse(bytes.get(..len)?))
}

/// Asks for the counters of a connection: only Linux has these.
#[cfg(not(target_os = "linux"))]
pub(crate) fn tcp_info(_: BorrowedFd<'_>) -> Option<TcpInfo> {
    None
}

/// Whether this machine counts what a connection has received: older kernels, other systems and some sandboxes do not.
///
/// It is tried once, on a connection of its own; where that cannot be had, whoever wants one will say so.
pub(crate) fn counts_received() -> bool {
    static COUNTS: OnceLock<bool> = OnceLock::new();
    *COUNTS.get_or_init(|| try_counting().unwrap_or(true))
}

fn try_counting() -> io::Result<bool> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut peer, _) = listener.accept()?;
    client.write_all(&[1])?;
    peer.read_exact(&mut [0])?;
    Ok(tcp_info(peer.as_fd()).is_some_and(|info| info.bytes_received > 0))
}

/// Reads `struct tcp_info` of linux/tcp.h by its offsets, since the structure of the C library knows only what was there when it was made.
///
/// A kernel that has fewer fields gives a shorter structure; what is not there is 0.
#[cfg(target_os = "linux")]
fn parse(bytes: &[u8]) -> TcpInfo {
    let narrow = |at: usize| -> u64 {
        bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |field| u32::from_ne_bytes(*field).into())
    };
    let wide = |at: usize| -> u64 {
        bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |field| u64::from_ne_bytes(*field))
    };
    TcpInfo {
        state: bytes.first().copied().unwrap_or_default(),
        segment_size: narrow(16),
        unacked: narrow(24),
        retransmits: narrow(100),
        bytes_acked: wide(120),
        bytes_received: wide(128),
        bytes_not_sent: narrow(144),
        data_segments_in: narrow(152),
        data_segments_out: narrow(156),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;

    use super::{counts_received, parse, tcp_info};
    use crate::trace::TcpInfo;

    #[test]
    fn linux_counts_what_is_received() {
        assert!(counts_received());
    }

    #[test]
    fn segments_and_bytes_of_a_connection_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        client.set_nodelay(true).unwrap();
        for _ in 0..3 {
            client.write_all(&[1; 100]).unwrap();
            peer.read_exact(&mut [0; 100]).unwrap();
        }
        let (sent, received) = (tcp_info(client.as_fd()).unwrap(), tcp_info(peer.as_fd()).unwrap());
        assert_eq!((sent.state, received.state), (1, 1));
        assert_eq!(received.bytes_received, 300);
        assert_eq!((sent.data_segments_out, received.data_segments_in), (3, 3));
        assert_eq!((sent.bytes_not_sent, sent.retransmits), (0, 0));
        assert!(sent.segment_size > 500);
    }

    #[test]
    fn an_older_kernel_gives_less_and_a_file_nothing() {
        let mut old = vec![0; 104];
        old[0] = 7;
        old[16] = 9;
        assert_eq!(parse(&old), TcpInfo { state: 7, segment_size: 9, ..TcpInfo::default() });
        assert_eq!(parse(&[]), TcpInfo::default());
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(tcp_info(file.as_fd()), None);
    }
}
