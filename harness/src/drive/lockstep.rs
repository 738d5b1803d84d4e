//! Streams in lock-step: a piece is sent, and flushed, only once the other side has consumed the one before.

use std::io::{self, IoSlice};
use std::task::Poll;
use std::time::Instant;

use super::driver::{Driver, Go};
use super::patience::Lane;
use crate::plan::{DEFAULT_READ, End, LONGEST_SLICE, Operation, Payload, Transfer};
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

/// After this share of patience without progress the ends are polled for their own housekeeping.
const HOUSEKEEPING_SHARE: u32 = 8;

/// A writer counts as made to wait once nothing has woken it for this share of patience.
const FILLED_SHARE: u32 = 40;

/// The most buffers of one vectored write.
const MOST_SLICES: usize = 16;

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
                    self.await_bytes(from, &mut None).await?;
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

    /// The index of the first observation of this step.
    fn first_of_step(&self) -> usize {
        let step = self.step;
        self.trace.observations.iter().rposition(|seen| seen.step != step).map_or(0, |index| index + 1)
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
    async fn write_piece(&mut self, from: End, transfer: &Transfer, written: &mut u64, boundary: u64) -> Go {
        let mut since = None;
        while *written < boundary {
            let max = usize::try_from(boundary - *written).unwrap_or(LONGEST_SLICE);
            let bytes = transfer.payload.slice(*written, max);
            match self.poll_write(from, bytes, usize::from(transfer.slices))? {
                Poll::Ready(Ok(len)) => {
                    *written += len;
                    since = None;
                }
                Poll::Ready(Err(outcome)) => return self.broken(from, outcome),
                Poll::Pending => self.give_way(from, &mut since).await?,
            }
        }
        Ok(())
    }

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
                parts.insert(1, IoSlice::new(&[]));
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

    /// Flushes; reads the other end only if the flush cannot go on otherwise.
    async fn flush_piece(&mut self, from: End) -> Go {
        let mut since = None;
        loop {
            match self.call(from, Call::Flush)? {
                Poll::Ready(Ok(_)) => return Ok(()),
                Poll::Ready(Err(error)) => return self.broken(from, Outcome::from_error(&error)),
                Poll::Pending => self.give_way(from, &mut since).await?,
            }
        }
    }

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
        let mut since = None;
        while self.direction(from).delivered < base + boundary {
            if let Some(outcome) = self.met.remove(&to) {
                return self.broken(to, outcome);
            }
            let before = self.direction(from).delivered;
            match self.poll_read(to, next_size())? {
                Got::Bytes(len) => {
                    since = None;
                    if counts_joins && before >= base {
                        let (start, end) = (before - base, before - base + len);
                        self.trace.segmentation.achieved.joined += transfer.cuts.joined_within(start, end);
                    }
                }
                Got::Met(outcome) => return self.broken(to, outcome),
                Got::Nothing => self.await_bytes(from, &mut since).await?,
            }
        }
        Ok(())
    }

    /// Waits for the reader to be woken; tells a lost wake-up from silence by a last poll.
    async fn await_bytes(&mut self, from: End, since: &mut Option<Instant>) -> Go {
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
        self.direction(from).locate();
        Ok(())
    }

    /// Writes down what came at the end that reads from `from`, if anything did.
    pub(super) fn claim(&mut self, from: End) {
        if let Some(content) = self.direction(from).claim() {
            self.see(from.other(), Outcome::Delivered(content));
        }
    }

    /// An end or an error where bytes were still to come or to go.
    fn broken(&mut self, end: End, outcome: Outcome) -> Go {
        self.see(end, outcome);
        Err(Stopped::Broken)
    }

    /// Ends the silent direction and reads what is left of it, so that a loss is proved without a clock.
    async fn wind_up(&mut self, from: End, to: End) -> Go {
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
        let mut stopper = None;
        while written < len && stopper.is_none() {
            let bytes = payload.slice(written, DEFAULT_READ as usize);
            match self.poll_write(from, bytes, 0)? {
                Poll::Ready(Ok(len)) => written += len,
                Poll::Ready(Err(outcome)) => stopper = Some(outcome),
                Poll::Pending => {
                    let limit = self.patience.limit / FILLED_SHARE;
                    if !self.patience.wait(&[(from, false)], Instant::now(), limit).await {
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

    /// Reads until `len` bytes have come since the last claim, or something else comes.
    pub(super) async fn receive(&mut self, to: End, len: u64, max: u32) -> Go {
        let from = to.other();
        let mut since = None;
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
                    since = None;
                    self.keep_bounds()
                }
                Ok(Got::Met(outcome)) => {
                    self.claim(from);
                    self.see(to, outcome);
                    return Ok(());
                }
                Ok(Got::Nothing) => self.await_bytes(from, &mut since).await,
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
        if result == Err(Stopped::Silence) {
            self.wind_up(from, to).await?;
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
        match self.poll_read(to, max as usize) {
            Ok(Got::Bytes(_)) => self.claim(from),
            Ok(Got::Met(outcome)) => self.see(to, outcome),
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

    /// Flushes or shuts down, while the other end is read if need be.
    pub(super) async fn settle(&mut self, end: End, operation: &Operation) -> Go {
        let mut since = None;
        loop {
            let call = if *operation == Operation::Flush { Call::Flush } else { Call::ShutDown };
            let outcome = match self.call(end, call)? {
                Poll::Ready(Ok(_)) => Outcome::Done,
                Poll::Ready(Err(error)) => Outcome::from_error(&error),
                Poll::Pending => match self.give_way(end, &mut since).await {
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

    /// Writes down a difference that was met while giving way.
    fn claim_difference(&mut self, end: End) {
        for from in [end, end.other()] {
            if self.directions.get(&from).is_some_and(|direction| direction.difference.is_some()) {
                self.claim(from);
            }
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
