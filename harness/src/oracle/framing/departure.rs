//! The first thing in a run that no conforming codec may do.

use litemap::LiteMap;

use super::encoder;
use super::failed;
use super::line::{AfterRefusal, Line};
use crate::layout::{Layout, Rest};
use crate::oracle::stream::Run;
use crate::plan::{Cuts, Operation, Step};
use crate::trace::{FrameSeen, Observation, Outcome};
use crate::verdict::{FailureKind, Finding};

/// Which ends inside a frame are held against a codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// All but the one right behind a whole header, which is a rule of its own.
    BehindHeaderExcused,
    /// All.
    BehindHeaderToo,
}

/// What is wrong with a run.
pub(super) fn departure(layout: &Layout, is_direct: bool, ends: Ends, run: &Run<'_>) -> Option<Finding> {
    let mut lines: LiteMap<u16, Line> = LiteMap::new();
    let mut room = run.plan.laid();
    let mut observations = run.trace.observations.as_slice();
    for (index, step) in run.plan.steps.iter().enumerate() {
        let count = observations.iter().take_while(|seen| seen.step as usize <= index).count();
        let (here, later) = observations.split_at(count);
        observations = later;
        if run.trace.stopped.is_some() && here.is_empty() && later.is_empty() {
            return None;
        }
        let line =
            lines.entry(step.end.connection).or_insert_with(|| Line::with_room(std::mem::take(&mut room)));
        let judge = Judge { layout, is_direct, ends };
        if let Some(finding) = judge.step(line, step, here) {
            return Some(finding);
        }
        let went_on = run.trace.stopped.is_none() || !later.is_empty();
        if went_on && let Some(finding) = judge.what_is_missing(line, step) {
            return Some(finding);
        }
    }
    None
}

/// More came out than any bytes can hold.
pub(super) fn without_end() -> Finding {
    failed(
        FailureKind::NeverReturned,
        "the decoder to ask for more bytes once it has given what it has",
        "more frames and errors than it was fed bytes",
    )
}

struct Judge<'a> {
    layout: &'a Layout,
    is_direct: bool,
    ends: Ends,
}

