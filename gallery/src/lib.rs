//! Published codecs, each in its newest version, held against every rule of framing.
//!
//! A specification that only its authors' own systems pass says little.
//! Here hang codecs that people download, wrapped as a user would wrap them and changed in nothing;
//! `tests/table.rs` runs every rule against each and keeps one table of what does not pass.

/// Codecs that are their own reference.
pub mod apart;
mod exhibit;
/// Which versions hang here.
pub mod lock;

/// The codecs, one file for each package.
mod codec;
/// How a codec of a shape that is not tokio-util's is called.
mod shape;

pub use codec::{exhibits, exhibits_up_to};
pub use exhibit::Exhibit;
