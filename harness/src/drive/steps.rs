//! The steps of streams in which only one end acts; its peer is read only where nothing can go on otherwise.

use std::task::Poll;
use std::time::Instant;

use super::driver::{Driver, Go};
use super::patience::Wait;
use super::polls::Got;
use crate::plan::{DEFAULT_READ, End, LONGEST_SLICE, Operation, Payload, Transfer};
use crate::system::Call;
use crate::trace::{Outcome, Stopped};

/// A writer counts as made to wait once nothing has woken it for this share of patience.
const FILLED_SHARE: u32 = 40;

impl Driver<'_> {
    /// Sends all of a payload; the other end is read only if the sender cannot go on otherwise.
    pub(super) async fn send(&mut self, from: End, payload: &Payload) -> Go {
        self.direction(from).offer(payload);
        let whole = Transfer::whole(payload.clone());
        let mut written = 0;
        let result = if payload.is_empty() {
            self.write_nothing(from).await
        } else {
            self.write_piece(from, &whole, &mut written, payload.len()).await
        };
        let at = self.first_of_step();
        let tail = self.trace.observations.split_off(at);
        self.see(from, Outcome::Accepted { len: written });
        self.trace.observations.extend(tail);
        match result {
            // A refused write ends the step, not the plan: specs look for it. What it did not take will not come.
            Err(Stopped::Broken) => {
                self.direction(from).withdraw(payload.len() - written);
                Ok(())
            }
            Err(Stopped::Difference) => {
                self.claim(from);
                self.claim(from.other());
                Err(Stopped::Difference)
            }
            Err(Stopped::Silence) => {
                self.wind_up(from, from.other()).await?;
                Err(Stopped::Silence)
            }
            other => other,
        }
    }

    /// A write of nothing: 0, an error, or a wait that is abandoned are all allowed.
    async fn write_nothing(&mut self, from: End) -> Go {
        match self.poll_write(from, &[], 0)? {
            Poll::Ready(Ok(_)) => Ok(()),
            Poll::Ready(Err(outcome)) => self.broken(from, outcome),
            Poll::Pending => {
                self.see(from, Outcome::Pending);
                Ok(())
            }
        }
    }

    /// Writes until the system makes the writer wait.
    pub(super) async fn fill(&mut self, from: End, payload: &Payload) -> Go {
        self.direction(from).offer(payload);
        let (mut written, len) = (0, payload.len());
        let (mut stopper, mut since) = (None, None);
        while written < len && stopper.is_none() {
            let bytes = payload.slice(written, DEFAULT_READ as usize);
            match self.poll_write(from, bytes, 0)? {
                Poll::Ready(Ok(len)) => (written, since) = (written + len, None),
                Poll::Ready(Err(outcome)) => stopper = Some(outcome),
                Poll::Pending => {
                    let limit = self.patience.limit;
                    let began = *since.get_or_insert_with(Instant::now);
                    let lanes = [(from, false)];
                    let is_woken =
                        self.patience.wait(&lanes, &mut Wait::default(), limit / FILLED_SHARE).await;
                    // Whoever is woken all the time for nothing is made to wait as well.
                    if !is_woken || began.elapsed() >= limit {
                        stopper = Some(Outcome::Pending);
                    }
                    self.keep_bounds()?;
                }
            }
        }
        // What was offered and not taken will not come.
        self.direction(from).withdraw(len - written);
        self.see(from, Outcome::Accepted { len: written });
        if let Some(outcome) = stopper {
            self.see(from, outcome);
        }
        Ok(())
    }

    /// Polls one write, and abandons it if it has to wait.
    pub(super) fn poll_send(&mut self, from: End, payload: &Payload) -> Go {
        self.direction(from).offer(payload);
        let bytes = payload.slice(0, LONGEST_SLICE);
        let poll = self.poll_write(from, bytes, 0)?;
        if poll.is_pending() {
            self.patience.give_up((from, false));
        }
        let taken = if let Poll::Ready(Ok(len)) = &poll { *len } else { 0 };
        self.direction(from).withdraw(payload.len() - taken);
        self.see(
            from,
            match poll {
                Poll::Ready(Ok(len)) => Outcome::Accepted { len },
                Poll::Ready(Err(outcome)) => outcome,
                Poll::Pending => Outcome::Pending,
            },
        );
        Ok(())
    }

    /// Reads until `len` bytes have come since the last claim, or something else comes.
    pub(super) async fn receive(&mut self, to: End, len: u64, max: u32) -> Go {
        let from = to.other();
        let mut wait = Wait::default();
        let mut result = Ok(());
        while self.direction(from).unclaimed() < len {
            if let Some(outcome) = self.met.remove(&to) {
                self.claim(from);
                self.see(to, outcome);
                return Ok(());
            }
            let left = usize::try_from(len - self.direction(from).unclaimed()).unwrap_or(usize::MAX);
            result = match self.poll_read(to, left.min(max.max(1) as usize)) {
                Ok(Got::Bytes(_)) => {
                    wait = Wait::default();
                    self.glance()
                }
                Ok(Got::Met(outcome)) => {
                    self.claim(from);
                    self.see(to, outcome);
                    return Ok(());
                }
                Ok(Got::Nothing) => self.await_bytes(from, &mut wait).await,
                Err(stopped) => Err(stopped),
            };
            if result.is_err() {
                break;
            }
        }
        let at = self.first_of_step();
        let tail = self.trace.observations.split_off(at);
        self.claim(from);
        self.trace.observations.extend(tail);
        match result {
            Err(Stopped::Silence) => self.wind_up(from, to).await?,
            // It may be the sender that got bytes which are not its own, while nothing came here.
            Err(Stopped::Difference) => self.claim_difference(to),
            _ => {}
        }
        result
    }

    /// Polls one read, and abandons it if it has to wait.
    pub(super) fn poll_receive(&mut self, to: End, max: u32) -> Go {
        let from = to.other();
        if max == 0 {
            let outcome = self.read(to, 0, |_, poll| match poll {
                Poll::Pending => Outcome::Pending,
                Poll::Ready(Ok(_)) => Outcome::Done,
                Poll::Ready(Err(error)) => Outcome::from_error(&error),
            })?;
            self.see(to, outcome);
            return Ok(());
        }
        if let Some(outcome) = self.met.remove(&to) {
            self.claim(from);
            self.see(to, outcome);
            return Ok(());
        }
        match self.poll_read(to, max as usize) {
            Ok(Got::Bytes(_)) => self.claim(from),
            Ok(Got::Met(outcome)) => {
                self.claim(from);
                self.see(to, outcome);
            }
            // What was read early, to let its sender go on, is what comes here.
            Ok(Got::Nothing) if self.direction(from).unclaimed() > 0 => self.claim(from),
            Ok(Got::Nothing) => {
                self.patience.give_up((to, true));
                self.see(to, Outcome::Pending);
            }
            Err(stopped) => {
                self.claim(from);
                return Err(stopped);
            }
        }
        Ok(())
    }

    /// Flushes or shuts down, while the other end is read if need be.
    pub(super) async fn settle(&mut self, end: End, operation: &Operation) -> Go {
        let mut wait = Wait::default();
        loop {
            let call = if *operation == Operation::Flush { Call::Flush } else { Call::ShutDown };
            let outcome = match self.call(end, call)? {
                Poll::Ready(Ok(_)) => Outcome::Done,
                Poll::Ready(Err(error)) => Outcome::from_error(&error),
                Poll::Pending => match self.give_way(end, &mut wait).await {
                    Ok(()) => continue,
                    Err(stopped) => {
                        self.claim_difference(end);
                        return Err(stopped);
                    }
                },
            };
            self.see(end, outcome);
            return Ok(());
        }
    }

    /// Aborts or drops an end, which never waits.
    pub(super) fn leave(&mut self, end: End, call: Call<'_>) -> Go {
        let outcome = match self.call(end, call)? {
            Poll::Ready(Ok(_)) => Outcome::Done,
            Poll::Ready(Err(error)) => Outcome::from_error(&error),
            Poll::Pending => Outcome::Pending,
        };
        self.see(end, outcome);
        Ok(())
    }
}
