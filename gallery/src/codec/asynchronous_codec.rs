//! `LengthCodec`: eight bytes of length, and no largest frame; called directly, and inside the package's own `Framed`.

use std::io;
use std::pin::Pin;

use asynchronous_codec::{Decoder, Encoder, Framed, LengthCodec};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_sink::Sink;
use sockspec::Layout;
use sockspec::codec::Codec;

use crate::Exhibit;
use crate::shape::Polled;

const PACKAGE: &str = "asynchronous-codec";

pub(super) fn exhibits() -> Vec<Exhibit> {
    // It has no largest frame: whatever the eight bytes announce is waited for.
    let layout = Layout::u64_be().max_frame(u64::MAX);
    vec![
        Exhibit::new(PACKAGE, "asynchronous-codec-length", "LengthCodec", layout.clone(), || {
            Called(LengthCodec)
        }),
        Exhibit::new(PACKAGE, "asynchronous-codec-framed", "LengthCodec inside its Framed", layout, || {
            Polled::new(
                |pipe| Framed::new(pipe, LengthCodec),
                |framed, cx| Pin::new(framed).poll_next(cx),
                |framed, payload, cx| {
                    let mut framed = Pin::new(framed);
                    framed.as_mut().start_send(Bytes::copy_from_slice(payload))?;
                    framed.poll_flush(cx)
                },
            )
        }),
    ]
}

/// A codec of this package's traits that carries plain bytes, called directly.
struct Called(LengthCodec);

impl Codec for Called {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.0.encode(Bytes::copy_from_slice(payload), output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode(input)
    }

    /// What is left over at the end is an error, as the package's own `FramedRead` has it.
    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.0.decode_eof(input)? {
            None if !input.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            frame => Ok(frame),
        }
    }
}
