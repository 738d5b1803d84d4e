//! How fast published codecs are: what the `codecs` bench writes.
//!
//! All of it becomes a table. Of one codec it becomes measures, too: a change in all of them is the machine's, and one line shows it as well as thirty.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::measure::{Better, Measure, Source, Unit};
use crate::refusal::Refusal;
use crate::speed::{MEBIBYTE, Speed};

/// The layout that is read.
const SCHEMA: &str = "sockspec.codecs.v1";

/// The codec that is followed from run to run: the one that most programs use.
const FOLLOWED: &str = "tokio-util-u32-be";

/// The file; it is ours, so whatever else it has is a mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Codecs {
    schema: String,
    rows: Vec<Row>,
}

/// One rate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    way: String,
    codec: String,
    /// The length of a payload, in bytes.
    len: u64,
    /// Of payload.
    mebibytes_per_second: f64,
}

/// The speeds, in the order of the file; nothing if there is none.
///
/// # Errors
/// If the file is there and cannot be read or understood.
pub(crate) fn read(path: &Path) -> Result<Vec<Speed>, Refusal> {
    let Some(codecs) = super::json::<Codecs>(path)? else { return Ok(Vec::new()) };
    super::expect_version(path, "schema", &codecs.schema, SCHEMA)?;
    let mut speeds: Vec<Speed> = Vec::new();
    for row in codecs.rows {
        let Row { way, codec, len, mebibytes_per_second } = row;
        let name = format!("{way}/{codec}/{len}");
        let rate = mebibytes_per_second * MEBIBYTE;
        if rate <= 0.0 || !rate.is_finite() {
            return Err(malformed(path, &format!("{name} has no rate above 0")));
        }
        let known = speeds.iter().position(|speed| speed.way == way && speed.codec == codec);
        let at = known.unwrap_or_else(|| {
            speeds.push(Speed { way, codec, rates: BTreeMap::new() });
            speeds.len() - 1
        });
        if speeds[at].rates.insert(len, rate).is_some() {
            return Err(malformed(path, &format!("{name} is there twice")));
        }
    }
    if !speeds.iter().any(|speed| speed.codec == FOLLOWED) {
        return Err(malformed(
            path,
            &format!("it has no row of {FOLLOWED}, which is followed from run to run"),
        ));
    }
    Ok(speeds)
}

/// The rates of the codec that is followed.
pub(super) fn measures(speeds: &[Speed]) -> Vec<Measure> {
    let kind = (Unit::PerSecond, Better::Bigger);
    let rates = |speed: &Speed| {
        let measure = |(len, rate): (&u64, &f64)| {
            let name = format!("{}/{}/{len}", speed.way, speed.codec);
            Measure::new(Source::Codecs, name, "bytes-per-second", kind, *rate)
        };
        speed.rates.iter().map(measure).collect::<Vec<_>>()
    };
    speeds.iter().filter(|speed| speed.codec == FOLLOWED).flat_map(rates).collect()
}

fn malformed(path: &Path, sentence: &str) -> Refusal {
    Refusal::malformed(path.display(), sentence, super::remedy(Source::Codecs))
}
