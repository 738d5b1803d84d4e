//! Times by the wall clock: the estimates that criterion 0.8 leaves for each benchmark.

use std::path::Path;

use serde::Deserialize;

use crate::file;
use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;

/// How criterion says which benchmark it was, as far as it is read.
#[derive(Deserialize)]
struct Benchmark {
    /// The one name that stays the same wherever the files lie.
    full_id: String,
    throughput: Option<Throughput>,
}

/// How much one iteration does.
#[derive(Deserialize)]
enum Throughput {
    Bits(u64),
    Bytes(u64),
    BytesDecimal(u64),
    Elements(u64),
    ElementsAndBytes { elements: u64, bytes: u64 },
}

/// Nanoseconds for each iteration, as far as they are read.
#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
    /// Only where the number of iterations grew from sample to sample; then it is the better estimate.
    slope: Option<Estimate>,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: Interval,
    point_estimate: f64,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// The latest estimates of each benchmark below `directory`; nothing if there are none.
pub(super) fn read(directory: &Path) -> Result<Vec<Measure>, Refusal> {
    let mut measures = Vec::new();
    for path in file::find(directory, "benchmark.json")? {
        // Beside `new` lie `base` and `change`, which are of earlier runs.
        let Some(run) = path.parent().filter(|run| run.ends_with("new")) else { continue };
        let Some(benchmark) = super::json::<Benchmark>(&path)? else { continue };
        let beside = run.join("estimates.json");
        let Some(estimates) = super::json::<Estimates>(&beside)? else {
            let sentence = format!("it is missing beside {}", path.display());
            return Err(Refusal::malformed(beside.display(), sentence, "run the bench again"));
        };
        measures.extend(of_benchmark(&benchmark, &estimates));
    }
    Ok(measures)
}

/// The time of an iteration, and what is done in a second if criterion was told how much one iteration does.
fn of_benchmark(benchmark: &Benchmark, estimates: &Estimates) -> Vec<Measure> {
    let estimate = estimates.slope.as_ref().unwrap_or(&estimates.mean);
    let seconds = |nanoseconds: f64| nanoseconds / 1e9;
    let interval = &estimate.confidence_interval;
    let kind = (Unit::Seconds, Better::Smaller);
    let value = seconds(estimate.point_estimate);
    let latency = Measure::new(Source::Criterion, &benchmark.full_id, "latency", kind, value);
    let mut measures = vec![Measure {
        low: Some(seconds(interval.lower_bound)),
        high: Some(seconds(interval.upper_bound)),
        ..latency
    }];
    for (quantity, amount) in amounts(benchmark.throughput.as_ref()) {
        let rate = |nanoseconds: f64| amount * 1e9 / nanoseconds;
        let kind = (Unit::PerSecond, Better::Bigger);
        let value = rate(estimate.point_estimate);
        measures.push(Measure {
            low: Some(rate(interval.upper_bound)),
            high: Some(rate(interval.lower_bound)),
            ..Measure::new(Source::Criterion, &benchmark.full_id, quantity, kind, value)
        });
    }
    measures
}

/// What one iteration does, by quantity.
fn amounts(throughput: Option<&Throughput>) -> Vec<(&'static str, f64)> {
    let elements = |amount: u64| ("elements-per-second", amount as f64);
    let bytes = |amount: u64| ("bytes-per-second", amount as f64);
    match throughput {
        None => Vec::new(),
        Some(Throughput::Bits(amount)) => vec![("bits-per-second", *amount as f64)],
        Some(Throughput::Bytes(amount) | Throughput::BytesDecimal(amount)) => vec![bytes(*amount)],
        Some(Throughput::Elements(amount)) => vec![elements(*amount)],
        Some(Throughput::ElementsAndBytes { elements: count, bytes: len }) => {
            vec![elements(*count), bytes(*len)]
        }
    }
}
