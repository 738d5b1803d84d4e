//! Codecs of every shape as the one that the harness drives.
//!
//! Whatever implements tokio-util's `Decoder` and `Encoder` goes in as it is ([`framing`](crate::framing));
//! every other shape goes through one of the wrappers here and [`framing_with`](crate::framing_with).

mod item;
mod tokio_util;

pub use item::{Item, SentBytes};
pub use sockspec_harness::codec::Codec;
pub use tokio_util::{Decodes, Encodes, TokioCodec};
