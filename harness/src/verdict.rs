//! What an oracle says of a trace.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How strongly a rule binds (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A departure is a failure.
    Must,
    /// A departure is a warning.
    Should,
    /// Not to see it is no departure.
    May,
}

impl Level {
    /// The word that reports and options use.
    pub fn word(self) -> &'static str {
        match self {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What an oracle says of one experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The rule held.
    Pass,
    /// The rule held as far as it could be seen; the reason says what was not seen.
    PassWithReason(String),
    /// The rule was departed from. The level of the spec decides whether this is a failure, a warning or a remark.
    Fail(Finding),
    /// It cannot be told, for this reason.
    Inconclusive(String),
    /// It does not apply here, for this reason.
    Skipped(String),
    /// The harness could not run it, for this reason.
    CannotRun(String),
}

impl Verdict {
    /// A failure.
    pub fn fail(kind: FailureKind, expected: impl Into<String>, actual: impl Into<String>) -> Verdict {
        Verdict::Fail(Finding { kind, expected: expected.into(), actual: actual.into(), difference: None })
    }
}

/// One departure from a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What sort of departure: shrinking, de-duplication and known failures go by it.
    pub kind: FailureKind,
    /// What the rule allows: lower case, no full stop.
    pub expected: String,
    /// What was seen instead: lower case, no full stop, no port, no time, no counter.
    pub actual: String,
    /// The bytes that were wrong, if bytes were.
    pub difference: Option<crate::trace::Difference>,
}

/// The sorts of departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailureKind {
    /// Bytes or a message that were accepted did not come, though nothing more can come.
    Lost,
    /// Bytes or messages came in another order.
    Reordered,
    /// Bytes or a message came twice.
    Repeated,
    /// Bytes came that were not sent so.
    Corrupted,
    /// Bytes came that nobody had sent, or beyond what was sent.
    Invented,
    /// Bytes or a message of another connection or direction came.
    CrossTalk,
    /// The end came before the last byte.
    EarlyEnd,
    /// The end did not come, or was not kept.
    MissingEnd,
    /// An error came in place of the end, or of bytes.
    UnexpectedError,
    /// The end came in place of an error.
    MissingError,
    /// Another error came than the rule allows.
    WrongError,
    /// A call counted wrongly what it had taken or delivered.
    WrongCount,
    /// Messages were joined.
    Merged,
    /// A message came in parts.
    Split,
    /// A message came shorter than it was sent, though there was room.
    Truncated,
    /// A name or address was wrong.
    WrongAddress,
    /// Nothing went on any more, however long it was waited.
    Stalled,
    /// A waiting operation could go on and was not woken.
    LostWakeUp,
    /// Bytes that had been flushed were not to be seen by the peer.
    NotVisible,
    /// A writer was never made to wait.
    NoBackPressure,
    /// The segmentation asked for could not be had though the system must give it.
    Segmentation,
    /// The state of the connection was not what the rule says.
    WrongState,
    /// Foreign code panicked.
    Panicked,
    /// A call did not return.
    NeverReturned,
    /// Calls took more memory than any conforming system needs.
    OutOfBudget,
}

impl FailureKind {
    /// Whether the finding rests on having waited in vain, so that it must be repeated before it counts.
    pub fn depends_on_patience(self) -> bool {
        matches!(
            self,
            FailureKind::Stalled
                | FailureKind::LostWakeUp
                | FailureKind::NotVisible
                | FailureKind::MissingEnd
                | FailureKind::Segmentation
        )
    }

    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Lost => "lost",
            FailureKind::Reordered => "reordered",
            FailureKind::Repeated => "repeated",
            FailureKind::Corrupted => "corrupted",
            FailureKind::Invented => "invented",
            FailureKind::CrossTalk => "cross-talk",
            FailureKind::EarlyEnd => "early end",
            FailureKind::MissingEnd => "missing end",
            FailureKind::UnexpectedError => "unexpected error",
            FailureKind::MissingError => "missing error",
            FailureKind::WrongError => "wrong error",
            FailureKind::WrongCount => "wrong count",
            FailureKind::Merged => "merged",
            FailureKind::Split => "split",
            FailureKind::Truncated => "truncated",
            FailureKind::WrongAddress => "wrong address",
            FailureKind::Stalled => "stalled",
            FailureKind::LostWakeUp => "lost wake-up",
            FailureKind::NotVisible => "not visible",
            FailureKind::NoBackPressure => "no back pressure",
            FailureKind::Segmentation => "segmentation",
            FailureKind::WrongState => "wrong state",
            FailureKind::Panicked => "panicked",
            FailureKind::NeverReturned => "never returned",
            FailureKind::OutOfBudget => "out of budget",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
