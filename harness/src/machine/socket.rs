//! What the kernel counts for one socket.

use std::os::fd::{AsRawFd, BorrowedFd};

/// How many bytes can be read at once: all that is queued in a stream, the next datagram of a datagram socket (`FIONREAD`).
pub(crate) fn receive_queue(socket: BorrowedFd<'_>) -> Option<u64> {
    let mut len: libc::c_int = 0;
    // SAFETY: the descriptor is open for the length of the borrow, and FIONREAD writes one int where it is told to.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::FIONREAD, &raw mut len) };
    if result == 0 { u64::try_from(len).ok() } else { None }
}

/// How many datagrams the kernel has dropped at this socket (`SO_MEMINFO`, since Linux 4.12; linux/sock_diag.h).
///
/// `SO_RXQ_OVFL` would say so only with the next datagram that is queued.
#[cfg(target_os = "linux")]
pub(crate) fn drops(socket: BorrowedFd<'_>) -> Option<u64> {
    const DROPS: usize = libc::SK_MEMINFO_DROPS as usize;
    let mut counters = [0_u8; 4 * (DROPS + 1)];
    let len = option(socket, libc::SOL_SOCKET, libc::SO_MEMINFO, &mut counters)?;
    let drops = counters.get(..len)?.as_chunks::<4>().0.get(DROPS)?;
    Some(u64::from(u32::from_ne_bytes(*drops)))
}

/// How many datagrams the kernel has dropped at this socket: only Linux says.
#[cfg(not(target_os = "linux"))]
pub(crate) fn drops(_: BorrowedFd<'_>) -> Option<u64> {
    None
}

/// Reads an option into `value`, and says how many bytes of it are filled (POSIX getsockopt).
#[cfg(target_os = "linux")]
pub(super) fn option(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: &mut [u8],
) -> Option<usize> {
    let mut len = libc::socklen_t::try_from(value.len()).ok()?;
    // SAFETY: the descriptor is open for the length of the borrow; the kernel writes at most `len` bytes into `value`, which has them.
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, value.as_mut_ptr().cast(), &raw mut len) };
    (result == 0).then_some(len as usize)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::receive_queue;

    #[test]
    fn what_waits_is_counted() {
        let (mut writer, reader) = UnixStream::pair().unwrap();
        assert_eq!(receive_queue(reader.as_fd()), Some(0));
        writer.write_all(b"seven b").unwrap();
        assert_eq!(receive_queue(reader.as_fd()), Some(7));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_dropped_datagram_is_counted_at_once() {
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(super::drops(receiver.as_fd()), Some(0));
        let mut sent = 0;
        while super::drops(receiver.as_fd()) == Some(0) {
            sender.send_to(&[0; 60_000], receiver.local_addr().unwrap()).unwrap();
            sent += 1;
            assert!(sent < 10_000, "nothing is ever dropped");
        }
    }
}
