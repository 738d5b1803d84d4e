//! What came of a campaign, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use sockspec_harness::report::{self, Detail, ReplayLine, Role, TOOL, Tool};
use sockspec_harness::run::{Campaign, Row, Searched, Summary, VerdictWord};

use crate::cli::colour;
use crate::cli::options::{Format, Showing};
use crate::cli::output::Output;
use crate::cli::refusal::Refusal;

/// The name and version of the JSON layout.
const SCHEMA: &str = "sockspec.fuzz.v1";

/// How it is done again.
pub(super) struct Again {
    /// The options, but for the seed.
    pub(super) words: String,
    /// Whether that finds the same.
    pub(super) is_exact: bool,
}

/// Prints a campaign in the form that was asked for.
pub(super) fn print(
    done: &Campaign,
    again: &Again,
    showing: Showing,
    output: &Output,
) -> Result<(), Refusal> {
    match showing.format {
        Format::Text => output.print(&text(done, again, showing.detail())),
        Format::Json => {
            if showing.detail() > Detail::Quiet {
                output.tell(&text(done, again, Detail::Quiet));
            }
            output.print(&json(done))
        }
    }
}

/// What counts as found: neither known nor too weak to count.
fn counts(row: &&Row) -> bool {
    matches!(row.verdict, VerdictWord::Fail | VerdictWord::Warn)
}

fn text(done: &Campaign, again: &Again, detail: Detail) -> String {
    let palette = colour::palette();
    let mut text = String::new();
    if detail >= Detail::Normal {
        table(&mut text, &done.searched);
    }
    for row in done.findings.iter().filter(|row| detail >= Detail::Verbose || counts(row)) {
        let _ = writeln!(text, "{}", report::in_full(row, &palette, ReplayLine::Command));
    }
    for row in done.findings.iter().filter(|row| detail == Detail::Normal && !counts(row)) {
        let reason = row.reason.as_deref().unwrap_or("");
        let _ = writeln!(text, "{}  {} on {}  {reason}\n", row.verdict, row.id, row.system);
    }
    for sentence in &done.report.stale {
        let _ = writeln!(text, "{}  {sentence}", palette.paint(Role::Bad, "stale"));
    }
    if done.report.interrupted {
        let word = palette.paint(Role::Bad, "interrupted");
        let _ = writeln!(text, "{word}  what is reported is what was found by then");
    }
    if let Some(reason) = &done.report.cannot_run {
        let _ = writeln!(text, "{}  {reason}", palette.paint(Role::Bad, "cannot go on"));
    }
    let summary = Totals::of(done);
    let is_good = summary.findings == 0 && summary.cases > 0 && done.report.cannot_run.is_none();
    let role = if is_good && done.report.stale.is_empty() { Role::Good } else { Role::Bad };
    let totals = format!(
        "{} cases on {} systems, {} showed something new, {} findings, {} known",
        summary.cases, summary.systems, summary.kept, summary.findings, summary.known
    );
    let measured = |name: &str| done.report.measurements.get(name).copied().unwrap_or(0.0);
    let _ = writeln!(
        text,
        "{} in {:.1} s, {:.0} a second",
        palette.paint(role, totals),
        measured("seconds"),
        measured("cases_per_second")
    );
    let how = if again.is_exact { "repeat with" } else { "begin alike with" };
    let _ = writeln!(
        text,
        "seed {seed}: {how} `sockspec fuzz{words} --seed {seed}`",
        seed = done.report.seed,
        words = again.words
    );
    text
}

/// A line for each system.
fn table(text: &mut String, searched: &[Searched]) {
    let width = searched.iter().map(|one| one.system.len()).fold("system".len(), usize::max);
    let _ = writeln!(text, "{:width$}  {:>10}  {:>6}", "system", "cases", "kept");
    for Searched { system, cases, kept, reason, .. } in searched {
        let reason = reason.as_ref().map_or(String::new(), |reason| format!("  {reason}"));
        let _ = writeln!(text, "{system:width$}  {cases:>10}  {kept:>6}{reason}");
    }
    text.push('\n');
}

/// The sums of a campaign.
#[derive(Serialize)]
struct Totals {
    systems: usize,
    cases: u64,
    kept: u64,
    findings: u64,
    known: u64,
}

impl Totals {
    fn of(done: &Campaign) -> Totals {
        let Summary { fail, warn, known, .. } = Summary::of(&done.findings);
        Totals {
            systems: done.searched.iter().filter(|one| one.cases > 0).count(),
            cases: done.searched.iter().map(|one| one.cases).sum(),
            kept: done.searched.iter().map(|one| one.kept).sum(),
            findings: fail + warn,
            known,
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    seed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cannot_run: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stale: &'a [String],
    summary: Totals,
    measurements: BTreeMap<&'a str, f64>,
    systems: Vec<System<'a>>,
    findings: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct System<'a> {
    id: &'a str,
    kind: &'static str,
    cases: u64,
    kept: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    row: &'a Row,
    /// The kind of failure, which tells findings of one spec apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
}

/// The campaign as JSON: keys that have nothing to say are absent.
fn json<'a>(done: &'a Campaign) -> String {
    let system = |one: &'a Searched| {
        let Searched { system, kind, cases, kept, reason } = one;
        System { id: system, kind: kind.word(), cases: *cases, kept: *kept, reason: reason.as_deref() }
    };
    let found = |row: &'a Row| {
        let kind = row.departure.as_ref().map(|departure| departure.kind.word());
        Found { row, failure: kind }
    };
    let document = Document {
        schema: SCHEMA,
        tool: TOOL,
        seed: done.report.seed.to_string(),
        interrupted: done.report.interrupted.then_some(true),
        cannot_run: done.report.cannot_run.as_deref(),
        stale: &done.report.stale,
        summary: Totals::of(done),
        measurements: done.report.measurements.iter().map(|(name, value)| (name.as_str(), *value)).collect(),
        systems: done.searched.iter().map(system).collect(),
        findings: done.findings.iter().map(found).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("only string keys and finite numbers");
    text.push('\n');
    text
}
