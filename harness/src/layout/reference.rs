//! The reference: whole buffers in, all frames out; no state, no buffer, no stream.

use std::num::IntErrorKind;
use std::ops::Range;

use super::{FILLER, Layout, LengthField};

/// The length in bytes of the longest length field: twenty decimal digits and a colon.
const LONGEST_FIELD: usize = 21;

/// Why a payload cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is longer than the configured maximum, though the length field could hold its length.
    OverMaximum,
    /// Its length does not fit the length field at all.
    OverField,
}

/// What a whole buffer parses to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Each frame: where it lies, with its header and all, and which part of it the receiver gets.
    pub frames: Vec<ParsedFrame>,
    /// What is left behind the last frame.
    pub rest: Rest,
}

/// Where one frame lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedFrame {
    /// From the first byte of its header to behind its last byte.
    pub whole: Range<usize>,
    /// What the receiver gets.
    pub item: Range<usize>,
}

/// What is left behind the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: a stream may end here.
    Nothing,
    /// A part of a header: more bytes must come.
    Header,
    /// A whole header, and not yet all of its frame.
    Payload,
    /// A header, complete at this offset, whose frame must be refused.
    Refused {
        /// The offset behind the last byte of the header.
        at: usize,
    },
}

/// A header in the place of a few words: its length field between two runs of [`FILLER`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    offset: u32,
    field: [u8; LONGEST_FIELD],
    /// How many bytes of `field` it has.
    width: u8,
    gap: u32,
}

impl Head {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.offset as usize + usize::from(self.width) + self.gap as usize
    }

    /// Puts it behind the bytes that are in `bytes`.
    pub(crate) fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.resize(bytes.len() + self.offset as usize, FILLER);
        bytes.extend_from_slice(self.field());
        bytes.resize(bytes.len() + self.gap as usize, FILLER);
    }

    /// Its length field.
    pub(crate) fn field(&self) -> &[u8] {
        &self.field[..usize::from(self.width)]
    }

    /// Lengthens the length field by a byte.
    fn put(&mut self, byte: u8) {
        self.field[usize::from(self.width)] = byte;
        self.width += 1;
    }
}

impl Layout {
    /// The header of a frame whose payload has `len` bytes, whatever the maximum; `None` if the length field cannot hold it.
    pub fn header(&self, len: u64) -> Option<Vec<u8>> {
        self.header_of_value(self.value_of(len)?)
    }

    /// What the length field says of a payload of `len` bytes, whatever the maximum; `None` if no length field could say it.
    pub fn value_of(&self, len: u64) -> Option<u64> {
        u64::try_from(i128::from(len) + i128::from(self.adjustment)).ok()
    }

    /// A header whose length field has this value; `None` if it cannot hold it.
    pub fn header_of_value(&self, value: u64) -> Option<Vec<u8>> {
        let head = self.head_of_value(value)?;
        let mut header = Vec::with_capacity(head.len());
        head.append_to(&mut header);
        Some(header)
    }

    /// As [`Layout::header`], for whoever wants its length or has a place to put it: nothing is allocated.
    pub(crate) fn head(&self, len: u64) -> Option<Head> {
        self.head_of_value(self.value_of(len)?)
    }

    /// The length in bytes of a whole frame whose payload has `len`, whatever the maximum; `None` if the length field cannot hold it.
    pub(crate) fn whole(&self, len: u64) -> Option<u64> {
        Some(len.saturating_add((self.head(len)?.len() + self.trailer().len()) as u64))
    }

    /// The header whose length field has this value, or the most that it can hold.
    pub(crate) fn head_within(&self, value: u64) -> Head {
        self.head_of_value(value.min(self.field.most())).expect("the field holds the most that it can hold")
    }

    fn head_of_value(&self, value: u64) -> Option<Head> {
        if value > self.field.most() {
            return None;
        }
        let mut head = Head { offset: self.offset, field: [0; LONGEST_FIELD], width: 0, gap: self.gap };
        match self.field {
            // A width is 8 at most, and what stands behind it is not looked at.
            LengthField::BigEndian { width } => {
                head.field[..8].copy_from_slice(&(value << (64 - 8 * u32::from(width))).to_be_bytes());
                head.width = width;
            }
            LengthField::LittleEndian { width } => {
                head.field[..8].copy_from_slice(&value.to_le_bytes());
                head.width = width;
            }
            LengthField::Varint => {
                let mut left = value;
                while left >= 0x80 {
                    head.put(left as u8 | 0x80);
                    left >>= 7;
                }
                head.put(left as u8);
            }
            LengthField::Decimal => {
                let mut place = 10u64.pow(value.checked_ilog10().unwrap_or(0));
                while place > 0 {
                    head.put(b'0' + (value / place % 10) as u8);
                    place /= 10;
                }
                head.put(b':');
            }
        }
        Some(head)
    }

