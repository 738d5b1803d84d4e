//! The rules for codecs that are their own reference.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{Bytes, BytesMut};
use sockspec::codec::Codec;

use super::{Apart, Rule};

/// The rules, in the order of the table.
pub const RULES: &[Rule] = &[
    Rule { id: "apart/round-trip", judge: |apart| round_trip(apart, PLAIN[0]) },
    Rule { id: "apart/empty-frame", judge: |apart| round_trip(apart, b"") },
    Rule { id: "apart/transparent", judge: |apart| round_trip(apart, apart.marked) },
    Rule { id: "apart/every-cut", judge: every_cut },
    Rule { id: "apart/truncated-end", judge: truncated_end },
    Rule { id: "apart/any-bytes", judge: any_bytes },
];

/// Payloads that no codec has a reason to treat otherwise.
const PLAIN: [&[u8]; 3] = [b"hello", b"w", b"orld"];

/// How often a decoder is asked at most for what lies in one piece.
const MOST_ASKED: usize = 4096;

/// A payload comes out of what was emitted for it, whole, and nothing else does.
fn round_trip(apart: &Apart, payload: &[u8]) -> Option<String> {
    let mut codec = (apart.codec)();
    let mut wire = BytesMut::new();
    if let Err(error) = codec.encode(payload, &mut wire) {
        return Some(format!("{} is not encoded: {}", shown(payload), error.kind()));
    }
    let emitted = wire.clone();
    let came = drain(codec.as_mut(), &mut wire);
    let is_right = matches!(&came, Ok(frames) if frames.len() == 1 && frames[0] == payload);
    (!is_right).then(|| {
        format!("{} was emitted for {}, and {} came out", shown(&emitted), shown(payload), told(&came))
    })
}

/// Every single cut and every pair of cuts gives the same frames, each as soon as its last byte is in.
fn every_cut(apart: &Apart) -> Option<String> {
    let (wire, ends) = laid(apart);
    for first in 0..wire.len() {
        for second in first..wire.len() {
            let mut codec = (apart.codec)();
            let mut input = BytesMut::new();
            let mut count = 0;
            for piece in [0..first, first..second, second..wire.len()] {
                input.extend_from_slice(&wire[piece.clone()]);
                let came = drain(codec.as_mut(), &mut input);
                let due = ends.iter().filter(|end| **end <= piece.end).count();
                let is_right = matches!(&came, Ok(frames) if frames.iter().eq(PLAIN[count..due].iter()));
                if !is_right {
                    return Some(format!(
                        "cut at {first} and {second}, {} came out of the piece up to {}, and {} were due",
                        told(&came),
                        piece.end,
                        due - count
                    ));
                }
                count = due;
            }
        }
    }
    None
}

/// An end between frames is an end; one anywhere else is an error.
fn truncated_end(apart: &Apart) -> Option<String> {
    let (wire, ends) = laid(apart);
    for len in 0..=wire.len() {
        let mut codec = (apart.codec)();
        let mut input = BytesMut::from(&wire[..len]);
        let came = drain(codec.as_mut(), &mut input);
        let end = codec.decode_end(&mut input);
        let is_border = len == 0 || ends.contains(&len);
        let is_right = came.is_ok() && if is_border { matches!(end, Ok(None)) } else { end.is_err() };
        if !is_right {
            let wanted = if is_border { "an end" } else { "an error" };
            let seen = end.map_or_else(|_| "an error", |frame| frame.map_or("an end", |_| "a frame"));
            return Some(format!(
                "the stream ends behind {}: {seen}, where {wanted} was due",
                shown(&wire[..len])
            ));
        }
    }
    None
}

/// Whatever the bytes are, the decoder does not panic, and does not give frames without end.
fn any_bytes(apart: &Apart) -> Option<String> {
    for hostile in apart.hostile {
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            let mut codec = (apart.codec)();
            let mut input = BytesMut::from(*hostile);
            let came = drain(codec.as_mut(), &mut input);
            let is_endless = matches!(&came, Ok(frames) if frames.len() == MOST_ASKED);
            let _ = codec.decode_end(&mut input);
            is_endless
        }));
        match decoded {
            Ok(false) => {}
            Ok(true) => return Some(format!("frames without end come out of {}", shown(hostile))),
            Err(_) => return Some(format!("it panics on {}", shown(hostile))),
        }
    }
    None
}

/// The plain payloads behind each other, as they are emitted, and where each ends.
fn laid(apart: &Apart) -> (BytesMut, Vec<usize>) {
    let mut codec = (apart.codec)();
    let mut wire = BytesMut::new();
    let mut ends = Vec::new();
    for payload in PLAIN {
        codec.encode(payload, &mut wire).expect("every codec takes plain text");
        ends.push(wire.len());
    }
    (wire, ends)
}

fn drain(codec: &mut dyn Codec, input: &mut BytesMut) -> io::Result<Vec<Bytes>> {
    std::iter::from_fn(|| codec.decode(input).transpose()).take(MOST_ASKED).collect()
}

fn told(came: &io::Result<Vec<Bytes>>) -> String {
    match came {
        Ok(frames) if frames.is_empty() => "nothing".into(),
        Ok(frames) => frames.iter().map(|frame| shown(frame)).collect::<Vec<_>>().join(" and "),
        Err(_) => "an error".into(),
    }
}

fn shown(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}
