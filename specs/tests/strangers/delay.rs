//! What slow transports of either kind have in common: an operation begins only when a timer has gone off.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// The timer of one direction; `Some(None)` is one that has gone off, for an operation still waiting.
#[derive(Default)]
pub(crate) struct Delay(Option<Option<Pin<Box<Sleep>>>>);

impl Delay {
    /// Goes on with `operation` once the timer has gone off, which is set for so many milliseconds when it begins.
    pub(crate) fn before<T>(
        &mut self,
        cx: &mut Context<'_>,
        ms: impl FnOnce() -> u64,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let timer = self.0.get_or_insert_with(|| Some(Box::pin(sleep(Duration::from_millis(ms())))));
        if let Some(running) = timer {
            ready!(running.as_mut().poll(cx));
            *timer = None;
        }
        let answer = ready!(operation(cx));
        self.0 = None;
        Poll::Ready(answer)
    }
}
