//! Running the catalogue against broken systems: what the kill matrix is made of.
//!
//! A spec runs all its experiments on the mutants that it claims to catch, up to the first that fails;
//! of the others it is given a few cheap ones, which show what else it catches.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::cell::{Cell, Pair, proposed};
use super::engine::fill_cells;
use super::event::Event;
use super::matrix::{KillMatrix, Killed, Left};
use super::row::{Row, VerdictWord};
use super::sample::sample;
use super::settings::Settings;
use crate::fault::{Fault, Faulty};
use crate::plan::Operation;
use crate::spec::{Experiment, Spec};
use crate::system::System;
use crate::verdict::FailureKind;

/// How long a mutant may be silent: its base is a sound system of this machine, which answers within microseconds.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long a cell may take: a bound that no cell of a machine in use comes near, so that what runs does not depend on the clock.
const CELL_TIME: Duration = Duration::from_secs(120);

/// Most mutants are killed by waiting in vain, so that many workers share a core well.
const JOBS_PER_JOB: usize = 20;

/// Runs every spec against every fault, each pair on the first of `bases` that both apply to and on which the spec has something to try.
///
/// Setting `interrupt` ends it soon; the matrix then holds what was run.
///
/// # Panics
/// If a spec or the harness itself panics: that is a bug of ours.
pub fn mutants(
    specs: &[&'static Spec],
    faults: &[&'static Fault],
    bases: &[Arc<dyn System>],
    settings: &Settings,
    interrupt: &Arc<AtomicBool>,
    on_event: &mut dyn FnMut(Event),
) -> KillMatrix {
    let bases: Vec<_> = bases.iter().filter(|base| base.unavailable().is_none()).collect();
    let mut proposals = Proposals { seed: settings.seed, known: BTreeMap::new() };
    let mut broken = Vec::new();
    for fault in faults {
        let apt = bases.iter().filter(|base| fault.applies_to(base.subject()));
        let mutants: Vec<_> = apt.map(|base| (*base, mutant(base, fault))).collect();
        for spec in specs {
            let is_claimed = spec.kills.contains(&fault.id);
            if !is_claimed && !settings.beyond_claims {
                continue;
            }
            let found = mutants.iter().find_map(|(base, mutant)| Some((mutant, proposals.of(spec, base)?)));
            let Some((mutant, Proposal { all, sample })) = found else { continue };
            let fixed = Some(if is_claimed { all } else { sample });
            let pair = Pair { spec, system: Arc::clone(mutant) };
            let cell = Cell { pair, fixed, time: Some(CELL_TIME), insists: is_claimed };
            broken.push(Broken { fault: fault.id, is_claimed, cell });
        }
    }
    let mut entries: BTreeMap<(&str, String), Killed> = BTreeMap::new();
    for Broken { fault, is_claimed, cell } in &broken {
        let entry = entries.entry((fault, cell.pair.system.subject().id.clone()));
        let entry = entry.or_insert_with_key(|(fault, system)| Killed::by_nobody(fault, system));
        entry.declared_by.extend(is_claimed.then(|| cell.pair.spec.id.to_owned()));
    }
    let settings = Settings {
        patience: PATIENCE.min(settings.patience),
        jobs: settings.jobs.saturating_mul(NonZeroUsize::new(JOBS_PER_JOB).expect("not zero")),
        shrink: false,
        gives_up: false,
        ..settings.clone()
    };
    on_event(Event::Started { rows: broken.len() });
    // What is claimed comes first, and mutants that hung in it are not tried any further: each try costs a core for seconds.
    let (claimed, mut others): (Vec<Broken>, Vec<Broken>) =
        broken.into_iter().partition(|broken| broken.is_claimed);
    let mut hung = BTreeSet::new();
    let Filled { rows, mut left, refusal } = fill(claimed, &settings, interrupt, on_event);
    for (fault, row) in rows {
        if row.departure.as_ref().is_some_and(|departure| departure.kind == FailureKind::NeverReturned) {
            hung.insert(fault);
        }
        note(&mut entries, fault, row);
    }
    others.retain(|broken| !hung.contains(broken.fault));
    if refusal.is_some() {
        left.extend(others.drain(..).map(|broken| Left::of(&broken)));
    }
    // Who may wait in vain begins first, beside those that compute, and is not alone at the end.
    others.sort_by_key(|broken| Reverse(broken.waits()));
    let rest = fill(others, &settings, interrupt, on_event);
    for (fault, row) in rest.rows {
        note(&mut entries, fault, row);
    }
    left.extend(rest.left);
    let matrix = KillMatrix::of(entries.into_values(), specs.iter().map(|spec| spec.id));
    KillMatrix { cannot_run: refusal.or(rest.refusal), ..matrix }.without(&left)
}

/// What came of the cells of mutants.
struct Filled {
    /// A row for each, with the fault that it is about.
    rows: Vec<(&'static str, Row)>,
    /// What has no row, since the run ended before.
    left: Vec<Left>,
    /// Why some could not be filled for want of a thread, if so.
    refusal: Option<String>,
}

/// Fills the cells of mutants.
fn fill(
    broken: Vec<Broken>,
    settings: &Settings,
    interrupt: &Arc<AtomicBool>,
    on_event: &mut dyn FnMut(Event),
) -> Filled {
    let mut lefts: Vec<Option<Left>> = broken.iter().map(|broken| Some(Left::of(broken))).collect();
    let cells = broken.into_iter().map(|broken| broken.cell).collect();
    let filled = fill_cells(cells, settings, interrupt, &mut |event| {
        if !matches!(event, Event::Started { .. }) {
            on_event(event);
        }
    });
    let of_row = |(index, row): (usize, Row)| Some((lefts[index].take()?.fault, row));
    let rows = filled.rows.into_iter().filter_map(of_row).collect();
    Filled { rows, left: lefts.into_iter().flatten().collect(), refusal: filled.refusal }
}

/// Notes who caught what.
fn note(entries: &mut BTreeMap<(&str, String), Killed>, fault: &'static str, row: Row) {
    if matches!(row.verdict, VerdictWord::Fail | VerdictWord::Warn)
        && let Some(entry) = entries.get_mut(&(fault, row.system))
    {
        entry.killed_by.push(row.id);
    }
}

/// A spec and a mutant.
struct Broken {
    fault: &'static str,
    /// Whether the spec says that it catches it.
    is_claimed: bool,
    cell: Cell,
}

impl Left {
    fn of(Broken { fault, cell, .. }: &Broken) -> Left {
        Left { fault, system: cell.pair.system.subject().id.clone(), spec: cell.pair.spec.id }
    }
}

impl Broken {
    /// How often a reader waits for bytes that it leaves where they are: each of these waits may be in vain, and the plan goes on behind it.
    fn waits(&self) -> usize {
        let experiments = self.cell.fixed.iter().flat_map(|fixed| fixed.iter());
        let steps = experiments.flat_map(|experiment| &experiment.plans).flat_map(|plan| &plan.steps);
        steps.filter(|step| matches!(step.operation, Operation::AwaitQueue { .. })).count()
    }
}

fn mutant(base: &Arc<dyn System>, fault: &'static Fault) -> Arc<dyn System> {
    Arc::new(Faulty::new(Arc::clone(base), fault))
}

/// What a spec tries on a system.
#[derive(Clone)]
struct Proposal {
    all: Arc<[Experiment]>,
    sample: Arc<[Experiment]>,
}

/// What specs try on systems; asked for once, since it is the same for every fault.
struct Proposals {
    seed: u64,
    known: BTreeMap<(&'static str, String), Option<Proposal>>,
}

impl Proposals {
    /// What the spec tries on the system; `None` if it cannot be run there, or has nothing to try.
    fn of(&mut self, spec: &Spec, system: &Arc<dyn System>) -> Option<Proposal> {
        let subject = system.subject();
        let propose = || {
            if !spec.needs.concern(subject) || spec.needs.lacking(subject).is_some() {
                return None;
            }
            let all = proposed(spec, subject, self.seed);
            (!all.is_empty()).then(|| Proposal { sample: sample(&all).into(), all: all.into() })
        };
        self.known.entry((spec.id, subject.id.clone())).or_insert_with(propose).clone()
    }
}
