//! A noun of growth: one thing that was done in several sizes, and how long each took.
//!
//! A measure is one figure, and a line on a chart needs all of them: the history keeps these beside the measures.

use serde::{Deserialize, Serialize};

/// One thing that grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Axis {
    pub(crate) name: String,
    /// What there is more and more of.
    pub(crate) unit: String,
    /// The power of the size that fits the times best: 1 is linear, 2 is quadratic.
    pub(crate) power: f64,
    /// By size, the smallest first.
    pub(crate) points: Vec<Point>,
}

/// One size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Point {
    pub(crate) units: u64,
    /// How long all of them took together.
    pub(crate) seconds: f64,
}
