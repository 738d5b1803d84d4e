//! How the rows of two reports differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use serde::Serialize;
use sockspec_harness::report::{Palette, Role};
use sockspec_harness::run::VerdictWord;

use super::read::{Kept, Row};

/// What has changed of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    /// It fails, and did not, or was not there.
    Departs,
    /// It warns, and did neither that nor fail.
    Warns,
    /// It cannot be told any more, or is no longer tried.
    Untold,
    /// It is no longer there.
    Gone,
    /// It passes, and did not.
    Holds,
    /// It was not there.
    Appeared,
    /// It differs in what neither speaks for it nor against it.
    Other,
}

impl Change {
    /// What becomes of a verdict; `None` if it is the same.
    fn of(old: Option<VerdictWord>, new: Option<VerdictWord>) -> Option<Change> {
        use VerdictWord::{Fail, Inconclusive, Known, Pass, Skipped, Warn};
        Some(match (old, new) {
            (old, new) if old == new => return None,
            (_, None) => Change::Gone,
            (_, Some(Fail)) => Change::Departs,
            (None, Some(_)) => Change::Appeared,
            (Some(Pass | Inconclusive | Skipped | Known), Some(Warn)) => Change::Warns,
            (Some(Pass | Fail | Warn | Known), Some(Inconclusive | Skipped)) => Change::Untold,
            (Some(_), Some(Pass)) => Change::Holds,
            (Some(_), Some(_)) => Change::Other,
        })
    }

    /// What it is counted as.
    fn words(self) -> &'static str {
        match self {
            Change::Departs => "departs now",
            Change::Warns => "warns now",
            Change::Untold => "not told any more",
            Change::Gone => "gone",
            Change::Holds => "holds now",
            Change::Appeared => "new",
            Change::Other => "otherwise",
        }
    }

    fn role(self) -> Role {
        match self {
            Change::Departs => Role::Bad,
            Change::Warns | Change::Untold | Change::Gone => Role::Doubtful,
            Change::Holds => Role::Good,
            Change::Appeared | Change::Other => Role::Aside,
        }
    }
}

/// A row that differs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Difference<'a> {
    id: &'a str,
    system: &'a str,
    pub(super) change: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<VerdictWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<VerdictWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<&'a str>,
}

/// The rows that differ: what is worst first, and of each kind in the order of reports.
pub(super) fn between<'a>(old: &'a Kept, new: &'a Kept) -> Vec<Difference<'a>> {
    let (old, new) = (by_key(old), by_key(new));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    let differing = |key: (&'a str, &'a str)| {
        let (before, after) = (old.get(&key), new.get(&key));
        let change = Change::of(before.map(|row| row.verdict), after.map(|row| row.verdict))?;
        let of_new = |field: fn(&'a Row) -> &'a Option<String>| after.and_then(|row| field(row).as_deref());
        Some(Difference {
            id: key.0,
            system: key.1,
            change,
            old: before.map(|row| row.verdict),
            new: after.map(|row| row.verdict),
            reason: of_new(|row| &row.reason),
            expected: of_new(|row| &row.expected),
            actual: of_new(|row| &row.actual),
            replay: of_new(|row| &row.replay),
        })
    };
    let mut differences: Vec<_> = keys.into_iter().filter_map(differing).collect();
    differences.sort_by_key(|difference| difference.change);
    differences
}

fn by_key(kept: &Kept) -> BTreeMap<(&str, &str), &Row> {
    kept.results.iter().map(|row| ((row.id.as_str(), row.system.as_str()), row)).collect()
}

impl Difference<'_> {
    /// A line for the row, and below it what the later report says of it.
    pub(super) fn painted<'p>(&'p self, palette: &'p Palette) -> impl fmt::Display + 'p {
        let mut text = String::new();
        let words = format!("{:17}", self.change.words());
        let row = format!("{} on {}", self.id, self.system);
        let _ = write!(
            text,
            "{}  {}",
            palette.paint(self.change.role(), words),
            palette.paint(Role::Heading, row)
        );
        let _ = match (self.old, self.new) {
            (Some(old), Some(new)) => writeln!(text, "  {old} → {new}"),
            (Some(old), None) => writeln!(text, "  was {old}"),
            (None, Some(new)) => writeln!(text, "  {new}"),
            (None, None) => writeln!(text),
        };
        let facts = [("reason", self.reason), ("expected", self.expected), ("actual", self.actual)];
        let is_departure = self.change == Change::Departs;
        for (name, fact) in facts.into_iter().chain([("replay", self.replay.filter(|_| is_departure))]) {
            if let Some(fact) = fact {
                let _ = writeln!(text, "    {} {fact}", palette.paint(Role::Aside, format!("{name:8}")));
            }
        }
        text
    }
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    same: usize,
    departs: usize,
    warns: usize,
    untold: usize,
    gone: usize,
    holds: usize,
    appeared: usize,
    other: usize,
}

