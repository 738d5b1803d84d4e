//! Codecs without a length prefix that a layout describes, held against what their own encoder emits.
//!
//! There is no second opinion on how their frames lie, so the rules are fewer and about the decoder:
//! whatever the encoder emits must come out again, cut as it may be, and what is cut off must be missed.

mod cobs;
mod lsp_server;
mod netstring;
mod rules;
mod tokio_netstring;

use sockspec::codec::Codec;

pub use rules::RULES;

/// A codec that is its own reference.
pub struct Apart {
    /// The package's name in the registry.
    pub package: &'static str,
    /// The name of its system: lower-case letters, digits and hyphens.
    pub name: &'static str,
    /// Which of the package's items it is, and how it was wrapped.
    pub what: &'static str,
    /// Makes one.
    pub codec: fn() -> Box<dyn Codec>,
    /// A payload that looks like the format's own marks.
    pub marked: &'static [u8],
    /// Bytes that try the decoder's patience.
    pub hostile: &'static [&'static [u8]],
}

/// One rule of those: its name, and what departs from it, if anything does.
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// What is held against the codec; the answer is the departure with its smallest case.
    pub judge: fn(&Apart) -> Option<String>,
}

/// Every codec of this sort, in the order of the table.
pub fn apart() -> Vec<Apart> {
    vec![lsp_server::exhibit(), cobs::exhibit(), netstring::exhibit(), tokio_netstring::exhibit()]
}
