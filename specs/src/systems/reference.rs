//! A codec that keeps every rule of framing, in four formats.
//!
//! It is what mutants are made of, and it shows that the rules can be kept together.
//! It shares no line with the [`Layout`] that it is held against, so that neither covers up for the other.

use std::io;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sockspec_harness::codec::Codec;
use sockspec_harness::layout::{Layout, LengthField};
use sockspec_harness::link::{CodecFactory, DirectCodec, FramedOverTcp};
use sockspec_harness::subject::Subject;
use sockspec_harness::system::System;

/// The systems of the reference codec: the most common format called directly and over TCP, and the others directly.
///
/// Their largest frames are small, and lie behind the border at which each width shows its faults.
pub(super) fn systems() -> Vec<Arc<dyn System>> {
    let big_endian = Layout::u32_be().max_frame(1 << 16);
    let others = [
        ("reference-netstring", Layout::netstring().max_frame(1000)),
        ("reference-u16le", Layout::u16_le()),
        ("reference-varint", Layout::varint().max_frame(1 << 15)),
    ];
    let mut systems: Vec<Arc<dyn System>> = Vec::new();
    let id = "reference-u32be";
    systems.push(Arc::new(DirectCodec::new(Subject::framing(id, big_endian.clone()), factory(&big_endian))));
    systems.push(Arc::new(FramedOverTcp::new(
        Subject::framing(format!("{id}-tcp"), big_endian.clone()),
        factory(&big_endian),
    )));
    for (id, layout) in others {
        systems.push(Arc::new(DirectCodec::new(Subject::framing(id, layout.clone()), factory(&layout))));
    }
    systems
}

/// What makes the reference codec of a layout that is a length field and nothing around it.
pub(crate) fn factory(layout: &Layout) -> CodecFactory {
    let (field, largest) = (layout.field(), layout.largest());
    Arc::new(move || Box::new(Reference { field, largest }))
}

/// Leaves a frame in the input until it is whole, and refuses a header as soon as it is wrong.
struct Reference {
    field: LengthField,
    /// The largest payload in bytes.
    largest: u64,
}

/// What the input begins with.
enum Beginning {
    /// Nothing, or a part of a header.
    Unknown,
    /// A header of that many bytes, for a payload of that many.
    Header(usize, usize),
}

impl Reference {
    fn beginning(&self, input: &[u8]) -> io::Result<Beginning> {
        let mut rest = input;
        let len = match self.field {
            LengthField::BigEndian { width } if rest.len() >= width.into() => rest.get_uint(width.into()),
            LengthField::LittleEndian { width } if rest.len() >= width.into() => {
                rest.get_uint_le(width.into())
            }
            LengthField::BigEndian { .. } | LengthField::LittleEndian { .. } => {
                return Ok(Beginning::Unknown);
            }
            LengthField::Varint => match varint(&mut rest)? {
                Some(len) => len,
                None => return Ok(Beginning::Unknown),
            },
            LengthField::Decimal => match decimal(&mut rest, self.largest)? {
                Some(len) => len,
                None => return Ok(Beginning::Unknown),
            },
        };
        if len > self.largest {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Beginning::Header(input.len() - rest.len(), len as usize))
    }

    /// Whether a comma follows every payload.
    fn has_comma(&self) -> bool {
        self.field == LengthField::Decimal
    }
}

/// Takes a varint off the front, if all of it is there.
fn varint(rest: &mut &[u8]) -> io::Result<Option<u64>> {
    let mut value = 0u128;
    for turn in 0..10 {
        if rest.is_empty() {
            return Ok(None);
        }
        let byte = rest.get_u8();
        value += u128::from(byte % 128) << (7 * turn);
        if byte < 128 {
            let too_large = || io::ErrorKind::InvalidData.into();
            return u64::try_from(value).map(Some).map_err(|_| too_large());
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// Takes a netstring's length and its colon off the front, if all of it is there.
fn decimal(rest: &mut &[u8], largest: u64) -> io::Result<Option<u64>> {
    let mut value = 0u64;
    let mut digits = 0;
    loop {
        if rest.is_empty() {
            return Ok(None);
        }
        let byte = rest.get_u8();
        let has_leading_zero = digits > 0 && value == 0;
        match byte {
            b':' if digits > 0 => return Ok(Some(value)),
            b'0'..=b'9' if !has_leading_zero => {
                value = value.saturating_mul(10).saturating_add(u64::from(byte - b'0'))
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        // With every digit, so that no number of them grows without a bound.
        if value > largest {
            return Err(io::ErrorKind::InvalidData.into());
        }
        digits += 1;
    }
}

impl Codec for Reference {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let len = payload.len() as u64;
        if len > self.largest {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        match self.field {
            LengthField::BigEndian { width } => output.put_uint(len, width.into()),
            LengthField::LittleEndian { width } => output.put_uint_le(len, width.into()),
            LengthField::Varint => {
                let mut left = len;
                while left > 127 {
                    output.put_u8((left % 128) as u8 + 128);
                    left /= 128;
                }
                output.put_u8(left as u8);
            }
            LengthField::Decimal => output.put_slice(format!("{len}:").as_bytes()),
        }
        output.put_slice(payload);
        if self.has_comma() {
            output.put_u8(b',');
        }
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let Beginning::Header(header, payload) = self.beginning(input)? else { return Ok(None) };
        let whole = payload.saturating_add(header + usize::from(self.has_comma()));
        if input.len() < whole {
            return Ok(None);
        }
        if self.has_comma() && input[whole - 1] != b',' {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut frame = input.split_to(whole).freeze();
        frame.advance(header);
        frame.truncate(payload);
        Ok(Some(frame))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            frame => Ok(frame),
        }
    }
}
