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

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::codec::Tamper;
use crate::layout::Layout;
use crate::plan::End;
use crate::subject::{Capability, Kind, Subject};
use crate::system::{Call, System, World};
use around::Answered;

/// One way to break a system.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Its name: lower case, digits and hyphens.
    pub id: &'static str,
    /// The kinds of system it can break.
    pub kinds: &'static [Kind],
    /// The capabilities without which a system cannot show it.
    pub needs: &'static [Capability],
    /// The layouts in which a codec can show it.
    pub fits: fn(&Layout) -> bool,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Whether its mark is a wait that comes to nothing, where others show in the bytes.
    pub is_waited_for: bool,
    breaks: Breaks,
}

/// What a fault gets hold of.
#[derive(Clone, Copy)]
enum Breaks {
    /// The calls of a world.
    World(Wrap),
    /// The codecs that a world makes.
    Codecs(Tamper),
}

impl Fault {
    /// Whether a broken `subject` would show it: it is of the right kind and has the capabilities.
    pub fn applies_to(&self, subject: &Subject) -> bool {
        self.kinds.contains(&subject.kind)
            && self.needs.iter().all(|capability| subject.can(*capability))
            && subject.layout.as_ref().is_none_or(self.fits)
    }

    /// Breaks a world.
    pub fn wrap(&self, mut world: Box<dyn World>) -> Box<dyn World> {
        match self.breaks {
            Breaks::World(wrap) => wrap(world),
            Breaks::Codecs(tamper) => {
                world.break_codecs(tamper);
                world
            }
        }
    }

    /// What breaks codecs, for who calls them without a world; `None` if it is no fault of codecs.
    ///
    /// Where a fault goes from codec to codec, each call begins anew for the codecs that this thread makes from then on.
    pub fn codec_tamper(&self) -> Option<Tamper> {
        let slot = Rc::new(Cell::new(None));
        self.wrap(Box::new(Workshop(Rc::clone(&slot))));
        slot.get()
    }

    /// A fault of any stream.
    const fn stream(id: &'static str, description: &'static str, wrap: Wrap) -> Fault {
        Fault::of(id, &[Kind::Stream], description, Breaks::World(wrap))
    }

    /// A fault of any datagram socket.
    const fn datagram(id: &'static str, description: &'static str, wrap: Wrap) -> Fault {
        Fault::of(id, &[Kind::Datagram], description, Breaks::World(wrap))
    }

    /// A fault of any decoder.
    const fn decoder(id: &'static str, description: &'static str, tamper: Tamper) -> Fault {
        Fault::of(id, &[Kind::Framing], description, Breaks::Codecs(tamper)).needing(&[Capability::Decodes])
    }

    /// A fault of any encoder.
    const fn encoder(id: &'static str, description: &'static str, tamper: Tamper) -> Fault {
        Fault::of(id, &[Kind::Framing], description, Breaks::Codecs(tamper)).needing(&[Capability::Encodes])
    }

    /// A fault of any decoder that has to be told when a world of its own begins.
    const fn decoders_of_a_world(id: &'static str, description: &'static str, wrap: Wrap) -> Fault {
        Fault::of(id, &[Kind::Framing], description, Breaks::World(wrap)).needing(&[Capability::Decodes])
    }

    const fn of(
        id: &'static str,
        kinds: &'static [Kind],
        description: &'static str,
        breaks: Breaks,
    ) -> Fault {
        Fault { id, kinds, needs: &[], fits: |_| true, description, is_waited_for: false, breaks }
    }

    /// The same fault of systems that have these capabilities.
    const fn needing(mut self, needs: &'static [Capability]) -> Fault {
        self.needs = needs;
        self
    }

    /// The same fault, which is noticed by waiting in vain.
    const fn waited_for(mut self) -> Fault {
        self.is_waited_for = true;
        self
    }

    /// The same fault of codecs of such layouts.
    const fn where_layout(mut self, fits: fn(&Layout) -> bool) -> Fault {
        self.fits = fits;
        self
    }
}

/// What breaks a world.
type Wrap = fn(Box<dyn World>) -> Box<dyn World>;

/// A world that does nothing but keep what is to break its codecs.
struct Workshop(Rc<Cell<Option<Tamper>>>);

impl World for Workshop {
    fn poll(&mut self, _: &mut Context<'_>, _: End, _: Call<'_>) -> Answered {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }

    fn break_codecs(&mut self, tamper: Tamper) {
        self.0.set(Some(tamper));
    }
}

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
        self.fault.wrap(self.sound.world())
    }
}
