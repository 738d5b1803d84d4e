//! One cell of a run: one spec on one system, from the first experiment to the row of the report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lab::{Bench, GIVEN_UP, Lab};
use super::row::{Departure, Row, RowSegmentation, VerdictWord};
use crate::drive::{Timing, runtime};
use crate::machine::thread_clock::ThreadClock;
use crate::plan::Draw;
use crate::spec::{Experiment, Spec};
use crate::subject::{Capability, Subject};
use crate::system::System;
use crate::token::Token;
use crate::trace::Segmentation;
use crate::verdict::{Finding, Level, Verdict};

/// One spec and one system.
#[derive(Clone)]
pub struct Pair {
    /// The spec.
    pub spec: &'static Spec,
    /// The system.
    pub system: Arc<dyn System>,
}

/// A pair, and where its experiments come from.
#[derive(Clone)]
pub(super) struct Cell {
    pub(super) pair: Pair,
    /// The experiments to run instead of the spec's own.
    pub(super) fixed: Option<Arc<[Experiment]>>,
    /// How long its cases may take together, if not what the run allows.
    pub(super) time: Option<Duration>,
    /// Whether it is run even if an earlier call of its system did not return.
    pub(super) insists: bool,
}

/// A row and what the clock said of it; no row if the run was interrupted in it.
pub(super) type Filled = (Option<Row>, Timing);

/// Runs a cell.
pub(super) fn fill(cell: &Cell, bench: &Bench<'_>) -> Filled {
    let Pair { spec, system } = &cell.pair;
    let subject = system.subject();
    let mut tally = Tally::default();
    if let Some(reason) = system.unavailable().or_else(|| spec.needs.lacking(subject)) {
        tally.weigh(Verdict::Skipped(reason));
        return (Some(tally.row(spec, system, None)), Timing::default());
    }
    let experiments =
        cell.fixed.clone().unwrap_or_else(|| proposed(spec, subject, bench.settings.seed).into());
    if experiments.is_empty() {
        tally.weigh(Verdict::Skipped("it has no case for this system".to_owned()));
        return (Some(tally.row(spec, system, None)), Timing::default());
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(reason) => {
            tally.weigh(Verdict::CannotRun(reason));
            return (Some(tally.row(spec, system, None)), Timing::default());
        }
    };
    let time = cell.time.unwrap_or(bench.settings.cell_time);
    let lab = Lab { system: &**system, bench, runtime: &runtime, time };
    let began = Instant::now();
    let labour = Labour::of(subject);
    for (index, experiment) in experiments.iter().enumerate() {
        if index > 0 && (began.elapsed() > time || labour.is_too_much()) {
            tally.weigh(Verdict::PassWithReason("its time was up before all its cases were run".into()));
            break;
        }
        let Some((verdict, segmentation)) = lab.decide(spec, experiment, &mut tally.timing) else {
            return (None, tally.timing);
        };
        // What could not be run was no case: a report in which nothing else is must not pass for a conformant one.
        tally.cases += u64::from(!matches!(verdict, Verdict::CannotRun(_)));
        tally.segmentation += segmentation;
        if let Verdict::Fail(finding) = verdict {
            let (experiment, finding) = lab.reduce(spec, experiment.clone(), finding, &mut tally.timing);
            let timing = tally.timing;
            return (Some(tally.row(spec, system, Some((experiment, finding)))), timing);
        }
        let is_final = match &verdict {
            Verdict::CannotRun(_) => true,
            Verdict::Inconclusive(reason) => reason == GIVEN_UP,
            _ => false,
        };
        tally.weigh(verdict);
        if is_final {
            break;
        }
    }
    let timing = tally.timing;
    (Some(tally.row(spec, system, None)), timing)
}

/// How long the cases of one spec may compute on a codec that is called directly.
///
/// Sound codecs take a tenth of it, even if nobody optimised them; one that is quadratic in each frame would take minutes for what one spec sees at once.
/// It is processor time, so that a busy machine leaves out no case.
const COMPUTED: Duration = Duration::from_secs(5);

