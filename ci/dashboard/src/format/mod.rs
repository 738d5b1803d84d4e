//! What was measured in the formats that others read: pure functions from values to text.

pub(crate) mod action;
pub(crate) mod bmf;
pub(crate) mod markdown;
pub(crate) mod openmetrics;

use serde::Serialize;

use crate::measure::{Measure, Unit};

/// JSON for files: indented, with a newline at its end, so that a difference can be read.
fn pretty(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("all keys are strings and all numbers are finite");
    text.push('\n');
    text
}

/// A figure of `measure` as the trackers of benchmarks want it: they count times in nanoseconds.
fn scaled(measure: &Measure, figure: f64) -> f64 {
    match measure.unit {
        Unit::Seconds => figure * 1e9,
        Unit::Ratio | Unit::Bytes | Unit::PerSecond | Unit::Count => figure,
    }
}
