//! Systems down, groups across: what held where, at a glance.

use std::collections::BTreeMap;
use std::fmt;

use crate::report::{Palette, Role};
use crate::run::{Row, Summary, VerdictWord};

/// What stands where a group has no row for a system.
const EMPTY: &str = "-";

/// Writes the table: a heading and a line for each system.
pub(super) fn write(f: &mut fmt::Formatter<'_>, rows: &[Row], palette: &Palette) -> fmt::Result {
    let mut cells: BTreeMap<(&str, &str), Summary> = BTreeMap::new();
    for row in rows {
        cells.entry((row.system.as_str(), group(row))).or_default().add(row.verdict);
    }
    let groups = groups(rows);
    let systems = unique(rows.iter().map(|row| row.system.as_str()));
    let cell = |system, group| cells.get(&(system, group)).map_or(EMPTY.into(), words);
    let first = systems.iter().map(|system| system.len()).fold("system".len(), usize::max);
    let widths: Vec<usize> = groups
        .iter()
        .map(|group| systems.iter().map(|system| cell(system, group).len()).fold(group.len(), usize::max))
        .collect();

    let heads = groups.iter().map(|group| (Role::Heading, group.to_string()));
    line(f, palette, (Role::Heading, "system"), first, heads, &widths)?;
    for system in &systems {
        let across = groups.iter().map(|group| {
            let role = cells.get(&(*system, *group)).map_or(Role::Aside, worst);
            (role, cell(system, group))
        });
        line(f, palette, (Role::Heading, system), first, across, &widths)?;
    }
    Ok(())
}

/// One line of cells, padded to their columns but for the last.
fn line(
    f: &mut fmt::Formatter<'_>,
    palette: &Palette,
    (role, head): (Role, &str),
    head_width: usize,
    cells: impl Iterator<Item = (Role, String)>,
    widths: &[usize],
) -> fmt::Result {
    write!(f, "{}", palette.paint(role, head))?;
    let mut padding = head_width - head.len();
    for ((role, text), width) in cells.zip(widths) {
        write!(f, "{:padding$}  {}", "", palette.paint(role, &text))?;
        padding = width - text.len();
    }
    writeln!(f)
}

/// The groups, by name.
fn groups(rows: &[Row]) -> Vec<&str> {
    unique(rows.iter().map(group))
}

/// Each text once, sorted.
fn unique<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// The part of the id before the slash.
fn group(row: &Row) -> &str {
    row.id.split_once('/').map_or(row.id.as_str(), |(group, _)| group)
}

/// The counts that are not 0.
fn words(summary: &Summary) -> String {
    let counts = [
        (summary.pass, "pass"),
        (summary.fail, "FAIL"),
        (summary.warn, "warn"),
        (summary.inconclusive, "inconclusive"),
        (summary.known, "known"),
        (summary.skipped, "skipped"),
    ];
    let words: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    words.join(", ")
}

/// The role of the worst verdict of a cell.
fn worst(summary: &Summary) -> Role {
    let word = if summary.fail > 0 {
        VerdictWord::Fail
    } else if summary.warn + summary.inconclusive > 0 {
        VerdictWord::Warn
    } else if summary.known > 0 {
        VerdictWord::Known
    } else if summary.pass > 0 {
        VerdictWord::Pass
    } else {
        VerdictWord::Skipped
    };
    Role::of(word)
}
