//! A pipe of our own with two lanes, made for being bent: everything in it is open to the flaw that sits on top.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// One direction of a connection.
#[derive(Default)]
pub(crate) struct Lane {
    /// What was written and not yet read.
    pub(crate) bytes: VecDeque<u8>,
    /// How much may wait.
    pub(crate) capacity: usize,
    /// How many bytes were accepted in all.
    pub(crate) written: u64,
    /// How many were handed out in all.
    pub(crate) read: u64,
    /// Whether nothing more will be written.
    pub(crate) is_ended: bool,
    /// How long the last write was.
    pub(crate) last_write: usize,
    /// Where each write in the lane ends, as an offset in the stream.
    pub(crate) borders: VecDeque<u64>,
    /// Who waits for bytes.
    pub(crate) reader: Option<Waker>,
    /// Who waits for room.
    pub(crate) writer: Option<Waker>,
    /// Who does not read as long as there is no room.
    pub(crate) refused: Option<Waker>,
}

impl Lane {
    /// Lays bytes down and wakes the reader.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        self.written += bytes.len() as u64;
        self.borders.push_back(self.written);
        self.last_write = bytes.len();
        self.wake_reader();
    }

    /// Takes up to `max` bytes and wakes the writer.
    pub(crate) fn pull(&mut self, max: usize) -> Vec<u8> {
        let len = max.min(self.bytes.len());
        let mut taken = vec![0; len];
        self.bytes.read_exact(&mut taken).expect("as many lie there");
        self.read += len as u64;
        while self.borders.front().is_some_and(|border| *border <= self.read) {
            self.borders.pop_front();
        }
        self.wake_writer();
        taken
    }

    pub(crate) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.bytes.len())
    }

    pub(crate) fn wake_reader(&mut self) {
        self.reader.take().into_iter().for_each(Waker::wake);
    }

    pub(crate) fn wake_writer(&mut self) {
        self.writer.take().into_iter().chain(self.refused.take()).for_each(Waker::wake);
    }
}

/// A lane that both ends hold.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Lane>>);

impl Shared {
    pub(crate) fn new(capacity: usize) -> Shared {
        Shared(Arc::new(Mutex::new(Lane { capacity, ..Lane::default() })))
    }

    /// The lane; a panic of another holder leaves it whole.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Lane> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