    /// What stands behind every payload.
    pub fn trailer(&self) -> &'static [u8] {
        if self.field == LengthField::Decimal { b"," } else { b"" }
    }

    /// One whole frame on the wire.
    ///
    /// # Errors
    /// Why the payload must be refused.
    pub fn encode(&self, payload: &[u8]) -> Result<Vec<u8>, Refusal> {
        let len = payload.len() as u64;
        let header = self.header(len).ok_or(Refusal::OverField)?;
        if len > self.max_frame {
            return Err(Refusal::OverMaximum);
        }
        Ok([&header, payload, self.trailer()].concat())
    }

    /// The length of the payload that the header at the start of `bytes` announces, however long;
    /// `None` if there is no whole length field, or what stands in it is no length.
    pub fn announced(&self, bytes: &[u8]) -> Option<u64> {
        let (value, _) = self.boundless().parse_field(bytes.get(self.offset as usize..)?).ok()?;
        u64::try_from(i128::from(value) - i128::from(self.adjustment)).ok()
    }

    /// Whether the length field at the start of `bytes` is whole and says more than 64 bits hold.
    ///
    /// Of a varint's tenth byte some leave out what is above the 64th bit, as protobuf's own decoder does: only an eleventh that is not zero counts.
    pub(crate) fn says_too_much(&self, bytes: &[u8]) -> bool {
        let field = bytes.get(self.offset as usize..).unwrap_or(&[]);
        let mut above = match self.field {
            LengthField::Varint => {
                let len = field.iter().position(|byte| *byte < 0x80).map_or(0, |last| last + 1);
                field[..len].iter().skip(10).map(|byte| byte & 0x7F)
            }
            LengthField::Decimal => {
                let len = field.iter().position(|byte| *byte == b':').unwrap_or(0);
                let number = std::str::from_utf8(&field[..len]).map(str::parse::<u64>);
                return matches!(number, Ok(Err(error)) if *error.kind() == IntErrorKind::PosOverflow);
            }
            LengthField::BigEndian { .. } | LengthField::LittleEndian { .. } => return false,
        };
        above.any(|bits| bits > 0)
    }

    /// The same layout, whose frames may be of any length.
    pub(super) fn boundless(&self) -> Layout {
        Layout { max_frame: u64::MAX, ..self.clone() }
    }

    /// All the frames that lie in `bytes`, and what is left behind them.
    pub fn parse(&self, bytes: &[u8]) -> Parsed {
        self.parse_from(bytes, 0)
    }

    /// All the frames that lie in `bytes` from `start` on, where one begins; places are counted from the start of `bytes`.
    pub fn parse_from(&self, bytes: &[u8], start: usize) -> Parsed {
        let mut frames = Vec::new();
        let rest = self.parse_onto(bytes, start, &mut frames);
        Parsed { frames, rest }
    }

    /// As [`Layout::parse_from`]: puts the frames behind those that are in `frames`, and answers what lies behind them.
    pub(crate) fn parse_onto(&self, bytes: &[u8], mut start: usize, frames: &mut Vec<ParsedFrame>) -> Rest {
        loop {
            match self.parse_one(&bytes[start..]) {
                Ok((header, payload)) => {
                    let body = start + header;
                    let end = body + payload + self.trailer().len();
                    let first = if self.keeps_header { start } else { body };
                    frames.push(ParsedFrame { whole: start..end, item: first..body + payload });
                    start = end;
                }
                Err(Rest::Refused { at }) => return Rest::Refused { at: start + at },
                Err(rest) => return rest,
            }
        }
    }

    /// The lengths of header and payload of the first frame in `bytes`, if it is whole.
    fn parse_one(&self, bytes: &[u8]) -> Result<(usize, usize), Rest> {
        if bytes.is_empty() {
            return Err(Rest::Nothing);
        }
        let (header, len) = self.read_header(bytes)?;
        let refused = Rest::Refused { at: header - self.gap as usize };
        let len = u64::try_from(len).ok().filter(|len| *len <= self.max_frame).ok_or(refused)?;
        if bytes.len() < header {
            return Err(Rest::Header);
        }
        let len = usize::try_from(len).map_err(|_| refused)?;
        // A largest payload near the end of all numbers is legal, and more than any buffer holds.
        let end = header.saturating_add(len);
        let Some(trailer) = bytes.get(end..end.saturating_add(self.trailer().len())) else {
            return Err(Rest::Payload);
        };
        if trailer == self.trailer() {
            Ok((header, len))
        } else {
            Err(Rest::Refused { at: end + trailer.len() })
        }
    }

    /// The length of the header at the start of `bytes`, and of the payload that it announces, whatever the maximum.
    ///
    /// The length field must be there, the rest of the header need not.
    /// A payload's length is below zero where the field's value is less than the adjustment.
    pub(crate) fn read_header(&self, bytes: &[u8]) -> Result<(usize, i128), Rest> {
        let field = bytes.get(self.offset as usize..).unwrap_or(&[]);
        let (value, width) = self.parse_field(field).map_err(|rest| match rest {
            Rest::Refused { at } => Rest::Refused { at: at + self.offset as usize },
            other => other,
        })?;
        let header = self.offset as usize + width + self.gap as usize;
        Ok((header, i128::from(value) - i128::from(self.adjustment)))
    }

    /// The value of the length field at the start of `bytes`, and its width.
    fn parse_field(&self, bytes: &[u8]) -> Result<(u64, usize), Rest> {
        match self.field {
            LengthField::BigEndian { width } => {
                let field = bytes.get(..usize::from(width)).ok_or(Rest::Header)?;
                Ok((field.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), field.len()))
            }
            LengthField::LittleEndian { width } => {
                let field = bytes.get(..usize::from(width)).ok_or(Rest::Header)?;
                Ok((field.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)), field.len()))
            }
            LengthField::Varint => {
                let mut value = 0u64;
                for (i, byte) in bytes.iter().take(10).enumerate() {
                    let bits = u64::from(byte & 0x7F);
                    if i == 9 && bits > 1 {
                        return Err(Rest::Refused { at: 10 });
                    }
                    value |= bits << (7 * i);
                    if byte & 0x80 == 0 {
                        return Ok((value, i + 1));
                    }
                }
                Err(if bytes.len() < 10 { Rest::Header } else { Rest::Refused { at: 10 } })
            }
            LengthField::Decimal => {
                let mut value = 0u64;
                for (i, byte) in bytes.iter().enumerate() {
                    let refused = Rest::Refused { at: i + 1 };
                    match byte {
                        b':' if i > 0 => return Ok((value, i + 1)),
                        // A leading zero is allowed only in the length of the empty string.
                        b'0'..=b'9' if i == 0 || bytes[0] != b'0' => {
                            let digit = u64::from(byte - b'0');
                            value = value
                                .checked_mul(10)
                                .and_then(|value| value.checked_add(digit))
                                .ok_or(refused)?;
                            if value > self.max_frame {
                                return Err(refused);
                            }
                        }
                        _ => return Err(refused),
                    }
                }
                Err(Rest::Header)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::layout::Layout;

    #[test]
    fn a_length_above_64_bits_is_told_from_one_that_is_merely_long() {
        let varint = |tail: &[u8]| Layout::varint().says_too_much(&[&[0x85; 9][..], tail].concat());
        assert_eq!([&[0x02][..], &[0x82, 0x00], &[0x80], &[0x80, 0x80]].map(varint), [false; 4]);
        assert_eq!([&[0x80, 0x01][..], &[0x80, 0x80, 0x01, b'x']].map(varint), [true; 2]);
        let netstring = |text: &[u8]| Layout::netstring().says_too_much(text);
        assert_eq!(
            [&b"18446744073709551615:"[..], b"99999999999999999999", b":", b"x:"].map(netstring),
            [false; 4]
        );
        assert!(netstring(b"18446744073709551616:a,"));
        assert!(!Layout::u64_be().says_too_much(&[0xFF; 30]));
    }

    #[test]
    fn the_largest_whole_frame_has_its_header_and_its_comma_within() {
        let payload = |layout: Layout, whole| layout.max_whole(whole).largest();
        assert_eq!(payload(Layout::u16_be().offset(3), 1024), 1019);
        assert_eq!(
            [1, 128, 129, 130, 1024].map(|whole| payload(Layout::varint(), whole)),
            [0, 127, 127, 128, 1022]
        );
        assert_eq!([3, 12, 13, 14].map(|whole| payload(Layout::netstring(), whole)), [0, 9, 9, 10]);
    }
}
