//! The error of a call, as a trace keeps it: what can be compared between machines.

use std::fmt;
use std::io;

/// An error of a call, without the words that differ between machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Rust's kind of it.
    pub kind: io::ErrorKind,
    /// The operating system's number, if it came from there (errno(3)).
    pub errno: Option<i32>,
}

impl Failure {
    /// What is kept of an error.
    pub fn of(error: &io::Error) -> Failure {
        Failure { kind: error.kind(), errno: error.raw_os_error() }
    }

    /// Whether it is nobody's departure, since it is this machine that had nothing left or lets nothing pass.
    pub fn is_of_machine(&self) -> bool {
        self.is_exhaustion() || self.is_barrier()
    }

    /// Whether process or system ran out of descriptors or ports, which is nobody's departure (EMFILE, ENFILE; EADDRNOTAVAIL from connect(2), EADDRINUSE from bind(2) to port 0).
    pub fn is_exhaustion(&self) -> bool {
        matches!(
            self.errno,
            Some(
                libc::EMFILE
                    | libc::ENFILE
                    | libc::EADDRNOTAVAIL
                    | libc::EADDRINUSE
                    | libc::ENOBUFS
                    | libc::ENOMEM
            )
        )
    }

    /// Whether the kernel found no way to the peer, or a packet filter closes it: on loopback, where every plan runs, that is this machine's doing.
    ///
    /// Only the kernel's own numbers count: an error that a transport makes up says nothing of the machine.
    pub fn is_barrier(&self) -> bool {
        matches!(self.errno, Some(libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN | libc::EPERM))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno {
            Some(errno) => io::Error::from_raw_os_error(errno).fmt(f),
            None => self.kind.fmt(f),
        }
    }
}
