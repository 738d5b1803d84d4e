//! What decoders give and encoders take, as bytes.

use bytes::{Bytes, BytesMut};

/// A frame's content as a decoder gives it, and what the encoder beside it takes.
///
/// The three that decoders of this job have; for any other use [`mapped`](super::mapped).
#[diagnostic::on_unimplemented(
    message = "a codec that gives `{Self}` does not go in as it is",
    note = "beside an encoder of `&[u8]`, wrap it in `sockspec::codec::Slices`; for items of any other type there is `sockspec::codec::mapped`",
    note = "a decoder alone goes in through `sockspec::framing_decoder`, and what has neither trait through `sockspec::codec::functions`"
)]
pub trait Item: Sized {
    /// What the encoder takes.
    type Sent: for<'a> From<SentBytes<'a>>;

    /// The bytes of a frame that came out.
    fn into_bytes(self) -> Bytes;
}

/// The bytes of a payload on their way into an encoder.
#[derive(Clone, Copy, Debug)]
pub struct SentBytes<'a>(pub &'a [u8]);

impl From<SentBytes<'_>> for Bytes {
    fn from(payload: SentBytes<'_>) -> Bytes {
        Bytes::copy_from_slice(payload.0)
    }
}

impl From<SentBytes<'_>> for Vec<u8> {
    fn from(payload: SentBytes<'_>) -> Vec<u8> {
        payload.0.to_vec()
    }
}

impl Item for BytesMut {
    type Sent = Bytes;

    fn into_bytes(self) -> Bytes {
        self.freeze()
    }
}

impl Item for Bytes {
    type Sent = Bytes;

    fn into_bytes(self) -> Bytes {
        self
    }
}

impl Item for Vec<u8> {
    type Sent = Vec<u8>;

    fn into_bytes(self) -> Bytes {
        Bytes::from(self)
    }
}
