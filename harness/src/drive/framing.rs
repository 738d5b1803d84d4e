//! Framing: a wire is laid, fed to a decoder piece by piece, and every frame that comes out is held against the reference.

use std::task::Poll;

use bytes::Bytes;

use super::compare::same_from_start;
use super::driver::{Driver, Go};
use super::patience::Wait;
use super::wire::Wire;
use crate::codec::Decoded;
use crate::layout::{Behind, FILLER, LONGEST_WIRE, Layout};
use crate::plan::{Cuts, End, Feed, MAX_PIECE, Payload};
use crate::system::{Answer, Call};
use crate::trace::{Difference, Failure, FrameSeen, Outcome, Stopped};

/// How often a decoder is asked again after an error, and after the end of the stream.
const ASKED_AGAIN: usize = 3;

impl Driver<'_> {
    /// Encodes one frame and lays what was emitted on the wire.
    pub(super) async fn encode(&mut self, end: End, payload: &Payload) -> Go {
        let bytes = payload.bytes(LONGEST_WIRE);
        let mut wait = Wait::default();
        let outcome = loop {
            match self.call(end, Call::Encode(&bytes))? {
                Poll::Ready(Ok(Answer::Wire(wire))) => break self.encoded(end, &bytes, &wire),
                Poll::Ready(Ok(Answer::Disturbed { at, of })) => break Outcome::Disturbed { at, of },
                Poll::Ready(Ok(Answer::Unencoded { failure, emitted })) => {
                    break Outcome::EncodeRefused { failure, emitted };
                }
                Poll::Ready(Ok(_)) => break Outcome::Encoded { len: 0, difference: None },
                Poll::Ready(Err(error)) => break Outcome::from_error(&error),
                Poll::Pending => {
                    if !self.wait_in_time(&[(end, false)], &mut wait).await {
                        self.see(end, Outcome::Silent);
                        return Err(Stopped::Silence);
                    }
                    self.keep_bounds_after(&wait)?;
                }
            }
        };
        self.see(end, outcome);
        Ok(())
    }

    /// What an encoder emitted, held against the layout.
    fn encoded(&mut self, end: End, payload: &[u8], emitted: &Bytes) -> Outcome {
        // Whatever the maximum: an encoder that takes a payload owes its frame.
        let difference = self.layout().and_then(|layout| misencoded(layout, payload, emitted));
        self.lay(end, emitted.len(), |laid| laid.extend_from_slice(emitted));
        Outcome::Encoded { len: emitted.len() as u64, difference }
    }

    /// Lays one frame on the wire as the layout has it, whatever the maximum.
    pub(super) fn lay_frame(&mut self, end: End, payload: &Payload) -> Go {
        let len = payload.len_within(LONGEST_WIRE);
        let Some(layout) = self.layout() else { return Ok(()) };
        if let Some(head) = layout.head(len as u64) {
            let trailer = layout.trailer();
            self.lay(end, head.len() + len + trailer.len(), |laid| {
                head.append_to(laid);
                payload.append_to(laid, len);
                laid.extend_from_slice(trailer);
            });
        }
        Ok(())
    }

    /// Lays a header on the wire that announces what it likes.
    pub(super) fn lay_header(&mut self, end: End, value: u64) -> Go {
        let Some(layout) = self.layout() else { return Ok(()) };
        let head = layout.head_within(value);
        self.lay(end, head.len(), |laid| head.append_to(laid));
        Ok(())
    }

    /// Lays any bytes on the wire.
    pub(super) fn lay_raw(&mut self, end: End, payload: &Payload) -> Go {
        let len = payload.len_within(LONGEST_WIRE);
        self.lay(end, len, |laid| payload.append_to(laid, len));
        Ok(())
    }

    /// Has `put` lay so many bytes.
    fn lay(&mut self, end: End, len: usize, put: impl FnOnce(&mut Vec<u8>)) {
        let Some(layout) = self.world.layout() else { return };
        let wire = self.wires.entry(end.connection).or_default();
        if wire.laid.len() + len > LONGEST_WIRE {
            return;
        }
        wire.laid.reserve(len.max(std::mem::take(&mut self.room_to_lay)));
        put(&mut wire.laid);
        // Here and not when it is fed, so that a count of the memory that feeding takes has none of it.
        wire.parse(layout);
    }

    /// Feeds what lies on the wire, cut as told.
    pub(super) async fn feed(&mut self, end: End, feed: &Feed) -> Go {
        let mut wire = self.wires.remove(&end.connection).unwrap_or_default();
        let kept = wire.laid.len().saturating_sub(feed.lost as usize).max(wire.fed);
        wire.lose(kept);
        let result = self.feed_wire(end, &mut wire, &feed.cuts).await;
        self.wires.insert(end.connection, wire);
        result
    }

    async fn feed_wire(&mut self, end: End, wire: &mut Wire, cuts: &Cuts) -> Go {
        let start = wire.fed;
        let len = (wire.laid.len() - start) as u64;
        self.trace.segmentation.requested += cuts.count(len);
        let mut asked_at = start;
        while wire.fed < wire.laid.len() {
            let position = (wire.fed - start) as u64;
            let (boundary, is_joined) = cuts.next(position, len);
            let wanted = start + boundary as usize;
            // What nobody takes yet has to lie somewhere: in memory, or in a socket's buffers.
            let room = *wire.room.get_or_insert_with(|| self.room(end));
            let room = room.map_or(usize::MAX, |room| asked_at + room);
            let boundary = wanted.min(room.max(wire.fed + 1));
            self.pulse.hands(boundary);
            self.push(end, &wire.laid[wire.fed..boundary]).await?;
            wire.fed = boundary;
            let is_cut = boundary == wanted && boundary < wire.laid.len();
            if is_joined && boundary < room {
                self.trace.segmentation.achieved.joined += u64::from(is_cut);
                continue;
            }
            self.pull_all(end, wire, asked_at).await?;
            self.trace.segmentation.achieved.cut += u64::from(is_cut && !is_joined);
            asked_at = boundary;
        }
        Ok(())
    }

    /// How many bytes may lie between the wire and the decoder's end at once; `None` if any number.
    fn room(&mut self, end: End) -> Option<usize> {
        self.receive_queue(end).map(|_| MAX_PIECE as usize)
    }

    /// Hands bytes to the decoder's end.
    async fn push(&mut self, end: End, bytes: &[u8]) -> Go {
        let mut wait = Wait::default();
        let mut pushed = 0;
        while pushed < bytes.len() {
            match self.call(end, Call::Push(&bytes[pushed..]))? {
                Poll::Ready(Ok(Answer::Count(len))) if len > 0 => {
                    pushed += len.min(bytes.len() - pushed);
                    wait = Wait::default();
                }
                Poll::Ready(Ok(_)) => return Ok(()),
                Poll::Ready(Err(error)) => {
                    let failure = Failure::of(&error);
                    if failure.is_of_machine() {
                        self.see(end, Outcome::Error(failure));
                        return Err(Stopped::Broken);
                    }
                    // Whoever has refused a frame may close the connection; what follows goes nowhere.
                    return Ok(());
                }
                Poll::Pending => {
                    if !self.wait_in_time(&[(end, false)], &mut wait).await {
                        self.see(end, Outcome::Silent);
                        return Err(Stopped::Silence);
                    }
                    self.keep_bounds_after(&wait)?;
                }
            }
        }
        Ok(())
    }

    /// Takes frames until the decoder asks for more.
    async fn pull_all(&mut self, end: End, wire: &mut Wire, asked_at: usize) -> Go {
        let mut asked_again = 0;
        // Every frame has a byte at least; a decoder that gives more than that gives without end.
        let most = wire.fed + ASKED_AGAIN + 1;
        for _ in 0..=most {
            match self.pull(end, Call::Pull).await? {
                Decoded::Frame(frame) => self.take_frame(end, wire, asked_at, &frame)?,
                Decoded::Refused(failure) => {
                    self.refused(end, wire, failure);
                    asked_again += 1;
                    if asked_again > ASKED_AGAIN {
                        return Ok(());
                    }
                }
                Decoded::End => {
                    if !wire.has_refused {
                        return self.withheld(end, wire);
                    }
                    return Ok(());
                }
                Decoded::WithoutEnd => break,
            }
        }
        self.see(end, Outcome::BoundReached("more frames than bytes"));
        Err(Stopped::Foreign)
    }

    /// Polls until something comes or the decoder has taken all there is; `End` stands for "nothing more".
    async fn pull(&mut self, end: End, call: Call<'static>) -> Go<Decoded> {
        let is_at_end = matches!(call, Call::PullEnd);
        let mut wait = Wait::default();
        loop {
            let call = if is_at_end { Call::PullEnd } else { Call::Pull };
            let is_woken = match self.call(end, call)? {
                Poll::Ready(Ok(Answer::Frame(frame))) => return Ok(Decoded::Frame(frame)),
                Poll::Ready(Ok(_)) => return Ok(Decoded::End),
                Poll::Ready(Err(error)) => return Ok(Decoded::Refused(Failure::of(&error))),
                Poll::Pending => {
                    if !is_at_end && self.receive_queue(end) == Some(0) {
                        // Everything that was pushed has been taken, and still it waits: it needs more.
                        return Ok(Decoded::End);
                    }
                    let limit = self.patience.limit;
                    let is_woken = self.patience.wait(&[(end, true)], &mut wait, limit).await;
                    self.keep_bounds_after(&wait)?;
                    is_woken && !wait.has_lasted(limit)
                }
            };
            if !is_woken {
                self.see(end, Outcome::Silent);
                return Err(Stopped::Silence);
            }
        }
    }

    /// Holds a frame that came out against the one that was to come.
    fn take_frame(&mut self, end: End, wire: &mut Wire, asked_at: usize, frame: &[u8]) -> Go {
        if wire.has_refused {
            let outcome = self.after_refusal(wire, frame);
            self.see(end, outcome);
            return Ok(());
        }
        let expected = wire.parsed.get(wire.frames);
        let item = expected.map(|parsed| &wire.laid[parsed.item.clone()]);
        let due = expected.map(|parsed| parsed.whole.end);
        let is_on_time = due.is_some_and(|due| due > asked_at && due <= wire.fed);
        if item == Some(frame) && is_on_time {
            wire.frames += 1;
            self.see_frame(end);
            return Ok(());
        }
        // An empty frame that nobody sent differs in no byte.
        let sent = item.unwrap_or(&[]);
        let difference = (sent != frame).then(|| difference_at(same_from_start(sent, frame), sent, frame));
        let seen = FrameSeen {
            index: wire.frames as u64,
            len: frame.len() as u64,
            expected_len: item.map(|item| item.len() as u64),
            due: due.map(|due| due as u64),
            fed: wire.fed as u64,
            asked_at: asked_at as u64,
            difference,
        };
        self.see(end, Outcome::WrongFrame(Box::new(seen)));
        Err(Stopped::Difference)
    }

    /// A frame that came out behind a refusal: one that was owed, or one that lies behind what was refused?
    fn after_refusal(&self, wire: &mut Wire, frame: &[u8]) -> Outcome {
        let fed = &wire.laid[..wire.fed];
        let next = wire.parsed.get(wire.frames).filter(|next| next.whole.end <= wire.fed);
        let is_owed = next.is_some_and(|next| fed[next.item.clone()] == *frame);
        let behind = match (self.layout(), &mut wire.behind) {
            (Some(layout), Some(behind)) if !is_owed => behind.gives(layout, fed, frame),
            _ => None,
        };
        let owed = is_owed.then_some(wire.frames as u64);
        wire.frames += usize::from(is_owed);
        Outcome::FrameAfterRefusal { owed, behind, len: frame.len() as u64 }
    }

    /// Counts a right frame, together with those before it.
    fn see_frame(&mut self, end: End) {
        let step = self.step;
        if let Some(last) = self.trace.observations.last_mut()
            && (last.step, last.end) == (step, end)
            && let Outcome::Frames { count } = &mut last.outcome
        {
            *count += 1;
            return;
        }
        self.see(end, Outcome::Frames { count: 1 });
    }

    /// Writes down the first refusal of a connection; what it repeats says nothing new.
    fn refused(&mut self, end: End, wire: &mut Wire, failure: Failure) {
        let start = wire.rest_start();
        if !wire.has_refused {
            wire.has_refused = true;
            wire.behind.get_or_insert_with(|| Behind::frame_at(start));
            self.see(end, Outcome::Refused { failure, fed: wire.fed as u64, frames: wire.frames as u64 });
        }
    }

    /// The decoder asks for more: has it given all it has?
    fn withheld(&mut self, end: End, wire: &Wire) -> Go {
        match wire.parsed.get(wire.frames) {
            Some(frame) if frame.whole.end <= wire.fed => {
                let (index, due, fed) = (wire.frames as u64, frame.whole.end as u64, wire.fed as u64);
                self.see(end, Outcome::Withheld { index, due, fed });
                Err(Stopped::Difference)
            }
            _ => Ok(()),
        }
    }

    /// Ends the stream, and takes what the decoder still gives.
    pub(super) async fn feed_end(&mut self, end: End) -> Go {
        let mut wire = self.wires.remove(&end.connection).unwrap_or_default();
        let mut result = Ok(());
        for _ in 0..=ASKED_AGAIN {
            match self.pull(end, Call::PullEnd).await {
                Ok(Decoded::Frame(frame)) => {
                    // At the end of the stream a frame is always late: its last byte came before.
                    let fed = wire.fed;
                    result = self.take_frame(end, &mut wire, fed, &frame);
                }
                Ok(Decoded::Refused(failure)) => {
                    wire.has_refused = false;
                    self.refused(end, &mut wire, failure);
                    break;
                }
                Ok(Decoded::End | Decoded::WithoutEnd) => {
                    self.see(end, Outcome::End);
                    break;
                }
                Err(stopped) => result = Err(stopped),
            }
            if result.is_err() {
                break;
            }
        }
        self.wires.insert(end.connection, wire);
        result
    }
}

