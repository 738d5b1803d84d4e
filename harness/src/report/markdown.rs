//! The report as Markdown, for a job's summary page.

use std::fmt::Write;

use crate::report::text::requested_in_all;
use crate::report::{Palette, ReplayLine, TOOL, in_full, share};
use crate::run::{Report, Row, VerdictWord};

/// The longest text in bytes that GitHub takes as a step's summary: 1 MiB.
pub const LONGEST_MARKDOWN: usize = 1 << 20;

/// The report as Markdown, at most [`LONGEST_MARKDOWN`] bytes: what does not fit is left out with a note.
pub fn markdown(report: &Report, replay: ReplayLine) -> String {
    let mut text = head(report);
    let is_shown = |row: &&Row| row.verdict != VerdictWord::Pass;
    // Worst first, so that what is left out for want of room matters least.
    let mut rows: Vec<&Row> = report.rows.iter().filter(is_shown).collect();
    rows.sort_by_key(|row| gravity(row.verdict));
    if !rows.is_empty() {
        text.push_str("\n| verdict | spec | system | what was seen |\n|---|---|---|---|\n");
    }
    let mut room = Room { text, left_out: 0 };
    for row in &rows {
        room.add(&table_line(row));
    }
    for row in rows.iter().filter(|row| row.departure.is_some()) {
        room.add(&folded(row, replay));
    }
    room.finish()
}

/// A text that grows up to a bound.
struct Room {
    text: String,
    left_out: usize,
}

impl Room {
    /// What is kept free for the note.
    const NOTE: usize = 200;

    fn add(&mut self, part: &str) {
        if self.left_out == 0 && self.text.len() + part.len() + Self::NOTE <= LONGEST_MARKDOWN {
            self.text.push_str(part);
        } else {
            self.left_out += 1;
        }
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let note =
                format!("\n{} more entries did not fit; the JSON report has them all.\n", self.left_out);
            self.text.push_str(&note);
        }
        self.text
    }
}

/// The totals, and what concerns the run as a whole.
fn head(report: &Report) -> String {
    let summary = report.summary();
    let mut text = format!(
        "## {}\n\n| pass | fail | warn | inconclusive | skipped | known |\n|--:|--:|--:|--:|--:|--:|\n",
        TOOL.name
    );
    let counts =
        [summary.pass, summary.fail, summary.warn, summary.inconclusive, summary.skipped, summary.known];
    for count in counts {
        let _ = write!(text, "| {count} ");
    }
    text.push_str("|\n\n");
    if let Some(segmentation) = requested_in_all(&report.rows) {
        let _ = writeln!(text, "Cuts and joins: {}.", share(segmentation));
    }
    let _ = writeln!(text, "Seed {}.", report.seed);
    if report.interrupted {
        text.push_str("\n**Interrupted**: what is reported is what had run by then.\n");
    }
    let sentences = report.cannot_run.iter().chain(&report.stale);
    for sentence in sentences {
        let _ = writeln!(text, "\n- {}", escaped(sentence));
    }
    text
}

/// The worse, the smaller.
fn gravity(verdict: VerdictWord) -> u8 {
    match verdict {
        VerdictWord::Fail => 0,
        VerdictWord::Warn => 1,
        VerdictWord::Inconclusive => 2,
        VerdictWord::Known => 3,
        VerdictWord::Skipped => 4,
        VerdictWord::Pass => 5,
    }
}

fn table_line(row: &Row) -> String {
    let said = row.actual.as_ref().or(row.reason.as_ref()).map_or(String::new(), |said| escaped(said));
    let verdict = if row.verdict == VerdictWord::Fail { "**fail**" } else { row.verdict.word() };
    format!("| {verdict} | `{}` | `{}` | {said} |\n", row.id, row.system)
}

/// A departure as the text report shows it, folded.
fn folded(row: &Row, replay: ReplayLine) -> String {
    // Four spaces make a code block which no text inside can end.
    let block: String =
        in_full(row, &Palette::PLAIN, replay).lines().map(|line| format!("    {line}\n")).collect();
    format!("\n<details><summary>{} on {}</summary>\n\n{block}\n</details>\n", row.id, row.system)
}

/// A text that neither ends its table cell nor means markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' | '*' | '_' | '`' | '\\' | '[' | ']' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_MARKDOWN, markdown};
    use crate::report::{ReplayLine, sample};
    use crate::run::{Row, VerdictWord};

    #[test]
    fn a_failing_report() {
        insta::assert_snapshot!("failing_markdown", markdown(&sample::failing(), ReplayLine::Command));
    }

    #[test]
    fn a_huge_report_is_cut_with_a_note_and_keeps_the_worst() {
        let many = (0..20_000).map(|i| Row {
            reason: Some("x".repeat(100)),
            ..sample::row(&format!("a/s{i}"), "b", VerdictWord::Skipped)
        });
        let report = sample::report(many.chain([sample::row("z/last", "b", VerdictWord::Fail)]));
        let text = markdown(&report, ReplayLine::Command);
        assert!(text.len() <= LONGEST_MARKDOWN);
        assert!(text.contains("`z/last`"));
        assert!(text.ends_with(" more entries did not fit; the JSON report has them all.\n"));
    }
}
