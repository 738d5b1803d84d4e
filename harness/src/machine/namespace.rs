//! A network namespace of one's own, without leaving the process's (network_namespaces(7), user_namespaces(7)).
//!
//! A process of many threads may not enter a user namespace, and one that has entered a network namespace without privilege cannot go back.
//! So a child is cloned *into* fresh namespaces, sets up its loopback device, makes sockets, which belong to its network for life, and exits.
//! It shares the table of descriptors with this process, hence what it has opened is simply there.
//! A forked copy of the table would do harm besides: for a moment it would keep open what another thread has just closed.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

/// How many sockets are made in advance, because the namespace is out of reach once the child has gone: two pairs,
/// since each is a descriptor of which a process may have few.
const SOCKETS: usize = 4;

/// How long the child may take, in milliseconds; it takes about one.
const PATIENCE_MS: libc::c_int = 5000;

/// The smallest MTU in bytes with which Linux gives a device IPv4 addresses (RFC 791 §3.2).
const MIN_MTU_V4: u32 = 68;

/// The smallest MTU in bytes with which Linux gives a device IPv6 addresses (RFC 8200 §5).
const MIN_MTU_V6: u32 = 1280;

/// Sockets that live in a network of their own, with nothing in it but a loopback device.
#[derive(Debug)]
pub(crate) struct Namespace {
    sockets: Vec<OwnedFd>,
    counters: File,
}

/// What sockets are made of: the arguments of socket(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketSort {
    /// Whether they are of IPv6, else of IPv4.
    pub(crate) is_v6: bool,
    /// Whether they are datagram sockets, else streams.
    pub(crate) is_datagram: bool,
    /// Whether they return at once when they would have to wait.
    pub(crate) is_nonblocking: bool,
}

impl Namespace {
    /// A network whose loopback device has that MTU in bytes.
    ///
    /// # Errors
    /// What the kernel refused: `EPERM` where user namespaces are closed to the user, `ENOSPC` or `EUSERS` where their number is limited,
    /// `EINVAL` for an MTU with which there would be no addresses.
    pub(crate) fn with_mtu(mtu: u32, sort: SocketSort) -> io::Result<Namespace> {
        let impossible = || io::Error::from_raw_os_error(libc::EINVAL);
        if mtu < if sort.is_v6 { MIN_MTU_V6 } else { MIN_MTU_V4 } {
            return Err(impossible());
        }
        let mtu = libc::c_int::try_from(mtu).map_err(|_| impossible())?;
        let made = run_child(&Order::new(mtu, sort))?;
        // The child's numbers become owners at once, so that a half-made namespace is closed again.
        let mut opened = made.descriptors.into_iter().filter(|number| *number >= 0).map(|number| {
            // SAFETY: the child opened it in the table that both share, told its number to nobody else and has exited.
            unsafe { OwnedFd::from_raw_fd(number) }
        });
        let (counters, sockets) = (opened.next(), opened.collect());
        match counters {
            Some(counters) if made.errno == 0 => Ok(Namespace { sockets, counters: counters.into() }),
            _ => Err(io::Error::from_raw_os_error(made.errno)),
        }
    }

    /// One of the sockets, bound to nothing; `None` once all are taken.
    pub(crate) fn take_socket(&mut self) -> Option<OwnedFd> {
        self.sockets.pop()
    }

    /// How many IP fragments this network has made so far (`FragCreates`, RFC 4293).
    pub(crate) fn fragments_created(&self) -> Option<u64> {
        let mut text = vec![0; 1 << 14];
        let mut len = 0;
        loop {
            match self.counters.read_at(text.get_mut(len..)?, len as u64).ok()? {
                0 => break,
                more => len += more,
            }
        }
        find_fragments(std::str::from_utf8(text.get(..len)?).ok()?)
    }
}

/// Finds the counter in /proc/net/snmp, where names stand a line above numbers, or in /proc/net/snmp6, where each has a line.
fn find_fragments(text: &str) -> Option<u64> {
    let one_line = text.lines().find_map(|line| line.strip_prefix("Ip6FragCreates"));
    if let Some(number) = one_line {
        return number.trim().parse().ok();
    }
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Ip:"));
    let column = lines.next()?.split_whitespace().position(|name| name == "FragCreates")?;
    lines.next()?.split_whitespace().nth(column)?.parse().ok()
}

/// All that the child needs, made before it exists: it may not allocate.
struct Order {
    domain: libc::c_int,
    kind: libc::c_int,
    mtu: libc::c_int,
    counters: &'static std::ffi::CStr,
}

