//! Departures that are known, with a reason each.
//!
//! A list of known failures must not rot: an entry whose case passes, or that names nothing which exists, is stale and fails the run.
//! Flaky entries are the exception that has to be asked for by name: they forgive either way.

use std::collections::BTreeSet;

use crate::run::{Campaign, Glob, GlobError, Report, Row, VerdictWord};

/// A list of known failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFailings {
    entries: Vec<Entry>,
}

/// One known failure.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: String,
    /// The systems it is about; all of them if there is no pattern.
    systems: Option<Glob>,
    reason: String,
    /// Where it was written, for sentences about it.
    place: String,
}

/// Why a text is no list of known failures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{origin}, line {line}: {problem}; a line reads `group/name system  # reason`, where the system may be left out"
)]
pub struct KnownError {
    origin: String,
    line: usize,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("column {column}: {word:?} is no id of the form `group/name`")]
    NoId { column: usize, word: String },
    #[error("column {column}: {source}")]
    System { column: usize, source: GlobError },
    #[error("column {column}: {word:?} is one word too many, where `# reason` was expected")]
    Crowded { column: usize, word: String },
}

impl KnownFailings {
    /// Reads a list; `origin` names it in errors and in sentences about stale entries.
    ///
    /// Blank lines, and lines that begin with `#`, say nothing.
    ///
    /// # Errors
    /// Names the line, the column (in characters, from 1) and what is wrong there.
    pub fn parse(origin: &str, text: &str) -> Result<KnownFailings, KnownError> {
        let mut entries = Vec::new();
        // A byte order mark is what some editors put first; it is no part of the first id.
        for (index, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
            let place = format!("{origin}, line {}", index + 1);
            let entry = entry(line, place).map_err(|problem| KnownError {
                origin: origin.into(),
                line: index + 1,
                problem,
            })?;
            entries.extend(entry);
        }
        Ok(KnownFailings { entries })
    }

    /// Adds an entry that holds for every system.
    pub fn add(&mut self, id: &str, reason: &str) {
        let place = format!("the known failing {id}");
        self.entries.push(Entry { id: id.into(), systems: None, reason: reason.into(), place });
    }

    /// Adds another list's entries.
    pub fn append(&mut self, mut other: KnownFailings) {
        self.entries.append(&mut other.entries);
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether that case is listed.
    pub fn covers(&self, id: &str, system: &str) -> bool {
        self.entry_for(id, system).is_some()
    }

    fn entry_for(&self, id: &str, system: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.covers(id, system))
    }
}

impl Entry {
    fn covers(&self, id: &str, system: &str) -> bool {
        self.id == id && self.systems.as_ref().is_none_or(|systems| systems.matches(system))
    }

    /// The sentence about this entry, if it names nothing that exists.
    fn names_nothing(&self, exists: &Existing<'_>) -> Option<String> {
        let Entry { id, place, .. } = self;
        if !exists.specs.contains(id.as_str()) {
            return Some(format!("{place}: there is no spec {id}: take the line out, or correct the id"));
        }
        if let Some(systems) = &self.systems
            && !exists.systems.iter().any(|system| systems.matches(system))
        {
            return Some(format!("{place}: no system is called {systems}: take the line out, or correct it"));
        }
        None
    }

    /// The sentence about this entry, if its case passed.
    ///
    /// An entry for several systems is alive as long as one of them fails; what cannot be told is no evidence against it.
    fn passed(&self, rows: &[&Row]) -> Option<String> {
        let Entry { id, place, .. } = self;
        let mut passed = Vec::new();
        for row in rows.iter().filter(|row| self.covers(&row.id, &row.system)) {
            match row.verdict {
                VerdictWord::Pass => passed.push(row.system.as_str()),
                VerdictWord::Skipped => {}
                _ => return None,
            }
        }
        let systems = passed.join(", ");
        (!passed.is_empty())
            .then(|| format!("{place}: {id} is listed as failing and passed on {systems}: take the line out"))
    }
}

/// Everything that could be named, selected or not.
#[derive(Clone, Debug, Default)]
pub struct Existing<'a> {
    /// The ids of all specs.
    pub specs: BTreeSet<&'a str>,
    /// The ids of all systems.
    pub systems: BTreeSet<&'a str>,
}

