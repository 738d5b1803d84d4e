//! What is done at the ends of a stream while one of them cannot go on, and when it never could.
//!
//! How waiting works is told in `mod.rs`.

use std::time::Instant;

use super::driver::{Driver, Go};
use super::patience::Lane;
use super::polls::Got;
use crate::plan::{DEFAULT_READ, End};
use crate::system::Call;
use crate::trace::{Outcome, Stopped};

/// After this share of patience without progress the ends are polled for their own housekeeping.
const HOUSEKEEPING_SHARE: u32 = 8;

impl Driver<'_> {
    /// What a sender that cannot go on does: it reads both ends of its connection once, then waits for whichever is woken.
    ///
    /// `since` is when the waiting began; progress of the reader begins it anew.
    pub(super) async fn give_way(&mut self, from: End, since: &mut Option<Instant>) -> Go {
        let to = from.other();
        let began = *since.get_or_insert_with(Instant::now);
        let mut has_moved = false;
        for end in [to, from] {
            if self.met.contains_key(&end) {
                continue;
            }
            match self.poll_read(end, DEFAULT_READ as usize)? {
                Got::Bytes(_) => has_moved = true,
                Got::Met(outcome) => {
                    self.met.insert(end, outcome);
                }
                Got::Nothing => {}
            }
        }
        if has_moved {
            *since = None;
            // Whoever has read makes room, but the writer learns of it by its waker: give the runtime a turn.
            self.patience.turn().await;
            return self.keep_bounds();
        }
        let lanes = [(from, false), (to, true), (from, true)];
        if self.patience.wait(&lanes, began, self.patience.limit).await {
            return self.keep_bounds();
        }
        self.see(from, Outcome::Silent);
        Err(Stopped::Silence)
    }

    /// Waits for the reader to be woken; tells a lost wake-up from silence by a last poll.
    pub(super) async fn await_bytes(&mut self, from: End, since: &mut Option<Instant>) -> Go {
        let to = from.other();
        let began = *since.get_or_insert_with(Instant::now);
        let lane: Lane = (to, true);
        let limit = self.patience.limit;
        let mut is_woken = self.patience.wait(&[lane], began, limit / HOUSEKEEPING_SHARE).await;
        if !is_woken {
            self.housekeep(from)?;
            is_woken = self.patience.wait(&[lane], began, limit).await;
        }
        // A system that wakes its reader again and again for nothing is silent in the end, too.
        if is_woken && began.elapsed() < limit {
            return self.keep_bounds();
        }
        // Nobody woke it. Is there something all the same?
        match self.poll_read(to, DEFAULT_READ as usize)? {
            Got::Bytes(_) => {
                *since = None;
                if is_woken { self.keep_bounds() } else { self.see_not_woken(to) }
            }
            Got::Met(outcome) => {
                self.met.insert(to, outcome);
                if is_woken { self.keep_bounds() } else { self.see_not_woken(to) }
            }
            Got::Nothing => {
                self.see(to, Outcome::Silent);
                Err(Stopped::Silence)
            }
        }
    }

    /// Polls the sending end for its own housekeeping (TLS, QUIC): a flush, and a read that is kept for the step that wants it.
    fn housekeep(&mut self, from: End) -> Go {
        // An error here will be met again by the step that it concerns.
        let _ = self.call(from, Call::Flush)?;
        if !self.met.contains_key(&from)
            && let Got::Met(outcome) = self.poll_read(from, DEFAULT_READ as usize)?
        {
            self.met.insert(from, outcome);
        }
        Ok(())
    }

    /// Ends the silent direction and reads what is left of it, so that a loss is proved without a clock.
    pub(super) async fn wind_up(&mut self, from: End, to: End) -> Go {
        self.patience.is_disappointed();
        let mut has_shut_down = false;
        let mut since = Instant::now();
        loop {
            if !has_shut_down {
                has_shut_down = self.call(from, Call::ShutDown)?.is_ready();
            }
            match self.poll_read(to, DEFAULT_READ as usize) {
                Ok(Got::Bytes(_)) => since = Instant::now(),
                Ok(Got::Met(outcome)) => {
                    self.claim(from);
                    self.see(to, outcome);
                    return Ok(());
                }
                Ok(Got::Nothing) => {
                    let lanes = [(from, false), (to, true)];
                    if !self.patience.wait(&lanes, since, self.patience.limit).await {
                        self.claim(from);
                        return Ok(());
                    }
                }
                Err(stopped) => {
                    self.claim(from);
                    return Err(stopped);
                }
            }
        }
    }
}
