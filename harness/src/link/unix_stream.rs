//! The kernel's Unix stream sockets, as unnamed pairs (unix(7), POSIX socketpair).

use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;

use tokio::net::UnixStream;

use super::evidence;
use super::stream_pair::{ByteStream, Erased, Opening, PairWorld, StreamEnd};
use crate::subject::{EvidenceKind, Subject};
use crate::system::{System, World};
use crate::trace::Counters;

/// `tokio::net::UnixStream::pair`.
pub struct UnixStreamPair {
    subject: Subject,
}

impl UnixStreamPair {
    /// The sockets under the name `id`.
    pub fn new(id: &str) -> UnixStreamPair {
        let subject = Subject { is_kernel: true, ..Subject::stream(id) };
        UnixStreamPair { subject: subject.evident([EvidenceKind::ReceiveQueue]) }
    }
}

impl System for UnixStreamPair {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn world(&self) -> Box<dyn World> {
        Box::new(PairWorld::new(Arc::new(open)))
    }
}

impl StreamEnd for UnixStream {
    fn stream(&mut self) -> Pin<&mut dyn ByteStream> {
        let pinned: Pin<&mut UnixStream> = Pin::new(self);
        pinned
    }

    fn counters(&self) -> Counters {
        evidence::of_stream(self.as_fd())
    }
}

fn open() -> Opening {
    Box::pin(async {
        let (client, peer) = UnixStream::pair()?;
        Ok((Box::new(client) as Erased, Box::new(peer) as Erased))
    })
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::{ErrorKind, IoSlice};

    use super::UnixStreamPair;
    use crate::link::by_hand::{CLIENT, PEER, done, poll_once, read, run, write};
    use crate::subject::{Capability, EvidenceKind};
    use crate::system::{Answer, Call, System};

    /// Each capability that is declared, shown once.
    #[test]
    fn it_can_do_what_it_declares() {
        run(async || {
            let system = UnixStreamPair::new("it");
            let world = &mut *system.world();
            done(world, CLIENT, || Call::Open).await;

            assert!(system.subject().can(Capability::EmptyRead));
            assert!(!matches!(poll_once(world, PEER, Call::Read(&mut [])), std::task::Poll::Ready(Err(_))));

            assert!(system.subject().can(Capability::VectoredWrite));
            let both = [IoSlice::new(b"ab"), IoSlice::new(b"cd")];
            let vectored = poll_fn(|cx| world.poll(cx, CLIENT, Call::WriteVectored(&both))).await;
            assert_eq!(vectored.unwrap(), Answer::Count(4));
            assert!(system.subject().shows(EvidenceKind::ReceiveQueue));
            assert_eq!(world.counters(PEER).receive_queue, Some(4));
            assert_eq!(read(world, PEER, 8).await.unwrap(), b"abcd");
            assert_eq!(world.counters(PEER).receive_queue, Some(0));

            assert!(system.subject().can(Capability::BackPressure));
            let mut taken = 0;
            while poll_once(world, PEER, Call::Write(&[1; 65_536])).is_ready() {
                taken += 65_536;
                assert!(taken < 1 << 24, "the writer is never made to wait");
            }

            assert!(system.subject().can(Capability::HalfClose));
            done(world, CLIENT, || Call::ShutDown).await;
            assert_eq!(read(world, PEER, 8).await.unwrap(), b"");
            assert_eq!(read(world, CLIENT, 8).await.unwrap(), [1; 8]);

            assert!(system.subject().can(Capability::RefusesWriteAfterShutdown));
            assert_eq!(write(world, CLIENT, b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        });
    }
}