/// Whether the row departs from its rule in a way that a list of known failures can forgive.
pub fn departs(row: &Row) -> bool {
    matches!(row.verdict, VerdictWord::Fail | VerdictWord::Warn)
}

/// Turns departures that are listed into known ones, and notes the entries that are stale.
///
/// What `flaky` lists never fails the run, whether it passes, fails or cannot be told, and makes no entry stale.
pub fn forgive(report: &mut Report, failing: &KnownFailings, flaky: &KnownFailings, exists: &Existing<'_>) {
    let steady: Vec<&Row> = report.rows.iter().filter(|row| !flaky.covers(&row.id, &row.system)).collect();
    let sentence = |entry: &Entry| entry.names_nothing(exists).or_else(|| entry.passed(&steady));
    let stale: Vec<String> = failing.entries.iter().filter_map(sentence).collect();
    report.stale.extend(stale);
    for row in &mut report.rows {
        if let Some(entry) = flaky.entry_for(&row.id, &row.system) {
            if departs(row) || row.verdict == VerdictWord::Inconclusive {
                know(row, "flaky", entry);
            }
        } else if let Some(entry) = failing.entry_for(&row.id, &row.system)
            && departs(row)
        {
            know(row, "known failing", entry);
        }
    }
}

/// Turns what a campaign found and is listed into known departures, and notes the entries that name nothing which exists.
///
/// Not to have found a departure says nothing: no other entry is stale.
pub fn forgive_found(
    campaign: &mut Campaign,
    failing: &KnownFailings,
    flaky: &KnownFailings,
    exists: &Existing<'_>,
) {
    let Campaign { report, findings, .. } = campaign;
    report.stale.extend(failing.entries.iter().filter_map(|entry| entry.names_nothing(exists)));
    for row in report.rows.iter_mut().chain(findings).filter(|row| departs(row)) {
        if let Some(entry) = flaky.entry_for(&row.id, &row.system) {
            know(row, "flaky", entry);
        } else if let Some(entry) = failing.entry_for(&row.id, &row.system) {
            know(row, "known failing", entry);
        }
    }
}

/// Makes the row a known one; what was seen stays, the reason is the entry's with the row's own behind it.
fn know(row: &mut Row, sort: &str, entry: &Entry) {
    let because = if entry.reason.is_empty() { entry.place.as_str() } else { entry.reason.as_str() };
    row.reason = Some(match row.reason.take() {
        Some(own) => format!("{sort}: {because}; {own}"),
        None => format!("{sort}: {because}"),
    });
    row.verdict = VerdictWord::Known;
    row.cannot_run = false;
}

/// What one line says, if it says anything.
fn entry(line: &str, place: String) -> Result<Option<Entry>, Problem> {
    let (words, reason) = line.split_once('#').unwrap_or((line, ""));
    let mut words = words_with_columns(words);
    let Some((column, id)) = words.next() else { return Ok(None) };
    if !is_id(id) {
        return Err(Problem::NoId { column, word: id.into() });
    }
    let systems = match words.next() {
        None => None,
        Some((column, word)) => Some(word.parse().map_err(|source| Problem::System { column, source })?),
    };
    if let Some((column, word)) = words.next() {
        return Err(Problem::Crowded { column, word: word.into() });
    }
    Ok(Some(Entry { id: id.into(), systems, reason: reason.trim().into(), place }))
}

/// The words of a line with their columns, in characters from 1.
fn words_with_columns(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_whitespace().map(|word| {
        let bytes_before = word.as_ptr() as usize - line.as_ptr() as usize;
        (line[..bytes_before].chars().count() + 1, word)
    })
}

/// Whether the word has the form of a spec's id: two components of lower-case letters, digits and hyphens.
fn is_id(word: &str) -> bool {
    let is_component = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    word.split_once('/').is_some_and(|(group, name)| is_component(group) && is_component(name))
}

#[cfg(test)]
mod tests {
    use super::{Existing, KnownFailings, forgive};
    use crate::report::sample;
    use crate::run::{Report, VerdictWord};

