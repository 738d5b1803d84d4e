//! A noun of the comparison of codecs: how fast one of them is in one way, at each length.
//!
//! What is compared is the codecs and not the runs, so these are kept beside the measures and become a table instead of charts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::amount;

/// How many bytes a mebibyte has.
pub(crate) const MEBIBYTE: f64 = 1_048_576.0;

/// What stands where there is no rate.
pub(crate) const NONE: &str = "–";

/// One codec in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Speed {
    /// What it does: `encode`, `over loopback`.
    pub(crate) way: String,
    pub(crate) codec: String,
    /// Bytes of payload a second, by the length of a payload in bytes; nothing at lengths that the codec does not take.
    pub(crate) rates: BTreeMap<u64, f64>,
}

impl Speed {
    /// The rate at that length in whole mebibytes a second, and a dash where there is none.
    pub(crate) fn cell(&self, len: u64) -> String {
        self.rates.get(&len).map_or_else(|| NONE.to_owned(), |rate| amount::grouped(rate / MEBIBYTE))
    }
}

/// Every way once, in the order of the speeds.
pub(crate) fn ways(speeds: &[Speed]) -> Vec<&str> {
    once(speeds.iter().map(|speed| speed.way.as_str()))
}

/// Every codec once, in the order of the speeds.
pub(crate) fn codecs(speeds: &[Speed]) -> Vec<&str> {
    once(speeds.iter().map(|speed| speed.codec.as_str()))
}

/// Every length that any codec was measured at, in bytes, the shortest first.
pub(crate) fn lens(speeds: &[Speed]) -> BTreeSet<u64> {
    speeds.iter().flat_map(|speed| speed.rates.keys().copied()).collect()
}

fn once<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}
