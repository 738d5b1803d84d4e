//! A system on the bench: experiments are run, judged until the verdict stands, and made smaller.
//!
//! The cells of a run and the searches of a campaign share it, so that a finding of either is held to the same proof.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::settings::Settings;
use super::vain::Pursuit;
use crate::drive::{Limits, Pulse, Timing, drive};
use crate::machine::allocation;
use crate::oracle::excuse;
use crate::plan::{Feed, Operation, Plan, Step};
use crate::shrink::shrink;
use crate::spec::{Experiment, Spec};
use crate::system::System;
use crate::trace::{Outcome, Segmentation, Stopped, Trace};
use crate::verdict::{Finding, Verdict};

/// What a worker shows to the watchdog while it works.
pub(super) trait Progress {
    /// An experiment is about to run.
    fn begins(&self, experiment: &Experiment);
}

/// What a worker needs for one cell.
pub(super) struct Bench<'a> {
    /// What to do about a finding that rests on having waited.
    pub(super) pursue: &'a dyn Fn() -> Pursuit,
    pub(super) settings: &'a Settings,
    pub(super) pulse: &'a Pulse,
    pub(super) interrupt: &'a AtomicBool,
    pub(super) progress: &'a dyn Progress,
}

/// How many bytes one experiment may hold, harness and all: pipes without a bound are legal, and are filled with 64 MiB.
const MEMORY_BUDGET: u64 = 512 << 20;

/// Where frames may be large, so many of the largest: four buffers of that length are every codec's right, and a plan has some ends.
const LARGEST_FRAMES: u64 = 32;

/// But never more than this.
const MOST_MEMORY: u64 = 8 << 30;

/// How many smaller cases are tried for a finding that is proved, and for one that is waited for.
const SHRINK_ATTEMPTS: usize = 400;
const SHRINK_ATTEMPTS_PATIENT: usize = 24;

/// Why a cell is not pursued whose system was waited for in vain often enough.
pub(super) const GIVEN_UP: &str =
    "given up: it waited in vain, as other specs of this system did that failed by it";

/// What is said of a failure that a replay will not show.
const UNREPEATED: &str = "repeated alone it did not happen: it goes by what ran before it (do connections or codecs share state?) or by chance";

/// A system on a bench, with a runtime for its experiments.
pub(super) struct Lab<'a> {
    pub(super) system: &'a dyn System,
    pub(super) bench: &'a Bench<'a>,
    pub(super) runtime: &'a Runtime,
    /// How long one plan may take at least, however impatient its waits are.
    pub(super) time: Duration,
}

