//! The published codecs that are compared with each other, each in one version.
//!
//! The manifest pins them, so that a finding says something of a release that everybody can have,
//! and an update is a change that somebody reads.

use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use sockspec::Layout;
use sockspec::codec::{Codec, TokioCodec, functions};
use sockspec::fuzz::compared;
use sockspec_harness::link::DirectCodec;
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::system::System;
use unsigned_varint::codec::UviBytes;
use wire_codec::codec::FrameCodec;
use wire_codec::framing::{Endian, LengthPrefixed, LengthWidth, VarintPrefixed};

/// The largest payload in bytes of the layouts that have one.
const LARGEST: u64 = 1 << 10;

/// A delimiter of so many bytes that does not parse never will (documentation of `prost::decode_length_delimiter`).
const LONGEST_DELIMITER: usize = 10;

/// The codecs, each with the layout that it says it has.
pub fn codecs() -> Vec<DirectCodec> {
    let varint = Layout::varint().max_frame(LARGEST);
    let unbounded = Layout::u64_be().max_frame(u64::MAX);
    // With the header counted, the peers' encoders are known to differ at the largest payload: the decoders are compared.
    let with_header = Layout::u16_le().length_includes_header().max_field(LARGEST);
    let with_header = Subject::framing("wire-codec-with-header", with_header).without(Capability::Encodes);
    vec![
        codec(Subject::framing("wire-codec-u32be", Layout::u32_be().max_frame(LARGEST)), || {
            let framer = LengthPrefixed::bounded(LengthWidth::U32, Endian::Big);
            TokioCodec(FrameCodec::new(framer.with_max_payload(LARGEST)))
        }),
        codec(Subject::framing("wire-codec-u16le", Layout::u16_le()), || {
            TokioCodec(FrameCodec::new(LengthPrefixed::bounded(LengthWidth::U16, Endian::Little)))
        }),
        codec(with_header, || {
            let framer = LengthPrefixed::bounded(LengthWidth::U16, Endian::Little);
            TokioCodec(FrameCodec::new(framer.with_length_adjustment(-2).with_max_payload(LARGEST - 2)))
        }),
        codec(Subject::framing("wire-codec-varint", varint.clone()), || {
            TokioCodec(FrameCodec::new(VarintPrefixed::new().with_max_payload(LARGEST as usize)))
        }),
        codec(Subject::framing("unsigned-varint", varint), || {
            let mut codec = UviBytes::<Bytes>::default();
            codec.set_max_len(LARGEST as usize);
            TokioCodec(codec)
        }),
        codec(Subject::framing("asynchronous-codec", unbounded.clone()), asynchronous),
        codec(Subject::framing("futures-codec", unbounded), futures),
        codec(Subject::framing("prost", Layout::varint().max_frame(u64::MAX)), prost),
    ]
}

fn codec<C: Codec + 'static>(subject: Subject, make: impl Fn() -> C + Send + Sync + 'static) -> DirectCodec {
    DirectCodec::new(subject, Arc::new(move || Box::new(make()) as Box<dyn Codec>))
}

/// What is left over at the end is an error, as the package's own `FramedRead` has it.
fn asynchronous() -> impl Codec {
    use asynchronous_codec::{Decoder, Encoder};
    functions(
        asynchronous_codec::LengthCodec,
        |codec, payload, output| codec.encode(Bytes::copy_from_slice(payload), output),
        |codec, input| codec.decode(input),
        |codec, input| whole(codec.decode_eof(input)?, input),
    )
}

/// The same of the package that asynchronous-codec was forked from.
fn futures() -> impl Codec {
    use futures_codec::{Decoder, Encoder};
    functions(
        futures_codec::LengthCodec,
        |codec, payload, output| codec.encode(Bytes::copy_from_slice(payload), output),
        |codec, input| codec.decode(input),
        |codec, input| whole(codec.decode_eof(input)?, input),
    )
}

/// The delimiter of protobuf messages, with the bytes behind it gathered by the caller, as its documentation has it.
fn prost() -> impl Codec {
    functions(
        (),
        |(), payload, output: &mut BytesMut| {
            prost::encode_length_delimiter(payload.len(), output).map_err(io::Error::other)?;
            output.extend_from_slice(payload);
            io::Result::Ok(())
        },
        |(), input| delimited(input),
        |(), input| whole(delimited(input)?, input),
    )
}

fn delimited(input: &mut BytesMut) -> io::Result<Option<Bytes>> {
    let mut rest = &input[..];
    let Ok(len) = prost::decode_length_delimiter(&mut rest) else {
        let is_hopeless = input.len() >= LONGEST_DELIMITER;
        return if is_hopeless { Err(io::ErrorKind::InvalidData.into()) } else { Ok(None) };
    };
    let header = input.len() - rest.len();
    if rest.len() < len {
        return Ok(None);
    }
    input.advance(header);
    Ok(Some(input.split_to(len).freeze()))
}

/// At the end there is a frame, or nothing is left over.
fn whole<T>(frame: Option<T>, input: &BytesMut) -> io::Result<Option<T>> {
    if frame.is_none() && !input.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(frame)
}

/// Two packages at least are beside the reference in each of several layouts, and every codec is among those compared.
///
/// # Panics
/// If not: a codec that is compared with nothing finds nothing, and nobody would see it.
pub fn assert_compared() {
    let compared = compared();
    for codec in codecs() {
        let id = &codec.subject().id;
        assert!(compared.iter().any(|group| group.contains(&id.as_str())), "{id} is compared with nothing");
    }
    assert!(compared.iter().filter(|group| group.len() > 2).count() >= 4, "{compared:?}");
}
