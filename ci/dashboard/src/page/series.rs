//! Measures as they went from run to run, and the groups in which they are shown.

use crate::history::Entry;
use crate::measure::{Better, Measure, Source, Unit};

/// What is shown together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Ratios,
    Instructions,
    Conformance,
    Growth,
    Rates,
    Codecs,
    Times,
    Fuzzing,
}

impl Group {
    /// All of them, what repeats best first.
    pub(super) const ALL: [Group; 8] = [
        Group::Ratios,
        Group::Instructions,
        Group::Conformance,
        Group::Growth,
        Group::Rates,
        Group::Codecs,
        Group::Times,
        Group::Fuzzing,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Group::Ratios => "Ratios",
            Group::Instructions => "Instructions",
            Group::Conformance => "Conformance",
            Group::Growth => "Growth",
            Group::Rates => "Rates and amounts",
            Group::Codecs => "Codecs",
            Group::Times => "Times",
            Group::Fuzzing => "Fuzzing",
        }
    }

    /// What to make of the figures.
    pub(super) fn words(self) -> &'static str {
        match self {
            Group::Ratios => {
                "Ours over a peer's, measured in turn in the same run: what a change of machine alters least. The dashed line is the goal."
            }
            Group::Instructions => {
                "Counted under valgrind, the same in every run to within an instruction or so: fewer is better."
            }
            Group::Conformance => {
                "Results of the catalogue on the systems of the machine, and how many cuts and joins were shown to have happened."
            }
            Group::Growth => {
                "How the time grows with the size: with its first power where cost is linear, with its second where it is quadratic. The dashed line is the most that passes for linear."
            }
            Group::Rates => {
                "Things done in a second, or in the same time as the peer, and the system calls of a case: they compare runs of one machine, and no others."
            }
            Group::Codecs => {
                "Payload carried in a second by a published codec: the best of some rounds, and it compares what was measured on one machine."
            }
            Group::Times => {
                "An iteration by the wall clock, with the bounds that criterion gives: they compare runs of one machine, and no others."
            }
            Group::Fuzzing => "How large the campaigns were, and what their slowest and largest inputs took.",
        }
    }

    fn of(measure: &Measure) -> Group {
        match (measure.source, measure.unit) {
            (Source::Paired, Unit::Ratio) => Group::Ratios,
            (Source::Gungraun, _) => Group::Instructions,
            (Source::Conformance, _) => Group::Conformance,
            (Source::Growth, _) => Group::Growth,
            (Source::Codecs, _) => Group::Codecs,
            (Source::Paired, _) | (_, Unit::PerSecond) => Group::Rates,
            (Source::Criterion, _) => Group::Times,
            (Source::Fuzz, _) => Group::Fuzzing,
        }
    }
}

/// One measure in every run, nothing where it was not measured.
#[derive(Clone, Debug)]
pub(super) struct Series<'a> {
    pub(super) points: Vec<Option<&'a Measure>>,
    /// The latest run that has it.
    latest_at: usize,
    latest: &'a Measure,
}

/// Better, worse, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trend {
    Improved,
    Worsened,
    Unjudged,
}

impl<'a> Series<'a> {
    /// The measure in the latest run that has it.
    pub(super) fn latest(&self) -> &'a Measure {
        self.latest
    }

    /// How many runs there were since, in which it is missing.
    pub(super) fn runs_since(&self) -> usize {
        self.points.len() - 1 - self.latest_at
    }

    /// The measure in the run before that has it, and how many runs ago that was; 1 is the run right before.
    pub(super) fn before(&self) -> Option<(&'a Measure, usize)> {
        let earlier = self.points[..self.latest_at].iter().enumerate().rev();
        earlier.filter_map(|(at, point)| point.map(|measure| (measure, self.latest_at - at))).next()
    }

    /// What the change from `before` means.
    ///
    /// What the clock says differs from run to run: such a change is judged only if the bounds do not overlap.
    pub(super) fn trend(&self, before: &Measure) -> Trend {
        let has_grown = self.latest.value > before.value;
        let has_shrunk = self.latest.value < before.value;
        if !self.latest.is_exact() && !are_apart(before, self.latest) {
            return Trend::Unjudged;
        }
        match self.latest.better {
            Better::Bigger if has_grown => Trend::Improved,
            Better::Smaller if has_shrunk => Trend::Improved,
            Better::Bigger if has_shrunk => Trend::Worsened,
            Better::Smaller if has_grown => Trend::Worsened,
            Better::Bigger | Better::Smaller | Better::Neither => Trend::Unjudged,
        }
    }
}

