//! Faults: systems broken on purpose, in one named way each.
//!
//! A fault wraps the world of a conforming system and is itself a world, so that everything that runs a system runs a mutant.
//! Specs list the faults they must catch; the kill matrix shows that they do.
//! But for its one departure a faulty world conforms: it passes calls, answers and wakers on as they are.

mod around;
mod datagram;
mod flow;
mod framing;
mod stream;
mod tcp;

#[cfg(test)]
mod tests;

use crate::subject::{Capability, Kind, Subject};
use crate::system::{System, World};

/// One way to break a system.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Its name: lower case, digits and hyphens.
    pub id: &'static str,
    /// The kinds of system it can break.
    pub kinds: &'static [Kind],
    /// The capabilities without which a system cannot show it.
    pub needs: &'static [Capability],
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Breaks a world.
    pub wrap: fn(Box<dyn World>) -> Box<dyn World>,
}

impl Fault {
    /// Whether a broken `subject` would show it: it is of the right kind and has the capabilities.
    pub fn applies_to(&self, subject: &Subject) -> bool {
        self.kinds.contains(&subject.kind) && self.needs.iter().all(|capability| subject.can(*capability))
    }

    /// A fault of any stream.
    const fn stream(id: &'static str, description: &'static str, wrap: Wrap) -> Fault {
        Fault { id, kinds: &[Kind::Stream], needs: &[], description, wrap }
    }

    /// A fault of any datagram socket.
    const fn datagram(id: &'static str, description: &'static str, wrap: Wrap) -> Fault {
        Fault { id, kinds: &[Kind::Datagram], needs: &[], description, wrap }
    }

    /// The same fault of systems that have these capabilities.
    const fn needing(mut self, needs: &'static [Capability]) -> Fault {
        self.needs = needs;
        self
    }
}

/// What breaks a world.
type Wrap = fn(Box<dyn World>) -> Box<dyn World>;

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fault").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Every fault: streams', then those of the kernel's TCP, then datagrams' and codecs'; by name within a family.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    families().flatten()
}

/// The fault of that name.
pub fn find(id: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.id == id)
}

/// The tables of faults, one for each family.
fn families() -> impl Iterator<Item = &'static [Fault]> {
    let streams = stream::FAMILIES.iter().chain(tcp::FAMILIES);
    streams.chain(datagram::FAMILIES).chain(framing::FAMILIES).copied()
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
    /// If the fault does not apply to the system ([`Fault::applies_to`]).
    pub fn new(sound: S, fault: &'static Fault) -> Faulty<S> {
        assert!(
            fault.applies_to(sound.subject()),
            "fault {} does not apply to {}",
            fault.id,
            sound.subject()
        );
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
