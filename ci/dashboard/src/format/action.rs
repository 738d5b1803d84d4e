//! The custom format of github-action-benchmark: `[{name, unit, value, range?, extra?}]`.
//!
//! There is one file for each direction, since the action takes one direction for a whole file.

use serde::Serialize;

use super::{pretty, scaled};
use crate::measure::{Better, Measure, Unit};

/// One figure.
#[derive(Serialize)]
struct Row {
    name: String,
    unit: String,
    value: f64,
    /// Shown beside the value, and never compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    /// Shown when one points at the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<String>,
}

/// The measures of which `better` is better; what has no direction is in neither file.
pub(crate) fn custom(measures: &[Measure], better: Better) -> String {
    let rows: Vec<Row> = measures.iter().filter(|measure| measure.better == better).map(row).collect();
    pretty(&rows)
}

fn row(measure: &Measure) -> Row {
    let figure = |figure| scaled(measure, figure);
    let bounds = measure.low.zip(measure.high);
    Row {
        name: format!("{} {}", measure.path(), measure.quantity),
        unit: unit(measure),
        value: figure(measure.value),
        range: bounds.map(|(low, high)| format!("{} to {}", figure(low), figure(high))),
        extra: measure.goal.map(|goal| format!("goal {}", figure(goal))),
    }
}

/// The unit as a chart's axis names it.
fn unit(measure: &Measure) -> String {
    match measure.unit {
        Unit::Ratio => "ratio".to_owned(),
        Unit::Seconds => "ns".to_owned(),
        Unit::Bytes => "bytes".to_owned(),
        Unit::PerSecond => format!("{}/s", measure.quantity.trim_end_matches("-per-second")),
        Unit::Count => measure.quantity.clone(),
    }
}
