//! One cell of a run: one spec on one system, from the first experiment to the row of the report.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::row::{Departure, Row, RowSegmentation, VerdictWord};
use super::settings::Settings;
use crate::drive::{Limits, Pulse, Timing, drive};
use crate::machine::allocation;
use crate::plan::{Draw, Feed, Operation, Plan, Step};
use crate::shrink::shrink;
use crate::spec::{Experiment, Spec};
use crate::subject::Subject;
use crate::system::System;
use crate::token::Token;
use crate::trace::{Outcome, Segmentation, Stopped, Trace};
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

/// What a worker shows to the watchdog while it works.
pub(super) trait Progress {
    /// An experiment is about to run.
    fn begins(&self, experiment: &Experiment);
}

/// What a worker needs for one cell.
pub(super) struct Bench<'a> {
    pub(super) settings: &'a Settings,
    pub(super) pulse: &'a Pulse,
    pub(super) interrupt: &'a AtomicBool,
    pub(super) progress: &'a dyn Progress,
}

/// A row and what the clock said of it; no row if the run was interrupted in it.
pub(super) type Filled = (Option<Row>, Timing);

/// How often a finding that rests on waiting in vain is repeated before it counts.
const REPEATS: u32 = 3;

/// How much more patient the last repeat is: what is merely slow comes through.
const LAST_REPEAT: u32 = 4;

/// How many bytes one experiment may hold, harness and all: pipes without a bound are legal, and are filled with 64 MiB.
const MEMORY_BUDGET: u64 = 512 << 20;

/// How many smaller cases are tried for a finding that is proved, and for one that is waited for.
const SHRINK_ATTEMPTS: usize = 400;
const SHRINK_ATTEMPTS_PATIENT: usize = 40;

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
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        tally.weigh(Verdict::CannotRun(
            "no runtime could be made: are there descriptors left (ulimit -n)?".into(),
        ));
        return (Some(tally.row(spec, system, None)), Timing::default());
    };
    let time = cell.time.unwrap_or(bench.settings.cell_time);
    let lab = Lab { spec, system, bench, runtime, time };
    let began = Instant::now();
    for (index, experiment) in experiments.iter().enumerate() {
        if index > 0 && began.elapsed() > time {
            tally.weigh(Verdict::PassWithReason("its time was up before all its cases were run".into()));
            break;
        }
        let Some((verdict, segmentation)) = lab.decide(experiment, &mut tally.timing) else {
            return (None, tally.timing);
        };
        // What could not be run was no case: a report in which nothing else is must not pass for a conformant one.
        tally.cases += u64::from(!matches!(verdict, Verdict::CannotRun(_)));
        tally.segmentation += segmentation;
        if let Verdict::Fail(finding) = verdict {
            let (experiment, finding) = lab.reduce(experiment.clone(), finding, &mut tally.timing);
            let timing = tally.timing;
            return (Some(tally.row(spec, system, Some((experiment, finding)))), timing);
        }
        let is_final = matches!(verdict, Verdict::CannotRun(_));
        tally.weigh(verdict);
        if is_final {
            break;
        }
    }
    let timing = tally.timing;
    (Some(tally.row(spec, system, None)), timing)
}

/// What a spec asks to be run on a system.
pub(super) fn proposed(spec: &Spec, subject: &Subject, seed: u64) -> Vec<Experiment> {
    (spec.experiments)(subject, &mut Draw::new(seed, &[spec.id, &subject.id]))
}

/// A runtime in which the experiments of one cell are run.
struct Lab<'a> {
    spec: &'static Spec,
    system: &'a Arc<dyn System>,
    bench: &'a Bench<'a>,
    runtime: tokio::runtime::Runtime,
    /// How long the cases may take together.
    time: Duration,
}

