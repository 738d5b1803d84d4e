//! `sockspec diff`: what has changed between two reports, for whoever keeps those of earlier runs.
//!
//! It compares verdicts, row by row, and never measurements: those differ from run to run, and dashboards show them.

mod difference;
mod read;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use sockspec_harness::report::{Palette, Role};

use super::colour;
use super::exit::Exit;
use super::options::Format;
use super::output::Output;
use super::refusal::Refusal;
use difference::{Change, Difference, Tally};
use read::Kept;

const AFTER_HELP: &str = "\
Exits with 1 if a row departs that did not, and with 0 if none does, whatever else has changed.

Examples:
  sockspec run --report json=new.json
  sockspec diff old.json new.json
  sockspec diff old.json new.json --strict         a row that is gone, or cannot be told any more, counts as well
  sockspec diff old.json new.json --format json    for programs";

/// The name and version of the JSON layout.
const SCHEMA: &str = "sockspec.diff.v1";

/// Options of `diff`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct DiffOptions {
    /// The report of the earlier run, as `--report json=PATH` writes it
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The report of the later run
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// New warnings, rows that are gone, and those that held and cannot be told any more count like departures
    #[arg(long, help_heading = "Judging")]
    strict: bool,
    /// What stdout gets; with json, everything for people goes to stderr
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
    /// Show the rows that count only, and the totals
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// Compares the two reports.
pub(super) fn diff(options: &DiffOptions, output: &Output) -> Result<Exit, Refusal> {
    let (old, new) = (Kept::read(&options.old)?, Kept::read(&options.new)?);
    let differences = difference::between(&old, &new);
    let tally = Tally::of(&differences, &old, &new);
    let fails = differences.iter().any(|difference| counts(difference, options.strict));
    match options.format {
        Format::Text => {
            let text = text(options, &old, &new, &differences, &tally, &colour::palette());
            output.print(&text)?;
        }
        Format::Json => {
            output.tell(&notes(options, &old, &new, &colour::palette()));
            output.tell(&format!("{tally}\n"));
            output.print(&json(&old, &new, &differences, &tally))?;
        }
    }
    Ok(match () {
        () if fails => Exit::Departed,
        () if tally.compared() == 0 => Exit::NothingRan,
        () => Exit::Held,
    })
}

/// Whether a difference decides how the command ends.
fn counts(difference: &Difference<'_>, strict: bool) -> bool {
    match difference.change {
        Change::Departs => true,
        Change::Warns | Change::Untold | Change::Gone => strict,
        Change::Holds | Change::Appeared | Change::Other => false,
    }
}

fn text(
    options: &DiffOptions,
    old: &Kept,
    new: &Kept,
    differences: &[Difference<'_>],
    tally: &Tally,
    palette: &Palette,
) -> String {
    let mut text = notes(options, old, new, palette);
    for difference in differences {
        if !options.quiet || counts(difference, options.strict) {
            let _ = write!(text, "{}", difference.painted(palette));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{tally}");
    text
}

/// What makes two reports hard to compare.
fn notes(options: &DiffOptions, old: &Kept, new: &Kept, palette: &Palette) -> String {
    let mut text = String::new();
    let mut note = |sentence: String| {
        let _ = writeln!(text, "{} {sentence}", palette.paint(Role::Doubtful, "note:"));
    };
    if old.seed != new.seed {
        note(format!("the seeds differ, {} and {}: a row may differ for that alone", old.seed, new.seed));
    }
    if old.tool.version != new.tool.version {
        note(format!("they are of sockspec {} and {}", old.tool.version, new.tool.version));
    }
    for (kept, path) in [(old, &options.old), (new, &options.new)] {
        if let Some(reason) = kept.is_part() {
            note(format!("{} is not of a whole run: {reason}", Path::display(path)));
        }
    }
    text
}

/// The layout `sockspec.diff.v1`.
#[derive(Serialize)]
struct Layout<'a> {
    schema: &'static str,
    old: Side<'a>,
    new: Side<'a>,
    summary: &'a Tally,
    differences: &'a [Difference<'a>],
}

/// Of what run a report is.
#[derive(Serialize)]
struct Side<'a> {
    version: &'a str,
    seed: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
}

impl Side<'_> {
    fn of(kept: &Kept) -> Side<'_> {
        Side { version: &kept.tool.version, seed: &kept.seed, part: kept.is_part() }
    }
}

fn json(old: &Kept, new: &Kept, differences: &[Difference<'_>], tally: &Tally) -> String {
    let layout =
        Layout { schema: SCHEMA, old: Side::of(old), new: Side::of(new), summary: tally, differences };
    let mut text = serde_json::to_string_pretty(&layout).expect("a difference has only string keys");
    text.push('\n');
    text
}
