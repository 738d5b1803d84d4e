//! The text report: what held at a glance, then everything that did not, in full.
//!
//! What matters most stands last, since that is where a terminal leaves the reader: a table of systems and groups,
//! what was skipped or cannot be told, the departures with all that is needed to repeat them, and the totals.

mod row;
mod table;

use std::collections::BTreeMap;
use std::fmt;

use crate::report::{Palette, Role};
use crate::run::{Report, Row, RowSegmentation, Summary, VerdictWord};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Departures and totals.
    Quiet,
    /// Also the table, and every row that is no pass.
    Normal,
    /// Also every pass.
    Verbose,
}

/// How a reader repeats a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayLine {
    /// With the command line, which knows the systems shipped.
    Command,
    /// With the test that ran it, which alone knows a user's system.
    Test,
}

/// A report as text.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The report.
    pub report: &'a Report,
    /// How much of it.
    pub detail: Detail,
    /// In which colours.
    pub palette: &'a Palette,
    /// How to repeat it.
    pub replay: ReplayLine,
    /// What was typed behind `run` to select what ran, as it is to be typed again; empty for all of it.
    pub words: &'a str,
}

/// From how many rows on of one system and one reason they are one line.
const TOLD_TOGETHER: usize = 4;

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = &self.report.rows;
        if self.detail >= Detail::Normal && !rows.is_empty() {
            table::write(f, rows, self.palette)?;
            writeln!(f)?;
        }
        if self.detail >= Detail::Verbose {
            self.lines(f, VerdictWord::Pass)?;
        }
        if self.detail >= Detail::Normal {
            self.lines(f, VerdictWord::Skipped)?;
            self.lines(f, VerdictWord::Known)?;
            self.lines(f, VerdictWord::Inconclusive)?;
        }
        self.departures(f, VerdictWord::Warn)?;
        self.departures(f, VerdictWord::Fail)?;
        self.footer(f)
    }
}

impl Text<'_> {
    fn rows(&self, verdict: VerdictWord) -> impl Iterator<Item = &Row> {
        self.report.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// The rows of that verdict, a line each, and a blank line behind them.
    fn lines(&self, f: &mut fmt::Formatter<'_>, verdict: VerdictWord) -> fmt::Result {
        if self.rows(verdict).next().is_none() {
            return Ok(());
        }
        let mut alike: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
        for row in self.rows(verdict) {
            *alike.entry((&row.system, row.reason.as_deref())).or_default() += 1;
        }
        let widths = row::Widths::of(self.rows(verdict));
        for row in self.rows(verdict) {
            match alike.get_mut(&(row.system.as_str(), row.reason.as_deref())) {
                // What is the same for a whole system is said once: the names of forty specs would bury everything else.
                Some(count) if *count >= TOLD_TOGETHER && self.detail < Detail::Verbose => {
                    let together = Row { id: format!("{count} specs"), ..row.clone() };
                    *count = 0;
                    row::line(f, &together, &widths, self.palette)?;
                }
                Some(0) => {}
                _ => row::line(f, row, &widths, self.palette)?,
            }
        }
        writeln!(f)
    }

    /// The rows of that verdict in full.
    fn departures(&self, f: &mut fmt::Formatter<'_>, verdict: VerdictWord) -> fmt::Result {
        for row in self.rows(verdict) {
            row::departure(f, row, self.palette, self.replay)?;
            writeln!(f)?;
        }
        Ok(())
    }

    /// What the run comes to, and how to have it again.
    fn footer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { seed, stale, cannot_run, interrupted, measurements, .. } = self.report;
        for sentence in stale {
            writeln!(f, "{}  {sentence}", self.palette.paint(Role::Bad, "stale"))?;
        }
        if let Some(sentence) = cannot_run {
            writeln!(f, "{}  {sentence}", self.palette.paint(Role::Bad, "cannot go on"))?;
        }
        if *interrupted {
            let word = self.palette.paint(Role::Bad, "interrupted");
            writeln!(f, "{word}  what is reported is what had run by then")?;
        }
        write!(f, "{}", self.palette.paint(self.role(), totals(&self.report.summary())))?;
        match measurements.get("seconds") {
            Some(seconds) => writeln!(f, " in {seconds:.1} s")?,
            None => writeln!(f)?,
        }
        if let Some(segmentation) = requested_in_all(&self.report.rows) {
            writeln!(f, "cuts and joins: {}", share(segmentation))?;
        }
        match self.replay {
            ReplayLine::Command => {
                writeln!(f, "seed {seed}: repeat with `sockspec run{} --seed {seed}`", self.words)
            }
            ReplayLine::Test => writeln!(f, "seed {seed}: repeat with `SOCKSPEC_SEED={seed} cargo test`"),
        }
    }

    /// The role of the totals: as bad as the worst thing that happened.
    fn role(&self) -> Role {
        let summary = self.report.summary();
        if summary.fail > 0 || !self.report.stale.is_empty() || self.report.cannot_run.is_some() {
            Role::Bad
        } else if summary.warn + summary.inconclusive > 0 || self.report.interrupted || summary.pass == 0 {
            Role::Doubtful
        } else {
            Role::Good
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text {
            report: self,
            detail: Detail::Normal,
            palette: &Palette::PLAIN,
            replay: ReplayLine::Test,
            words: "",
        };
        text.fmt(f)
    }
}

