//! A run of the catalogue: the JSON report of `sockspec run`.

use std::path::Path;

use serde::Deserialize;

use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;

/// The layout that is read.
const SCHEMA: &str = "sockspec.report.v1";

/// The report, as far as it is read.
#[derive(Deserialize)]
struct Report {
    schema: String,
    #[serde(default)]
    interrupted: bool,
    cannot_run: Option<String>,
    summary: Summary,
    measurements: Measurements,
    results: Vec<Row>,
}

/// How many results there are of each verdict.
#[derive(Deserialize)]
struct Summary {
    pass: u64,
    fail: u64,
    warn: u64,
    inconclusive: u64,
    skipped: u64,
    known: u64,
}

#[derive(Deserialize)]
struct Measurements {
    seconds: Option<f64>,
}

/// One spec on one system.
#[derive(Deserialize)]
struct Row {
    cases: u64,
    segmentation: Option<Segmentation>,
}

/// Cuts and joins: how many were asked for, and how many were shown to have happened.
#[derive(Deserialize)]
struct Segmentation {
    requested: u64,
    achieved: u64,
}

/// The counts of the report at `path`; nothing if there is none.
pub(super) fn read(path: &Path) -> Result<Vec<Measure>, Refusal> {
    let Some(report) = super::json::<Report>(path)? else { return Ok(Vec::new()) };
    super::expect_version(path, "schema", &report.schema, SCHEMA)?;
    // Half a run has fewer failures, and would look like progress.
    if report.interrupted || report.cannot_run.is_some() {
        let sentence = "it is of a run that did not come to its end";
        return Err(Refusal::malformed(path.display(), sentence, "run the catalogue again"));
    }
    let mut measures = verdicts(&report.summary);
    let cases: u64 = report.results.iter().map(|row| row.cases).sum();
    measures.push(count("run", "cases", Better::Neither, cases));
    measures.extend(segmentation(&report.results));
    if let Some(seconds) = report.measurements.seconds {
        let kind = (Unit::Seconds, Better::Smaller);
        measures.push(Measure::new(Source::Conformance, "run", "duration", kind, seconds));
    }
    Ok(measures)
}

fn verdicts(summary: &Summary) -> Vec<Measure> {
    let verdicts = [
        ("pass", summary.pass, Better::Bigger),
        ("fail", summary.fail, Better::Smaller),
        ("warn", summary.warn, Better::Smaller),
        ("inconclusive", summary.inconclusive, Better::Smaller),
        ("known", summary.known, Better::Smaller),
        // What is skipped depends on what the machine has.
        ("skipped", summary.skipped, Better::Neither),
    ];
    verdicts.map(|(name, number, better)| count(name, "results", better, number)).into()
}

/// The share of cuts and joins that were shown, and how many were asked for; nothing if none were.
fn segmentation(rows: &[Row]) -> Vec<Measure> {
    let segmentations = || rows.iter().filter_map(|row| row.segmentation.as_ref());
    let requested: u64 = segmentations().map(|segmentation| segmentation.requested).sum();
    let achieved: u64 = segmentations().map(|segmentation| segmentation.achieved).sum();
    if requested == 0 {
        return Vec::new();
    }
    let share = achieved as f64 / requested as f64;
    let kind = (Unit::Ratio, Better::Bigger);
    vec![
        count("cuts-and-joins", "asked-for", Better::Neither, requested),
        Measure::new(Source::Conformance, "cuts-and-joins", "shown", kind, share),
    ]
}

fn count(benchmark: &str, quantity: &str, better: Better, number: u64) -> Measure {
    Measure::new(Source::Conformance, benchmark, quantity, (Unit::Count, better), number as f64)
}
