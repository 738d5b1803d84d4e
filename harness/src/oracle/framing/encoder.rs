//! What an encoder emitted, or refused.

use super::failed;
use super::line::Line;
use crate::layout::{LONGEST_WIRE, Layout, Refusal};
use crate::oracle::stream::Run;
use crate::plan::{Operation, Payload};
use crate::trace::Outcome;
use crate::verdict::{FailureKind, Finding, Verdict};

/// Whether the reference refuses a payload.
fn refusal(layout: &Layout, payload: &Payload) -> Option<Refusal> {
    let len = payload.len();
    match layout.head(len) {
        None => Some(Refusal::OverField),
        Some(_) if len > layout.largest() => Some(Refusal::OverMaximum),
        Some(_) => None,
    }
}

/// What one encoding says; what it emitted is laid on the wire.
pub(super) fn step(
    layout: &Layout,
    line: &mut Line,
    payload: &Payload,
    outcome: &Outcome,
) -> Option<Finding> {
    let len = payload.len();
    let refusal = refusal(layout, payload);
    let unexpected = |actual: String| {
        failed(FailureKind::UnexpectedError, format!("a payload of {len} bytes to be encoded"), actual)
    };
    match (outcome, refusal) {
        (Outcome::Encoded { difference: None, .. }, None) => {
            line.lay_encoded(layout, payload);
            None
        }
        // Who takes more than the maximum owes its frame; whether it may is a rule of its own.
        (
            Outcome::Encoded { len: emitted, difference: Some(difference) },
            None | Some(Refusal::OverMaximum),
        ) => {
            let kind = match (difference.actual.is_empty(), difference.expected.is_empty()) {
                (true, false) => FailureKind::Truncated,
                (false, true) => FailureKind::Invented,
                _ => FailureKind::Corrupted,
            };
            Some(Finding {
                kind,
                expected: format!("the frame of {len} bytes as the layout has it"),
                actual: format!("{emitted} bytes that differ at byte {}", difference.at),
                difference: Some((**difference).clone()),
            })
        }
        (Outcome::Encoded { .. }, Some(_)) => {
            // What lies on the wire now no decoder has to take.
            line.is_unknown = true;
            None
        }
        (Outcome::Disturbed { at, of }, _) => Some(failed(
            FailureKind::Corrupted,
            format!("the {of} bytes that the buffer held before the frame to stay as they were"),
            format!("byte {at} of them was changed"),
        )),
        (Outcome::EncodeRefused { failure, .. }, None) => (failure.kind != std::io::ErrorKind::Unsupported)
            .then(|| unexpected(format!("it was refused: {failure}"))),
        (Outcome::Error(failure), _) if failure.kind != std::io::ErrorKind::Unsupported => {
            Some(unexpected(failure.to_string()))
        }
        (Outcome::Reset, _) => Some(unexpected("a reset".to_owned())),
        (Outcome::Silent, _) => {
            Some(failed(FailureKind::Stalled, "the frame to be emitted", "nothing happened any more"))
        }
        _ => None,
    }
}

/// Of no payload that was refused anything was emitted.
pub fn emits_nothing_refused(run: &Run<'_>) -> Verdict {
    for seen in run.seen() {
        if let (Operation::Encode(payload), Outcome::EncodeRefused { emitted: emitted @ 1.., .. }) =
            (seen.operation, seen.outcome)
        {
            return Verdict::fail(
                FailureKind::Invented,
                format!("nothing to be emitted of a payload of {} bytes that is refused", payload.len()),
                format!("{emitted} bytes were put into the buffer, or taken out of it"),
            );
        }
    }
    Verdict::Pass
}

/// Every payload that the reference refuses for this reason was refused, and nothing of it was emitted.
pub fn refuses(layout: &Layout, run: &Run<'_>, reason: Refusal) -> Verdict {
    for seen in run.seen() {
        let Operation::Encode(payload) = seen.operation else { continue };
        if refusal(layout, payload) != Some(reason) {
            continue;
        }
        let len = payload.len_within(LONGEST_WIRE);
        let most = match reason {
            Refusal::OverField => layout.announceable(),
            Refusal::OverMaximum => layout.largest(),
        };
        let expected = format!("a payload of {len} bytes to be refused, where {most} are the most");
        match seen.outcome {
            Outcome::Encoded { len, .. } => {
                return Verdict::fail(
                    FailureKind::MissingError,
                    expected,
                    format!("it was taken, and {len} bytes were emitted"),
                );
            }
            Outcome::EncodeRefused { emitted: emitted @ 1.., .. } => {
                return Verdict::fail(
                    FailureKind::Invented,
                    format!("{expected}, and nothing of it emitted"),
                    format!(
                        "it was refused, and {emitted} bytes were put into the buffer, or taken out of it"
                    ),
                );
            }
            _ => {}
        }
    }
    Verdict::Pass
}