/// One row in full, as the text report shows a departure.
pub fn in_full(row: &Row, palette: &Palette, replay: ReplayLine) -> String {
    struct InFull<'a>(&'a Row, &'a Palette, ReplayLine);

    impl fmt::Display for InFull<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            row::departure(f, self.0, self.1, self.2)
        }
    }

    InFull(row, palette, replay).to_string()
}

/// How many rows came to each word.
fn totals(summary: &Summary) -> String {
    let Summary { pass, fail, warn, inconclusive, skipped, known } = summary;
    format!(
        "{pass} pass, {fail} fail, {warn} warn, {inconclusive} inconclusive, {skipped} skipped, {known} known"
    )
}

/// The cuts and joins of all rows together, if any were asked for.
pub(super) fn requested_in_all(rows: &[Row]) -> Option<RowSegmentation> {
    rows.iter().filter_map(|row| row.segmentation).reduce(|sum, next| RowSegmentation {
        requested: sum.requested + next.requested,
        achieved: sum.achieved + next.achieved,
    })
}

/// What was achieved of what was asked for, in words; rounded down, so that 100 % is said of nothing less.
pub fn share(segmentation: RowSegmentation) -> String {
    let RowSegmentation { requested, achieved } = segmentation;
    let tenths = u128::from(achieved) * 1000 / u128::from(requested.max(1));
    let percent = if tenths % 10 == 0 {
        format!("{} %", tenths / 10)
    } else {
        format!("{}.{} %", tenths / 10, tenths % 10)
    };
    format!("{achieved} of {requested} asked for were shown to have happened ({percent})")
}

#[cfg(test)]
mod tests {
    use super::{Detail, ReplayLine, Text, share};
    use crate::report::{Palette, sample};
    use crate::run::{Report, RowSegmentation};

    fn text(report: &Report, detail: Detail) -> String {
        Text { report, detail, palette: &Palette::PLAIN, replay: ReplayLine::Command, words: "" }.to_string()
    }

    #[test]
    fn a_passing_report() {
        let report = sample::passing();
        insta::assert_snapshot!("passing_text", text(&report, Detail::Normal));
        insta::assert_snapshot!("passing_text_verbose", text(&report, Detail::Verbose));
        insta::assert_snapshot!("passing_text_quiet", text(&report, Detail::Quiet));
    }

    #[test]
    fn a_failing_report() {
        let report = sample::failing();
        insta::assert_snapshot!("failing_text", text(&report, Detail::Normal));
    }

    #[test]
    fn the_library_shows_the_same_and_repeats_by_the_test() {
        let report = sample::failing();
        let shown = report.to_string();
        assert!(shown.contains("SOCKSPEC_REPLAY=TOKEN-OF-THE-SAMPLE cargo test"), "{shown}");
        let by_command = text(&report, Detail::Normal);
        assert_eq!(shown.lines().count(), by_command.lines().count());
    }

    #[test]
    fn a_token_that_no_command_can_hold_is_not_shown_as_one() {
        let mut report = sample::failing();
        let failed = report.rows.iter_mut().find(|row| row.departure.is_some()).expect("one departs");
        failed.replay = Some("A".repeat(100_001));
        let (by_test, by_command) = (report.to_string(), text(&report, Detail::Normal));
        assert!(by_test.contains("SOCKSPEC_REPLAY=FILE cargo test, with a file of the token"), "{by_test}");
        assert!(by_command.contains("sockspec replay FILE, with a file of the token"), "{by_command}");
        assert!(!by_test.contains("AAA") && !by_command.contains("AAA"));
        let failed = report.rows.iter_mut().find(|row| row.departure.is_some()).expect("one departs");
        failed.replay = None;
        assert!(report.to_string().contains("by the seed alone: "), "{report}");
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let palette = Palette {
            good: "<g>".into(),
            bad: "<b>".into(),
            doubtful: "<d>".into(),
            aside: "<a>".into(),
            heading: "<h>".into(),
            end: "<e>".into(),
        };
        let report = sample::failing();
        let mut coloured = Text {
            report: &report,
            detail: Detail::Verbose,
            palette: &palette,
            replay: ReplayLine::Command,
            words: "",
        }
        .to_string();
        for mark in ["<g>", "<b>", "<d>", "<a>", "<h>", "<e>"] {
            assert!(coloured.contains(mark), "nothing is painted {mark}");
            coloured = coloured.replace(mark, "");
        }
        assert_eq!(coloured, text(&report, Detail::Verbose));
    }

    #[test]
    fn only_all_of_them_is_100_percent() {
        for (requested, achieved, expected) in
            [(3, 3, "(100 %)"), (100_000, 99_999, "(99.9 %)"), (2, 1, "(50 %)"), (7, 0, "(0 %)")]
        {
            let shown = share(RowSegmentation { requested, achieved });
            assert!(shown.ends_with(expected), "{shown}");
        }
    }
}
