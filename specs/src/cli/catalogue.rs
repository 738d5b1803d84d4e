//! What there is to run: the specs, the systems shipped, and what a selection leaves of both.

use std::sync::Arc;

use sockspec_harness::run::{Existing, Pair, Selection, UnmatchedSort};
use sockspec_harness::spec::Spec;
use sockspec_harness::system::System;

use super::exit::Exit;
use super::nearest;
use super::refusal::Refusal;

/// Everything there is.
pub(super) struct Catalogue {
    pub(super) specs: Vec<&'static Spec>,
    pub(super) systems: Vec<Arc<dyn System>>,
}

impl Catalogue {
    /// The specs and systems of this build.
    pub(super) fn shipped() -> Catalogue {
        Catalogue { specs: sockspec::catalogue::specs().collect(), systems: sockspec::systems::systems() }
    }

    /// The spec of that id.
    pub(super) fn spec(&self, id: &str) -> Result<&'static Spec, Refusal> {
        self.specs.iter().copied().find(|spec| spec.id == id).ok_or_else(|| {
            Refusal::new(Exit::NothingRan, format!("there is no spec `{id}`")).remedy(nearest::tip(
                id,
                &self.spec_ids(),
                "sockspec list",
            ))
        })
    }

    /// The system of that id.
    pub(super) fn system(&self, id: &str) -> Option<&Arc<dyn System>> {
        self.systems.iter().find(|system| system.subject().id == id)
    }

    pub(super) fn spec_ids(&self) -> Vec<&'static str> {
        self.specs.iter().map(|spec| spec.id).collect()
    }

    pub(super) fn system_ids(&self) -> Vec<&str> {
        self.systems.iter().map(|system| system.subject().id.as_str()).collect()
    }

    /// What a list of known failures may name.
    pub(super) fn existing(&self) -> Existing<'_> {
        Existing {
            specs: self.spec_ids().into_iter().collect(),
            systems: self.system_ids().into_iter().collect(),
        }
    }

    /// Refuses a selection with a pattern that means nothing that exists.
    pub(super) fn check(&self, selection: &Selection) -> Result<(), Refusal> {
        let (specs, systems) = (self.spec_ids(), self.system_ids());
        let Some(slip) = selection.unmatched(&specs, &systems) else { return Ok(()) };
        let (option, what, ids, how_to_list) = match slip.sort {
            UnmatchedSort::Run => ("--run or SOCKSPEC_RUN", "spec", &specs, "sockspec list"),
            UnmatchedSort::Skip => ("--skip", "spec", &specs, "sockspec list"),
            UnmatchedSort::System => ("--system", "system", &systems, "sockspec list --systems"),
        };
        let pattern = &slip.pattern;
        Err(Refusal::new(Exit::NothingRan, format!("no {what} matches `{pattern}` (given to {option})"))
            .remedy(nearest::tip(pattern, ids, how_to_list)))
    }

    /// The pairs that are selected, of which there is one at least.
    pub(super) fn pairs(&self, selection: &Selection) -> Result<Vec<Pair>, Refusal> {
        self.check(selection)?;
        let mut pairs = Vec::new();
        for spec in &self.specs {
            for system in &self.systems {
                if spec.needs.concern(system.subject()) && selection.takes(spec, system.subject()) {
                    pairs.push(Pair { spec, system: Arc::clone(system) });
                }
            }
        }
        if pairs.is_empty() { Err(nothing_left()) } else { Ok(pairs) }
    }

    /// The specs that are selected on some selected system.
    pub(super) fn specs_for(&self, selection: &Selection) -> Vec<&'static Spec> {
        let systems = self.systems_for(selection);
        let is_wanted = |spec: &&&Spec| {
            let on = |system: &&Arc<dyn System>| {
                spec.needs.concern(system.subject()) && selection.takes(spec, system.subject())
            };
            // A spec that concerns no system of this build is listed all the same, unless systems were named.
            let concerns_none = !self.systems.iter().any(|system| spec.needs.concern(system.subject()));
            systems.iter().any(on)
                || (concerns_none && selection.systems.is_empty() && selection.takes_spec(spec))
        };
        self.specs.iter().filter(is_wanted).copied().collect()
    }

    /// The systems that are selected.
    pub(super) fn systems_for(&self, selection: &Selection) -> Vec<&Arc<dyn System>> {
        self.systems.iter().filter(|system| selection.takes_system(&system.subject().id)).collect()
    }
}

/// Every pattern means something, and together they leave nothing.
pub(super) fn nothing_left() -> Refusal {
    Refusal::new(Exit::NothingRan, "--run, --skip, --system and --level together leave nothing")
        .remedy("leave one of them out; `sockspec list` with the same options shows what they select")
}
