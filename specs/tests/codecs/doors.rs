//! Sound codecs by every front door, with the settings that users get: none is accused.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::marker::PhantomData;
use std::rc::Rc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sockspec::codec::{Encodes, Slices, Source, blocking, blocking_with, functions, mapped};
use sockspec::{Capability, Check, Layout};
use tokio_util::codec::{Decoder, Encoder};

/// The largest payload.
const LARGEST: usize = 5000;

fn layout() -> Layout {
    Layout::u16_be().max_frame(LARGEST as u64)
}

/// A codec by tokio-util's traits, with what comes of an end left to them; an `Rc` keeps it on its thread.
struct Typed<I>(#[expect(dead_code, reason = "it is there for what it forbids")] Rc<()>, PhantomData<I>);

impl<I> Typed<I> {
    fn new() -> Typed<I> {
        Typed(Rc::new(()), PhantomData)
    }
}

impl<I: From<BytesMut>> Decoder for Typed<I> {
    type Item = I;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<I>> {
        let Some(mut header) = input.get(..2) else { return Ok(None) };
        let len = usize::from(header.get_u16());
        if len > LARGEST {
            return Err(ErrorKind::InvalidData.into());
        }
        if input.len() < 2 + len {
            return Ok(None);
        }
        input.advance(2);
        Ok(Some(input.split_to(len).into()))
    }
}

impl<I, S: AsRef<[u8]>> Encoder<S> for Typed<I> {
    type Error = io::Error;

    fn encode(&mut self, payload: S, output: &mut BytesMut) -> io::Result<()> {
        let payload = payload.as_ref();
        if payload.len() > LARGEST {
            return Err(ErrorKind::InvalidInput.into());
        }
        output.put_u16(payload.len() as u16);
        output.put_slice(payload);
        Ok(())
    }
}

/// Where nothing is optimised, the spec with a hundred thousand codecs is left to the builds beside these doors.
#[track_caller]
fn let_through(check: Check) {
    let_through_but(check, "framing/every-split");
}

/// As [`let_through`], and there this spec is left to another door, too.
#[track_caller]
fn let_through_but(check: Check, spec: &str) {
    let check = if cfg!(debug_assertions) { check.skip("framing/every-split").skip(spec) } else { check };
    check.run().assert_conformant();
}

#[test]
fn items_of_each_type() {
    let_through(sockspec::framing("bytes-mut", layout(), Typed::<BytesMut>::new));
    // What the items are made of is the same over TCP.
    let_through(sockspec::framing("bytes", layout(), Typed::<Bytes>::new).on("bytes"));
    let_through(sockspec::framing("vec", layout(), Typed::<Vec<u8>>::new).on("vec"));
}

#[test]
fn encoders_of_slices_and_messages() {
    let slices = || Slices(Typed::<Bytes>::new());
    let_through(sockspec::framing_with("slices", layout(), slices).on("slices"));
    let messages = || mapped(Typed::<BytesMut>::new(), <[u8]>::to_vec, BytesMut::freeze);
    let_through(sockspec::framing_with("messages", layout(), messages).on("messages"));
}

#[test]
fn one_half_alone() {
    let_through(sockspec::framing_decoder("decoder", layout(), Typed::<Bytes>::new));
    let_through(sockspec::framing_encoder("encoder", layout(), Typed::<Bytes>::new));
    let slices = || Encodes(Typed::<Bytes>::new());
    let check = sockspec::framing_with("encoder-of-slices", layout(), slices);
    let_through(check.without(Capability::Decodes));
}

#[test]
fn functions_around_another_librarys_traits() {
    let codec = || {
        functions(
            Typed::<Bytes>::new(),
            |codec, payload, output| codec.encode(payload, output),
            |codec, input| codec.decode(input),
            |codec, input| match codec.decode(input)? {
                None if !input.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
                frame => Ok(frame),
            },
        )
    };
    let_through(sockspec::framing_with("functions", layout(), codec).on("functions"));
}

fn read_frame<R: Read>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 2];
    if reader.read(&mut len[..1])? == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut len[1..])?;
    let len = usize::from(u16::from_be_bytes(len));
    if len > LARGEST {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; len];
    reader.read_exact(&mut frame)?;
    Ok(Some(frame))
}

fn write_frame<W: Write>(writer: &mut W, payload: &[u8]) -> io::Result<()> {
    let len = u16::try_from(payload.len()).ok().filter(|len| usize::from(*len) <= LARGEST);
    writer.write_all(&len.ok_or(ErrorKind::InvalidInput)?.to_be_bytes())?;
    writer.write_all(payload)
}

#[test]
fn blocking_functions() {
    let check =
        sockspec::framing_blocking("blocking", layout(), || blocking(read_frame, write_frame)).on("blocking");
    // Each byte is two turns of two threads, so of the two specs that feed most bytes one by one each of these doors has one.
    let_through_but(check, "framing/no-leftover-state");
}

#[test]
fn blocking_functions_with_a_buffer() {
    let open = |source: Source| {
        let mut reader = BufReader::new(source);
        move || read_frame(&mut reader)
    };
    let codec = move || blocking_with(open, write_frame);
    let check = sockspec::framing_blocking("buffered", layout(), codec).on("buffered");
    let_through_but(check, "framing/round-trip");
}
