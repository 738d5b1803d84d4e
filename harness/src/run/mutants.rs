//! Running the catalogue against broken systems: what the kill matrix is made of.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::cell::{Cell, Pair};
use super::engine::fill_cells;
use super::event::Event;
use super::matrix::{KillMatrix, Killed};
use super::row::VerdictWord;
use super::settings::Settings;
use crate::fault::{Fault, Faulty};
use crate::spec::Spec;
use crate::system::System;

/// How long a mutant may be silent: its base is a sound system of this machine, which answers within microseconds.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long a spec may look for a fault that it does not claim to catch.
const UNCLAIMED_TIME: Duration = Duration::from_millis(500);

/// How long a spec may look for a fault that it claims to catch, on a machine that is busy with other mutants.
const CLAIMED_TIME: Duration = Duration::from_secs(120);

/// Most mutants are killed by waiting in vain, so that many workers share a core well.
const JOBS_PER_JOB: usize = 12;

/// Runs every spec against every fault, each pair on the first of `bases` that both apply to.
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
    let mut cells = Vec::new();
    let mut entries: BTreeMap<(&str, String), Killed> = BTreeMap::new();
    let mut keys = Vec::new();
    for fault in faults {
        let broken =
            |base: &Arc<dyn System>| Arc::new(Faulty::new(Arc::clone(base), fault)) as Arc<dyn System>;
        let apt = bases.iter().filter(|base| fault.applies_to(base.subject()));
        let mutants: Vec<_> = apt.map(|base| (*base, broken(base))).collect();
        for spec in specs {
            let Some((base, mutant)) = mutants.iter().find(|(base, _)| concerns(spec, base)) else {
                continue;
            };
            let is_claimed = spec.kills.contains(&fault.id);
            let key = (fault.id, base.subject().id.clone());
            let entry = entries.entry(key.clone()).or_insert_with(|| Killed {
                fault: key.0.to_owned(),
                system: key.1.clone(),
                killed_by: Vec::new(),
                declared_by: Vec::new(),
            });
            if is_claimed {
                entry.declared_by.push(spec.id.to_owned());
            }
            keys.push(key);
            cells.push(Cell {
                pair: Pair { spec, system: Arc::clone(mutant) },
                fixed: None,
                time: Some(if is_claimed { CLAIMED_TIME } else { UNCLAIMED_TIME }),
                insists: is_claimed,
            });
        }
    }
    let settings = Settings {
        patience: PATIENCE.min(settings.patience),
        jobs: settings.jobs.saturating_mul(NonZeroUsize::new(JOBS_PER_JOB).expect("not zero")),
        shrink: false,
        gives_up: false,
        ..settings.clone()
    };
    let filled = fill_cells(cells, &settings, interrupt, on_event);
    for (index, row) in filled.rows {
        if matches!(row.verdict, VerdictWord::Fail | VerdictWord::Warn)
            && let Some(entry) = entries.get_mut(&keys[index])
        {
            entry.killed_by.push(row.id);
        }
    }
    KillMatrix::of(entries.into_values(), specs.iter().map(|spec| spec.id))
}

/// Whether a spec can be run on a system, and has something to try on it.
fn concerns(spec: &Spec, system: &Arc<dyn System>) -> bool {
    let subject = system.subject();
    spec.needs.concern(subject) && spec.needs.lacking(subject).is_none()
}
