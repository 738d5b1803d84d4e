//! Plans for codecs: frames are laid and fed, and at last the stream ends.

use super::{CLIENT, MOST_STEPS, PEER, cuts_of};
use crate::layout::Layout;
use crate::plan::{Feed, Operation, Payload, Plan, Script, Step};
use crate::subject::{Capability, Subject};

/// The most bytes on the wire of one plan: one frame of the largest 16-bit length, and some.
const MOST_WIRE: u64 = 80_000;

/// By how much a payload may be longer than the layout's largest: enough to be refused.
const BEYOND_LARGEST: u64 = 2;

/// The most pieces of one feed.
const MOST_PIECES: usize = 256;

/// The most bytes that are fed in every way: there are 64 ways.
const MOST_EVERY_WAY: u64 = 7;

/// How many steps a plan is ended by.
const ENDING: usize = 2;

/// The most bytes of a literal.
const MOST_LITERAL: usize = 128;

/// The plan as one for a codec of which as much is known as of `subject`.
///
/// The client lays frames, headers and bytes on the wire, the peer is fed; the plan ends with the last bytes fed and the end of the stream.
/// What an encoder alone is given is frames, and nothing is fed.
///
/// # Panics
/// If the subject has no layout.
pub fn framing(subject: &Subject, plan: &Plan) -> Plan {
    let layout = subject.layout.as_ref().expect("a subject of framing has a layout");
    let script = Script::with_room(plan.steps.len().min(MOST_STEPS) + ENDING);
    let mut tame = Taming { subject, layout, script, laid: 0, unfed: 0, is_whole: true };
    for step in plan.steps.iter().take(MOST_STEPS) {
        if step.operation == Operation::FeedEnd {
            break;
        }
        tame.take(step);
    }
    if !subject.can(Capability::Decodes) {
        return tame.script.plan();
    }
    if tame.unfed > 0 {
        tame.feed(&Feed::default());
    }
    tame.script.step(PEER, Operation::FeedEnd).plan()
}

struct Taming<'a> {
    subject: &'a Subject,
    layout: &'a Layout,
    script: Script,
    /// How many bytes lie on the wire in all.
    laid: u64,
    /// How many of them have not been fed.
    unfed: u64,
    /// Whether all that was laid is whole frames, so that a fresh decoder begins where one begins.
    is_whole: bool,
}

impl Taming<'_> {
    fn take(&mut self, step: &Step) {
        let decodes = self.subject.can(Capability::Decodes);
        match &step.operation {
            Operation::Encode(payload) if self.subject.can(Capability::Encodes) => {
                self.lay_frame(payload, Operation::Encode);
            }
            _ if !decodes => {}
            // What the codec itself cannot encode is laid by the reference.
            Operation::Encode(payload) => self.lay_frame(payload, Operation::Frame),
            Operation::Frame(payload) => self.lay_frame(payload, Operation::Frame),
            Operation::Header(value) => {
                self.is_whole = false;
                self.lay(self.layout.head_within(*value).len() as u64, Operation::Header(*value));
            }
            Operation::Raw(payload) => {
                self.is_whole = false;
                let len = payload.len().min(MOST_LITERAL as u64);
                self.lay_payload(len, payload, len, Operation::Raw);
            }
            Operation::Feed(feed) => self.feed(feed),
            Operation::FeedEveryWay if self.unfed == 0 => {}
            Operation::FeedEveryWay
                if self.is_whole
                    && self.unfed <= MOST_EVERY_WAY
                    && self.subject.can(Capability::DirectCalls) =>
            {
                self.unfed = 0;
                self.add(Operation::FeedEveryWay);
            }
            Operation::FeedEveryWay => self.feed(&Feed::default()),
            _ => {}
        }
    }

    fn lay_frame(&mut self, payload: &Payload, operation: fn(Payload) -> Operation) {
        let most = match payload {
            Payload::Literal(_) => MOST_LITERAL as u64,
            Payload::Pattern { .. } | Payload::Cycle(_) => {
                self.layout.largest().saturating_add(BEYOND_LARGEST)
            }
        };
        let len = payload.len().min(most);
        self.is_whole &= len <= self.layout.largest();
        // What is too long for the length field is laid by nobody, and an encoder must say so.
        let whole = self.layout.whole(len).unwrap_or(0);
        self.lay_payload(whole, payload, len, operation);
    }

    /// Lays the first `len` bytes of a payload, as `whole` bytes; a pattern goes on where the stream's last one ended.
    fn lay_payload(&mut self, whole: u64, payload: &Payload, len: u64, operation: fn(Payload) -> Operation) {
        if self.laid.saturating_add(whole) > MOST_WIRE {
            return;
        }
        let payload = match payload {
            Payload::Literal(_) | Payload::Cycle(_) => {
                let mut payload = payload.clone();
                payload.truncate(len);
                payload
            }
            Payload::Pattern { .. } => self.script.payload(CLIENT, len),
        };
        self.lay(whole, operation(payload));
    }

    /// Lays so many bytes, if there is room for them.
    fn lay(&mut self, len: u64, operation: Operation) {
        if self.laid + len > MOST_WIRE {
            return;
        }
        self.laid += len;
        self.unfed += len;
        self.script = std::mem::take(&mut self.script).step(CLIENT, operation);
    }

    fn feed(&mut self, feed: &Feed) {
        let cuts = cuts_of(&feed.cuts, self.unfed, MOST_PIECES, true);
        let lost = u64::from(feed.lost).min(self.unfed);
        self.laid -= lost;
        self.is_whole &= lost == 0;
        self.unfed = 0;
        self.add(Operation::Feed(Feed { cuts, lost: u32::try_from(lost).unwrap_or(u32::MAX) }));
    }

    fn add(&mut self, operation: Operation) {
        self.script = std::mem::take(&mut self.script).step(PEER, operation);
    }
}
