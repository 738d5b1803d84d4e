//! Who takes part in a campaign: a system, the specs that judge it, and the plans that it begins with.

use std::io;
use std::sync::Arc;

use sockspec_harness::fuzz::tame;
use sockspec_harness::plan::Plan;
use sockspec_harness::run::{Entrant, Selection};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Capability, Kind, Subject};
use sockspec_harness::system::System;

use super::corpus::Corpus;
use super::frames::of_specs;
use crate::catalogue;

/// The specs whose oracles hold for any tame plan, the most general of each kind first.
///
/// A plan is charged to the first that it departs from, so that what is wrong in general is not found again as something special.
pub const JUDGES: [&str; 7] = [
    "stream/ordered",
    "stream/end-after-last-byte",
    "datagram/integrity",
    "framing/every-split",
    "framing/encoder-layout",
    "framing/encoder-refuses",
    "framing/end-after-header",
];

/// The entrant of a system, which begins with some plans of each spec and with `corpus`; `None` if no spec that judges applies to it.
pub fn entrant(system: &Arc<dyn System>, corpus: Vec<Plan>) -> Option<Entrant> {
    let subject = system.subject();
    let judges: Vec<&'static Spec> = judges(subject).collect();
    let of_specs = of_specs(catalogue::specs(), subject, |plan| tame::of(subject, plan));
    let mut plans: Vec<Plan> = of_specs.iter().map(|(_, bytes)| Plan::decode(bytes)).collect();
    plans.extend(corpus);
    (!judges.is_empty()).then(|| Entrant { system: Arc::clone(system), judges, corpus: plans })
}

/// The entrants of those systems for which a selected spec judges.
///
/// # Errors
/// If the corpus cannot be read.
pub fn entrants<'a>(
    systems: impl IntoIterator<Item = &'a Arc<dyn System>>,
    selection: &Selection,
    corpus: Option<&mut Corpus>,
) -> io::Result<Vec<Entrant>> {
    let mut entrants = Vec::new();
    // Each kind has one folder for all its systems.
    let (mut corpus, mut read): (_, Vec<(Kind, Vec<Plan>)>) = (corpus, Vec::new());
    for system in systems {
        let subject = system.subject();
        if let Some(corpus) = &mut corpus
            && !read.iter().any(|(kind, _)| *kind == subject.kind)
        {
            read.push((subject.kind, corpus.plans(subject.kind)?));
        }
        let kept = read.iter().find(|(kind, _)| *kind == subject.kind);
        let plans = kept.map_or_else(Vec::new, |(_, plans)| plans.clone());
        let Some(mut entrant) = entrant(system, plans) else { continue };
        entrant.judges.retain(|spec| selection.takes(spec, subject));
        if !entrant.judges.is_empty() {
            entrants.push(entrant);
        }
    }
    Ok(entrants)
}

fn judges(subject: &Subject) -> impl Iterator<Item = &'static Spec> {
    let specs = JUDGES.iter().map(|id| catalogue::find(id).expect("what judges is in the catalogue"));
    specs.filter(|spec| spec.needs.concern(subject) && spec.needs.lacking(subject).is_none()).filter(|spec| {
        // An encoder inside `Framed` has a buffer between it and the wire, and a refusal is not tried on it.
        spec.id != "framing/encoder-refuses" || subject.can(Capability::DirectCalls)
    })
}
