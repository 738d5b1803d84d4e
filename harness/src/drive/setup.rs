//! The steps around the bytes: opening, binding, connecting, naming, counting, and waiting for the kernel's queue.

use std::fmt::{self, Write};
use std::io;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::driver::{Driver, Go};
use super::patience::Wait;
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
        let (mut wait, mut words) = (Wait::default(), None);
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
                Poll::Ready(Err(error)) => {
                    // What a foreign error says is foreign code, too.
                    words = self.pulse.guard(|| own_words(&error)).unwrap_or_default();
                    break Outcome::from_error(&error);
                }
                Poll::Pending => {
                    if !self.wait_in_time(&[(end, receives)], &mut wait).await {
                        break Outcome::Silent;
                    }
                    self.keep_bounds_after(&wait)?;
                }
            }
        };
        if let Operation::Connect(_) = operation {
            self.mail.forget_name(end);
        }
        // Where there is nothing left to connect with, or no way, an accept would only wait in vain.
        let is_connect = matches!(operation, Operation::Connect(_));
        let is_hopeless = matches!(&outcome, Outcome::Error(failure)
            if failure.is_exhaustion() || is_connect && failure.is_barrier());
        let is_fatal = is_hopeless
            || !matches!(operation, Operation::Connect(_) | Operation::Name | Operation::Configure(_));
        let has_failed = !matches!(outcome, Outcome::Done | Outcome::Named { .. });
        self.see(end, outcome);
        if is_fatal && has_failed {
            self.trace.unopened = words;
            return Err(Stopped::NotOpened);
        }
        Ok(())
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
            self.patience.wait(&[], &mut Wait::default(), LOOK_AGAIN).await;
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

/// How many characters are kept of what an error says.
const MOST_WORDS: usize = 120;

/// What an error says that is not the operating system's, on one line and as far as it is kept.
fn own_words(error: &io::Error) -> Option<String> {
    let mut line = Line(String::new());
    // Only a line that is full refuses more.
    let _ = write!(line, "{}", error.get_ref()?);
    let words = line.0.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// A line of text that takes no more than is kept.
struct Line(String);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = MOST_WORDS.saturating_sub(self.0.chars().count());
        let on_one_line = |letter: char| if letter.is_control() { ' ' } else { letter };
        self.0.extend(text.chars().take(left).map(on_one_line));
        if text.chars().nth(left).is_none() {
            return Ok(());
        }
        self.0.push('…');
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{MOST_WORDS, own_words};

    #[test]
    fn an_error_has_one_line_of_its_own_words() {
        let said = |words: &str| own_words(&io::Error::other(words));
        assert_eq!(said("no luck").as_deref(), Some("no luck"));
        assert_eq!(said("no luck\nat all").as_deref(), Some("no luck at all"));
        assert_eq!(said(" "), None);
        let whole = "é".repeat(MOST_WORDS);
        assert_eq!(said(&whole), Some(whole.clone()));
        assert_eq!(said(&format!("{whole}é")), Some(format!("{whole}…")));
        assert_eq!(own_words(&io::ErrorKind::NotFound.into()), None);
        assert_eq!(own_words(&io::Error::from_raw_os_error(2)), None);
    }
}