/// How what an encoder emitted differs from the frame of its payload, if it does; it writes what it likes where the layout has filler.
fn misencoded(layout: &Layout, payload: &[u8], emitted: &[u8]) -> Option<Box<Difference>> {
    let head = layout.head(payload.len() as u64);
    if !layout.has_filler()
        && let Some(head) = head
        && let Some(rest) = emitted.strip_prefix(head.field())
        && rest.strip_prefix(payload) == Some(layout.trailer())
    {
        return None;
    }
    let mut frame = Vec::new();
    if let Some(head) = head {
        head.append_to(&mut frame);
        frame.extend_from_slice(payload);
        frame.extend_from_slice(layout.trailer());
    }
    let agrees = |(at, (a, b)): (usize, (&u8, &u8))| {
        a == b || layout.has_filler() && *b == FILLER && at + payload.len() < frame.len()
    };
    let same = emitted.iter().zip(&frame).enumerate().take_while(|pair| agrees(*pair)).count();
    let is_same = same == emitted.len() && same == frame.len();
    (!is_same).then(|| difference_at(same, &frame, emitted))
}

/// Two sequences from where they differ on.
fn difference_at(at: usize, expected: &[u8], actual: &[u8]) -> Box<Difference> {
    let window =
        |bytes: &[u8]| bytes[at.min(bytes.len())..].iter().take(Difference::WINDOW).copied().collect();
    Box::new(Difference {
        at: at as u64,
        expected: window(expected),
        actual: window(actual),
        stands_at: None,
        belongs_to: None,
    })
}
