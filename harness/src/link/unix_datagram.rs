//! The kernel's Unix datagram sockets, as unnamed connected pairs (unix(7), POSIX socketpair).

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use socket2::SockRef;
use tokio::net::UnixDatagram;

use super::datagram::Datagram;
use super::datagram_pair::{DatagramEnd, DatagramOpening, DatagramWorld, ErasedDatagram};
use super::evidence;
use crate::subject::{Capability, EvidenceKind, Guarantees, Overflow, Subject};
use crate::system::{System, World};
use crate::trace::Counters;

/// What is asked for as the send buffer in bytes: the default differs between machines, and the largest message hangs on it.
const SEND_BUFFER: usize = 64 * 1024;

/// What Linux makes of it: twice as much, for its own bookkeeping (socket(7), SO_SNDBUF).
const SEND_BUFFER_GRANTED: usize = 2 * SEND_BUFFER;

/// The largest message in bytes: a message and 32 bytes of bookkeeping must fit the send buffer
/// (measured on Linux 6.18: 131,040 bytes pass, 131,041 are EMSGSIZE).
const MAX_MESSAGE: usize = SEND_BUFFER_GRANTED - 32;

/// `tokio::net::UnixDatagram::pair`, with send buffers of a fixed size.
pub struct UnixDatagramPair {
    subject: Subject,
}

impl UnixDatagramPair {
    /// The sockets under the name `id`.
    ///
    /// On Linux they are reliable and keep the order (unix(7)), and a sender waits when there is no room.
    pub fn new(id: &str) -> UnixDatagramPair {
        let guarantees = Guarantees {
            lossless: true,
            ordered: true,
            max_message: Some(MAX_MESSAGE as u64),
            on_overflow: Overflow::Blocks,
            ..Guarantees::DATAGRAM
        };
        let subject = Subject { is_kernel: true, guarantees, ..Subject::datagram(id) }
            .with([Capability::RefusesOversize, Capability::BackPressure])
            .evident([EvidenceKind::ReceiveQueue]);
        UnixDatagramPair { subject }
    }
}

impl System for UnixDatagramPair {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn world(&self) -> Box<dyn World> {
        Box::new(DatagramWorld::new(Arc::new(open)))
    }
}

impl DatagramEnd for UnixDatagram {
    fn socket(&mut self) -> &mut dyn Datagram {
        self
    }

    fn counters(&self) -> Counters {
        evidence::of_stream(self.as_fd())
    }
}

fn open() -> DatagramOpening {
    Box::pin(async {
        let (client, peer) = UnixDatagram::pair()?;
        for end in [&client, &peer] {
            set_send_buffer(end)?;
        }
        Ok((Box::new(client) as ErasedDatagram, Box::new(peer) as ErasedDatagram))
    })
}

fn set_send_buffer(end: &UnixDatagram) -> io::Result<()> {
    let socket = SockRef::from(end);
    socket.set_send_buffer_size(SEND_BUFFER)?;
    let granted = socket.send_buffer_size()?;
    if granted != SEND_BUFFER_GRANTED {
        let words =
            format!("a send buffer of {SEND_BUFFER_GRANTED} bytes was wanted, {granted} were granted");
        return Err(io::Error::other(words));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MAX_MESSAGE, UnixDatagramPair};
    use crate::link::by_hand::{CLIENT, PEER, done, poll_once, receive, run, send};
    use crate::subject::{Capability, EvidenceKind};
    use crate::system::{Address, Call, System};

    /// Each capability and guarantee that is declared, shown once.
    #[test]
    fn it_can_do_what_it_declares() {
        run(async || {
            let system = UnixDatagramPair::new("it");
            let world = &mut *system.world();
            done(world, CLIENT, || Call::Open).await;

            assert!(system.subject().can(Capability::EmptyDatagram));
            assert_eq!(send(world, CLIENT, PEER, b"").await.unwrap(), 0);
            assert_eq!(receive(world, PEER, 8).await.unwrap(), (vec![], Some(Address::Unnamed)));

            assert!(system.subject().can(Capability::DatagramTruncation));
            assert_eq!(send(world, CLIENT, PEER, b"abcdef").await.unwrap(), 6);
            assert_eq!(send(world, CLIENT, PEER, b"next").await.unwrap(), 4);
            assert_eq!(receive(world, PEER, 3).await.unwrap().0, b"abc");
            assert_eq!(receive(world, PEER, 8).await.unwrap().0, b"next");

            assert!(system.subject().can(Capability::RefusesOversize));
            let largest = vec![3; MAX_MESSAGE];
            assert_eq!(send(world, CLIENT, PEER, &largest).await.unwrap(), MAX_MESSAGE);
            assert!(system.subject().shows(EvidenceKind::ReceiveQueue));
            assert_eq!(world.counters(PEER).receive_queue, Some(MAX_MESSAGE as u64));
            assert_eq!(receive(world, PEER, MAX_MESSAGE).await.unwrap().0, largest);
            let refused = send(world, CLIENT, PEER, &vec![3; MAX_MESSAGE + 1]).await.unwrap_err();
            assert_eq!(refused.raw_os_error(), Some(libc::EMSGSIZE));
        });
    }

    #[test]
    fn a_sender_waits_when_there_is_no_room_and_is_woken() {
        run(async || {
            let world = &mut *UnixDatagramPair::new("it").world();
            done(world, CLIENT, || Call::Open).await;
            // The reactor has to see the fresh socket once.
            send(world, CLIENT, PEER, &[9; 1000]).await.unwrap();
            let mut sent = 1;
            while poll_once(world, CLIENT, Call::SendTo(PEER, &[9; 1000])).is_ready() {
                sent += 1;
                assert!(sent < 1000, "the sender is never made to wait");
            }
            for _ in 0..sent {
                assert_eq!(receive(world, PEER, 2000).await.unwrap().0, [9; 1000]);
            }
            assert_eq!(send(world, CLIENT, PEER, b"again").await.unwrap(), 5);
            assert_eq!(receive(world, PEER, 2000).await.unwrap().0, b"again");
        });
    }
}
