//! Codecs that parse the start of a slice: the caller gathers bytes until it parses.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use sockspec::codec::Codec;

/// A pair of functions over slices: one that parses the frame at the start of a slice and says how long it is, one that writes a frame.
pub(crate) struct Sliced<P, W> {
    pub(crate) parse: P,
    pub(crate) write: W,
}

/// Why the start of a slice is no frame.
pub(crate) enum Lack {
    /// It may become one when more bytes come.
    Bytes,
    /// It will never be one.
    Sense,
}

impl<P, W> Codec for Sliced<P, W>
where
    P: FnMut(&[u8]) -> Result<(Bytes, usize), Lack>,
    W: FnMut(&[u8], &mut Vec<u8>) -> io::Result<()>,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let mut written = Vec::new();
        let result = (self.write)(payload, &mut written);
        output.extend_from_slice(&written);
        result
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if input.is_empty() {
            return Ok(None);
        }
        match (self.parse)(input) {
            Ok((frame, len)) => {
                input.advance(len);
                Ok(Some(frame))
            }
            Err(Lack::Bytes) => Ok(None),
            Err(Lack::Sense) => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            frame => Ok(frame),
        }
    }
}
