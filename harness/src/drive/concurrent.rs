//! All lanes at once: every end's sending steps and every end's receiving steps go on side by side.
//!
//! Full duplex, back pressure and bulk are only to be seen this way.

use std::task::Poll;

use super::driver::{Driver, Go};
use super::patience::{Lane, Wait};
use super::polls::Got;
use crate::plan::{End, LONGEST_SLICE, Operation, Payload, Step};
use crate::system::Call;
use crate::trace::{Outcome, Stopped};

/// The steps of one direction of one end, in order.
struct Track<'p> {
    lane: Lane,
    steps: Vec<(u32, &'p Step)>,
    /// Which of the steps is under way.
    at: usize,
    /// How many bytes of it have been written or read.
    moved: u64,
    is_waiting: bool,
}

/// What one turn of a track came to.
enum Turn {
    Moved,
    Waits,
}

/// How many operations of one lane follow each other.
const TURNS_TOGETHER: u32 = 4;

/// From how many bytes on a direction is bulk: its writer and its reader then take turns of [`LONGEST_SLICE`] at most.
///
/// What lies unread beyond that outgrows the processor's cache, and the kernel copies half as fast. Full buffers are shorter plans' business.
const BULK: u64 = 64 << 20;

/// After this many rounds of moving tracks the bounds are looked at: the clock costs something, too.
const ROUNDS_PER_LOOK: u32 = 64;

