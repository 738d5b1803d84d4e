//! Ratios against a peer in the same run: what the `ratios` bench writes.

use std::path::Path;

use serde::Deserialize;

use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;

/// The layout that is read.
const SCHEMA: &str = "sockspec.ratios.v1";

/// The file, as far as it is read.
#[derive(Deserialize)]
struct Ratios {
    schema: String,
    /// How often each pair was measured.
    rounds: Option<u64>,
    rows: Vec<Row>,
    /// Nothing where they could not be counted.
    #[serde(default)]
    calls: Vec<Calls>,
}

/// One pair: `ratio` is our amount over theirs, so that more is better.
#[derive(Deserialize)]
struct Row {
    name: String,
    /// Nothing where theirs is 0: JSON has no word for infinity.
    #[serde(deserialize_with = "Option::deserialize")]
    ratio: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// What the ratio should reach.
    goal: Option<f64>,
    ours: Option<f64>,
    theirs: Option<f64>,
    /// Of `ours` and `theirs`: `pieces/s` is a rate, `faults` an amount.
    unit: Option<String>,
    /// Who they are.
    peer: Option<String>,
}

/// How many system calls one case of a path takes.
#[derive(Deserialize)]
struct Calls {
    name: String,
    ours: f64,
    bare: f64,
}

/// The ratios, and the amounts on both sides; nothing if there is no file.
pub(super) fn read(path: &Path) -> Result<Vec<Measure>, Refusal> {
    let Some(ratios) = super::json::<Ratios>(path)? else { return Ok(Vec::new()) };
    super::expect_version(path, "schema", &ratios.schema, SCHEMA)?;
    // What tests run once, to see that the bench works, writes the same file.
    if ratios.rounds == Some(1) {
        let sentence = "it was measured in one round, which says that the bench works and not how fast";
        return Err(Refusal::malformed(path.display(), sentence, super::remedy(Source::Paired)));
    }
    let mut measures = Vec::new();
    for row in ratios.rows {
        measures.extend(ratio(&row));
        measures.extend(amounts(path, &row)?);
    }
    measures.extend(ratios.calls.iter().flat_map(system_calls));
    Ok(measures)
}

fn ratio(row: &Row) -> Option<Measure> {
    // What was measured once has itself for both bounds, which is to say that nobody knows how far it may be off.
    let bounds = row.low.zip(row.high).filter(|(low, high)| low != high);
    let kind = (Unit::Ratio, Better::Bigger);
    let ratio = Measure::new(Source::Paired, &row.name, "ratio", kind, row.ratio?);
    Some(Measure {
        low: bounds.map(|(low, _)| low),
        high: bounds.map(|(_, high)| high),
        goal: row.goal,
        ..ratio
    })
}

/// What both sides did, each under a name of its own.
///
/// Of theirs no direction is better: when it changes, the machine did, or the peer's version.
fn amounts(path: &Path, row: &Row) -> Result<Vec<Measure>, Refusal> {
    let sides = [(row.name.clone(), row.ours, Better::Bigger), (peer_name(row), row.theirs, Better::Neither)];
    let mut measures = Vec::new();
    for (name, amount, better) in sides {
        let Some(amount) = amount else { continue };
        let Some((quantity, unit)) = row.unit.as_deref().and_then(quantity) else {
            let sentence = format!("{} has an amount without a unit like `pieces/s` or `faults`", row.name);
            return Err(Refusal::malformed(path.display(), sentence, "add the unit to its row"));
        };
        measures.push(Measure::new(Source::Paired, name, quantity, (unit, better), amount));
    }
    Ok(measures)
}

/// The calls of a case: ours, which should be few, and beside them a bare loop's.
fn system_calls(calls: &Calls) -> [Measure; 2] {
    let Calls { name, ours, bare } = calls;
    let measure = |name: String, better, calls: &f64| {
        Measure::new(Source::Paired, name, "system-calls", (Unit::Count, better), *calls)
    };
    [
        measure(name.clone(), Better::Smaller, ours),
        measure(format!("{name} (a bare loop)"), Better::Neither, bare),
    ]
}

fn peer_name(row: &Row) -> String {
    format!("{} ({})", row.name, row.peer.as_deref().unwrap_or("peer"))
}

/// The unit as a quantity, `pieces-per-second`; nothing if no word is left of it.
///
/// Of `of 60 codec faults` the number is left out: one fault more to be found must not begin a new series.
fn quantity(unit: &str) -> Option<(String, Unit)> {
    let (things, kind) = match unit.strip_suffix("/s") {
        Some(things) => (things, Unit::PerSecond),
        None => (unit, Unit::Count),
    };
    let words: Vec<String> = things
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| *word != "of" && !word.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_ascii_lowercase)
        .collect();
    let things = words.join("-");
    match kind {
        _ if things.is_empty() => None,
        Unit::PerSecond => Some((format!("{things}-per-second"), kind)),
        _ => Some((things, kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::quantity;
    use crate::measure::Unit;

    #[test]
    fn units_become_quantities() {
        let rate = |name: &str| Some((name.to_owned(), Unit::PerSecond));
        assert_eq!(quantity("pieces/s"), rate("pieces-per-second"));
        assert_eq!(quantity("MiB/s"), rate("mib-per-second"));
        assert_eq!(quantity("planted faults"), Some(("planted-faults".to_owned(), Unit::Count)));
        assert_eq!(quantity("of 60 codec faults"), Some(("codec-faults".to_owned(), Unit::Count)));
        assert_eq!(quantity("60/s"), None);
        assert_eq!(quantity("/s"), None);
        assert_eq!(quantity(""), None);
    }
}
