//! Bencher's metric format: `{benchmark: {measure: {value, lower_value?, upper_value?}}}`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{pretty, scaled};
use crate::measure::Measure;

/// One figure, with where the true one is likely to be.
#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// All measures, by benchmark and quantity.
///
/// Latencies are nanoseconds, which is how Bencher's own measure of that name counts.
pub(crate) fn bmf(measures: &[Measure]) -> String {
    let mut benchmarks: BTreeMap<String, BTreeMap<&str, Metric>> = BTreeMap::new();
    for measure in measures {
        let figure = |figure| scaled(measure, figure);
        let metric = Metric {
            value: figure(measure.value),
            lower_value: measure.low.map(figure),
            upper_value: measure.high.map(figure),
        };
        benchmarks.entry(measure.path()).or_default().insert(&measure.quantity, metric);
    }
    pretty(&benchmarks)
}
