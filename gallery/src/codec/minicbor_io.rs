//! CBOR values behind a length of four bytes, read by a blocking reader and by a polled one.
//!
//! The values are plain bytes here, so that the frames are nothing but the length and them.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::Context;

use bytes::Bytes;
use minicbor::decode::Decoder;
use minicbor::encode::Encoder;
use minicbor_io::{AsyncReader, AsyncWriter, Error, Reader, Writer};
use sockspec::Layout;

use crate::Exhibit;
use crate::shape::{Blocking, Pipe, Polled, Supply};

const PACKAGE: &str = "minicbor-io";

pub(super) fn exhibits(max: u32) -> Vec<Exhibit> {
    let layout = Layout::u32_be().max_frame(max.into());
    vec![
        Exhibit::new(PACKAGE, "minicbor-io-blocking", "Reader and Writer", layout.clone(), move || {
            Blocking {
                read: move |supply: &mut Supply<'_>| read(supply, max),
                write: move |payload: &[u8], output: &mut Vec<u8>| write(payload, output, max),
            }
        }),
        Exhibit::new(PACKAGE, "minicbor-io-polled", "AsyncReader and AsyncWriter", layout, move || {
            Polled::new(
                |pipe| open(pipe, max),
                |ends, cx| ends.poll(cx),
                |ends, payload, cx| ends.send(payload, cx),
            )
        }),
    ]
}

fn read(supply: &mut Supply<'_>, max: u32) -> io::Result<Option<Bytes>> {
    let mut reader = Reader::new(supply);
    reader.set_max_len(max);
    Ok(reader.read::<Plain>().map_err(io_error)?.map(|value| value.0))
}

fn write(payload: &[u8], output: &mut Vec<u8>, max: u32) -> io::Result<()> {
    let mut writer = Writer::new(output);
    writer.set_max_len(max);
    writer.write(Plain(Bytes::copy_from_slice(payload))).map_err(io_error)?;
    Ok(())
}

/// Both ends of a pipe as this package has them.
struct Ends {
    reader: AsyncReader<Pipe>,
    writer: AsyncWriter<Pipe>,
}

fn open(pipe: Pipe, max: u32) -> Ends {
    let mut ends = Ends { reader: AsyncReader::new(pipe.clone()), writer: AsyncWriter::new(pipe) };
    ends.reader.set_max_len(max);
    ends.writer.set_max_len(max);
    ends
}

type Poll<T> = std::task::Poll<T>;

impl Ends {
    /// The future is dropped while it waits, which its documentation allows.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let read = pin!(self.reader.read::<Plain>());
        read.poll(cx).map(|value| value.map_err(io_error).map(|value| value.map(|plain| plain.0)).transpose())
    }

    fn send(&mut self, payload: &[u8], cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let write = pin!(self.writer.write(Plain(Bytes::copy_from_slice(payload))));
        write.poll(cx).map(|written| written.map(|_| ()).map_err(io_error))
    }
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// A value that is written as the bytes it holds, and read as all there are.
struct Plain(Bytes);

impl<C> minicbor::Encode<C> for Plain {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.writer_mut().write_all(&self.0).map_err(minicbor::encode::Error::write)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Plain {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Plain, minicbor::decode::Error> {
        let bytes = decoder.input();
        decoder.set_position(bytes.len());
        Ok(Plain(Bytes::copy_from_slice(bytes)))
    }
}
