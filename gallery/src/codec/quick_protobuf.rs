//! Length-delimited bytes of quick-protobuf, parsed from a slice, and the codec for streams that is built on it.

use std::io;

use asynchronous_codec::{Decoder, Encoder};
use bytes::{Bytes, BytesMut};
use quick_protobuf::{BytesReader, Error, MessageRead, MessageWrite, Writer, WriterBackend};
use sockspec::Layout;
use sockspec::codec::Codec;

use crate::Exhibit;
use crate::shape::{Lack, Sliced};

pub(super) fn exhibits(max: usize) -> Vec<Exhibit> {
    vec![bytes_alone(), codec(max)]
}

fn bytes_alone() -> Exhibit {
    let what = "Writer::write_bytes and BytesReader::read_bytes";
    // It has no largest frame but what its 32-bit lengths can say.
    let layout = Layout::varint().max_frame(u32::MAX.into());
    Exhibit::new("quick-protobuf", "quick-protobuf-bytes", what, layout, || Sliced {
        parse: |bytes: &[u8]| {
            let mut reader = BytesReader::from_bytes(bytes);
            match reader.read_bytes(bytes) {
                Ok(payload) => Ok((Bytes::copy_from_slice(payload), bytes.len() - reader.len())),
                Err(Error::UnexpectedEndOfBuffer) => Err(Lack::Bytes),
                Err(_) => Err(Lack::Sense),
            }
        },
        write: |payload: &[u8], output: &mut Vec<u8>| {
            Writer::new(output).write_bytes(payload).map_err(io::Error::other)
        },
    })
}

/// The codec has no default for the largest message.
fn codec(max: usize) -> Exhibit {
    let layout = Layout::varint().max_frame(max as u64);
    Exhibit::new(
        "quick-protobuf-codec",
        "quick-protobuf-codec",
        "Codec, of messages that are plain bytes",
        layout,
        move || Called(quick_protobuf_codec::Codec::new(max)),
    )
}

struct Called(quick_protobuf_codec::Codec<Plain>);

impl Codec for Called {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        Ok(self.0.encode(Plain(Bytes::copy_from_slice(payload)), output)?)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Ok(self.0.decode(input)?.map(|message| message.0))
    }

    /// What is left over at the end is an error, as `FramedRead` of asynchronous-codec has it.
    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.0.decode_eof(input)? {
            None if !input.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            message => Ok(message.map(|message| message.0)),
        }
    }
}

/// A message that is written as the bytes it holds.
struct Plain(Bytes);

impl MessageWrite for Plain {
    fn get_size(&self) -> usize {
        self.0.len()
    }

    fn write_message<W: WriterBackend>(&self, writer: &mut Writer<W>) -> quick_protobuf::Result<()> {
        self.0.iter().try_for_each(|byte| writer.write_u8(*byte))
    }
}

impl<'a> MessageRead<'a> for Plain {
    fn from_reader(_: &mut BytesReader, bytes: &'a [u8]) -> quick_protobuf::Result<Plain> {
        Ok(Plain(Bytes::copy_from_slice(bytes)))
    }
}
