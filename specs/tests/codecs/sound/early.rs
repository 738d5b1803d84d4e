//! A sound codec that refuses a header as soon as its bytes say enough, and not only when all of it is there.

use std::io;

use bytes::{Bytes, BytesMut};
use sockspec_harness::codec::Codec;
use sockspec_harness::layout::LengthField;

use super::in_input::Patient;
use super::{cut_off, too_large};
use crate::format::Format;

/// Looks at each byte of a header as it comes.
pub(super) struct Early {
    format: Format,
    patient: Patient,
}

impl Early {
    pub(super) fn new(format: Format) -> Early {
        Early { patient: Patient::new(format.clone()), format }
    }

    /// Whether no header that begins like this is one that an encoder writes.
    fn is_hopeless(&self, input: &[u8]) -> bool {
        let most = u128::from(self.format.largest + self.format.besides);
        let field = input.get(self.format.before..).unwrap_or(&[]);
        let value = match self.format.field {
            LengthField::BigEndian { width } => {
                let width = usize::from(width);
                let bytes = field.iter().copied().chain(std::iter::repeat(0)).take(width);
                bytes.fold(0, |value: u128, byte| value << 8 | u128::from(byte))
            }
            LengthField::LittleEndian { width } => {
                let bytes = field.iter().take(width.into()).rev();
                bytes.fold(0, |value: u128, byte| value << 8 | u128::from(*byte))
            }
            LengthField::Varint => {
                let last = field.iter().take(10).position(|byte| *byte < 128);
                let part = &field[..last.map_or(field.len().min(10), |last| last + 1)];
                // A last byte of nothing says that the length is longer than it need be.
                if part.len() > 1 && part.last() == Some(&0) {
                    return true;
                }
                part.iter().rev().fold(0, |value: u128, byte| value << 7 | u128::from(byte & 0x7F))
            }
            LengthField::Decimal => {
                let digits: Vec<u8> = field.iter().copied().take_while(u8::is_ascii_digit).take(20).collect();
                let is_ended = field.get(digits.len()).is_some_and(|byte| *byte != b':' || digits.is_empty());
                if is_ended || digits.len() > 1 && digits[0] == b'0' {
                    return true;
                }
                digits.iter().fold(0, |value: u128, digit| value * 10 + u128::from(digit - b'0'))
            }
        };
        value > most
    }
}

impl Codec for Early {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.patient.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.is_hopeless(input) {
            return Err(too_large());
        }
        self.patient.decode(input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}