impl Tally {
    pub(super) fn of(differences: &[Difference<'_>], old: &Kept, new: &Kept) -> Tally {
        let mut tally = Tally::default();
        for difference in differences {
            *tally.slot(difference.change) += 1;
        }
        let keys: BTreeSet<_> = by_key(old).into_keys().chain(by_key(new).into_keys()).collect();
        tally.same = keys.len() - differences.len();
        tally
    }

    fn slot(&mut self, change: Change) -> &mut usize {
        match change {
            Change::Departs => &mut self.departs,
            Change::Warns => &mut self.warns,
            Change::Untold => &mut self.untold,
            Change::Gone => &mut self.gone,
            Change::Holds => &mut self.holds,
            Change::Appeared => &mut self.appeared,
            Change::Other => &mut self.other,
        }
    }

    /// How many rows stand in either report.
    pub(super) fn compared(&self) -> usize {
        let Tally { same, departs, warns, untold, gone, holds, appeared, other } = *self;
        same + departs + warns + untold + gone + holds + appeared + other
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.compared();
        write!(f, "{rows} {}: ", if rows == 1 { "row" } else { "rows" })?;
        if self.same == rows {
            return f.write_str("no verdict differs");
        }
        write!(f, "{} as before", self.same)?;
        let mut tally = *self;
        for change in [
            Change::Departs,
            Change::Warns,
            Change::Untold,
            Change::Gone,
            Change::Holds,
            Change::Appeared,
            Change::Other,
        ] {
            let count = *tally.slot(change);
            if count > 0 {
                write!(f, ", {count} {}", change.words())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sockspec_harness::run::VerdictWord::{self, Fail, Inconclusive, Known, Pass, Skipped, Warn};

    use super::Change;

    #[test]
    fn a_change_is_named_by_what_it_means() {
        let cases: &[(Option<VerdictWord>, Option<VerdictWord>, Option<Change>)] = &[
            (Some(Pass), Some(Pass), None),
            (Some(Fail), Some(Fail), None),
            (Some(Pass), Some(Fail), Some(Change::Departs)),
            (Some(Known), Some(Fail), Some(Change::Departs)),
            (Some(Warn), Some(Fail), Some(Change::Departs)),
            (None, Some(Fail), Some(Change::Departs)),
            (Some(Pass), Some(Warn), Some(Change::Warns)),
            (Some(Fail), Some(Warn), Some(Change::Other)),
            (Some(Pass), Some(Inconclusive), Some(Change::Untold)),
            (Some(Fail), Some(Skipped), Some(Change::Untold)),
            (Some(Inconclusive), Some(Skipped), Some(Change::Other)),
            (Some(Pass), None, Some(Change::Gone)),
            (Some(Fail), None, Some(Change::Gone)),
            (Some(Fail), Some(Pass), Some(Change::Holds)),
            (Some(Known), Some(Pass), Some(Change::Holds)),
            (Some(Skipped), Some(Pass), Some(Change::Holds)),
            (Some(Fail), Some(Known), Some(Change::Other)),
            (None, Some(Pass), Some(Change::Appeared)),
        ];
        for (old, new, change) in cases {
            assert_eq!(Change::of(*old, *new), *change, "{old:?} {new:?}");
        }
    }
}