impl Order {
    fn new(mtu: libc::c_int, sort: SocketSort) -> Order {
        let kind = if sort.is_datagram { libc::SOCK_DGRAM } else { libc::SOCK_STREAM };
        let mode = if sort.is_nonblocking { libc::SOCK_NONBLOCK } else { 0 };
        Order {
            domain: if sort.is_v6 { libc::AF_INET6 } else { libc::AF_INET },
            kind: kind | mode | libc::SOCK_CLOEXEC,
            mtu,
            counters: if sort.is_v6 { c"/proc/self/net/snmp6" } else { c"/proc/self/net/snmp" },
        }
    }
}

/// What the child reports, as the bytes of a pipe.
#[repr(C)]
#[derive(Clone, Copy)]
struct Made {
    /// The error's number, or 0.
    errno: libc::c_int,
    /// The counters' descriptor, then the sockets'; -1 for what was not opened.
    descriptors: [libc::c_int; SOCKETS + 1],
}

/// Runs the child to its end, and reads what it reports.
fn run_child(order: &Order) -> io::Result<Made> {
    let (reader, writer) = io::pipe()?;
    let child = clone_into_namespaces(|| {
        let made = set_up(order);
        // SAFETY: the report is plain bytes that outlive the call. A pipe takes so few of them at once.
        unsafe { libc::write(writer.as_raw_fd(), (&raw const made).cast(), size_of::<Made>()) };
    })?;
    let has_reported = wait_readable(&reader);
    if !has_reported {
        // SAFETY: the child has not been waited for, so the number is still its own.
        unsafe { libc::kill(child, libc::SIGKILL) };
    }
    reap(child);
    if !has_reported {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let mut made = Made { errno: 0, descriptors: [-1; SOCKETS + 1] };
    // SAFETY: any bytes are a report, and exactly as many are written as there is room for.
    let len = unsafe { libc::read(reader.as_raw_fd(), (&raw mut made).cast(), size_of::<Made>()) };
    if usize::try_from(len) == Ok(size_of::<Made>()) {
        Ok(made)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Clones this process into a fresh network namespace, and into a fresh user namespace too if that is what permits it.
fn clone_into_namespaces(child: impl Fn()) -> io::Result<libc::pid_t> {
    let flags = [libc::CLONE_NEWNET, libc::CLONE_NEWNET | libc::CLONE_NEWUSER];
    let mut refused = io::Error::from_raw_os_error(libc::EPERM);
    for namespaces in flags {
        // No signal is sent to this process when the child ends: it may belong to somebody who counts them.
        let flags = libc::c_long::from(namespaces | libc::CLONE_FILES);
        // SAFETY: without CLONE_VM this is a fork: the child has a copy of the memory, and of the threads only this one.
        // Others may hold locks in that copy, so the child makes system calls on what is on its stack and ends without unwinding.
        let number = unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, 0_usize, 0_usize, 0_usize) };
        match number {
            0 => {
                child();
                // SAFETY: ends the child at once, without handlers that are this process's own.
                unsafe { libc::_exit(0) };
            }
            -1 => refused = io::Error::last_os_error(),
            _ => return libc::pid_t::try_from(number).map_err(io::Error::other),
        }
        if refused.raw_os_error() != Some(libc::EPERM) {
            break;
        }
    }
    Err(refused)
}

/// What the child does in its namespaces: system calls alone, since a lock or an allocation might wait for a thread that it has not.
fn set_up(order: &Order) -> Made {
    let mut made = Made { errno: 0, descriptors: [-1; SOCKETS + 1] };
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    for (place, descriptor) in made.descriptors.iter_mut().enumerate() {
        // SAFETY: both calls take plain numbers, and a string that is never freed.
        *descriptor = unsafe {
            match place {
                0 => libc::open(order.counters.as_ptr(), flags),
                _ => libc::socket(order.domain, order.kind, 0),
            }
        };
        if *descriptor < 0 {
            made.errno = errno();
            return made;
        }
    }
    let [_, socket, ..] = made.descriptors;
    let is_up = set_loopback(socket, libc::SIOCSIFMTU, libc::__c_anonymous_ifr_ifru { ifru_mtu: order.mtu })
        && set_loopback(
            socket,
            libc::SIOCSIFFLAGS,
            libc::__c_anonymous_ifr_ifru { ifru_flags: libc::IFF_UP as libc::c_short },
        );
    if !is_up {
        made.errno = errno();
    }
    made
}

/// Sets something of the device `lo` (netdevice(7)).
fn set_loopback(socket: libc::c_int, request: libc::Ioctl, value: libc::__c_anonymous_ifr_ifru) -> bool {
    let mut name = [0; libc::IFNAMSIZ];
    name[0] = b'l' as libc::c_char;
    name[1] = b'o' as libc::c_char;
    let request_of = libc::ifreq { ifr_name: name, ifr_ifru: value };
    // SAFETY: these requests read the structure, whose name ends with a zero, and which outlives the call.
    unsafe { libc::ioctl(socket, request, &raw const request_of) == 0 }
}

fn errno() -> libc::c_int {
    // SAFETY: the calling thread's own number is always there.
    unsafe { *libc::__errno_location() }
}

/// Waits until there is something to read, or until the child has taken far too long.
fn wait_readable(reader: &impl AsRawFd) -> bool {
    let mut asked = libc::pollfd { fd: reader.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    loop {
        // SAFETY: exactly one structure is passed, and it outlives the call.
        let result = unsafe { libc::poll(&raw mut asked, 1, PATIENCE_MS) };
        if result >= 0 || errno() != libc::EINTR {
            return result > 0;
        }
    }
}

/// Waits for a child that has reported, or was killed, so that nothing of it stays.
fn reap(child: libc::pid_t) {
    loop {
        // SAFETY: no status is asked for; `__WALL` is for children that send no signal when they end.
        let result = unsafe { libc::waitpid(child, std::ptr::null_mut(), libc::__WALL) };
        if result >= 0 || errno() != libc::EINTR {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::UdpSocket;

    use super::{Namespace, SOCKETS, SocketSort, find_fragments};
    use crate::machine::descriptors;

    const UDP: SocketSort = SocketSort { is_v6: false, is_datagram: true, is_nonblocking: false };

    /// A namespace, or `None` where this machine refuses them to this user, with an error that says so.
    fn namespace(mtu: u32, sort: SocketSort) -> Option<Namespace> {
        match Namespace::with_mtu(mtu, sort) {
            Ok(namespace) => Some(namespace),
            Err(error) => {
                let refusals = [libc::EPERM, libc::EACCES, libc::ENOSPC, libc::EUSERS, libc::ENOSYS];
                assert!(error.raw_os_error().is_some_and(|errno| refusals.contains(&errno)), "{error}");
                None
            }
        }
    }

    fn bound(namespace: &mut Namespace, to: &str) -> io::Result<UdpSocket> {
        let socket = socket2::Socket::from(namespace.take_socket().unwrap());
        socket.bind(&to.parse::<std::net::SocketAddr>().unwrap().into())?;
        Ok(socket.into())
    }

    #[test]
    fn a_large_datagram_is_cut_and_put_together_in_a_network_of_its_own() {
        let Some(mut namespace) = namespace(1500, UDP) else { return };
        let (sender, receiver) =
            (bound(&mut namespace, "127.0.0.1:7").unwrap(), bound(&mut namespace, "127.0.0.1:9").unwrap());
        assert_eq!(namespace.fragments_created(), Some(0));
        assert_eq!(sender.send_to(&[5; 65_507], "127.0.0.1:9").unwrap(), 65_507);
        let mut buffer = vec![0; 65_536];
        assert_eq!(receiver.recv(&mut buffer).unwrap(), 65_507);
        assert_eq!(buffer[..65_507], [5; 65_507]);
        // 65,507 bytes and a header of 8 in fragments of 1480.
        assert_eq!(namespace.fragments_created(), Some(45));
    }

    #[test]
    fn two_networks_share_nothing_and_sockets_run_out() {
        let (Some(mut one), Some(mut other)) = (namespace(1500, UDP), namespace(9000, UDP)) else { return };
        let both = (bound(&mut one, "127.0.0.1:7").unwrap(), bound(&mut other, "127.0.0.1:7").unwrap());
        both.0.set_nonblocking(true).unwrap();
        both.1.send_to(b"x", "127.0.0.1:7").unwrap();
        assert_eq!(both.0.recv(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let left = std::iter::from_fn(|| one.take_socket()).count();
        assert_eq!(left, SOCKETS - 1);
    }

    #[test]
    fn an_mtu_without_addresses_is_refused() {
        for (mtu, is_v6) in [(67, false), (1279, true), (u32::MAX, false)] {
            let refused = Namespace::with_mtu(mtu, SocketSort { is_v6, ..UDP }).unwrap_err();
            assert_eq!(refused.raw_os_error(), Some(libc::EINVAL), "{mtu}");
        }
    }

    #[test]
    fn nothing_is_left_of_a_namespace_that_is_dropped() {
        for _ in 0..100 {
            if namespace(1500, UDP).is_none() {
                return;
            }
        }
        // The descriptors of other tests come and go meanwhile.
        assert!(descriptors::open().unwrap() < 100 * SOCKETS as u64);
    }

    #[test]
    fn the_counter_is_found_in_both_forms() {
        let v4 = "Ip: Forwarding FragOKs FragFails FragCreates\nIp: 2 1 0 45\nIcmp: InMsgs\nIcmp: 0\n";
        assert_eq!(find_fragments(v4), Some(45));
        assert_eq!(find_fragments("Ip6InReceives   \t3\nIp6FragCreates   \t46\n"), Some(46));
        assert_eq!(find_fragments("Tcp: x\n"), None);
    }
}
