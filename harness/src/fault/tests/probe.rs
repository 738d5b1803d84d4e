//! A hand that calls a world, and writes down what it sees.

use std::io::{ErrorKind, IoSlice};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::plan::End;
use crate::system::{Answer, Call, World};
use crate::trace::Counters;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Answer(Answer),
    Error(ErrorKind),
    Bytes(Vec<u8>),
    Pending,
    Woken(bool),
    Counters(Counters),
    Panicked,
}

pub(super) struct Probe {
    world: Box<dyn World>,
    bell: Arc<Bell>,
    pub(super) seen: Vec<Seen>,
}

#[derive(Default)]
struct Bell {
    rang: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        self.rang.store(true, Ordering::Relaxed);
    }
}

/// So often a call that does not go on is repeated, and a reader that gets one byte after the other goes on.
const TURNS: usize = 5000;

impl Probe {
    pub(super) fn new(world: Box<dyn World>) -> Probe {
        Probe { world, bell: Arc::default(), seen: Vec::new() }
    }

    /// Polls a call once.
    pub(super) fn ask(&mut self, end: End, call: Call<'_>) -> Poll<Option<Answer>> {
        if self.seen.last() == Some(&Seen::Panicked) {
            return Poll::Ready(None);
        }
        self.bell.rang.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self.bell));
        let world = &mut self.world;
        let poll = || world.poll(&mut Context::from_waker(&waker), end, call);
        let (seen, poll) = match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(Poll::Pending) => (Seen::Pending, Poll::Pending),
            Ok(Poll::Ready(Ok(answer))) => (Seen::Answer(answer.clone()), Poll::Ready(Some(answer))),
            Ok(Poll::Ready(Err(error))) => (Seen::Error(error.kind()), Poll::Ready(None)),
            Err(_) => (Seen::Panicked, Poll::Ready(None)),
        };
        self.seen.push(seen);
        poll
    }

    /// Polls one read.
    pub(super) fn read(&mut self, end: End, max: usize) -> Option<usize> {
        let mut buffer = vec![0; max];
        match self.ask(end, Call::Read(&mut buffer)) {
            Poll::Ready(Some(Answer::Count(len))) => {
                self.seen.push(Seen::Bytes(buffer[..len].to_vec()));
                Some(len)
            }
            _ => None,
        }
    }

    /// Reads until there is nothing more.
    pub(super) fn drain(&mut self, end: End, max: usize) {
        for _ in 0..TURNS {
            if self.read(end, max).is_none_or(|len| len == 0) {
                return;
            }
        }
    }

    /// Writes all of it, as far as it can be written without reading, and flushes it.
    pub(super) fn write(&mut self, end: End, bytes: &[u8]) {
        let mut rest = bytes;
        for _ in 0..TURNS {
            match self.ask(end, Call::Write(rest)) {
                Poll::Ready(Some(Answer::Count(len))) => rest = &rest[len.min(rest.len())..],
                Poll::Pending if self.bell.rang.load(Ordering::Relaxed) => (),
                _ => break,
            }
            if rest.is_empty() {
                break;
            }
        }
        let _ = self.ask(end, Call::Flush);
    }

    /// Writes several buffers once.
    pub(super) fn write_vectored(&mut self, end: End, buffers: &[&[u8]]) {
        let slices: Vec<IoSlice<'_>> = buffers.iter().map(|buffer| IoSlice::new(buffer)).collect();
        let _ = self.ask(end, Call::WriteVectored(&slices));
    }

    /// Polls one receive.
    pub(super) fn receive(&mut self, end: End, max: usize) -> Option<usize> {
        let mut buffer = vec![0; max];
        match self.ask(end, Call::ReceiveFrom(&mut buffer)) {
            Poll::Ready(Some(Answer::Datagram { len, .. })) => {
                self.seen.push(Seen::Bytes(buffer[..len].to_vec()));
                Some(len)
            }
            _ => None,
        }
    }

    /// The bell that rings for the last call, to ask after it when others have been made since.
    pub(super) fn keep_bell(&mut self) -> impl FnOnce(&mut Probe) + use<> {
        let kept = std::mem::take(&mut self.bell);
        move |probe| probe.seen.push(Seen::Woken(kept.rang.load(Ordering::Relaxed)))
    }

    /// Writes down the counters of an end.
    pub(super) fn count(&mut self, end: End) {
        self.seen.push(Seen::Counters(self.world.counters(end)));
    }
}
