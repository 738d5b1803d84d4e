//! Faults: systems broken on purpose, in one named way each.
//!
//! A fault wraps the world of a conforming system and is itself a world, so that everything that runs a system runs a mutant.
//! Specs list the faults they must catch; the kill matrix shows that they do.

mod datagram;
mod stream;

use crate::subject::{Kind, Subject};
use crate::system::{System, World};

/// One way to break a system.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Its name: lower case, digits and hyphens.
    pub id: &'static str,
    /// The kinds of system it can break.
    pub kinds: &'static [Kind],
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Breaks a world.
    pub wrap: fn(Box<dyn World>) -> Box<dyn World>,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fault").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Every fault, streams' first.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    stream::FAULTS.iter().chain(datagram::FAULTS)
}

/// The fault of that name.
pub fn find(id: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.id == id)
}

/// A system broken in one way.
///
/// Its subject is the sound system's: a mutant claims to conform, like any broken system.
pub struct Faulty<S> {
    sound: S,
    fault: &'static Fault,
}

impl<S: System> Faulty<S> {
    /// Breaks `sound` by `fault`.
    ///
    /// # Panics
    /// If the fault does not apply to systems of that kind.
    pub fn new(sound: S, fault: &'static Fault) -> Faulty<S> {
        let kind = sound.subject().kind;
        assert!(fault.kinds.contains(&kind), "fault {} does not apply to a {kind}", fault.id);
        Faulty { sound, fault }
    }
}

impl<S: System> System for Faulty<S> {
    fn subject(&self) -> &Subject {
        self.sound.subject()
    }

    fn unavailable(&self) -> Option<String> {
        self.sound.unavailable()
    }

    fn world(&self) -> Box<dyn World> {
        (self.fault.wrap)(self.sound.world())
    }
}
