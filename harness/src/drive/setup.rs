//! The steps around the bytes: opening, binding, connecting, naming, counting, and waiting for the kernel's queue.

use std::task::Poll;
use std::time::{Duration, Instant};

use super::driver::{Driver, Go};
use crate::plan::{End, Operation};
use crate::system::{Answer, Call};
use crate::trace::{Outcome, Stopped};

/// How long the driver waits between two looks at a queue that has no waker.
///
/// On loopback the bytes are there when the write returns, so hardly any look is a second one.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

impl Driver<'_> {
    /// Takes a set-up step.
    pub(super) async fn set_up(&mut self, end: End, operation: &Operation) -> Go {
        if *operation == Operation::Count {
            self.count(end);
            return Ok(());
        }
        let mut since = None;
        let outcome = loop {
            let call = set_up_call(operation);
            let receives = call.receives();
            match self.call(end, call)? {
                Poll::Ready(Ok(Answer::Names { local, peer })) => {
                    let local = self.place(local);
                    let peer = peer.map(|peer| self.place(peer));
                    break Outcome::Named { local, peer };
                }
                Poll::Ready(Ok(_)) => break Outcome::Done,
                Poll::Ready(Err(error)) => break Outcome::from_error(&error),
                Poll::Pending => {
                    let began = *since.get_or_insert_with(Instant::now);
                    if !self.patience.wait(&[(end, receives)], began, self.patience.limit).await {
                        break Outcome::Silent;
                    }
                    self.keep_bounds()?;
                }
            }
        };
        if let Operation::Connect(_) = operation {
            self.mail.forget_name(end);
        }
        // Where there is nothing left to connect with, an accept would only wait in vain.
        let is_exhausted = matches!(&outcome, Outcome::Error(failure) if failure.is_exhaustion());
        let is_fatal = is_exhausted
            || !matches!(operation, Operation::Connect(_) | Operation::Name | Operation::Configure(_));
        let has_failed = !matches!(outcome, Outcome::Done | Outcome::Named { .. });
        self.see(end, outcome);
        if is_fatal && has_failed { Err(Stopped::NotOpened) } else { Ok(()) }
    }

    /// Waits until `len` bytes are readable at an end.
    pub(super) async fn await_queue(&mut self, end: End, len: u64) -> Go {
        let is_short = self.queue_reaches(end, len).await? == Queue::StaysShort;
        self.see(end, if is_short { Outcome::Silent } else { Outcome::Done });
        Ok(())
    }

    /// Waits until all of the stream before `offset` lies in the reader's queue; true if it is seen to.
    ///
    /// If it does not come to lie there, the joins are simply not achieved.
    pub(super) async fn await_held(&mut self, from: End, offset: u64) -> Go<bool> {
        let held = offset.saturating_sub(self.direction(from).delivered);
        Ok(self.queue_reaches(from.other(), held).await? == Queue::Holds)
    }

    /// Waits, within patience, until `len` bytes lie in an end's queue; at once if queues cannot be seen.
    async fn queue_reaches(&mut self, end: End, len: u64) -> Go<Queue> {
        let began = Instant::now();
        loop {
            match self.receive_queue(end) {
                Some(queue) if queue < len => {}
                Some(_) => return Ok(Queue::Holds),
                None => return Ok(Queue::CannotBeSeen),
            }
            if began.elapsed() > self.patience.limit {
                return Ok(Queue::StaysShort);
            }
            // No lane is waited for: the runtime has its turn, and the timer brings the driver back.
            self.patience.wait(&[], Instant::now(), LOOK_AGAIN).await;
            self.keep_bounds()?;
        }
    }
}

/// What was seen of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queue {
    Holds,
    StaysShort,
    CannotBeSeen,
}

/// The call that a set-up operation makes.
fn set_up_call(operation: &Operation) -> Call<'static> {
    match operation {
        Operation::Configure(setting) => Call::Configure(*setting),
        Operation::Bind => Call::Bind,
        Operation::Listen => Call::Listen,
        Operation::Connect(to) => Call::Connect(*to),
        Operation::Accept(from) => Call::Accept(*from),
        Operation::Name => Call::Name,
        _ => Call::Open,
    }
}
