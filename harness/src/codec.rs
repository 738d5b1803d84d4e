//! The joint where a codec is plugged in.
//!
//! The shape is that of tokio-util's `Decoder` and `Encoder`, made object-safe, so that one world drives every codec and one fault breaks any.

use std::io;

use bytes::{Bytes, BytesMut};

/// Turns payloads into frames on a wire, and back.
///
/// One value serves one end of one connection, and keeps whatever state it likes between calls.
/// It need not be `Send`: it is made, used and dropped on one thread.
pub trait Codec {
    /// Appends the frame of `payload` to `output`, which may hold earlier frames.
    ///
    /// # Errors
    /// If the payload cannot be sent; nothing of it may then have been appended.
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()>;

    /// Takes the next frame out of `input`; `None` when more bytes are needed.
    ///
    /// # Errors
    /// If what `input` holds can be no frame.
    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>>;

    /// As [`decode`](Codec::decode), when nothing will be added to `input` any more: `None` is a clean end.
    ///
    /// # Errors
    /// If `input` cannot be a frame, or ends inside one.
    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>>;
}

impl<C: Codec + ?Sized> Codec for Box<C> {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        (**self).encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        (**self).decode(input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        (**self).decode_end(input)
    }
}

/// A function that breaks a codec: what a fault of framing is made of.
pub type Tamper = fn(Box<dyn Codec>, &crate::layout::Layout) -> Box<dyn Codec>;

/// What a decoder gave at some point of what it was fed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A frame.
    Frame(Bytes),
    /// An error.
    Refused(crate::trace::Failure),
    /// The end.
    End,
    /// It was asked more often than it had bytes, and gave something every time.
    WithoutEnd,
}
