//! What earlier runs measured: one line of JSON for each run, appended and never rewritten.
//!
//! A run that is killed while it appends leaves a torn last line.
//! That line is named, skipped by whoever reads, and cut off by whoever appends next; everything before it stays as it was.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::axis::Axis;
use crate::file;
use crate::measure::{Measure, Source};
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::source::Gathered;
use crate::speed::Speed;

/// The name and version of the layout of a line.
const SCHEMA: &str = "sockspec.history.v1";

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    schema: String,
    pub(crate) timestamp: Moment,
    /// What was measured, as its version control names it.
    pub(crate) commit: String,
    /// The sources that left nothing in this run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<Source>,
    pub(crate) measures: Vec<Measure>,
    /// What was done in several sizes; lines from before this was kept have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) growth: Vec<Axis>,
    /// Every codec in every way; lines from before this was kept have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) codecs: Vec<Speed>,
}

impl Entry {
    /// An entry of the current layout.
    /// An entry of these measures and nothing else.
    #[cfg(test)]
    pub(crate) fn of_measures(timestamp: Moment, commit: String, measures: Vec<Measure>) -> Entry {
        Entry::new(timestamp, commit, Gathered { measures, ..Gathered::default() })
    }

    pub(crate) fn new(timestamp: Moment, commit: String, gathered: Gathered) -> Entry {
        let Gathered { measures, missing, growth, codecs } = gathered;
        Entry { schema: SCHEMA.to_owned(), timestamp, commit, missing, measures, growth, codecs }
    }

    /// What makes it this run and no other.
    fn key(&self) -> (Moment, &str) {
        (self.timestamp, &self.commit)
    }
}

/// A history as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// By time, and each run once.
    pub(crate) entries: Vec<Entry>,
    /// Where the last line is torn, if it is: its number, counted from 1.
    pub(crate) torn_line: Option<usize>,
    /// How many bytes are whole lines.
    whole_len: usize,
}

/// What appending came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    Added,
    /// There is an entry of that commit and time, which stays as it is.
    AlreadyThere,
}

/// Reads the history at `path`; an empty one if there is none.
///
/// # Errors
/// If it cannot be read, or if a line before the last is not an entry.
pub(crate) fn read(path: &Path) -> Result<History, Refusal> {
    match file::read(path)? {
        Some(bytes) => parse(path, &bytes),
        None => Ok(History::default()),
    }
}

/// Appends `entry` to the history at `path`, and says what was found there.
///
/// The file is locked meanwhile, and the line is written by one call and reaches the disk before this returns.
///
/// # Errors
/// If the file cannot be read or written, or if a line before the last is not an entry.
pub(crate) fn append(path: &Path, entry: &Entry) -> Result<(Appended, History), Refusal> {
    let denied = |error: io::Error| {
        Refusal::denied(path, "appended to", &error, "give a file in a directory that this user may write to")
    };
    let (mut file, bytes) = open(path).map_err(denied)?;
    let history = parse(path, &bytes)?;
    if history.entries.iter().any(|known| known.key() == entry.key()) {
        return Ok((Appended::AlreadyThere, history));
    }
    let mut line = serde_json::to_string(entry).expect("an entry has only string keys and finite numbers");
    line.push('\n');
    // A last line that is whole but for its end is kept.
    if !bytes[..history.whole_len].ends_with(b"\n") && history.whole_len > 0 {
        line.insert(0, '\n');
    }
    add(&mut file, history.whole_len, &line).map_err(denied)?;
    Ok((Appended::Added, history))
}

/// Opens and locks the file, and reads what is there; the lock ends with the file.
fn open(path: &Path) -> io::Result<(File, Vec<u8>)> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    file.lock()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((file, bytes))
}