/// What a cell's thread computes, where that is the codec's own work and little else.
struct Labour(Option<(ThreadClock, Duration)>);

impl Labour {
    fn of(subject: &Subject) -> Labour {
        let clock = subject.can(Capability::DirectCalls).then(ThreadClock::of_this_thread).flatten();
        Labour(clock.and_then(|clock| clock.read().map(|began| (clock, began))))
    }

    fn is_too_much(&self) -> bool {
        let Labour(Some((clock, began))) = self else { return false };
        clock.read().is_some_and(|now| now.saturating_sub(*began) > COMPUTED)
    }
}

/// What a spec asks to be run on a system.
pub(super) fn proposed(spec: &Spec, subject: &Subject, seed: u64) -> Vec<Experiment> {
    (spec.experiments)(subject, &mut Draw::new(seed, &[spec.id, &subject.id]))
}

/// What the cases of one cell come to, so far.
#[derive(Default)]
struct Tally {
    cases: u64,
    segmentation: Segmentation,
    timing: Timing,
    heaviest: Option<Verdict>,
}

impl Tally {
    /// Keeps the verdict that weighs more; of equals the first.
    fn weigh(&mut self, verdict: Verdict) {
        if self.heaviest.as_ref().is_none_or(|heaviest| weight(&verdict) > weight(heaviest)) {
            self.heaviest = Some(verdict);
        }
    }

    /// The row of the report.
    fn row(self, spec: &Spec, system: &Arc<dyn System>, failed: Option<(Experiment, Finding)>) -> Row {
        let subject = system.subject();
        let level = spec.level_for(subject);
        let mut row = Row {
            id: spec.id.to_owned(),
            system: subject.id.clone(),
            kind: subject.kind,
            level,
            rule: spec.rule.to_owned(),
            clause: spec.clause.to_owned(),
            verdict: VerdictWord::Pass,
            cases: self.cases,
            reason: None,
            expected: None,
            actual: None,
            replay: None,
            segmentation: RowSegmentation::of(&self.segmentation),
            departure: None,
            cannot_run: false,
        };
        if let Some((experiment, finding)) = failed {
            depart(&mut row, subject, experiment, finding);
            return row;
        }
        (row.verdict, row.reason) = match self.heaviest {
            None | Some(Verdict::Pass | Verdict::Fail(_)) => (VerdictWord::Pass, None),
            Some(Verdict::PassWithReason(reason)) => (VerdictWord::Pass, Some(reason)),
            Some(Verdict::Skipped(reason)) => (VerdictWord::Skipped, Some(reason)),
            Some(Verdict::Inconclusive(reason)) => (VerdictWord::Inconclusive, Some(reason)),
            Some(Verdict::CannotRun(reason)) => {
                row.cannot_run = true;
                (VerdictWord::Inconclusive, Some(reason))
            }
        };
        row
    }
}

/// Makes a row say what was departed from; the level decides how bad that is.
pub(super) fn depart(row: &mut Row, subject: &Subject, experiment: Experiment, finding: Finding) {
    if row.level == Level::May {
        row.verdict = VerdictWord::Pass;
        row.reason = Some(format!("not seen: {}", finding.actual));
        return;
    }
    row.verdict = if row.level == Level::Must { VerdictWord::Fail } else { VerdictWord::Warn };
    let token = Token {
        spec: row.id.clone(),
        system: row.system.clone(),
        layout: subject.layout.clone(),
        plans: experiment.plans.clone(),
    };
    row.expected = Some(finding.expected);
    row.actual = Some(finding.actual);
    row.replay = token.readable();
    row.departure =
        Some(Departure { kind: finding.kind, plans: experiment.plans, difference: finding.difference });
}

/// Which verdict of several cases speaks for the cell.
fn weight(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::PassWithReason(_) => 1,
        Verdict::Skipped(_) => 2,
        Verdict::Inconclusive(_) => 3,
        Verdict::CannotRun(_) => 4,
        Verdict::Fail(_) => 5,
    }
}
