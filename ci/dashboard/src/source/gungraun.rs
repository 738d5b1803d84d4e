//! Instructions under valgrind: the `summary.json` that gungraun 0.20 saves for each benchmark.
//!
//! Only the instructions are read (`Ir` of Callgrind, totalled): they are what repeats to the instruction, and what changes are judged by.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::file;
use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;

/// The version of the layout that is read.
const VERSION: &str = "7";

/// The summary of one benchmark, as far as it is read.
#[derive(Deserialize)]
struct Summary {
    version: String,
    module_path: String,
    id: Option<String>,
    profiles: Vec<Profile>,
}

/// What one tool of valgrind saw.
#[derive(Deserialize)]
struct Profile {
    tool: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    total: Total,
}

/// Values over all parts of the run; what they look like differs from tool to tool.
#[derive(Deserialize)]
struct Total {
    metrics: BTreeMap<String, Value>,
}

/// The instructions of each benchmark below `directory`; nothing if there is no summary.
pub(super) fn read(directory: &Path) -> Result<Vec<Measure>, Refusal> {
    let mut measures = Vec::new();
    for path in file::find(directory, "summary.json")? {
        if let Some(summary) = super::json::<Summary>(&path)? {
            measures.push(instructions(&path, &summary)?);
        }
    }
    Ok(measures)
}

fn instructions(path: &Path, summary: &Summary) -> Result<Measure, Refusal> {
    super::expect_version(path, "version", &summary.version, VERSION)?;
    let callgrind = summary.profiles.iter().find(|profile| profile.tool == "Callgrind");
    let metrics = callgrind.map(|profile| &profile.data.total.metrics);
    // `old` alone is there when a baseline was loaded and nothing was run.
    let value = metrics.and_then(|metrics| metrics.get("Ir")?.get("values")?.get("new")?.as_u64());
    let Some(value) = value else {
        let sentence = "it has no new count of instructions (`Ir` of Callgrind)";
        return Err(Refusal::malformed(
            path.display(),
            sentence,
            "run the bench with Callgrind, and not against a loaded baseline",
        ));
    };
    let name = match &summary.id {
        Some(id) => format!("{} {id}", summary.module_path),
        None => summary.module_path.clone(),
    };
    let kind = (Unit::Count, Better::Smaller);
    // Exact up to 2^53 instructions, which valgrind would need weeks for.
    Ok(Measure::new(Source::Gungraun, name, "instructions", kind, value as f64))
}
