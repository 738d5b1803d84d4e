//! Waiting for wake-ups, and no longer than patience allows.
//!
//! Each direction of each end has a waker of its own, so that it is known which of them was woken.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use litemap::LiteMap;
use tokio::time::Sleep;

use crate::plan::End;

/// One direction of one end: the end, and whether it receives.
pub(super) type Lane = (End, bool);

/// How many turns the runtime gets when patience has run out: more than the 61 after which it surely looks for input (tokio's `event_interval`).
const LAST_TURNS: u32 = 128;

/// By how much patience shrinks once a plan has waited in vain.
const DISAPPOINTED_SHARE: u32 = 4;

/// What wakes the driver's own task.
#[derive(Debug)]
struct Outer {
    waker: Mutex<Waker>,
}

/// The waker of one lane: it remembers that it fired, and wakes the driver.
#[derive(Debug)]
struct Bell {
    rang: AtomicBool,
    outer: Arc<Outer>,
}

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Bell>) {
        self.rang.store(true, Ordering::Release);
        self.outer.waker.lock().unwrap_or_else(PoisonError::into_inner).wake_by_ref();
    }
}

/// One wait, however many wake-ups in vain it is made of.
///
/// Its first turn of the runtime is free: on loopback most waits are over with it, and neither the clock nor the timer is touched.
#[derive(Debug, Default)]
pub(super) struct Wait {
    has_had_turn: bool,
    /// When it went on behind the free turn.
    since: Option<Instant>,
}

impl Wait {
    /// Whether the free turn has been enough so far.
    pub(super) fn is_short(&self) -> bool {
        self.since.is_none()
    }

    /// Whether it has gone on for `limit`.
    pub(super) fn has_lasted(&self, limit: Duration) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= limit)
    }
}

/// The bells of all lanes, and the one timer.
pub(super) struct Patience {
    outer: Arc<Outer>,
    bells: LiteMap<Lane, (Arc<Bell>, Waker)>,
    /// Made for the first wait: a plan over memory, in which nothing waits, needs no runtime.
    sleep: Option<Pin<Box<Sleep>>>,
    /// How long one wait may last.
    pub(super) limit: Duration,
}

impl Patience {
    pub(super) async fn new(limit: Duration) -> Patience {
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        let outer = Arc::new(Outer { waker: Mutex::new(waker) });
        Patience { outer, bells: LiteMap::new(), sleep: None, limit }
    }

    /// The waker of a lane, unrung.
    pub(super) fn waker(&mut self, lane: Lane) -> &Waker {
        let outer = &self.outer;
        let (bell, waker) = self.bells.entry(lane).or_insert_with(|| {
            let bell = Arc::new(Bell { rang: AtomicBool::new(false), outer: Arc::clone(outer) });
            (Arc::clone(&bell), Waker::from(bell))
        });
        bell.rang.store(false, Ordering::Release);
        waker
    }

    /// Gives the lane another waker from now on, since whoever waited with this one has given up:
    /// a system that goes on waking it wakes nobody.
    pub(super) fn give_up(&mut self, lane: Lane) {
        self.bells.remove(&lane);
    }

    /// A wait has come to nothing, which is what the plan will be judged by: what else can be learned of it is worth less waiting.
    pub(super) fn is_disappointed(&mut self) {
        self.limit /= DISAPPOINTED_SHARE;
    }

    /// Whether a lane's waker has fired since it was last taken.
    pub(super) fn rang(&self, lane: Lane) -> bool {
        self.bells.get(&lane).is_some_and(|(bell, _)| bell.rang.load(Ordering::Acquire))
    }

    /// Gives the runtime one turn, in which it looks for input and runs whatever tasks are ready.
    pub(super) async fn turn(&mut self) {
        let mut has_yielded = false;
        let outer = &self.outer;
        poll_fn(move |cx| {
            outer.remember(cx);
            if has_yielded {
                return Poll::Ready(());
            }
            has_yielded = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Goes on with a wait until one of `lanes` is woken, at most until it has lasted for `limit`; says whether one was.
    ///
    /// The runtime gets a turn even when a bell has rung already, else a system that wakes itself would starve its own background tasks.
    pub(super) async fn wait(&mut self, lanes: &[Lane], wait: &mut Wait, limit: Duration) -> bool {
        let (mut has_yielded, mut last_turns) = (false, LAST_TURNS);
        if wait.has_had_turn {
            wait.since.get_or_insert_with(Instant::now);
        }
        let (outer, bells, sleep) = (&self.outer, &self.bells, &mut self.sleep);
        let rang = |lane: &Lane| bells.get(lane).is_some_and(|(bell, _)| bell.rang.load(Ordering::Acquire));
        poll_fn(move |cx| {
            outer.remember(cx);
            let woken = lanes.iter().any(rang);
            if woken && has_yielded {
                return Poll::Ready(true);
            }
            if !has_yielded {
                has_yielded = true;
                if woken || !wait.has_had_turn {
                    wait.has_had_turn = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            // The timer is only moved when it fires: most waits are over long before, and moving it costs more than they do.
            let deadline = *wait.since.get_or_insert_with(Instant::now) + limit;
            let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
            if sleep.deadline().into_std() > deadline {
                sleep.as_mut().reset(deadline.into());
            }
            while sleep.as_mut().poll(cx).is_ready() {
                if Instant::now() >= deadline {
                    // The clock went on while this thread had no processor: whoever was to ring gets its turns all the same.
                    if woken || last_turns == 0 {
                        return Poll::Ready(woken);
                    }
                    last_turns -= 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                sleep.as_mut().reset(deadline.into());
            }
            Poll::Pending
        })
        .await
    }
}

impl Outer {
    /// Keeps the waker of the driver's task up to date.
    fn remember(&self, cx: &Context<'_>) {
        let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !waker.will_wake(cx.waker()) {
            waker.clone_from(cx.waker());
        }
    }
}
