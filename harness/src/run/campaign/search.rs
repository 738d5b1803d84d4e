//! The search on one system: a plan at a time, each from one that showed something new before.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::Entrant;
use crate::drive::Timing;
use crate::fuzz::mutate::{Focus, mutate};
use crate::fuzz::novelty::Explorer;
use crate::fuzz::tame;
use crate::plan::{Draw, Plan};
use crate::run::blank::blank_row;
use crate::run::cell::{Pair, depart};
use crate::run::lab::{Lab, hurry};
use crate::run::row::Row;
use crate::spec::{Experiment, Spec};
use crate::trace::Trace;
use crate::verdict::{FailureKind, Finding, Verdict};

/// After how many plans in a row that could not be run the system is given up.
const MOST_OBSTACLES: u32 = 8;

/// A search that goes from thread to thread, a slice at a time.
pub(super) struct Search {
    pub(super) index: usize,
    pub(super) entrant: Arc<Entrant>,
    explorer: Explorer,
    /// What is left of the plans to begin with.
    first: VecDeque<Plan>,
    pub(super) cases: u64,
    found: BTreeSet<(&'static str, FailureKind)>,
    obstacles: u32,
}

/// A seed that no other entrant of the campaign has.
fn own_seed(seed: u64, entrant: &Entrant) -> u64 {
    Draw::new(seed, &["campaign", &entrant.system.subject().id]).between(0, u64::MAX)
}

/// What came of one plan.
pub(super) enum Came {
    /// Nothing that was not known.
    Nothing,
    /// It showed something new.
    New(Plan),
    /// It departed from a rule in a way that was not known.
    Departed(Box<Row>),
    /// The system cannot be run, for this reason.
    Obstacle(String),
    /// The campaign was interrupted in it.
    Interrupted,
}

impl Search {
    pub(super) fn new(index: usize, entrant: Arc<Entrant>, seed: u64) -> Search {
        Search {
            index,
            explorer: Explorer::new(own_seed(seed, &entrant), Vec::new()),
            first: entrant.corpus.iter().cloned().collect(),
            entrant,
            cases: 0,
            found: BTreeSet::new(),
            obstacles: 0,
        }
    }

    /// Runs one plan and judges it.
    pub(super) fn step(&mut self, lab: &Lab<'_>) -> Came {
        let subject = self.entrant.system.subject();
        let plan = self.first.pop_front().unwrap_or_else(|| {
            let focus = Focus { kind: subject.kind, layout: subject.layout.as_ref() };
            self.explorer.propose(|plan, draw| mutate(plan, &focus, draw))
        });
        let experiment = Experiment::from(tame::of(subject, &plan));
        let patience = hurry(lab.bench.settings.patience);
        let traces = match lab.observe(&experiment, patience, &mut Timing::default()) {
            None => return Came::Interrupted,
            Some(Err(verdict)) => return self.obstacle(verdict),
            Some(Ok(traces)) => traces,
        };
        self.cases += 1;
        if let Some(came) = self.judge(lab, &experiment, &traces) {
            return came;
        }
        self.obstacles = 0;
        if self.explorer.learn(&plan, &traces[0]) { Came::New(plan) } else { Came::Nothing }
    }

    /// The first judge that does not let it pass has its say; `None` if there is nothing new to say.
    fn judge(&mut self, lab: &Lab<'_>, experiment: &Experiment, traces: &[Trace]) -> Option<Came> {
        for spec in self.entrant.judges.clone() {
            match lab.judge(spec, experiment, traces) {
                Verdict::Fail(finding) => return self.depart(lab, spec, experiment, finding),
                verdict @ Verdict::CannotRun(_) => return Some(self.obstacle(verdict)),
                _ => {}
            }
        }
        None
    }

    /// Proves a departure and makes it smaller, unless its like is known.
    fn depart(
        &mut self,
        lab: &Lab<'_>,
        spec: &'static Spec,
        experiment: &Experiment,
        finding: Finding,
    ) -> Option<Came> {
        if self.found.contains(&(spec.id, finding.kind)) {
            return None;
        }
        let timing = &mut Timing::default();
        let finding = if finding.kind.depends_on_patience() {
            let Some((verdict, _)) = lab.decide(spec, experiment, timing) else {
                return Some(Came::Interrupted);
            };
            // What does not come again was a busy machine.
            let Verdict::Fail(finding) = verdict else { return None };
            finding
        } else {
            finding
        };
        let is_new = self.found.insert((spec.id, finding.kind));
        if !is_new {
            return None;
        }
        let (experiment, finding) = lab.reduce(spec, experiment.clone(), finding, timing);
        let system = &self.entrant.system;
        let mut row = blank_row(&Pair { spec, system: Arc::clone(system) });
        (row.cases, row.segmentation) = (self.cases, None);
        depart(&mut row, system.subject(), experiment, finding);
        Some(Came::Departed(Box::new(row)))
    }

    /// A plan that could not be run: now and then it happens on a busy machine, again and again it is the system.
    fn obstacle(&mut self, verdict: Verdict) -> Came {
        self.obstacles += 1;
        match verdict {
            Verdict::CannotRun(reason) if self.obstacles >= MOST_OBSTACLES => Came::Obstacle(reason),
            _ => Came::Nothing,
        }
    }
}
