//! Codecs of every shape as the one that the harness drives.
//!
//! | what there is | how it goes in |
//! |---|---|
//! | tokio-util's `Decoder` of `BytesMut` or `Bytes` with an `Encoder` of `Bytes`, or both of `Vec<u8>` | [`framing`](crate::framing), as it is |
//! | the same, with an encoder of `&[u8]` | [`Slices`](crate::codec::Slices) |
//! | the same, with messages that map to bytes and back, or any other items | [`mapped`](crate::codec::mapped) |
//! | a decoder alone | [`framing_decoder`](crate::framing_decoder) |
//! | an encoder alone | [`framing_encoder`](crate::framing_encoder); of `&[u8]`: [`Encodes`](crate::codec::Encodes) |
//! | functions over blocking `Read` and `Write` | [`framing_blocking`](crate::framing_blocking) and [`blocking`](crate::codec::blocking) |
//! | traits of some other library, like those of asynchronous-codec | [`functions`](crate::codec::functions) |
//! | anything else | an implementation of [`Codec`](crate::codec::Codec) |
//!
//! What the table names without a front door of its own goes in through [`framing_with`](crate::framing_with);
//! `.without(Capability::Encodes)` or `.without(Capability::Decodes)` then says what it cannot do.

mod blocking;
mod functions;
mod item;
mod mapped;
mod rendezvous;
mod tokio_util;

#[cfg(test)]
mod tests;

pub use blocking::{Blocking, Target, blocking, blocking_with};
pub use functions::{Functions, functions};
pub use item::{Item, SentBytes};
pub use mapped::{Mapped, mapped};
pub use rendezvous::Source;
pub use sockspec_harness::codec::Codec;
pub use tokio_util::{Decodes, Encodes, EncodesBytes, Slices, TokioCodec};
