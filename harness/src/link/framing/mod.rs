//! Codecs as systems: called directly over memory, and inside tokio-util's `Framed` over a real loopback connection.

mod direct;
mod framed;

use std::sync::Arc;

use crate::codec::{Codec, Tamper};
use crate::layout::Layout;
use crate::subject::{Capability, EvidenceKind, Subject};
use crate::system::{System, World};

pub use framed::FramedOverTcp;

/// What makes the codec of one end of one connection.
pub type CodecFactory = Arc<dyn Fn() -> Box<dyn Codec> + Send + Sync>;

/// A codec whose calls are made one by one, over memory.
pub struct DirectCodec {
    subject: Subject,
    factory: CodecFactory,
}

impl DirectCodec {
    /// A system of the codecs that `factory` makes, one for each end of each connection, of which `subject` says what is known.
    ///
    /// A codec that works on another thread than the one it is called on is not seen at work:
    /// its subject must say that there is no evidence of allocations and of processor time.
    ///
    /// # Panics
    /// If the subject has no layout.
    pub fn new(subject: Subject, factory: CodecFactory) -> DirectCodec {
        assert!(subject.layout.is_some(), "a system of framing has a layout");
        let subject = subject.with([Capability::DirectCalls]);
        let is_counting = crate::machine::allocation::is_counting();
        let subject = if is_counting { subject } else { subject.unseen(EvidenceKind::Allocations) };
        DirectCodec { subject, factory }
    }
}

impl System for DirectCodec {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn world(&self) -> Box<dyn World> {
        Box::new(direct::DirectWorld::new(layout_of(&self.subject), Maker::new(&self.factory)))
    }
}

/// The layout of a subject of framing.
fn layout_of(subject: &Subject) -> Layout {
    subject.layout.clone().expect("checked when the system was made")
}

/// A factory of codecs that a fault may have got hold of.
struct Maker {
    factory: CodecFactory,
    tamper: Option<Tamper>,
    /// Made with the world: a factory that panics is then seen where a system is made, and not where a codec is judged.
    first: Option<Box<dyn Codec>>,
}

impl Maker {
    fn new(factory: &CodecFactory) -> Maker {
        Maker { factory: Arc::clone(factory), tamper: None, first: Some(factory()) }
    }

    fn make(&mut self, layout: &Layout) -> Box<dyn Codec> {
        let sound = self.first.take().unwrap_or_else(|| (self.factory)());
        match self.tamper {
            Some(tamper) => tamper(sound, layout),
            None => sound,
        }
    }
}
