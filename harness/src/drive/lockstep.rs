//! A transfer in lock-step: a piece is sent, and flushed, only once the other side has consumed the one before.
//!
//! What it is made of lies beside it: one poll each in `polls`, waiting in `waits`, and the other steps of streams in `steps`.

use std::task::Poll;

use super::driver::{Driver, Go};
use super::patience::Wait;
use super::polls::Got;
use crate::plan::{DEFAULT_READ, End, LONGEST_SLICE, Transfer};
use crate::system::Call;
use crate::trace::{Outcome, Stopped};

impl Driver<'_> {
    /// Sends a payload and has it consumed, cut and joined as told.
    pub(super) async fn transfer(&mut self, from: End, transfer: &Transfer) -> Go {
        let to = from.other();
        let len = transfer.payload.len();
        let base = self.direction(from).offer(&transfer.payload);
        let mut sizes = transfer.reads.iter().cycle();
        let mut next_size = move || sizes.next().map_or(DEFAULT_READ, |size| (*size).max(1)) as usize;
        // Where the pieces begin that the reader is held back from.
        let (mut written, mut held_from) = (0, None);
        let result: Go = async {
            while written < len {
                let (boundary, is_joined) = transfer.cuts.next(written, len);
                let mut waits = false;
                if transfer.reader_waits && held_from.is_none() {
                    waits = self.expect_to_wait(to, next_size())?;
                }
                let before = self.direction(from).delivered;
                let piece = written;
                self.write_piece(from, transfer, &mut written, boundary).await?;
                if is_joined {
                    held_from.get_or_insert(piece);
                    continue;
                }
                self.flush_piece(from).await?;
                if waits && self.direction(from).delivered == before && !self.met.contains_key(&to) {
                    // Nobody has read since it was found waiting: the next read is for its waker to bring about.
                    self.await_bytes(from, &mut Wait::default()).await?;
                }
                let mut counts_joins = true;
                if let Some(start) = held_from.take()
                    && self.direction(from).delivered <= base + start
                    && self.await_held(from, base + boundary).await?
                {
                    // All of it lies in the reader's queue: joined, however small the reads are that take it out.
                    self.trace.segmentation.achieved.joined += transfer.cuts.joined_within(start, boundary);
                    counts_joins = false;
                }
                self.consume(from, base, transfer, boundary, counts_joins, &mut next_size).await?;
                if boundary < len {
                    self.trace.segmentation.achieved.cut += 1;
                }
            }
            Ok(())
        }
        .await;
        self.conclude_transfer(from, written, result).await
    }

    /// Polls a read that is expected to find nothing, so that the reader depends on a wake-up.
    /// Whether it does wait.
    fn expect_to_wait(&mut self, to: End, size: usize) -> Go<bool> {
        match self.poll_read(to, size)? {
            Got::Nothing => Ok(true),
            Got::Bytes(_) => Ok(false),
            Got::Met(outcome) => self.broken(to, outcome).map(|()| false),
        }
    }

    /// Writes up to `boundary`; reads the other end only if the writer cannot go on otherwise.
    pub(super) async fn write_piece(
        &mut self,
        from: End,
        transfer: &Transfer,
        written: &mut u64,
        boundary: u64,
    ) -> Go {
        let mut wait = Wait::default();
        while *written < boundary {
            let max = usize::try_from(boundary - *written).unwrap_or(LONGEST_SLICE);
            let bytes = transfer.payload.slice(*written, max);
            match self.poll_write(from, bytes, usize::from(transfer.slices))? {
                Poll::Ready(Ok(len)) => {
                    *written += len;
                    wait = Wait::default();
                }
                Poll::Ready(Err(outcome)) => return self.broken(from, outcome),
                Poll::Pending => self.give_way(from, &mut wait).await?,
            }
        }
        Ok(())
    }

    /// Flushes; reads the other end only if the flush cannot go on otherwise.
    async fn flush_piece(&mut self, from: End) -> Go {
        let mut wait = Wait::default();
        loop {
            match self.call(from, Call::Flush)? {
                Poll::Ready(Ok(_)) => return Ok(()),
                Poll::Ready(Err(error)) => return self.broken(from, Outcome::from_error(&error)),
                Poll::Pending => self.give_way(from, &mut wait).await?,
            }
        }
    }

    /// Reads until all of the stream before `base + boundary` has come out.
    async fn consume(
        &mut self,
        from: End,
        base: u64,
        transfer: &Transfer,
        boundary: u64,
        counts_joins: bool,
        next_size: &mut impl FnMut() -> usize,
    ) -> Go {
        let to = from.other();
        let mut wait = Wait::default();
        while self.direction(from).delivered < base + boundary {
            if let Some(outcome) = self.met.remove(&to) {
                return self.broken(to, outcome);
            }
            let before = self.direction(from).delivered;
            match self.poll_read(to, next_size())? {
                Got::Bytes(len) => {
                    wait = Wait::default();
                    if counts_joins && before >= base {
                        let (start, end) = (before - base, before - base + len);
                        self.trace.segmentation.achieved.joined += transfer.cuts.joined_within(start, end);
                    }
                }
                Got::Met(outcome) => return self.broken(to, outcome),
                Got::Nothing => self.await_bytes(from, &mut wait).await?,
            }
        }
        Ok(())
    }

    /// Writes down what a transfer came to; after silence, winds the stream up first.
    async fn conclude_transfer(&mut self, from: End, written: u64, result: Go) -> Go {
        // What stopped it was seen before the totals are known: the totals go in front of it.
        let at = self.first_of_step();
        let to = from.other();
        let tail = self.trace.observations.split_off(at);
        self.see(from, Outcome::Accepted { len: written });
        let (sending, receiving): (Vec<_>, Vec<_>) = tail.into_iter().partition(|seen| seen.end == from);
        self.trace.observations.extend(sending);
        self.claim(from);
        self.claim_difference(from);
        self.trace.observations.extend(receiving);
        match result {
            Err(Stopped::Silence) => {
                self.wind_up(from, to).await?;
                Err(Stopped::Silence)
            }
            other => other,
        }
    }
}