fn add(file: &mut File, whole_len: usize, line: &str) -> io::Result<()> {
    file.set_len(whole_len as u64)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

fn parse(path: &Path, bytes: &[u8]) -> Result<History, Refusal> {
    let mut history = History::default();
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let is_ended = line.ends_with(b"\n");
        match serde_json::from_slice::<Entry>(line) {
            _ if line.trim_ascii().is_empty() => {}
            Ok(entry) if entry.schema == SCHEMA => history.entries.push(entry),
            Ok(entry) => {
                let sentence = format!("its schema is `{}`, where `{SCHEMA}` is read", entry.schema);
                return Err(malformed(path, number, &sentence));
            }
            Err(_) if !is_ended => {
                history.torn_line = Some(number);
                break;
            }
            Err(error) => {
                // The parser counts lines, too, and always comes to the first.
                let sentence =
                    error.to_string().replace(" at line 1 ", " at ").replace(" at line 2 ", " at ");
                return Err(malformed(path, number, &format!("it is not an entry: {sentence}")));
            }
        }
        history.whole_len += line.len();
    }
    in_order(&mut history.entries);
    Ok(history)
}

/// By time and each once: branches that are merged bring lines in any order, and some of them twice.
fn in_order(entries: &mut Vec<Entry>) {
    entries.sort_by_key(|entry| entry.timestamp);
    let mut seen = BTreeSet::new();
    entries.retain(|entry| seen.insert((entry.timestamp, entry.commit.clone())));
}

fn malformed(path: &Path, line: usize, sentence: &str) -> Refusal {
    let place = format!("{}:{line}", path.display());
    Refusal::malformed(place, sentence, "take the line out, or bring the file back from where it is kept")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Entry, parse};
    use crate::measure::{Better, Measure, Source, Unit};
    use crate::source::Gathered;

    fn line(day: u8, commit: &str) -> String {
        let kind = (Unit::Ratio, Better::Bigger);
        let ratio = Measure::new(Source::Paired, "lockstep/64 – ü", "ratio", kind, 0.91);
        let measures = vec![Measure { goal: Some(0.8), ..ratio }];
        let timestamp = format!("2026-11-{day:02}T00:00:00Z").parse().unwrap();
        let missing = vec![Source::Fuzz];
        let gathered = Gathered { measures, missing, ..Gathered::default() };
        let entry = Entry::new(timestamp, commit.to_owned(), gathered);
        serde_json::to_string(&entry).unwrap() + "\n"
    }

    #[test]
    fn wherever_the_last_line_is_torn_the_others_stay() {
        let (first, last) = (line(1, "a"), line(2, "b"));
        for cut in 0..=last.len() {
            let mut bytes = first.clone().into_bytes();
            bytes.extend_from_slice(&last.as_bytes()[..cut]);
            let history = parse(Path::new("h"), &bytes).unwrap();
            // Without its line end an entry is whole, and with nothing of it there is no line.
            let is_whole = cut + 1 >= last.len();
            let is_torn = cut > 0 && !is_whole;
            assert_eq!(history.entries.len(), 1 + usize::from(is_whole), "cut at {cut}");
            assert_eq!(history.torn_line, is_torn.then_some(2), "cut at {cut}");
            let whole_len = if is_torn { first.len() } else { bytes.len() };
            assert_eq!(history.whole_len, whole_len, "cut at {cut}");
        }
    }

    #[test]
    fn lines_come_in_any_order_and_twice() {
        let text = [line(3, "c"), line(1, "a"), "\n".to_owned(), line(3, "c"), line(3, "b")].concat();
        let history = parse(Path::new("h"), text.as_bytes()).unwrap();
        let commits: Vec<&str> = history.entries.iter().map(|entry| entry.commit.as_str()).collect();
        assert_eq!((commits, history.torn_line), (vec!["a", "c", "b"], None));
    }

    #[test]
    fn a_line_in_the_middle_that_is_no_entry_is_named() {
        let sound = line(1, "a");
        let cases = [
            ("{\"schema\"\n".to_owned(), "h:2: it is not an entry"),
            (sound.replace("history.v1", "history.v2"), "h:2: its schema is `sockspec.history.v2`"),
            (sound.replace("ratio", "furlongs"), "unknown variant `furlongs`"),
            (sound.replace("0.91", "null"), "invalid type: null"),
            (sound.replace("\"commit\"", "\"comit\""), "unknown field `comit`"),
            (sound.replace("2026-11-01", "2026-13-01"), "is no time like"),
        ];
        for (line, expected) in cases {
            let text = [sound.as_str(), &line, &sound].concat();
            let said = parse(Path::new("h"), text.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with("h:2: ") && said.contains(expected), "{said}");
        }
    }
}
