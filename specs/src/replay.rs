//! One failure of a system that is shipped, again, from its replay token.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sockspec_harness::run::{Pair, Report, Settings};
use sockspec_harness::spec::Experiment;
use sockspec_harness::token::Token;

use crate::catalogue;
use crate::systems::systems;

/// Repeats what a replay token says, on one of the systems shipped; `sockspec replay TOKEN --as-test` prints a test that calls it.
///
/// A token of a user's own system is repeated by [`Check::replay`](crate::Check::replay), since only the user's test can make that system.
///
/// # Panics
/// If the token is malformed, or names a spec or a system that is not shipped, a pair that does not belong together, or another layout than the system's.
#[track_caller]
pub fn replay(token: &str) -> Report {
    let token: Token = token.parse().unwrap_or_else(|error| panic!("the replay token is malformed: {error}"));
    let Token { spec: id, system: name, plans, .. } = &token;
    let spec = catalogue::find(id).unwrap_or_else(|| panic!("there is no spec {id}, which the token names"));
    let system = systems().into_iter().find(|system| system.subject().id == *name);
    let system = system.or_else(|| crate::fuzz::system(name));
    let system = system.unwrap_or_else(|| panic!("{name}, which the token names, is not shipped"));
    assert!(spec.needs.concern(system.subject()), "{id} is not about {name}, which the token names with it");
    if let Some(difference) = token.differing_layout(system.subject()) {
        panic!("{difference}");
    }
    let interrupt = Arc::new(AtomicBool::new(false));
    sockspec_harness::run::replay(
        Pair { spec, system },
        Experiment::together(plans.clone()),
        &Settings::default(),
        &interrupt,
    )
}
