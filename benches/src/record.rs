//! The table of ratios, on the terminal and as a file that dashboards are made from.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::Serialize;

use crate::calls::Count;
use crate::paired::Paired;

/// The layout of the file.
pub const SCHEMA: &str = "sockspec.ratios.v1";

/// Ratios that were measured in one run.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    schema: &'static str,
    /// How many cores the run had.
    cores: usize,
    /// How many rounds each pair was measured in.
    rounds: usize,
    rows: Vec<Row>,
    /// The system calls of the main paths; nothing where they cannot be counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<Count>,
}

/// One ratio.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was measured, as a path: `lockstep/64`.
    pub name: String,
    /// Ours over theirs, in the median round: more is better.
    pub ratio: f64,
    /// The lower quartile of the ratio.
    pub low: f64,
    /// The upper quartile of the ratio.
    pub high: f64,
    /// Units per second, or what `unit` says, of our way.
    pub ours: f64,
    /// The same of the peer.
    pub theirs: f64,
    /// What `ours` and `theirs` count.
    pub unit: String,
    /// What it is measured against.
    pub peer: String,
    /// The least ratio that is good enough, where one is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<f64>,
}

impl Record {
    /// No ratios yet.
    pub fn new(rounds: usize) -> Record {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Record { schema: SCHEMA, cores, rounds, rows: Vec::new(), calls: Vec::new() }
    }

    /// Adds what was measured, and returns it as a line of the table.
    pub fn add(&mut self, name: &str, unit: &str, peer: &str, goal: Option<f64>, paired: &Paired) -> String {
        let row = Row {
            name: name.to_owned(),
            ratio: paired.median(),
            low: paired.quantile(1),
            high: paired.quantile(3),
            ours: paired.ours(),
            theirs: paired.theirs(),
            unit: unit.to_owned(),
            peer: peer.to_owned(),
            goal,
        };
        self.push(row)
    }

    /// Adds a row, and returns it as a line of the table.
    pub fn push(&mut self, row: Row) -> String {
        let goal = row.goal.map_or_else(String::new, |goal| format!("  (goal {goal})"));
        let line = format!(
            "{:<28}  {:>7.2}  {:.2} to {:.2}   {:>12.0} against {:>12.0} {} of {}{goal}",
            row.name, row.ratio, row.low, row.high, row.ours, row.theirs, row.unit, row.peer
        );
        self.rows.push(row);
        line
    }

    /// Adds what was counted of one path, and returns it as a line of the table.
    pub fn count(&mut self, count: Count) -> String {
        let line = count.line();
        self.calls.push(count);
        line
    }

    /// Writes the file next to what criterion leaves, and returns its path.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self) -> io::Result<PathBuf> {
        save("ratios.json", self)
    }
}

/// Writes `data` as the file `name` of our folder next to criterion's, and returns its path.
///
/// # Errors
/// What the file system says, with the path.
///
/// # Panics
/// If `data` is nothing that JSON can say.
pub fn save(name: &str, data: &impl Serialize) -> io::Result<PathBuf> {
    let path = target().join("sockspec").join(name);
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    fs::create_dir_all(path.parent().expect("the path has a folder")).map_err(named)?;
    let text = serde_json::to_string_pretty(data).expect("plain data");
    fs::write(&path, text + "\n").map_err(named)?;
    Ok(path)
}

/// The folder that cargo builds in.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from)
}
