//! One codec on the wall.

use std::sync::Arc;

use sockspec::codec::Codec;
use sockspec::{Capability, Check, Layout};

/// One codec on the wall: which package it comes from, how its frames lie on the wire, and how to make one.
#[derive(Clone)]
pub struct Exhibit {
    /// The package's name in the registry.
    pub package: &'static str,
    /// The name of its system: lower-case letters, digits and hyphens.
    pub name: &'static str,
    /// Which of the package's items it is, and how it was configured.
    pub what: &'static str,
    /// How its frames lie on the wire.
    pub layout: Layout,
    /// Whether it lays frames on a wire, too, or only takes them off.
    pub encodes: bool,
    factory: Arc<dyn Fn() -> Box<dyn Codec> + Send + Sync>,
}

impl Exhibit {
    pub(crate) fn new<C: Codec + 'static>(
        package: &'static str,
        name: &'static str,
        what: &'static str,
        layout: Layout,
        factory: impl Fn() -> C + Send + Sync + 'static,
    ) -> Exhibit {
        let factory = Arc::new(move || Box::new(factory()) as Box<dyn Codec>);
        Exhibit { package, name, what, layout, encodes: true, factory }
    }

    /// It takes frames off a wire, and lays none.
    pub(crate) fn decoder_alone(self) -> Exhibit {
        Exhibit { encodes: false, ..self }
    }

    /// A fresh codec, as one end of a connection has it.
    pub fn codec(&self) -> Box<dyn Codec> {
        (self.factory)()
    }

    /// The check that holds it against the rules, called directly and over loopback TCP.
    ///
    /// # Panics
    /// If the name is malformed.
    #[track_caller]
    pub fn check(&self) -> Check {
        let factory = Arc::clone(&self.factory);
        let check = sockspec::framing_with(self.name, self.layout.clone(), move || factory());
        if self.encodes { check } else { check.without(Capability::Encodes) }
    }
}