/// Whether both have bounds, and these do not overlap.
fn are_apart(before: &Measure, after: &Measure) -> bool {
    let is_below =
        |one: &Measure, other: &Measure| one.high.zip(other.low).is_some_and(|(high, low)| high < low);
    is_below(before, after) || is_below(after, before)
}

/// The series of a group: in the order of the latest run, and behind them what only earlier ones have.
pub(super) fn series(entries: &[Entry], group: Group) -> Vec<Series<'_>> {
    let mut found: Vec<Series<'_>> = Vec::new();
    for (at, entry) in entries.iter().enumerate().rev() {
        for measure in entry.measures.iter().filter(|measure| Group::of(measure) == group) {
            // A group has some dozens of series, so looking them up by order costs nothing that shows.
            let known = found.iter_mut().find(|series| series.latest.key() == measure.key());
            match known {
                Some(series) => series.points[at] = Some(measure),
                None => {
                    let mut points = vec![None; entries.len()];
                    points[at] = Some(measure);
                    found.push(Series { points, latest_at: at, latest: measure });
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Group, Trend, series};
    use crate::history::Entry;
    use crate::measure::{Better, Measure, Source, Unit};

    fn entry(day: usize, values: &[(&str, f64)]) -> Entry {
        let kind = (Unit::Count, Better::Smaller);
        let measures = values
            .iter()
            .map(|(name, value)| Measure::new(Source::Gungraun, *name, "instructions", kind, *value))
            .collect();
        let moment = format!("2026-11-{day:02}T00:00:00Z").parse().unwrap();
        Entry::of_measures(moment, format!("c{day}"), measures)
    }

    #[test]
    fn gaps_stay_gaps_and_the_latest_run_gives_the_order() {
        let entries = [
            entry(1, &[("gone", 1.0), ("a", 5.0), ("b", 7.0)]),
            entry(2, &[("b", 6.0)]),
            entry(3, &[("b", 6.0), ("a", 4.0)]),
        ];
        let found = series(&entries, Group::Instructions);
        let names: Vec<&str> = found.iter().map(|series| series.latest().benchmark.as_str()).collect();
        assert_eq!(names, ["b", "a", "gone"]);
        let values =
            |at: usize| found[at].points.iter().map(|point| point.map(|measure| measure.value)).collect();
        let (b, a): (Vec<_>, Vec<_>) = (values(0), values(1));
        assert_eq!((b, a), (vec![Some(7.0), Some(6.0), Some(6.0)], vec![Some(5.0), None, Some(4.0)]));

        let (before, runs_ago) = found[1].before().unwrap();
        assert_eq!((before.value, runs_ago, found[1].trend(before)), (5.0, 2, Trend::Improved));
        let (before, runs_ago) = found[0].before().unwrap();
        assert_eq!((before.value, runs_ago, found[0].trend(before)), (6.0, 1, Trend::Unjudged));
        assert_eq!((found[2].runs_since(), found[2].before().is_none()), (2, true));
        assert!(series(&entries, Group::Ratios).is_empty());
    }

    #[test]
    fn what_the_clock_says_is_judged_only_where_the_bounds_are_apart() {
        let ratio = |value: f64, bound: Option<f64>| {
            let kind = (Unit::Ratio, Better::Bigger);
            let measure = Measure::new(Source::Paired, "lockstep", "ratio", kind, value);
            Measure {
                low: bound.map(|bound| value - bound),
                high: bound.map(|bound| value + bound),
                ..measure
            }
        };
        let trend = |before: Measure, after: Measure| {
            let moment = "2026-11-01T00:00:00Z".parse().unwrap();
            let entries = [Entry::of_measures(moment, "c".to_owned(), vec![after])];
            series(&entries, Group::Ratios)[0].trend(&before)
        };
        assert_eq!(trend(ratio(0.8, Some(0.01)), ratio(0.9, Some(0.01))), Trend::Improved);
        assert_eq!(trend(ratio(0.9, Some(0.01)), ratio(0.8, Some(0.01))), Trend::Worsened);
        assert_eq!(trend(ratio(0.8, Some(0.06)), ratio(0.9, Some(0.06))), Trend::Unjudged);
        assert_eq!(trend(ratio(0.8, None), ratio(0.9, Some(0.01))), Trend::Unjudged);
    }
}
