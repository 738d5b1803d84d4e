//! Codecs that are a pair of blocking functions over `Read` and `Write`.
//!
//! Where such a function would wait for bytes it is stopped instead, and called anew from the frame's first byte once there are more.
//! That is what waiting comes to as long as a function keeps nothing between calls, which those that hang here do not.

use std::io::{self, BufRead, Read};

use bytes::{Buf, Bytes, BytesMut};
use sockspec::codec::Codec;

/// A pair of blocking functions: one that reads a frame, one that writes one.
///
/// Reading answers `None` at the end of the stream if the function has a word for that.
/// Most have none and fail when there is no byte at all: then the caller knows that the stream is over.
pub(crate) struct Blocking<R, W> {
    pub(crate) read: R,
    pub(crate) write: W,
}

/// What a blocking function reads from: the bytes that have come so far.
pub(crate) struct Supply<'a> {
    bytes: &'a [u8],
    taken: usize,
    has_ended: bool,
    has_run_dry: bool,
}

impl Read for Supply<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let len = self.fill_buf()?.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.bytes[self.taken..self.taken + len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Supply<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = &self.bytes[self.taken..];
        if left.is_empty() && !self.has_ended {
            self.has_run_dry = true;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(left)
    }

    fn consume(&mut self, len: usize) {
        self.taken += len;
    }
}

impl<R, W> Blocking<R, W>
where
    R: FnMut(&mut Supply<'_>) -> io::Result<Option<Bytes>>,
{
    fn read(&mut self, input: &mut BytesMut, has_ended: bool) -> io::Result<Option<Bytes>> {
        let mut supply = Supply { bytes: input, taken: 0, has_ended, has_run_dry: false };
        let result = (self.read)(&mut supply);
        let Supply { taken, has_run_dry, .. } = supply;
        if has_run_dry || result.is_err() && input.is_empty() {
            return Ok(None);
        }
        input.advance(taken);
        result
    }
}

impl<R, W> Codec for Blocking<R, W>
where
    R: FnMut(&mut Supply<'_>) -> io::Result<Option<Bytes>>,
    W: FnMut(&[u8], &mut Vec<u8>) -> io::Result<()>,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let mut written = Vec::new();
        let result = (self.write)(payload, &mut written);
        output.extend_from_slice(&written);
        result
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.read(input, false)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.read(input, true)
    }
}
