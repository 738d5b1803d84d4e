//! The search on one system: a plan at a time, each from one that showed something new before.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

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

/// How many of the plans to begin with are run before the first new one.
const STRAIGHT_AWAY: usize = 256;

/// After how many plans in a row that could not be run the system rests, or is given up.
const MOST_OBSTACLES: u32 = 8;

/// How many times patience a system rests that could be run before: what ran out on this machine comes back by itself.
const REST: u32 = 3;

/// How often it rests in a row: with the default patience for longer than TIME_WAIT keeps ports, which is a minute on Linux.
const MOST_RESTS: u32 = 15;

/// A search that goes from thread to thread, a slice at a time.
pub(super) struct Search {
    pub(super) index: usize,
    pub(super) entrant: Arc<Entrant>,
    explorer: Explorer,
    /// How many of the plans to begin with have been run.
    begun: usize,
    pub(super) cases: u64,
    found: BTreeSet<(&'static str, FailureKind)>,
    obstacles: u32,
    /// Whether any plan could be run so far.
    has_run: bool,
    rests: u32,
    rests_until: Option<Instant>,
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
            begun: 0,
            entrant,
            cases: 0,
            found: BTreeSet::new(),
            obstacles: 0,
            has_run: false,
            rests: 0,
            rests_until: None,
        }
    }

    /// The next of the plans to begin with, if it is its turn.
    ///
    /// A few come straight away; the others take turns with new ones, or a campaign with less time than they take would never try any.
    fn next_to_begin_with(&mut self) -> Option<Plan> {
        if self.begun >= STRAIGHT_AWAY && self.cases % 2 == 1 {
            return None;
        }
        let plan = self.entrant.corpus.get(self.begun)?.clone();
        self.begun += 1;
        Some(plan)
    }

    /// Runs one plan and judges it; `proved` hears of a departure before it is made smaller, lest it is lost if something smaller hangs.
    pub(super) fn step(&mut self, lab: &Lab<'_>, proved: &mut dyn FnMut(Box<Row>)) -> Came {
        let entrant = Arc::clone(&self.entrant);
        let subject = entrant.system.subject();
        let plan = self.next_to_begin_with().unwrap_or_else(|| {
            let focus = Focus { kind: subject.kind, layout: subject.layout.as_ref() };
            self.explorer.propose(|plan, draw| mutate(plan, &focus, draw))
        });
        let experiment = Experiment::from(tame::of(subject, &plan));
        let patience = hurry(lab.bench.settings.patience);
        let traces = match lab.observe(&experiment, patience, &mut Timing::default()) {
            None => return Came::Interrupted,
            Some(Err(verdict)) => return self.obstacle(lab, verdict),
            Some(Ok(traces)) => traces,
        };
        self.cases += 1;
        if let Some(came) = self.judge(lab, &experiment, &traces, proved) {
            return came;
        }
        (self.obstacles, self.rests, self.has_run) = (0, 0, true);
        if self.explorer.learn(&plan, &traces[0]) { Came::New(plan) } else { Came::Nothing }
    }

    /// The first judge that does not let it pass has its say; `None` if there is nothing new to say.
    fn judge(
        &mut self,
        lab: &Lab<'_>,
        experiment: &Experiment,
        traces: &[Trace],
        proved: &mut dyn FnMut(Box<Row>),
    ) -> Option<Came> {
        for spec in self.entrant.judges.clone() {
            match lab.judge(spec, experiment, traces) {
                Verdict::Fail(finding) => return self.depart(lab, spec, experiment, finding, proved),
                verdict @ Verdict::CannotRun(_) => return Some(self.obstacle(lab, verdict)),
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
        proved: &mut dyn FnMut(Box<Row>),
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
        proved(self.row(spec, experiment.clone(), finding.clone()));
        let (experiment, finding) = lab.reduce(spec, experiment.clone(), finding, timing);
        Some(Came::Departed(self.row(spec, experiment, finding)))
    }

    /// The row of a departure.
    fn row(&self, spec: &'static Spec, experiment: Experiment, finding: Finding) -> Box<Row> {
        let system = &self.entrant.system;
        let mut row = blank_row(&Pair { spec, system: Arc::clone(system) });
        (row.cases, row.segmentation) = (self.cases, None);
        depart(&mut row, system.subject(), experiment, finding);
        Box::new(row)
    }

    /// Whether it has been told to rest, and has not rested yet.
    pub(super) fn rests(&mut self) -> bool {
        self.rests_until = self.rests_until.filter(|until| Instant::now() < *until);
        self.rests_until.is_some()
    }

    /// A plan that could not be run: now and then it happens on a busy machine, again and again it is the system,
    /// unless it could be run before.
    fn obstacle(&mut self, lab: &Lab<'_>, verdict: Verdict) -> Came {
        self.obstacles += 1;
        match verdict {
            Verdict::CannotRun(reason) if self.obstacles >= MOST_OBSTACLES => {
                if !self.has_run || self.rests >= MOST_RESTS {
                    return Came::Obstacle(reason);
                }
                (self.obstacles, self.rests) = (0, self.rests + 1);
                self.rests_until = Some(Instant::now() + lab.bench.settings.patience * REST);
                Came::Nothing
            }
            _ => Came::Nothing,
        }
    }
}
