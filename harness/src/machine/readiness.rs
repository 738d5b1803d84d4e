//! Whether a call on a blocking socket would have to wait, and waiting until it would not.

use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::rc::Rc;

use tokio::io::unix::AsyncFd;

/// Which sort of call is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Reading, receiving, accepting.
    Receive,
    /// Writing, sending, connecting.
    Send,
}

/// Whether a call in that direction would return at once (POSIX poll with a timeout of zero).
///
/// A socket at which nothing waits but an error is not said to be ready for receiving: tokio wakes no reader for an error alone,
/// and a call that can go on without being woken looks like one whose wake-up was lost.
pub(crate) fn is_ready(socket: BorrowedFd<'_>, direction: Direction) -> io::Result<bool> {
    let (asked, counted) = match direction {
        Direction::Receive => (libc::POLLIN, libc::POLLIN | libc::POLLHUP),
        Direction::Send => (libc::POLLOUT, libc::POLLOUT | libc::POLLHUP | libc::POLLERR),
    };
    let mut socket = libc::pollfd { fd: socket.as_raw_fd(), events: asked, revents: 0 };
    // SAFETY: the descriptor is open for the length of the borrow, and exactly one structure is passed.
    let result = unsafe { libc::poll(&raw mut socket, 1, 0) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(socket.revents & counted != 0) }
}

/// A socket of std: it keeps one descriptor from its making to its drop.
pub(crate) trait StdSocket: AsFd + AsRawFd {}

impl StdSocket for TcpStream {}
impl StdSocket for TcpListener {}
impl StdSocket for UdpSocket {}

/// Has the current runtime's reactor watch `socket` in both directions, whatever its blocking mode.
pub(crate) fn watch<S: StdSocket>(socket: Rc<S>) -> io::Result<AsyncFd<Rc<S>>> {
    // SAFETY: std's sockets name the same open descriptor as long as they live, and the registration has a share in this one.
    let watched = unsafe { AsyncFd::register(socket) };
    watched.map_err(|refused| refused.into_parts().1)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::{Direction, is_ready};

    #[test]
    fn a_read_is_ready_once_there_is_something_and_a_write_while_there_is_room() {
        let (mut writer, reader) = UnixStream::pair().unwrap();
        assert!(!is_ready(reader.as_fd(), Direction::Receive).unwrap());
        assert!(is_ready(writer.as_fd(), Direction::Send).unwrap());
        writer.write_all(b"now").unwrap();
        assert!(is_ready(reader.as_fd(), Direction::Receive).unwrap());
        writer.set_nonblocking(true).unwrap();
        while writer.write(&[0; 4096]).is_ok() {}
        assert!(!is_ready(writer.as_fd(), Direction::Send).unwrap());
    }
}
