//! tokio's in-memory pipe as a system: a conforming stream that no kernel takes part in.

use std::io;
use std::sync::Arc;

use super::stream_pair::{Erased, Opening, PairWorld};
use crate::subject::Subject;
use crate::system::{System, World};

/// How many bytes each direction holds: as many as one maximal piece, so that a piece is one read here too.
const CAPACITY: usize = 64 * 1024;

/// `tokio::io::duplex` with room for 64 KiB in each direction.
pub struct Duplex {
    subject: Subject,
}

impl Duplex {
    /// The pipe under the name `id`.
    ///
    /// All that is assumed of an unknown stream is true of it: one direction ends while the other goes on, a write after shutdown
    /// or to a dropped reader is a broken pipe, a full pipe makes the writer wait, and vectored writes are its own.
    pub fn new(id: &str) -> Duplex {
        Duplex { subject: Subject::stream(id) }
    }
}

impl System for Duplex {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn world(&self) -> Box<dyn World> {
        Box::new(PairWorld::new(Arc::new(open)))
    }
}

fn open() -> Opening {
    let (client, peer) = tokio::io::duplex(CAPACITY);
    let pair: io::Result<(Erased, Erased)> = Ok((Box::new(Box::pin(client)), Box::new(Box::pin(peer))));
    Box::pin(std::future::ready(pair))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::{ErrorKind, IoSlice};

    use super::Duplex;
    use crate::link::by_hand::{CLIENT, PEER, done, poll_once, read, run, write};
    use crate::subject::Capability;
    use crate::system::{Answer, Call, System};

    /// Each capability that is declared, shown once.
    #[test]
    fn it_can_do_what_it_declares() {
        run(async || {
            let system = Duplex::new("it");
            let world = &mut *system.world();
            done(world, CLIENT, || Call::Open).await;

            assert!(system.subject().can(Capability::EmptyRead));
            assert!(!matches!(poll_once(world, PEER, Call::Read(&mut [])), std::task::Poll::Ready(Err(_))));

            assert!(system.subject().can(Capability::VectoredWrite));
            let both = [IoSlice::new(b"ab"), IoSlice::new(b"cd")];
            let vectored = poll_fn(|cx| world.poll(cx, CLIENT, Call::WriteVectored(&both))).await;
            assert_eq!(vectored.unwrap(), Answer::Count(4));
            assert_eq!(read(world, PEER, 8).await.unwrap(), b"abcd");

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