impl Driver<'_> {
    /// Runs the leading set-up steps one by one, and the rest of the plan in lanes.
    pub(super) async fn run_lanes(&mut self) -> Go {
        let plan = self.plan;
        let leading = plan.steps.iter().take_while(|step| is_set_up(&step.operation)).count();
        for (index, step) in plan.steps[..leading].iter().enumerate() {
            self.begin(index)?;
            self.take(step).await?;
        }
        let mut tracks = tracks(&plan.steps[leading..], leading);
        // What is sent is offered beforehand: a byte may come out before its write has returned.
        for track in &tracks {
            for (_, step) in &track.steps {
                if let Operation::Send(payload) = &step.operation {
                    self.direction(step.end).offer(payload);
                }
            }
        }
        let result = self.run_tracks(&mut tracks).await;
        if result.is_err() {
            self.claim_all(&tracks);
        }
        result
    }

    async fn run_tracks(&mut self, tracks: &mut [Track<'_>]) -> Go {
        let (mut rounds, mut wait) = (0, Wait::default());
        loop {
            let mut has_moved = false;
            for track in tracks.iter_mut() {
                if track.is_done() || track.is_waiting && !self.patience.rang(track.lane) {
                    continue;
                }
                has_moved |= self.take_turns(track).await?;
            }
            if tracks.iter().all(Track::is_done) {
                return Ok(());
            }
            rounds += 1;
            if has_moved {
                wait = Wait::default();
                if rounds % ROUNDS_PER_LOOK == 0 {
                    self.keep_bounds()?;
                }
                // A reader that waits learns that there is something only from the runtime;
                // read early, the bytes are still in the cache.
                if tracks.iter().any(|track| track.is_waiting) {
                    self.patience.turn().await;
                }
                continue;
            }
            let lanes: Vec<Lane> =
                tracks.iter().filter(|track| !track.is_done()).map(|track| track.lane).collect();
            let limit = self.patience.limit;
            let is_woken = self.patience.wait(&lanes, &mut wait, limit).await;
            self.keep_bounds_after(&wait)?;
            if !is_woken || wait.has_lasted(limit) {
                self.last_turn(tracks, is_woken).await?;
                wait = Wait::default();
            }
        }
    }

    /// A few turns together, so that a writer meets the end of a small buffer before its reader empties it.
    /// Whether the track has moved.
    async fn take_turns(&mut self, track: &mut Track<'_>) -> Go<bool> {
        let (end, receives) = track.lane;
        let sender = if receives { end.other() } else { end };
        let most = if self.direction(sender).total >= BULK { LONGEST_SLICE as u64 } else { u64::MAX };
        let (mut has_moved, before) = (false, track.moved);
        for _ in 0..TURNS_TOGETHER {
            track.is_waiting = matches!(self.turn(track).await?, Turn::Waits);
            has_moved |= !track.is_waiting;
            if track.is_done() || track.is_waiting || track.moved.saturating_sub(before) >= most {
                break;
            }
        }
        Ok(has_moved)
    }

    /// Nothing moved for the whole of patience: polls every track once more, and says which could have gone on.
    async fn last_turn(&mut self, tracks: &mut [Track<'_>], is_woken: bool) -> Go {
        let mut has_moved = false;
        for track in tracks.iter_mut().filter(|track| !track.is_done()) {
            let (step, at) = (track.step(), self.trace.observations.len());
            if let Turn::Moved = self.turn(track).await? {
                has_moved = true;
                track.is_waiting = false;
                if !is_woken {
                    self.step = step;
                    let go = self.see_not_woken(track.lane.0);
                    // It was not woken before it went on.
                    self.trace.observations[at..].rotate_right(1);
                    go?;
                }
            }
        }
        if has_moved {
            return Ok(());
        }
        for track in tracks.iter().filter(|track| !track.is_done()) {
            self.step = track.step();
            self.see(track.lane.0, Outcome::Silent);
        }
        Err(Stopped::Silence)
    }

    /// One operation of a track.
    async fn turn(&mut self, track: &mut Track<'_>) -> Go<Turn> {
        let (index, step) = track.steps[track.at];
        self.step = index;
        let end = step.end;
        match &step.operation {
            Operation::Send(payload) => self.turn_send(track, end, payload),
            Operation::Receive { len, max } => self.turn_receive(track, end, *len, *max as usize),
            Operation::Flush => self.turn_settle(track, end, Call::Flush),
            Operation::ShutDown => self.turn_settle(track, end, Call::ShutDown),
            Operation::Abort
            | Operation::Drop
            | Operation::Count
            | Operation::Name
            | Operation::Configure(_) => {
                self.take(step).await?;
                track.finish_step();
                Ok(Turn::Moved)
            }
            _ => {
                self.see(end, Outcome::BoundReached("this operation has no place in a concurrent plan"));
                track.finish_step();
                Ok(Turn::Moved)
            }
        }
    }

    fn turn_send(&mut self, track: &mut Track<'_>, end: End, payload: &Payload) -> Go<Turn> {
        let bytes = payload.slice(track.moved, LONGEST_SLICE);
        let outcome = match self.poll_write(end, bytes, 0)? {
            Poll::Pending => return Ok(Turn::Waits),
            Poll::Ready(Ok(len)) => {
                track.moved += len;
                if track.moved < payload.len() {
                    return Ok(Turn::Moved);
                }
                None
            }
            Poll::Ready(Err(outcome)) => Some(outcome),
        };
        self.see(end, Outcome::Accepted { len: track.moved });
        if let Some(outcome) = outcome {
            self.see(end, outcome);
        }
        track.finish_step();
        Ok(Turn::Moved)
    }

    fn turn_receive(&mut self, track: &mut Track<'_>, end: End, len: u64, max: usize) -> Go<Turn> {
        let from = end.other();
        let left = usize::try_from(len - self.direction(from).unclaimed().min(len)).unwrap_or(usize::MAX);
        let mut stopper = None;
        if left > 0 {
            match self.poll_read(end, left.min(max.max(1)))? {
                Got::Nothing => return Ok(Turn::Waits),
                Got::Bytes(len) => track.moved += len,
                Got::Met(outcome) => stopper = Some(outcome),
            }
        }
        if stopper.is_none() && self.direction(from).unclaimed() < len {
            return Ok(Turn::Moved);
        }
        self.claim(from);
        if let Some(outcome) = stopper {
            self.see(end, outcome);
        }
        track.finish_step();
        Ok(Turn::Moved)
    }

    fn turn_settle(&mut self, track: &mut Track<'_>, end: End, call: Call<'_>) -> Go<Turn> {
        let outcome = match self.call(end, call)? {
            Poll::Pending => return Ok(Turn::Waits),
            Poll::Ready(Ok(_)) => Outcome::Done,
            Poll::Ready(Err(error)) => Outcome::from_error(&error),
        };
        self.see(end, outcome);
        track.finish_step();
        Ok(Turn::Moved)
    }

    /// Writes down how far every unfinished track had come.
    fn claim_all(&mut self, tracks: &[Track<'_>]) {
        for track in tracks.iter().filter(|track| !track.is_done()) {
            self.step = track.step();
            let (end, receives) = track.lane;
            if receives {
                self.claim(end.other());
            } else if track.moved > 0 {
                self.see(end, Outcome::Accepted { len: track.moved });
            }
        }
    }
}

impl Track<'_> {
    fn is_done(&self) -> bool {
        self.at == self.steps.len()
    }

    fn step(&self) -> u32 {
        self.steps[self.at].0
    }

    fn finish_step(&mut self) {
        self.at += 1;
        self.moved = 0;
    }
}

/// Sorts steps into tracks, in order of first appearance.
fn tracks(steps: &[Step], first: usize) -> Vec<Track<'_>> {
    let mut tracks: Vec<Track<'_>> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let receives = matches!(step.operation, Operation::Receive { .. });
        let lane = (step.end, receives);
        let numbered = ((first + index) as u32, step);
        match tracks.iter_mut().find(|track| track.lane == lane) {
            Some(track) => track.steps.push(numbered),
            None => {
                tracks.push(Track { lane, steps: vec![numbered], at: 0, moved: 0, is_waiting: false });
            }
        }
    }
    tracks
}