impl Judge<'_> {
    fn step(&self, line: &mut Line, step: &Step, here: &[Observation]) -> Option<Finding> {
        let mut outcomes = here.iter().map(|seen| &seen.outcome);
        match &step.operation {
            Operation::Encode(payload) => encoder::step(self.layout, line, payload, outcomes.next()?),
            Operation::Frame(payload) => {
                line.lay_frame(self.layout, payload);
                None
            }
            Operation::Header(value) => {
                line.lay_header(self.layout, *value);
                None
            }
            Operation::Raw(payload) => {
                line.lay_raw(payload);
                None
            }
            Operation::Feed(feed) => {
                line.feed(self.layout, feed.lost as usize);
                outcomes.find_map(|outcome| self.fed(line, outcome, false))
            }
            Operation::FeedEnd => outcomes.find_map(|outcome| self.fed(line, outcome, true)),
            // Of what is not there in whole frames nothing is fed.
            Operation::FeedEveryWay
                if matches!(here, [Observation { outcome: Outcome::EveryWay { .. }, .. }]) =>
            {
                line.feed(self.layout, 0);
                line.given = line.frames.len();
                outcomes.find_map(|outcome| self.every_way(line, outcome))
            }
            _ => None,
        }
    }

    /// What one outcome of a feed, or of the end of the stream, says.
    fn fed(&self, line: &mut Line, outcome: &Outcome, is_end: bool) -> Option<Finding> {
        match outcome {
            Outcome::Silent => Some(failed(
                FailureKind::Stalled,
                "the decoder to take what it is fed",
                "nothing happened any more",
            )),
            Outcome::BoundReached(_) => Some(without_end()),
            _ if line.is_unknown => None,
            Outcome::Frames { count } => {
                line.given += usize::try_from(*count).unwrap_or(usize::MAX);
                None
            }
            Outcome::WrongFrame(frame) => {
                let is_excused =
                    line.has_raw && !line.must_take_next(self.layout) && !line.says_too_much(self.layout);
                (!is_excused).then(|| wrong_frame(line, frame, is_end))
            }
            Outcome::Withheld { index, .. } if line.must_take_next(self.layout) => Some(failed(
                FailureKind::Lost,
                format!("frame {index} as soon as its last byte is fed"),
                "the decoder asked for more bytes, and had not given it",
            )),
            Outcome::Refused { fed, frames, .. } if line.refused.is_none() => {
                self.refused(line, *fed, *frames, is_end)
            }
            Outcome::FrameAfterRefusal { owed, behind, len } => {
                frame_after_refusal(line, *owed, *behind, *len)
            }
            Outcome::End if is_end && line.refused.is_none() => self.ended(line),
            _ => None,
        }
    }

    /// A refusal: of a frame that has to be refused, or of a stream that ends inside a frame?
    fn refused(&self, line: &mut Line, fed: u64, given: u64, is_end: bool) -> Option<Finding> {
        let given = usize::try_from(given).unwrap_or(usize::MAX);
        let whole = line.frames.len();
        let is_due = matches!(line.rest, Rest::Refused { .. });
        // A decoder that looks ahead may meet the refused frame before it has handed out the good ones before it; it still owes them.
        let looked_ahead = is_due && given < whole && fed > line.rest_start() as u64;
        line.given = line.given.max(given);
        let is_truncated = is_end && matches!(line.rest, Rest::Header | Rest::Payload);
        if !(is_due && given >= whole || looked_ahead || is_truncated) && line.must_take_next(self.layout) {
            let (expected, actual) = if is_end && line.given >= whole {
                ("a clean end: the stream ended between frames".to_owned(), "an error".to_owned())
            } else {
                let expected = format!("frame {} without an error", line.given);
                (expected, format!("an error after {fed} bytes and {given} frames"))
            };
            return Some(failed(FailureKind::UnexpectedError, expected, actual));
        }
        // Where a decoder may refuse a frame before, it may have refused that one.
        let was_due = is_due && (given >= whole || line.must_take_next(self.layout));
        let pending = if looked_ahead && was_due { given..whole } else { 0..0 };
        line.refused = Some(AfterRefusal { was_due, pending });
        None
    }

    /// A clean end: does the stream end between frames?
    fn ended(&self, line: &Line) -> Option<Finding> {
        let what = match line.rest {
            Rest::Nothing => return None,
            _ if !line.must_take_next(self.layout) && line.has_raw => return None,
            Rest::Header => "inside a header",
            Rest::Payload => match line.behind_header(self.layout) {
                Some(0) if self.ends == Ends::BehindHeaderExcused => return None,
                Some(0) => "right behind a header whose payload never came",
                _ => "inside a frame",
            },
            Rest::Refused { .. } => "behind a header that has to be refused",
        };
        Some(failed(FailureKind::MissingError, format!("an error: the stream ended {what}"), "a clean end"))
    }

    fn every_way(&self, line: &Line, outcome: &Outcome) -> Option<Finding> {
        let Outcome::EveryWay { differing: Some(cuts), .. } = outcome else { return None };
        let is_whole = line.rest == Rest::Nothing && !line.is_unknown && line.refused.is_none();
        let is_plain = !line.has_raw;
        (is_whole && is_plain).then(|| {
            failed(
                FailureKind::Corrupted,
                "the same frames, each when its last byte is fed, and then a clean end, wherever the bytes are cut",
                format!("something else when they are cut {}", places(cuts)),
            )
        })
    }

    /// What had to be seen by the end of a step and was not.
    fn what_is_missing(&self, line: &Line, step: &Step) -> Option<Finding> {
        if !matches!(step.operation, Operation::Feed(_)) || line.is_unknown {
            return None;
        }
        if let Some(after) = &line.refused {
            let lost = !after.pending.is_empty() && self.is_direct && !line.has_raw;
            return lost.then(|| {
                failed(
                    FailureKind::Lost,
                    format!("frame {}, which lies whole before the refused one", after.pending.start),
                    "an error in its place",
                )
            });
        }
        if line.given < line.frames.len() && line.must_take_next(self.layout) {
            return Some(failed(
                FailureKind::Lost,
                format!("{} frames", line.frames.len()),
                format!("{} frames", line.given),
            ));
        }
        line.refusal_is_due(self.layout).then(|| {
            failed(
                FailureKind::MissingError,
                format!("an error: {}", self.why_refused(line)),
                "the decoder asked for more bytes",
            )
        })
    }

    /// Why what lies behind the last frame has to be refused.
    fn why_refused(&self, line: &Line) -> String {
        let most = self.layout.largest();
        match self.layout.announced(&line.laid[line.rest_start()..]) {
            Some(len) if len > most => {
                format!("the header announces {len} bytes, where {most} are the most")
            }
            _ => "what lies there is no frame".to_owned(),
        }
    }
}

