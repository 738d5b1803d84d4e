//! Consistent overhead byte stuffing: frames end in a zero byte, which their content is kept free of.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use cobs::CobsDecoderOwned;
use sockspec::codec::Codec;

use super::Apart;

pub(super) fn exhibit() -> Apart {
    Apart {
        package: "cobs",
        name: "cobs",
        what: "encode_vec with its sentinel, and CobsDecoderOwned",
        codec: || Box::new(Stuffed { decoder: CobsDecoderOwned::new(MAX), fed: 0 }),
        marked: b"\0\0a\0",
        hostile: &[b"\0", b"\0\0\0", b"\xFF\0", b"\x05ab\0\x02c\0", &[0xFF; 2 * MAX], &[1; 2 * MAX]],
    }
}

/// What the decoder has room for.
const MAX: usize = 1024;

struct Stuffed {
    decoder: CobsDecoderOwned,
    /// How many bytes of an unfinished frame it holds: it has no word for the end of a stream.
    fed: usize,
}

impl Codec for Stuffed {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        output.extend_from_slice(&cobs::encode_vec(payload));
        output.extend_from_slice(&[0]);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decoder.push(input) {
            Ok(Some(report)) => {
                input.advance(report.parsed_size());
                self.fed = 0;
                Ok(Some(Bytes::copy_from_slice(&self.decoder.dest()[..report.frame_size()])))
            }
            Ok(None) => {
                self.fed += input.split().len();
                Ok(None)
            }
            Err(error) => {
                input.clear();
                self.fed = 0;
                Err(io::Error::other(error))
            }
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if self.fed > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            frame => Ok(frame),
        }
    }
}