/// Whether a step belongs before the lanes.
fn is_set_up(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Configure(_)
            | Operation::Open
            | Operation::Bind
            | Operation::Listen
            | Operation::Connect(_)
            | Operation::Accept(_)
            | Operation::Name
            | Operation::Count
    )
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{self, Read as _};
    use std::sync::atomic::AtomicBool;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use super::BULK;
    use crate::drive::{Limits, Pulse, drive};
    use crate::plan::{End, LONGEST_SLICE, Script};
    use crate::system::{Answer, Call, World};

    /// One direction with room for everything.
    #[derive(Default)]
    struct Heap {
        unread: VecDeque<u8>,
        most_unread: usize,
    }

    impl World for Heap {
        fn poll(&mut self, _: &mut Context<'_>, _: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
            Poll::Ready(Ok(match call {
                Call::Write(bytes) => {
                    self.unread.extend(bytes);
                    self.most_unread = self.most_unread.max(self.unread.len());
                    Answer::Count(bytes.len())
                }
                Call::Read(_) if self.unread.is_empty() => return Poll::Pending,
                Call::Read(buffer) => Answer::Count(self.unread.read(buffer)?),
                _ => Answer::Done,
            }))
        }
    }

    /// How much lay unread at most while a stream of so many bytes was read as fast as it was written.
    fn most_unread(len: u64) -> usize {
        let (client, mut world) = (End::client(0), Heap::default());
        let script = Script::open().send(client, len).receive(client.other(), len, LONGEST_SLICE as u32);
        let plan = script.concurrent().plan();
        let limits = Limits { patience: Duration::from_secs(2), total: Duration::from_secs(60) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (pulse, interrupt) = (Pulse::default(), AtomicBool::new(false));
        let (trace, _) = runtime.block_on(drive(&mut world, &plan, &limits, &pulse, &interrupt));
        assert_eq!(trace.stopped, None);
        world.most_unread
    }

    #[test]
    fn bulk_keeps_in_step_and_what_is_shorter_runs_ahead() {
        assert_eq!(most_unread(BULK), LONGEST_SLICE);
        assert!(most_unread(BULK / 8) > LONGEST_SLICE);
    }
}