impl Lab<'_> {
    /// Runs an experiment until its verdict stands; `None` if the run was interrupted.
    ///
    /// At first in a hurry: what is seen then is proof of itself, and most of what is wrong is proved without a clock.
    /// Only what rests on having waited is tried again with all the patience there is.
    fn decide(&self, experiment: &Experiment, timing: &mut Timing) -> Option<(Verdict, Segmentation)> {
        let patience = self.bench.settings.patience;
        let hurried = self.attempt(experiment, hurry(patience), timing)?;
        match &hurried.0 {
            Verdict::Fail(finding) if finding.kind.depends_on_patience() => {}
            Verdict::Inconclusive(_) | Verdict::CannotRun(_) => {
                return self.attempt(experiment, patience, timing);
            }
            _ => return Some(hurried),
        }
        for repeat in 1..=REPEATS {
            let patience = if repeat == REPEATS { patience * LAST_REPEAT } else { patience };
            let patient = self.attempt(experiment, patience, timing)?;
            let is_same = matches!(&patient.0, Verdict::Fail(finding) if finding.kind.depends_on_patience());
            if !is_same || repeat == REPEATS {
                return Some(patient);
            }
        }
        Some(hurried)
    }

    /// Runs the plans of an experiment once, and judges them; `None` if the run was interrupted.
    fn attempt(
        &self,
        experiment: &Experiment,
        patience: Duration,
        timing: &mut Timing,
    ) -> Option<(Verdict, Segmentation)> {
        let traces = match self.observe(experiment, patience, timing)? {
            Ok(traces) => traces,
            Err(verdict) => return Some((verdict, Segmentation::default())),
        };
        let mut segmentation = Segmentation::default();
        traces.iter().for_each(|trace| segmentation += trace.segmentation);
        let verdict = (self.spec.judge)(self.system.subject(), &experiment.plans, &traces);
        Some((excuse(verdict, &traces), segmentation))
    }

    /// Runs the plans of an experiment once: what was seen, or why nothing could be; `None` if the run was interrupted.
    fn observe(
        &self,
        experiment: &Experiment,
        patience: Duration,
        timing: &mut Timing,
    ) -> Option<Result<Vec<Trace>, Verdict>> {
        self.bench.progress.begins(experiment);
        let limits = Limits { patience, total: self.time.max(patience * 8) };
        let _armed = allocation::arm(MEMORY_BUDGET);
        let mut traces = Vec::new();
        for plan in &experiment.plans {
            let pulse = self.bench.pulse;
            let mut world = match pulse.guard(|| self.system.world()) {
                Ok(world) => world,
                Err(words) => {
                    let reason = format!("the system could not be made: it panicked: {words}");
                    return Some(Err(Verdict::CannotRun(reason)));
                }
            };
            // Tasks that the system spawned for itself end with its plan.
            let local = tokio::task::LocalSet::new();
            let drive = drive(&mut *world, plan, &limits, pulse, self.bench.interrupt);
            let (trace, spent) = self.runtime.block_on(local.run_until(drive));
            let dropped = self.runtime.block_on(local.run_until(async { pulse.guard(|| drop(world)) }));
            if pulse.guard(|| drop(local)).and(dropped).is_err() {
                // A panic while it is dropped says nothing about the rule; what it did before stands in the trace.
            }
            timing.elapsed += spent.elapsed;
            timing.bytes += spent.bytes;
            if trace.stopped == Some(Stopped::Interrupted) {
                return None;
            }
            traces.push(trace);
        }
        Some(Ok(traces))
    }

    /// Makes an experiment that feeds in every way one that feeds in the way that failed, if that alone fails, too.
    fn concrete(
        &self,
        experiment: Experiment,
        finding: Finding,
        timing: &mut Timing,
    ) -> (Experiment, Finding) {
        let patience = hurry(self.bench.settings.patience);
        let is_every_way = |step: &Step| step.operation == Operation::FeedEveryWay;
        if !experiment.plans.iter().flat_map(|plan| &plan.steps).any(is_every_way) {
            return (experiment, finding);
        }
        let Some(Ok(traces)) = self.observe(&experiment, patience, timing) else {
            return (experiment, finding);
        };
        let plans = experiment.plans.iter().zip(&traces).map(|(plan, trace)| one_way(plan, trace));
        let candidate = Experiment { plans: plans.collect() };
        match self.attempt(&candidate, patience, timing) {
            Some((Verdict::Fail(concrete), _)) => (candidate, concrete),
            _ => (experiment, finding),
        }
    }

    /// Makes a failing experiment smaller while it fails for the same kind.
    fn reduce(&self, experiment: Experiment, finding: Finding, timing: &mut Timing) -> (Experiment, Finding) {
        if !self.bench.settings.shrink {
            return (experiment, finding);
        }
        let (experiment, finding) = self.concrete(experiment, finding, timing);
        let kind = finding.kind;
        let (budget, patience) = if kind.depends_on_patience() {
            (SHRINK_ATTEMPTS_PATIENT, hurry(self.bench.settings.patience))
        } else {
            (SHRINK_ATTEMPTS, hurry(self.bench.settings.patience) / 4)
        };
        let mut smallest = finding;
        let mut fails = |candidate: &Experiment| match self.attempt(candidate, patience, timing) {
            Some((Verdict::Fail(finding), _)) if finding.kind == kind => {
                smallest = finding;
                true
            }
            _ => false,
        };
        let experiment = shrink(experiment, &mut fails, budget);
        (experiment, smallest)
    }
}

/// A plan up to the step that fed in every way, which feeds in the one that differed, and then ends the stream.
fn one_way(plan: &Plan, trace: &Trace) -> Plan {
    let differing = trace.observations.iter().find_map(|seen| match &seen.outcome {
        Outcome::EveryWay { differing: Some(cuts), .. } => Some((seen.step as usize, seen.end, cuts.clone())),
        _ => None,
    });
    let Some((index, end, cuts)) = differing else { return plan.clone() };
    let mut steps: Vec<Step> = plan.steps.iter().take(index).cloned().collect();
    steps.push(Step { end, operation: Operation::Feed(Feed { cuts, lost: 0 }) });
    steps.push(Step { end, operation: Operation::FeedEnd });
    Plan { steps, ..plan.clone() }
}

/// The patience of a first try.
fn hurry(patience: Duration) -> Duration {
    (patience / 20).clamp(Duration::from_millis(10), Duration::from_millis(100)).min(patience)
}

/// A failure beside which this machine ran out of something is not the system's.
fn excuse(verdict: Verdict, traces: &[Trace]) -> Verdict {
    if !matches!(verdict, Verdict::Fail(_)) {
        return verdict;
    }
    let mut observations = traces.iter().flat_map(|trace| &trace.observations);
    let exhausted = observations.find_map(|seen| match seen.outcome {
        Outcome::Error(failure) if failure.is_exhaustion() => Some(failure),
        _ => None,
    });
    match exhausted {
        Some(failure) => Verdict::CannotRun(format!("this machine ran out of something: {failure}")),
        None => verdict,
    }
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
    row.replay = Some(token.to_string());
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
