//! One poll of a stream's read or write: what comes is compared with what was sent, and what is met is written down.

use std::io::{self, IoSlice};
use std::task::Poll;

use super::driver::{Driver, Go};
use crate::plan::End;
use crate::system::{Answer, Call};
use crate::trace::{Difference, Outcome, Stopped};

/// What one poll of a read came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// So many bytes, all as sent.
    Bytes(u64),
    /// The end, a reset or an error.
    Met(Outcome),
    /// Nothing yet.
    Nothing,
}

/// The most buffers of one vectored write: more than those who gather them in an array of a few take at once.
const MOST_SLICES: usize = 64;

impl Driver<'_> {
    /// One write; the count is held to what was given.
    pub(super) fn poll_write(
        &mut self,
        from: End,
        bytes: &[u8],
        slices: usize,
    ) -> Go<Poll<Result<u64, Outcome>>> {
        let poll = if slices > 1 && bytes.len() > 1 {
            let slices = slices.min(MOST_SLICES);
            let has_empty = slices % 2 == 1;
            let filled = slices - usize::from(has_empty);
            let mut parts: Vec<IoSlice<'_>> =
                bytes.chunks(bytes.len().div_ceil(filled)).map(IoSlice::new).collect();
            if has_empty {
                // At the front or behind the first: neither is a write of nothing.
                let place = usize::from(slices % 4 == 3);
                parts.insert(place, IoSlice::new(&[]));
            }
            self.call(from, Call::WriteVectored(&parts))?
        } else {
            self.call(from, Call::Write(bytes))?
        };
        let given = bytes.len() as u64;
        let result = match poll {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(result) => result,
        };
        Ok(Poll::Ready(match result {
            Ok(Answer::Count(0)) if given > 0 => Err(Outcome::from_error(&io::ErrorKind::WriteZero.into())),
            Ok(Answer::Count(len)) => {
                let claimed = len as u64;
                if claimed > given {
                    self.see(from, Outcome::OverReported { given, claimed });
                }
                Ok(claimed.min(given))
            }
            Ok(_) => Ok(given),
            Err(error) => Err(Outcome::from_error(&error)),
        }))
    }

    /// One poll of a read; a difference in what comes ends the plan.
    pub(super) fn poll_read(&mut self, to: End, size: usize) -> Go<Got> {
        let from = to.other();
        let (got, is_same) = self.read(to, size, |driver, poll| match poll {
            Poll::Pending => (Got::Nothing, true),
            Poll::Ready(Ok([])) => (Got::Met(Outcome::End), true),
            Poll::Ready(Ok(bytes)) => {
                let direction = driver.direction(from);
                (Got::Bytes(bytes.len() as u64), direction.deliver(bytes))
            }
            Poll::Ready(Err(error)) => (Got::Met(Outcome::from_error(&error)), true),
        })?;
        if is_same {
            return Ok(got);
        }
        self.widen_difference(from)?;
        Err(Stopped::Difference)
    }

    /// Reads what is there behind a difference, until its window is full.
    fn widen_difference(&mut self, from: End) -> Go {
        for _ in 0..Difference::WINDOW * 2 {
            let room = self.direction(from).widen(&[]);
            if room == 0 {
                break;
            }
            let is_more = self.read(from.other(), room, |driver, poll| match poll {
                Poll::Ready(Ok(bytes)) if !bytes.is_empty() => {
                    driver.direction(from).widen(bytes);
                    true
                }
                _ => false,
            })?;
            if !is_more {
                break;
            }
        }
        Ok(())
    }

    /// Writes down what came at the end that reads from `from`, if anything did.
    pub(super) fn claim(&mut self, from: End) {
        if let Some(content) = self.direction(from).claim() {
            self.see(from.other(), Outcome::Delivered(content));
        }
    }

    /// Writes down a difference that was met while giving way.
    pub(super) fn claim_difference(&mut self, end: End) {
        for from in [end, end.other()] {
            if self.directions.get(&from).is_some_and(|direction| direction.difference.is_some()) {
                self.claim(from);
            }
        }
    }

    /// An end or an error where bytes were still to come or to go.
    pub(super) fn broken(&mut self, end: End, outcome: Outcome) -> Go {
        self.see(end, outcome);
        Err(Stopped::Broken)
    }

    /// The index of the first observation of this step.
    pub(super) fn first_of_step(&self) -> usize {
        let step = self.step;
        self.trace.observations.iter().rposition(|seen| seen.step != step).map_or(0, |index| index + 1)
    }
}
