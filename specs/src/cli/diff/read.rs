//! A report that was kept, read again.

use std::path::Path;

use serde::Deserialize;
use sockspec_harness::run::VerdictWord;

use crate::cli::exit::Exit;
use crate::cli::file::contents;
use crate::cli::refusal::{Refusal, words};

/// The layout that is read, by its name in every report.
const SCHEMA: &str = "sockspec.report.v1";

/// The longest report in bytes that is read: one of 50,000 rows has a tenth of it.
const LONGEST: u64 = 256 << 20;

/// What is read of a report; keys that later versions may add are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Kept {
    pub(super) tool: Tool,
    pub(super) seed: String,
    #[serde(default)]
    interrupted: bool,
    cannot_run: Option<String>,
    pub(super) results: Vec<Row>,
}

/// Who made a report.
#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    pub(super) version: String,
}

/// What came of one spec on one system.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) system: String,
    pub(super) verdict: VerdictWord,
    pub(super) reason: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    pub(super) replay: Option<String>,
}

impl Kept {
    /// Reads a report.
    pub(super) fn read(path: &Path) -> Result<Kept, Refusal> {
        let refuse = |sentence: String| {
            Refusal::new(Exit::Usage, format!("{} {sentence}", path.display()))
                .remedy("name two files that `sockspec run --report json=PATH` has written")
        };
        let text = contents(path, LONGEST, "report")
            .map_err(|error| refuse(format!("could not be read: {}", words(&error))))?;
        // The name of the layout first: of another one it helps nobody to hear which key is missing.
        let named = serde_json::from_slice::<Named>(&text);
        match named.map_err(|error| refuse(format!("is no report: {error}")))?.schema.as_deref() {
            Some(SCHEMA) => {}
            Some(other) => {
                return Err(refuse(format!("is no report: wanted the schema `{SCHEMA}`, saw `{other}`")));
            }
            None => return Err(refuse(format!("is no report: wanted the schema `{SCHEMA}`, saw none"))),
        }
        serde_json::from_slice(&text).map_err(|error| refuse(format!("is no report: {error}")))
    }

    /// Why it is not of a whole run, if it is not.
    pub(super) fn is_part(&self) -> Option<&str> {
        self.cannot_run.as_deref().or(self.interrupted.then_some("it was interrupted"))
    }
}

#[derive(Deserialize)]
struct Named {
    schema: Option<String>,
}
