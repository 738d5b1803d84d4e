//! What is done at the ends of a stream while one of them cannot go on, and when it never could.
//!
//! How waiting works is told in `mod.rs`.

use super::driver::{Driver, Go};
use super::patience::{Lane, Wait};
use super::polls::Got;
use crate::plan::{DEFAULT_READ, End};
use crate::system::Call;
use crate::trace::{Outcome, Stopped};

/// After this share of patience without progress the ends are polled for their own housekeeping.
const HOUSEKEEPING_SHARE: u32 = 8;

impl Driver<'_> {
    /// What a sender that cannot go on does: it reads both ends of its connection once, then waits for whichever is woken.
    ///
    /// Progress of the reader begins the wait anew.
    pub(super) async fn give_way(&mut self, from: End, wait: &mut Wait) -> Go {
        let to = from.other();
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
            *wait = Wait::default();
            // Whoever has read makes room, but the writer learns of it by its waker: give the runtime a turn.
            self.patience.turn().await;
            return self.keep_bounds();
        }
        let lanes = [(from, false), (to, true), (from, true)];
        if self.wait_in_time(&lanes, wait).await {
            return self.keep_bounds_after(wait);
        }
        self.see(from, Outcome::Silent);
        Err(Stopped::Silence)
    }

    /// Waits for one of the lanes to be woken; false once patience has run out.
    ///
    /// Whoever is woken again and again for nothing is silent in the end, too: behind the last wake-up in time there is one more poll.
    pub(super) async fn wait_in_time(&mut self, lanes: &[Lane], wait: &mut Wait) -> bool {
        let limit = self.patience.limit;
        !wait.has_lasted(limit) && self.patience.wait(lanes, wait, limit).await
    }

    /// Waits for the reader to be woken; tells a lost wake-up from silence by a last poll.
    pub(super) async fn await_bytes(&mut self, from: End, wait: &mut Wait) -> Go {
        let to = from.other();
        let lane: Lane = (to, true);
        let limit = self.patience.limit;
        let mut is_woken = self.patience.wait(&[lane], wait, limit / HOUSEKEEPING_SHARE).await;
        if !is_woken {
            self.housekeep(from)?;
            is_woken = self.patience.wait(&[lane], wait, limit).await;
        }
        // A system that wakes its reader again and again for nothing is silent in the end, too.
        if is_woken && !wait.has_lasted(limit) {
            return self.keep_bounds_after(wait);
        }
        // Nobody woke it. Is there something all the same?
        match self.poll_read(to, DEFAULT_READ as usize)? {
            Got::Bytes(_) => {
                *wait = Wait::default();
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
        let mut wait = Wait::default();
        let mut is_last = false;
        loop {
            if !has_shut_down {
                has_shut_down = self.call(from, Call::ShutDown)?.is_ready();
            }
            match self.poll_read(to, DEFAULT_READ as usize) {
                Ok(Got::Bytes(_)) => wait = Wait::default(),
                Ok(Got::Met(outcome)) => {
                    self.claim(from);
                    self.see(to, outcome);
                    return Ok(());
                }
                Ok(Got::Nothing) => {
                    let lanes = [(from, false), (to, true)];
                    // What is woken again and again for nothing is polled once more when patience has run out.
                    let limit = self.patience.limit;
                    let is_over = is_last || !self.patience.wait(&lanes, &mut wait, limit).await;
                    is_last = wait.has_lasted(limit);
                    let bounds = self.keep_bounds();
                    if is_over || bounds.is_err() {
                        self.claim(from);
                        return bounds.or_else(|stopped| match stopped {
                            Stopped::Interrupted => Err(stopped),
                            _ => Ok(()),
                        });
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{self, Read as _};
    use std::sync::atomic::AtomicBool;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use crate::drive::{Limits, Pulse, drive};
    use crate::plan::{Cuts, End, Operation, Plan, Script};
    use crate::system::{Answer, Call, World};
    use crate::trace::{Outcome, Stopped, Trace};

    /// A world that answers as a closure does.
    struct Answering<F>(F);

    impl<F: FnMut(&mut Context<'_>, End, Call<'_>) -> Poll<io::Result<Answer>>> World for Answering<F> {
        fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
            (self.0)(cx, end, call)
        }
    }

    /// What is seen of a world by a driver that has 20 ms of patience, and a minute for the whole.
    fn trace_of(
        plan: &Plan,
        answer: impl FnMut(&mut Context<'_>, End, Call<'_>) -> Poll<io::Result<Answer>>,
    ) -> Trace {
        trace_within(Duration::from_secs(60), plan, answer)
    }

    fn trace_within(
        total: Duration,
        plan: &Plan,
        answer: impl FnMut(&mut Context<'_>, End, Call<'_>) -> Poll<io::Result<Answer>>,
    ) -> Trace {
        let limits = Limits { patience: Duration::from_millis(20), total };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (pulse, interrupt) = (Pulse::default(), AtomicBool::new(false));
        runtime.block_on(drive(&mut Answering(answer), plan, &limits, &pulse, &interrupt)).0
    }

    /// Never ready, and always worth another try.
    fn busy(cx: &mut Context<'_>) -> Poll<io::Result<Answer>> {
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    const DONE: Poll<io::Result<Answer>> = Poll::Ready(Ok(Answer::Done));

    #[test]
    fn whoever_is_woken_for_ever_for_nothing_is_silent() {
        let (client, peer) = (End::client(0), End::peer(0));
        let writing = Script::open().send(client, 9).plan();
        let flushing = Script::open().step(client, Operation::Flush).plan();
        let reading = Script::open().receive(peer, 9, 9).plan();
        let to_the_end = Script::open().receive_to_end(peer).plan();
        for plan in [writing, flushing, reading, to_the_end] {
            let trace = trace_of(&plan, |cx, _, call| match call {
                Call::Open | Call::ShutDown => DONE,
                _ => busy(cx),
            });
            assert_eq!(trace.stopped, Some(Stopped::Silence), "{plan:?}");
            assert!(trace.observations.iter().any(|seen| seen.outcome == Outcome::Silent), "{trace:?}");
        }
    }

    #[test]
    fn a_plan_ends_with_its_time_though_all_its_steps_and_waits_are_short() {
        let client = End::client(0);
        let flushes = (0..100).fold(Script::open(), |script, _| script.step(client, Operation::Flush)).plan();
        let trace = trace_within(Duration::ZERO, &flushes, |_, _, _| DONE);
        assert_eq!(trace.stopped, Some(Stopped::OutOfTime));
        assert!(trace.observations.len() < 10, "{trace:?}");

        let pieces = Cuts::Every { len: 1, joined: false };
        let transfer = Script::open().cut(client, 100, pieces, Vec::new()).plan();
        let (mut pipe, mut has_waited, mut reads) = (VecDeque::new(), false, 0);
        let trace = trace_within(Duration::ZERO, &transfer, |cx, _, call| match call {
            Call::Write(bytes) => {
                pipe.extend(bytes);
                Poll::Ready(Ok(Answer::Count(bytes.len())))
            }
            Call::Read(buffer) => {
                has_waited = !has_waited;
                if has_waited {
                    return busy(cx);
                }
                reads += 1;
                Poll::Ready(pipe.read(buffer).map(Answer::Count))
            }
            _ => DONE,
        });
        assert_eq!(trace.stopped, Some(Stopped::OutOfTime));
        assert!(reads < 10, "{reads}");
    }

    #[test]
    fn who_is_woken_for_ever_while_it_is_filled_is_made_to_wait() {
        let client = End::client(0);
        let filling = Operation::Fill(Script::open().payload(client, 9));
        let plan = Script::open().step(client, filling).plan();
        let trace = trace_of(&plan, |cx, _, call| if matches!(call, Call::Open) { DONE } else { busy(cx) });
        assert_eq!(trace.stopped, None);
        let seen: Vec<&Outcome> = trace.observations.iter().map(|seen| &seen.outcome).collect();
        assert!(seen.ends_with(&[&Outcome::Accepted { len: 0 }, &Outcome::Pending]), "{seen:?}");
    }

    #[test]
    fn what_comes_back_to_its_sender_is_seen_where_the_reader_waits() {
        let (client, peer) = (End::client(0), End::peer(0));
        let plan = Script::open().send(client, 9).receive(peer, 9, 9).plan();
        let mut echo = VecDeque::new();
        let trace = trace_of(&plan, |_, end, call| match call {
            Call::Write(bytes) => {
                echo.extend(bytes);
                Poll::Ready(Ok(Answer::Count(bytes.len())))
            }
            Call::Read(buffer) if end == client && !echo.is_empty() => {
                Poll::Ready(echo.read(buffer).map(Answer::Count))
            }
            Call::Read(_) => Poll::Pending,
            _ => DONE,
        });
        assert_eq!(trace.stopped, Some(Stopped::Difference));
        let differs = |outcome: &Outcome| matches!(outcome, Outcome::Delivered(content) if content.difference.is_some());
        assert!(trace.observations.iter().any(|seen| differs(&seen.outcome)), "{trace:?}");
    }

    #[test]
    fn what_was_read_early_comes_with_the_next_poll() {
        let (client, peer) = (End::client(0), End::peer(0));
        let poll = Operation::PollReceive { max: 9 };
        let plan = Script::open().send(client, 9).step(client, Operation::Flush).step(peer, poll).plan();
        let mut pipe = VecDeque::new();
        let trace = trace_of(&plan, |_, end, call| match call {
            Call::Write(bytes) => {
                pipe.extend(bytes);
                Poll::Ready(Ok(Answer::Count(bytes.len())))
            }
            Call::Flush if !pipe.is_empty() => Poll::Pending,
            Call::Read(buffer) if end == peer && !pipe.is_empty() => {
                Poll::Ready(pipe.read(buffer).map(Answer::Count))
            }
            Call::Read(_) => Poll::Pending,
            _ => DONE,
        });
        assert_eq!(trace.stopped, None);
        let last = trace.observations.last().map(|seen| &seen.outcome);
        assert!(matches!(last, Some(Outcome::Delivered(content)) if content.len == 9), "{last:?}");
    }
}
