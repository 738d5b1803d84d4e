//! One codec on the wall.

use sockspec::codec::Codec;
use sockspec::{Check, Layout};

/// One codec on the wall: which package it comes from, how it is called here, and the check that holds it against the rules.
pub struct Exhibit {
    /// The package's name in the registry.
    pub package: &'static str,
    /// The name of its system: lower-case letters, digits and hyphens.
    pub name: &'static str,
    /// Which of the package's items it is, and how it was wrapped.
    pub what: &'static str,
    /// The check, not yet run.
    pub check: Check,
}

impl Exhibit {
    /// A codec as the harness drives it.
    ///
    /// # Panics
    /// If the name is malformed.
    #[track_caller]
    pub(crate) fn new<C: Codec + 'static>(
        package: &'static str,
        name: &'static str,
        what: &'static str,
        layout: Layout,
        factory: impl Fn() -> C + Send + Sync + 'static,
    ) -> Exhibit {
        Exhibit { package, name, what, check: sockspec::framing_with(name, layout, factory) }
    }
}
