//! What only the operating system can tell, or do: the one room with unsafe code.
//!
//! Every function here is a safe one over a few system calls that no safe wrapper covers.
//! What a system does not offer is `None` or an error, never a guess.

#![expect(unsafe_code, reason = "counters, clocks, namespaces and the allocator have no safe interface")]

/// How much memory a thread takes.
pub mod allocation;
/// How many descriptors there are, and may be.
pub mod descriptors;
/// The signal of a terminal that goes away.
pub mod hangup;
/// Threads that work for another.
pub mod helpers;
/// A network of one's own.
#[cfg(target_os = "linux")]
pub(crate) mod namespace;
/// Whether a call on a socket would have to wait.
#[cfg(unix)]
pub(crate) mod readiness;
/// What the kernel counts for one socket.
#[cfg(unix)]
pub(crate) mod socket;
/// What the kernel knows of a TCP connection.
#[cfg(unix)]
pub(crate) mod tcp_info;
/// How long a thread has computed.
pub mod thread_clock;
