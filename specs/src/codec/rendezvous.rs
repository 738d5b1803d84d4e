//! Where a blocking reader and the codec around it meet: one of the two waits while the other works.
//!
//! A turn from one thread to the other costs more than most frames do, so a reader that has given a frame goes on with the next one
//! for as long as it need not wait; its codec gives them away one by one.

use std::any::Any;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::mem;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes, BytesMut};

/// How often a reader may ask behind the end of the stream: one that asks without end does not look at what it is told.
const MOST_ASKED_IN_VAIN: u32 = 1 << 16;

/// How many frames a reader may be ahead of its codec, and how many bytes.
pub(super) const MOST_AHEAD: usize = 64;
pub(super) const MOST_BYTES_AHEAD: usize = 64 << 10;

/// What is shared by the two threads.
#[derive(Default)]
pub(super) struct Rendezvous {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What has been fed, and not taken yet.
    fed: BytesMut,
    has_ended: bool,
    /// Whether the codec is gone.
    is_left: bool,
    /// The frames that have been read, and not been given away yet.
    ready: VecDeque<Bytes>,
    /// What the reader is doing, or what it came to behind those frames.
    phase: Phase,
}

/// What the reader is doing.
#[derive(Debug, Default)]
pub(super) enum Phase {
    /// It waits to be asked for a frame, or for another.
    #[default]
    Idle,
    /// It works.
    Reading,
    /// It waits inside a call for bytes that have not been fed.
    Starved,
    /// It has returned.
    Answered(io::Result<Option<Bytes>>),
    /// It has panicked.
    Panicked(Box<dyn Any + Send>),
}

impl Rendezvous {
    /// Feeds the reader and has it work until it can do no more; what it came to.
    pub(super) fn ask(&self, input: &[u8], is_end: bool) -> Phase {
        let mut state = self.lock();
        state.fed.extend_from_slice(input);
        state.has_ended |= is_end;
        if let Some(frame) = state.ready.pop_front() {
            return Phase::Answered(Ok(Some(frame)));
        }
        let has_work = match state.phase {
            Phase::Starved => !state.fed.is_empty() || state.has_ended,
            Phase::Idle | Phase::Reading => true,
            Phase::Answered(_) | Phase::Panicked(_) => false,
        };
        if has_work {
            state.phase = Phase::Reading;
            self.wake(state);
            let wait = |state: &mut State| matches!(state.phase, Phase::Reading);
            state = self.changed.wait_while(self.lock(), wait).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(frame) = state.ready.pop_front() {
            return Phase::Answered(Ok(Some(frame)));
        }
        match mem::take(&mut state.phase) {
            Phase::Starved => {
                state.phase = Phase::Starved;
                Phase::Starved
            }
            other => other,
        }
    }

    /// Tells the reader that nobody will ask any more.
    pub(super) fn leave(&self) {
        let mut state = self.lock();
        state.is_left = true;
        self.wake(state);
    }

    /// Waits until a frame is asked for; `None` if nobody will ask any more.
    pub(super) fn wait_to_be_asked(&self) -> Option<()> {
        let wait = |state: &mut State| !matches!(state.phase, Phase::Reading) && !state.is_left;
        let state = self.changed.wait_while(self.lock(), wait).unwrap_or_else(PoisonError::into_inner);
        (!state.is_left).then_some(())
    }

    /// Keeps a frame for the codec; the reader may go on, unless it is far enough ahead, where it waits to be asked. `None` if nobody will ask any more.
    pub(super) fn keep(&self, frame: Bytes) -> Option<()> {
        let mut state = self.lock();
        state.ready.push_back(frame);
        let bytes: usize = state.ready.iter().map(Bytes::len).sum();
        if state.ready.len() < MOST_AHEAD && bytes < MOST_BYTES_AHEAD {
            return (!state.is_left).then_some(());
        }
        state.phase = Phase::Idle;
        self.wake(state);
        self.wait_to_be_asked()
    }

    /// Tells the codec what the reader came to instead of a frame.
    pub(super) fn answer(&self, answer: Phase) {
        let mut state = self.lock();
        state.phase = answer;
        self.wake(state);
    }

    /// All that has been fed; nothing at the end of the stream.
    fn take(&self) -> io::Result<Bytes> {
        let mut state = self.lock();
        if state.fed.is_empty() && !state.has_ended && !state.is_left {
            state.phase = Phase::Starved;
            self.wake(state);
            let wait = |state: &mut State| matches!(state.phase, Phase::Starved) && !state.is_left;
            state = self.changed.wait_while(self.lock(), wait).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_left {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(state.fed.split().freeze())
    }

    /// Wakes the other of the two, which at once wants the lock: so it is not held any more.
    fn wake(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.changed.notify_one();
    }

    /// A lock whose holder has panicked still guards whole data: no foreign code runs under it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a blocking reader reads.
///
/// A read returns what is there, up to what it has room for, and waits when nothing is; behind the end of the stream it returns 0.
pub struct Source {
    rendezvous: Arc<Rendezvous>,
    /// What was taken, and not read yet.
    held: Bytes,
    asked_in_vain: u32,
}

impl Source {
    pub(super) fn new(rendezvous: Arc<Rendezvous>) -> Source {
        Source { rendezvous, held: Bytes::new(), asked_in_vain: 0 }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let held = self.fill_buf()?;
        let len = held.len().min(buffer.len());
        buffer[..len].copy_from_slice(&held[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.held.is_empty() {
            let taken = self.rendezvous.take();
            let is_in_vain = taken.as_ref().map_or(true, Bytes::is_empty);
            self.asked_in_vain = if is_in_vain { self.asked_in_vain + 1 } else { 0 };
            if self.asked_in_vain > MOST_ASKED_IN_VAIN {
                // There is no other way out of a function that asks for ever.
                resume_unwind(Box::new("a reader that asks on and on behind the end of the stream"));
            }
            self.held = taken?;
        }
        Ok(&self.held)
    }

    fn consume(&mut self, len: usize) {
        self.held.advance(len.min(self.held.len()));
    }
}