    fn exists() -> Existing<'static> {
        Existing {
            specs: ["stream/lossless", "stream/ordered", "tcp/nagle"].into(),
            systems: ["tcp-v4", "tcp-v6"].into(),
        }
    }

    fn list(text: &str) -> KnownFailings {
        KnownFailings::parse("known.txt", text).unwrap()
    }

    fn report(rows: &[(&str, &str, VerdictWord)]) -> Report {
        sample::report(rows.iter().map(|(id, system, verdict)| sample::row(id, system, *verdict)))
    }

    #[test]
    fn a_listed_departure_is_known_and_keeps_what_was_seen() {
        let mut report = report(&[
            ("stream/lossless", "tcp-v4", VerdictWord::Fail),
            ("stream/ordered", "tcp-v4", VerdictWord::Warn),
            ("stream/ordered", "tcp-v6", VerdictWord::Warn),
        ]);
        let failing =
            list("# a comment\n\n stream/lossless  # it drops, #12\nstream/ordered *-v4 # sorted late\n");
        let before = report.rows[0].actual.clone();
        forgive(&mut report, &failing, &KnownFailings::default(), &exists());
        let words: Vec<VerdictWord> = report.rows.iter().map(|row| row.verdict).collect();
        assert_eq!(words, [VerdictWord::Known, VerdictWord::Known, VerdictWord::Warn]);
        assert_eq!(report.rows[0].reason.as_deref(), Some("known failing: it drops, #12"));
        assert_eq!(report.rows[0].actual, before);
        assert!(report.stale.is_empty());
    }

    #[test]
    fn an_entry_is_stale_only_when_its_case_ran_and_passed() {
        use VerdictWord::{Fail, Inconclusive, Pass, Skipped};
        for (verdicts, is_stale) in [
            (vec![], false),
            (vec![Pass], true),
            (vec![Pass, Pass], true),
            (vec![Pass, Skipped], true),
            (vec![Skipped], false),
            (vec![Inconclusive], false),
            (vec![Pass, Inconclusive], false),
            (vec![Pass, Fail], false),
        ] {
            let rows: Vec<_> = verdicts
                .iter()
                .zip(["tcp-v4", "tcp-v6"])
                .map(|(verdict, system)| ("stream/lossless", system, *verdict))
                .collect();
            let mut report = report(&rows);
            forgive(&mut report, &list("stream/lossless # x"), &KnownFailings::default(), &exists());
            assert_eq!(!report.stale.is_empty(), is_stale, "{verdicts:?}: {:?}", report.stale);
        }
    }

    #[test]
    fn an_entry_that_names_nothing_is_stale() {
        let mut report = report(&[]);
        let failing = list("stream/nope # gone\nstream/ordered quic # gone too");
        forgive(&mut report, &failing, &KnownFailings::default(), &exists());
        assert_eq!(
            report.stale,
            [
                "known.txt, line 1: there is no spec stream/nope: take the line out, or correct the id",
                "known.txt, line 2: no system is called quic: take the line out, or correct it",
            ]
        );
    }

    #[test]
    fn flaky_rows_never_fail_the_run_and_are_never_stale() {
        let flaky = list("stream/lossless # load\nstream/nope # unknown ids are nobody's business here");
        for verdict in [VerdictWord::Fail, VerdictWord::Inconclusive, VerdictWord::Pass] {
            let mut report = report(&[("stream/lossless", "tcp-v4", verdict)]);
            forgive(&mut report, &list("stream/lossless # x"), &flaky, &exists());
            let expected = if verdict == VerdictWord::Pass { VerdictWord::Pass } else { VerdictWord::Known };
            assert_eq!(report.rows[0].verdict, expected);
            assert!(report.stale.is_empty());
        }
    }

    #[test]
    fn a_malformed_line_is_named_with_its_column() {
        for (text, said) in [
            ("\nnope", "known.txt, line 2: column 1: \"nope\" is no id"),
            ("  tcp/*", "known.txt, line 1: column 3: \"tcp/*\" is no id"),
            (
                "tcp/nagle [v4]",
                "known.txt, line 1: column 11: column 1 of the pattern \"[v4]\": wanted letters",
            ),
            ("tcp/nagle tcp-v4 slow", "known.txt, line 1: column 18: \"slow\" is one word too many"),
        ] {
            let error = KnownFailings::parse("known.txt", text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