/// A frame that came out behind a refusal: it is one of those before the refused one that had not come, or lies behind that.
fn frame_after_refusal(
    line: &mut Line,
    owed: Option<u64>,
    behind: Option<bool>,
    len: u64,
) -> Option<Finding> {
    let after = line.refused.as_mut()?;
    let owed = owed.and_then(|owed| usize::try_from(owed).ok());
    if let Some(owed) = owed.filter(|owed| after.pending.contains(owed)) {
        after.pending.start = owed + 1;
        return None;
    }
    (after.was_due && !line.has_raw && behind == Some(false)).then(|| {
        failed(
            FailureKind::Invented,
            "no bytes of a refused frame as a frame",
            format!("a frame of {len} bytes that does not lie behind the refused one"),
        )
    })
}

/// A frame that came out wrong.
fn wrong_frame(line: &Line, frame: &FrameSeen, is_end: bool) -> Finding {
    let FrameSeen { index, len, expected_len, due, fed, difference, .. } = frame;
    let is_early = due.is_none_or(|due| due > *fed);
    let (kind, expected, actual) = match (expected_len, difference) {
        (None, _) if is_end && line.rest != Rest::Nothing => (
            FailureKind::Truncated,
            "an error: the stream ended inside a frame".to_owned(),
            format!("a frame of {len} bytes"),
        ),
        (None, _) => (
            FailureKind::Invented,
            format!("no frame {index}: its last byte has not been fed"),
            format!("a frame of {len} bytes"),
        ),
        (Some(_), None) if is_early => (
            FailureKind::Invented,
            format!("frame {index} when its last byte is fed"),
            "it came before".to_owned(),
        ),
        (Some(_), None) => (
            FailureKind::Lost,
            format!("frame {index} as soon as its last byte is fed"),
            if is_end { "it came only at the end" } else { "it came only when more bytes were fed" }
                .to_owned(),
        ),
        (Some(expected_len), Some(difference)) => {
            let kind = match (difference.actual.is_empty(), difference.expected.is_empty()) {
                (true, _) => FailureKind::Truncated,
                (_, true) => FailureKind::Merged,
                _ => FailureKind::Corrupted,
            };
            let actual = format!("a frame of {len} bytes that differs at byte {}", difference.at);
            (kind, format!("frame {index}, of {expected_len} bytes"), actual)
        }
    };
    Finding { kind, expected, actual, difference: difference.as_deref().cloned() }
}

/// Where bytes are cut, in words.
fn places(cuts: &Cuts) -> String {
    match cuts {
        Cuts::At(cuts) if !cuts.is_empty() => {
            let places: Vec<String> = cuts.iter().map(|cut| cut.at.to_string()).collect();
            format!("behind byte {}", places.join(", "))
        }
        _ => "nowhere".to_owned(),
    }
}
