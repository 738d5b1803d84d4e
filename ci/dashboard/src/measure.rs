//! The noun of this package: one figure of one benchmark in one run.
//!
//! Every source is turned into these, and every format and the page are made of them: a new source needs no new format.

use serde::{Deserialize, Serialize};

/// One figure of one benchmark.
///
/// Source, benchmark and quantity together name it; the history finds it again by these three.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measure {
    pub(crate) source: Source,
    /// What was measured, as its source calls it: `lockstep/driven/64`.
    pub(crate) benchmark: String,
    /// Which figure of it, in lower case with hyphens: `latency`, `pieces-per-second`.
    pub(crate) quantity: String,
    pub(crate) unit: Unit,
    pub(crate) better: Better,
    /// Finite, in the base unit that `unit` names.
    pub(crate) value: f64,
    /// The lower end of where the true value is likely to be, if the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) low: Option<f64>,
    /// The upper end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) high: Option<f64>,
    /// What `value` should reach, if anything was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) goal: Option<f64>,
}

impl Measure {
    /// A measure without bounds and without a goal.
    pub(crate) fn new(
        source: Source,
        benchmark: impl Into<String>,
        quantity: impl Into<String>,
        (unit, better): (Unit, Better),
        value: f64,
    ) -> Measure {
        let (benchmark, quantity) = (benchmark.into(), quantity.into());
        Measure { source, benchmark, quantity, unit, better, value, low: None, high: None, goal: None }
    }

    /// The benchmark with its source in front, since two sources may use one name.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.source.name(), self.benchmark)
    }

    /// What it is found by: two measures with the same key are the same measure in two runs.
    pub(crate) fn key(&self) -> (Source, &str, &str) {
        (self.source, &self.benchmark, &self.quantity)
    }

    /// Whether the same code gives the same figure in every run, unlike what a clock measures.
    pub(crate) fn is_exact(&self) -> bool {
        match self.source {
            Source::Gungraun => true,
            Source::Conformance => self.unit != Unit::Seconds,
            Source::Paired | Source::Criterion | Source::Growth | Source::Codecs | Source::Fuzz => false,
        }
    }

    /// Whether a goal was set and is not reached.
    pub(crate) fn misses_its_goal(&self) -> bool {
        self.goal.is_some_and(|goal| match self.better {
            Better::Smaller => self.value > goal,
            Better::Bigger | Better::Neither => self.value < goal,
        })
    }
}

/// Who measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// Ratios against a peer in the same run.
    Paired,
    /// Instructions, counted under valgrind.
    Gungraun,
    /// Times by the wall clock.
    Criterion,
    /// Times at several sizes.
    Growth,
    /// Rates of a published codec.
    Codecs,
    /// Fuzzing campaigns.
    Fuzz,
    /// A run of the catalogue.
    Conformance,
}

impl Source {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Source; 7] = [
        Source::Paired,
        Source::Gungraun,
        Source::Criterion,
        Source::Growth,
        Source::Codecs,
        Source::Fuzz,
        Source::Conformance,
    ];

    /// Its name in every format.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Source::Paired => "paired",
            Source::Gungraun => "gungraun",
            Source::Criterion => "criterion",
            Source::Growth => "growth",
            Source::Codecs => "codecs",
            Source::Fuzz => "fuzz",
            Source::Conformance => "conformance",
        }
    }
}

/// In what a value is given: base units only, so that no reader has to guess a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// One thing over another of its kind.
    Ratio,
    Seconds,
    Bytes,
    /// Things a second; which things, the quantity says.
    PerSecond,
    /// Things; which, the quantity says.
    Count,
}

/// Which way is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Better {
    Bigger,
    Smaller,
    /// It says how large the run was, and not how good.
    Neither,
}
