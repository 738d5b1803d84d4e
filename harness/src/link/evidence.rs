//! The kernel's counters of an end.

use std::os::fd::BorrowedFd;

use crate::machine::{socket, tcp_info};
use crate::trace::Counters;

/// What is known of a stream socket.
pub(super) fn of_stream(socket: BorrowedFd<'_>) -> Counters {
    Counters { receive_queue: socket::receive_queue(socket), ..Counters::default() }
}

/// What is known of a TCP socket.
pub(super) fn of_tcp(socket: BorrowedFd<'_>) -> Counters {
    Counters { tcp: tcp_info::tcp_info(socket), ..of_stream(socket) }
}

/// What is known of a datagram socket.
pub(super) fn of_datagrams(socket: BorrowedFd<'_>) -> Counters {
    Counters { drops: socket::drops(socket), ..of_stream(socket) }
}
