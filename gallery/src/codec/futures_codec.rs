//! `LengthCodec` of the package that asynchronous-codec was forked from, called directly.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_codec::{Decoder, Encoder, LengthCodec};
use sockspec::Layout;
use sockspec::codec::Codec;

use crate::Exhibit;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let layout = Layout::u64_be().max_frame(u64::MAX);
    vec![Exhibit::new("futures_codec", "futures-codec-length", "LengthCodec", layout, || Called(LengthCodec))]
}

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