impl Lab<'_> {
    /// Runs an experiment until its verdict stands; `None` if the run was interrupted.
    ///
    /// At first in a hurry: what is seen then is proof of itself, and most of what is wrong is proved without a clock.
    /// Only what rests on having waited is tried again with all the patience there is.
    pub(super) fn decide(
        &self,
        spec: &Spec,
        experiment: &Experiment,
        timing: &mut Timing,
    ) -> Option<(Verdict, Segmentation)> {
        let patience = self.bench.settings.patience;
        let mut latest = self.attempt(spec, experiment, hurry(patience), timing)?;
        if matches!(latest.0, Verdict::Inconclusive(_) | Verdict::CannotRun(_)) {
            return self.attempt(spec, experiment, patience, timing);
        }
        if !is_waited_for(&latest.0) {
            return Some(latest);
        }
        let Pursuit::Repeat(repeats) = (self.bench.pursue)() else {
            return Some((Verdict::Inconclusive(GIVEN_UP.to_owned()), latest.1));
        };
        for patience in repeats {
            latest = self.attempt(spec, experiment, patience, timing)?;
            if !is_waited_for(&latest.0) {
                break;
            }
        }
        Some(latest)
    }

    /// Runs the plans of an experiment once, and judges them; `None` if the run was interrupted.
    fn attempt(
        &self,
        spec: &Spec,
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
        Some((self.judge(spec, experiment, &traces), segmentation))
    }

    /// What the spec says of it, unless this machine is to blame.
    pub(super) fn judge(&self, spec: &Spec, experiment: &Experiment, traces: &[Trace]) -> Verdict {
        let verdict = (spec.judge)(self.system.subject(), &experiment.plans, traces);
        excuse(verdict, &experiment.plans, traces)
    }

    fn memory_budget(&self) -> u64 {
        let layout = self.system.subject().layout.as_ref();
        let frames = layout.map_or(0, |layout| layout.largest().saturating_mul(LARGEST_FRAMES));
        frames.clamp(MEMORY_BUDGET, MOST_MEMORY)
    }

    /// Runs the plans of an experiment once: what was seen, or why nothing could be; `None` if the run was interrupted.
    pub(super) fn observe(
        &self,
        experiment: &Experiment,
        patience: Duration,
        timing: &mut Timing,
    ) -> Option<Result<Vec<Trace>, Verdict>> {
        self.bench.progress.begins(experiment);
        let mut limits = Limits { patience, total: self.time.max(patience * 8) };
        let _armed = allocation::arm(self.memory_budget());
        let mut traces = Vec::new();
        for (index, plan) in experiment.plans.iter().enumerate() {
            let pulse = self.bench.pulse;
            pulse.begins_plan(index);
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
            if trace.stopped == Some(Stopped::Silence) {
                // The last repeat of an experiment waits for twice the patience, so that its later plans still have all there is to be had.
                limits.patience = patience / 2;
            }
            traces.push(trace);
        }
        Some(Ok(traces))
    }

    /// Makes an experiment that feeds in every way one that feeds in the way that failed, if that alone fails, too.
    fn concrete(
        &self,
        spec: &Spec,
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
        let candidate = Experiment { plans: plans.collect(), ..experiment };
        match self.attempt(spec, &candidate, patience, timing) {
            Some((Verdict::Fail(concrete), _)) => (candidate, concrete),
            _ => (experiment, finding),
        }
    }

    /// Makes a failing experiment smaller while it fails for the same kind.
    pub(super) fn reduce(
        &self,
        spec: &Spec,
        experiment: Experiment,
        finding: Finding,
        timing: &mut Timing,
    ) -> (Experiment, Finding) {
        if !self.bench.settings.shrink {
            return (experiment, finding);
        }
        let (experiment, finding) = self.concrete(spec, experiment, finding, timing);
        let kind = finding.kind;
        let (budget, patience) = if kind.depends_on_patience() {
            (SHRINK_ATTEMPTS_PATIENT, hurry(self.bench.settings.patience) / 2)
        } else {
            (SHRINK_ATTEMPTS, hurry(self.bench.settings.patience) / 4)
        };
        let mut smallest = finding.clone();
        let mut fails = |candidate: &Experiment| match self.attempt(spec, candidate, patience, timing) {
            Some((Verdict::Fail(finding), _)) if finding.kind == kind => {
                smallest = finding;
                true
            }
            _ => false,
        };
        let small = shrink(experiment.clone(), &mut fails, budget);
        if kind.depends_on_patience() && small == experiment {
            return (small, smallest);
        }
        // What is printed has to fail when it is replayed, alone and with all patience: a slow system lets a hurried case wait in vain
        // that it would satisfy, and a case may have failed by what ran before it.
        let mut repeated = |candidate: &Experiment| match self.attempt(
            spec,
            candidate,
            self.bench.settings.patience,
            timing,
        ) {
            Some((Verdict::Fail(again), _)) if again.kind == kind => Some(again),
            _ => None,
        };
        if let Some(again) = repeated(&small) {
            return (small, again);
        }
        if kind.depends_on_patience() {
            return (experiment, finding);
        }
        match repeated(&experiment) {
            Some(again) => (experiment, again),
            None => {
                let actual = format!("{}; {UNREPEATED}", finding.actual);
                (experiment, Finding { actual, ..finding })
            }
        }
    }
}

/// Whether it is a finding that rests on having waited.
fn is_waited_for(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Fail(finding) if finding.kind.depends_on_patience())
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
pub(super) fn hurry(patience: Duration) -> Duration {
    (patience / 20).clamp(Duration::from_millis(10), Duration::from_millis(100)).min(patience)
}
