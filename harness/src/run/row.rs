//! The report as data: one row for each spec and system.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::subject::Kind;
use crate::trace::{Difference, Segmentation};
use crate::verdict::{FailureKind, Level};

/// The one word a row comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictWord {
    /// The rule held; for a MAY also: it was not seen, and the reason says so.
    Pass,
    /// A MUST was departed from.
    Fail,
    /// A SHOULD was departed from.
    Warn,
    /// It cannot be told, for a reason.
    Inconclusive,
    /// It does not apply, for a reason.
    Skipped,
    /// It failed, as was known.
    Known,
}

impl VerdictWord {
    /// The word itself.
    pub fn word(self) -> &'static str {
        match self {
            VerdictWord::Pass => "pass",
            VerdictWord::Fail => "fail",
            VerdictWord::Warn => "warn",
            VerdictWord::Inconclusive => "inconclusive",
            VerdictWord::Skipped => "skipped",
            VerdictWord::Known => "known",
        }
    }
}

impl fmt::Display for VerdictWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What came of one spec on one system.
///
/// Everything that is serialized is the same for the same seed, build and machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The spec's id.
    pub id: String,
    /// The system's id.
    pub system: String,
    /// The system's kind.
    pub kind: Kind,
    /// How strongly the rule binds this system.
    pub level: Level,
    /// The rule in one sentence.
    pub rule: String,
    /// Its source.
    pub clause: String,
    /// What it came to.
    pub verdict: VerdictWord,
    /// How many experiments were judged.
    pub cases: u64,
    /// Why, for every verdict that needs a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the rule allows, if it was departed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was seen instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The token that repeats the departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// How many cuts and joins were asked for and achieved, if any were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segmentation: Option<RowSegmentation>,
    /// What the text report shows of a departure.
    #[serde(skip)]
    pub departure: Option<Departure>,
    /// Whether the row is inconclusive because the harness could not run it at all.
    #[serde(skip)]
    pub cannot_run: bool,
}

/// Cuts and joins together, as reports count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RowSegmentation {
    /// How many places were to be cut or joined.
    pub requested: u64,
    /// How many were shown to have been.
    pub achieved: u64,
}

impl RowSegmentation {
    /// The sums, if anything was asked for.
    pub fn of(segmentation: &Segmentation) -> Option<RowSegmentation> {
        let requested = segmentation.requested.cut + segmentation.requested.joined;
        let achieved = segmentation.achieved.cut + segmentation.achieved.joined;
        (requested > 0).then_some(RowSegmentation { requested, achieved })
    }
}

/// One shrunk departure, as the text report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// What sort.
    pub kind: FailureKind,
    /// The plans of the experiment, made as small as could be.
    pub plans: Vec<Plan>,
    /// The bytes that were wrong, if bytes were.
    pub difference: Option<Difference>,
}

/// How many rows came to each word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each field is the count of the verdict it is named after")]
pub struct Summary {
    pub pass: u64,
    pub fail: u64,
    pub warn: u64,
    pub inconclusive: u64,
    pub skipped: u64,
    pub known: u64,
}

impl Summary {
    /// Counts rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Summary {
        let mut summary = Summary::default();
        rows.into_iter().for_each(|row| summary.add(row.verdict));
        summary
    }

    /// Counts one more verdict.
    pub fn add(&mut self, verdict: VerdictWord) {
        *match verdict {
            VerdictWord::Pass => &mut self.pass,
            VerdictWord::Fail => &mut self.fail,
            VerdictWord::Warn => &mut self.warn,
            VerdictWord::Inconclusive => &mut self.inconclusive,
            VerdictWord::Skipped => &mut self.skipped,
            VerdictWord::Known => &mut self.known,
        } += 1;
    }
}

/// The most reasons that are named when nothing ran.
const MOST_REASONS: usize = 3;

/// All that came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// One row for each spec and system, sorted by both ids.
    pub rows: Vec<Row>,
    /// Whether the run was interrupted.
    pub interrupted: bool,
    /// Whether the run could not go on for want of something of this machine: what, and what helps.
    pub cannot_run: Option<String>,
    /// Known-failing entries that did not fail, or name what does not exist: one sentence each.
    pub stale: Vec<String>,
    /// Whether warnings and inconclusive rows count as failures, too.
    pub is_strict: bool,
    /// What differs from run to run: seconds, bytes moved, rates, by name.
    pub measurements: BTreeMap<String, f64>,
}

impl Report {
    /// The rows: one for each spec and system, sorted by both ids.
    pub fn results(&self) -> &[Row] {
        &self.rows
    }

    /// Whether nothing failed, no expectation was stale, and at least one case ran;
    /// under [`is_strict`](Report::is_strict) also whether nothing was warned of and nothing was inconclusive.
    pub fn is_conformant(&self) -> bool {
        let summary = self.summary();
        let is_sound = summary.fail == 0 && self.stale.is_empty() && self.has_run();
        is_sound && (!self.is_strict || summary.warn + summary.inconclusive == 0)
    }

    /// Panics with the text report unless the report [is conformant](Report::is_conformant).
    ///
    /// # Panics
    /// If something failed, an expectation was stale, or nothing ran.
    #[track_caller]
    pub fn assert_conformant(&self) {
        let reason = if self.has_run() { String::new() } else { self.why_nothing_ran() };
        assert!(self.is_conformant(), "\n{self}{reason}");
    }

    fn has_run(&self) -> bool {
        self.rows.iter().any(|row| row.cases > 0)
    }

    /// Why there is nothing to judge by, as a last line of the report.
    fn why_nothing_ran(&self) -> String {
        let reasons: BTreeSet<&str> = self.rows.iter().filter_map(|row| row.reason.as_deref()).collect();
        let reasons: Vec<&str> = reasons.into_iter().take(MOST_REASONS).collect();
        if reasons.is_empty() {
            "nothing ran, so nothing was shown: no spec is left by what selects them (`only`, `skip`, SOCKSPEC_RUN)\n".into()
        } else {
            format!("nothing ran, so nothing was shown: {}\n", reasons.join("; "))
        }
    }

    /// How many rows came to each word.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.rows)
    }
}
