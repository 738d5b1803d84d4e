//! How cost grows with the size: what the `growth` bench writes.

use std::path::Path;

use serde::Deserialize;

use crate::axis::Axis;
use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;

/// The layout that is read.
const SCHEMA: &str = "sockspec.growth.v1";

/// The file; it is ours, so whatever else it has is a mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Growth {
    schema: String,
    /// The largest power that passes for linear.
    most: f64,
    axes: Vec<Axis>,
}

/// The measures, and the axes that they are of; nothing if there is no file.
pub(super) fn read(path: &Path) -> Result<(Vec<Measure>, Vec<Axis>), Refusal> {
    let Some(growth) = super::json::<Growth>(path)? else { return Ok((Vec::new(), Vec::new())) };
    super::expect_version(path, "schema", &growth.schema, SCHEMA)?;
    if growth.axes.is_empty() {
        return Err(malformed(path, "it has no axis"));
    }
    let mut measures = Vec::new();
    for axis in &growth.axes {
        measures.extend(figures(path, axis, growth.most)?);
    }
    Ok((measures, growth.axes))
}

/// The power, and what one unit takes where there are most of them.
///
/// The size is part of the name: at another size it is another figure.
fn figures(path: &Path, axis: &Axis, most: f64) -> Result<[Measure; 2], Refusal> {
    let name = &axis.name;
    let is_ascending = axis.points.is_sorted_by(|before, after| before.units < after.units);
    if !is_ascending || axis.points.iter().any(|point| point.units == 0 || point.seconds <= 0.0) {
        let sentence = format!("of {name} the sizes do not ascend from 1, or a time is not above 0");
        return Err(malformed(path, &sentence));
    }
    let [_, .., largest] = axis.points[..] else {
        return Err(malformed(
            path,
            &format!("of {name} there are fewer than two sizes, so nothing has grown"),
        ));
    };
    let power = Measure::new(Source::Growth, name, "power", (Unit::Ratio, Better::Smaller), axis.power);
    let kind = (Unit::Seconds, Better::Smaller);
    let each = largest.seconds / largest.units as f64;
    let each = Measure::new(Source::Growth, format!("{name}/{}", largest.units), "time-per-unit", kind, each);
    Ok([Measure { goal: Some(most), ..power }, each])
}

fn malformed(path: &Path, sentence: &str) -> Refusal {
    Refusal::malformed(path.display(), sentence, super::remedy(Source::Growth))
}
