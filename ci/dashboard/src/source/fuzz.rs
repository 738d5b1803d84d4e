//! Fuzzing campaigns: what libFuzzer prints at the end with `-print_final_stats=1`, one text file a target.

use std::collections::BTreeMap;
use std::path::Path;

use crate::file;
use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;

/// What each line is called, and what becomes of it.
const LINES: [(&str, &str, Unit, Better, f64); 5] = [
    ("number_of_executed_units", "executions", Unit::Count, Better::Neither, 1.0),
    ("average_exec_per_sec", "executions-per-second", Unit::PerSecond, Better::Bigger, 1.0),
    // A corpus that has seen much finds little that is new: neither direction is good.
    ("new_units_added", "new-inputs", Unit::Count, Better::Neither, 1.0),
    ("slowest_unit_time_sec", "slowest-input", Unit::Seconds, Better::Smaller, 1.0),
    // libFuzzer divides by 2^20.
    ("peak_rss_mb", "peak-memory", Unit::Bytes, Better::Smaller, 1_048_576.0),
];

/// The figures of each target; nothing if there is no file.
pub(super) fn read(directory: &Path) -> Result<Vec<Measure>, Refusal> {
    let mut measures = Vec::new();
    for path in file::with_extension(directory, "txt")? {
        let Some(bytes) = file::read(&path)? else { continue };
        let target = path.file_stem().unwrap_or_default().to_string_lossy();
        // A target may print inputs, which need not be text.
        let text = String::from_utf8_lossy(&bytes);
        let printed = statistics(&path, &text)?;
        for (line, quantity, unit, better, factor) in LINES {
            let Some(value) = printed.get(line) else {
                return Err(malformed(&path, &format!("it has no line `stat::{line}: N`")));
            };
            // Of a campaign that took less than a second, libFuzzer does not know the rate and says 0.
            if unit == Unit::PerSecond && *value == 0 {
                continue;
            }
            let value = *value as f64 * factor;
            measures.push(Measure::new(Source::Fuzz, &*target, quantity, (unit, better), value));
        }
    }
    Ok(measures)
}

/// The lines `stat::NAME: N`, of one campaign.
fn statistics<'a>(path: &Path, text: &'a str) -> Result<BTreeMap<&'a str, u64>, Refusal> {
    let mut printed = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some(line) = line.trim().strip_prefix("stat::") else { continue };
        let number = index + 1;
        let parsed = line.split_once(':').and_then(|(name, value)| Some((name, value.trim().parse().ok()?)));
        let Some((name, value)) = parsed else {
            return Err(malformed(path, &format!("line {number} is not `stat::NAME: N`")));
        };
        if printed.insert(name, value).is_some() {
            return Err(malformed(
                path,
                &format!("line {number} says `{name}` again, so there are two campaigns"),
            ));
        }
    }
    Ok(printed)
}

fn malformed(path: &Path, sentence: &str) -> Refusal {
    let remedy = "keep there what one campaign with -print_final_stats=1 printed, to its end";
    Refusal::malformed(path.display(), sentence, remedy)
}
