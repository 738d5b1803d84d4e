//! Bytes that a writer said it had taken and has not passed on yet.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll, ready};

use crate::plan::End;
use crate::system::{Answer, Call, World};

/// What lies at one end.
#[derive(Default)]
pub(super) struct Backlog {
    bytes: VecDeque<u8>,
}

impl Backlog {
    /// How many bytes lie here.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes bytes that a writer handed over.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Forgets them.
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
    }

    /// Passes everything on; ready once nothing is left.
    ///
    /// # Errors
    /// What the sound world's write returned.
    pub(super) fn pass_on(
        &mut self,
        sound: &mut dyn World,
        cx: &mut Context<'_>,
        end: End,
    ) -> Poll<io::Result<()>> {
        while !self.bytes.is_empty() {
            let (front, _) = self.bytes.as_slices();
            match ready!(sound.poll(cx, end, Call::Write(front)))? {
                Answer::Count(len) if len > 0 => drop(self.bytes.drain(..len)),
                _ => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            }
        }
        Poll::Ready(Ok(()))
    }
}
