//! One row as text: a line, or everything that is known of a departure.

use std::fmt;

use super::{ReplayLine, share};
use crate::report::elide::elided;
use crate::report::{Hexdump, Palette, Role};
use crate::run::{Departure, Row, VerdictWord};

/// How far the facts of a departure are indented; their names take the columns before.
const INDENT: usize = 12;

/// The column widths of a list of rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Widths {
    id: usize,
    system: usize,
}

impl Widths {
    /// Wide enough for each of these rows.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Widths {
        rows.fold(Widths::default(), |widths, row| Widths {
            id: widths.id.max(row.id.len()),
            system: widths.system.max(row.system.len()),
        })
    }
}

/// The word of a verdict as the text report has it: a failure shouts.
fn word(verdict: VerdictWord) -> &'static str {
    if verdict == VerdictWord::Fail { "FAIL" } else { verdict.word() }
}

/// A row as one line: verdict, id, system, and what is to be said of it.
pub(super) fn line(f: &mut fmt::Formatter<'_>, row: &Row, widths: &Widths, palette: &Palette) -> fmt::Result {
    let verdict = palette.paint(Role::of(row.verdict), word(row.verdict));
    let (id, system) = (widths.id, widths.system);
    let said = remark(row);
    let line = format!("{verdict}  {:id$}  {:system$}  {said}", row.id, row.system);
    writeln!(f, "{}", line.trim_end())
}

/// What a line says of its row.
fn remark(row: &Row) -> String {
    match &row.reason {
        Some(reason) if row.cannot_run => format!("could not run: {reason}"),
        Some(reason) => reason.clone(),
        None => {
            let cases = if row.cases == 1 { "1 case".into() } else { format!("{} cases", row.cases) };
            match row.segmentation {
                Some(seen) => format!("{cases}, {} of {} cuts and joins", seen.achieved, seen.requested),
                None => cases,
            }
        }
    }
}

/// A departure in full: the rule, what was expected and seen, how it came about, and how to repeat it.
pub(super) fn departure(
    f: &mut fmt::Formatter<'_>,
    row: &Row,
    palette: &Palette,
    replay: ReplayLine,
) -> fmt::Result {
    let verdict = palette.paint(Role::of(row.verdict), word(row.verdict));
    writeln!(f, "{verdict}  {} on {}", palette.paint(Role::Heading, &row.id), row.system)?;
    fact(f, palette, "rule", &row.rule)?;
    fact(f, palette, "clause", &row.clause)?;
    fact(f, palette, "level", row.level.word())?;
    if let Some(expected) = &row.expected {
        fact(f, palette, "expected", expected)?;
    }
    if let Some(actual) = &row.actual {
        fact(f, palette, "actual", actual)?;
    }
    if let Some(reason) = &row.reason {
        fact(f, palette, "reason", reason)?;
    }
    if let Some(seen) = &row.departure {
        evidence(f, seen, palette)?;
    }
    if let Some(segmentation) = row.segmentation {
        fact(f, palette, "cuts, joins", &share(segmentation))?;
    }
    match &row.replay {
        Some(token) => fact(f, palette, "replay", &replay_line(token, replay)),
        None if row.departure.is_some() => fact(f, palette, "replay", NO_TOKEN),
        None => Ok(()),
    }
}

/// The longest token in bytes that is shown as part of a command: Linux takes 131,072 bytes for an argument or a variable (execve(2)).
const LONGEST_ARGUMENT: usize = 100_000;

/// What stands for a token that would be refused.
const NO_TOKEN: &str = "by the seed alone: the case says more than a token can hold";

/// What repeats a departure.
fn replay_line(token: &str, replay: ReplayLine) -> String {
    let len = token.len();
    match replay {
        ReplayLine::Command if len > LONGEST_ARGUMENT => format!(
            "sockspec replay FILE, with a file of the token: `--report json=PATH` has it as `replay`, since its {len} bytes are too many for a command"
        ),
        ReplayLine::Test if len > LONGEST_ARGUMENT => format!(
            "SOCKSPEC_REPLAY=FILE cargo test, with a file of the token: the report's row has it as `replay`, since its {len} bytes are too many for a variable"
        ),
        ReplayLine::Command => format!("sockspec replay {token}"),
        ReplayLine::Test => format!("SOCKSPEC_REPLAY={token} cargo test"),
    }
}

/// How the departure came about: what sort it is, the plans, and the bytes.
fn evidence(f: &mut fmt::Formatter<'_>, seen: &Departure, palette: &Palette) -> fmt::Result {
    fact(f, palette, "sort", seen.kind.word())?;
    for (index, plan) in seen.plans.iter().enumerate() {
        let name = if seen.plans.len() == 1 { "plan".into() } else { format!("plan {}", index + 1) };
        fact(f, palette, &name, &elided(&plan.to_string()).join("\n"))?;
    }
    match &seen.difference {
        None => Ok(()),
        Some(difference) => {
            fact(f, palette, "bytes", Hexdump { difference, margin: "", palette }.to_string().trim_end())
        }
    }
}

/// A named fact; further lines of it are indented like the first.
fn fact(f: &mut fmt::Formatter<'_>, palette: &Palette, name: &str, text: &str) -> fmt::Result {
    let mut lines = text.lines();
    let padding = INDENT - name.len();
    let first = lines.next().unwrap_or_default();
    let line = format!("      {}{:padding$} {first}", palette.paint(Role::Aside, name), "");
    writeln!(f, "{}", line.trim_end())?;
    for line in lines {
        writeln!(f, "{}", format_args!("      {:INDENT$} {line}", "").to_string().trim_end())?;
    }
    Ok(())
}
