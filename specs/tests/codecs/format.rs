//! A wire format as a programmer would write it down, apart from the reference that codecs are held against.

use bytes::{Buf, BufMut, BytesMut};
use sockspec::Layout;
use sockspec_harness::layout::LengthField;

/// How frames lie on a wire.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) layout: Layout,
    pub(crate) field: LengthField,
    pub(crate) before: usize,
    pub(crate) behind: usize,
    /// What the length counts besides the payload.
    pub(crate) besides: u64,
    pub(crate) keeps_header: bool,
    pub(crate) largest: u64,
}

/// What bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// A part of a header.
    Unknown,
    /// What can be no header, or announces too much; and the lengths of header and payload, if it has any.
    Bad(Option<(usize, u64)>),
    /// A header of that many bytes, for a payload of that many.
    Header(usize, usize),
}

impl Format {
    pub(crate) fn of(layout: Layout) -> Format {
        let (field, largest) = (layout.field(), layout.largest());
        Format { layout, field, before: 0, behind: 0, besides: 0, keeps_header: false, largest }
    }

    /// The formats in which every sound codec is tried.
    pub(crate) fn all() -> Vec<(&'static str, Format)> {
        let around = Layout::u16_be().offset(2).gap(1).max_frame(3000);
        let around = Format { before: 2, behind: 1, ..Format::of(around) };
        let counting = Layout::u32_be().length_includes_header().max_frame(5000);
        let counting = Format { besides: 4, ..Format::of(counting) };
        let kept = Layout::u16_be().gap(2).adjustment(2).keeps_header().max_frame(2000);
        let kept = Format { behind: 2, besides: 2, keeps_header: true, ..Format::of(kept) };
        let whole = Format { before: 1, ..Format::of(Layout::u32_le().offset(1).max_whole(1000)) };
        let field = Layout::u64_le().length_includes_header().max_field(1000);
        let field = Format { besides: 8, ..Format::of(field) };
        vec![
            ("u8", Format::of(Layout::u8())),
            ("u16le", Format::of(Layout::u16_le())),
            ("u24be", Format::of(Layout::u24_be().max_frame(70_000))),
            ("u32be", Format::of(Layout::u32_be())),
            ("u64be", Format::of(Layout::u64_be().max_frame(1 << 20))),
            ("varint", Format::of(Layout::varint().max_frame(100_000))),
            ("netstring", Format::of(Layout::netstring().max_frame(9_999))),
            ("includes-header", counting),
            ("around", around),
            ("kept", kept),
            ("tiny", Format::of(Layout::u8().max_frame(3))),
            ("whole", whole),
            ("field", field),
            ("only-empty", Format::of(Layout::u16_be().max_frame(0))),
        ]
    }

    /// The length of a header, unless it depends.
    pub(crate) fn header_len(&self) -> Option<usize> {
        Some(self.before + usize::from(self.field.width()?) + self.behind)
    }

    pub(crate) fn comma(&self) -> usize {
        usize::from(self.field == LengthField::Decimal)
    }

    /// Reads the header, once all of it is there.
    pub(crate) fn begin(&self, input: &[u8]) -> Beginning {
        let (header, value) = match self.field {
            LengthField::Varint => match input.iter().position(|byte| *byte < 128) {
                Some(last) if last < 10 => {
                    let value = input[..=last]
                        .iter()
                        .rev()
                        .fold(0u128, |value, byte| value << 7 | u128::from(byte & 0x7F));
                    match u64::try_from(value) {
                        Ok(value) => (last + 1, value),
                        Err(_) => return Beginning::Bad(None),
                    }
                }
                None if input.len() < 10 => return Beginning::Unknown,
                _ => return Beginning::Bad(None),
            },
            LengthField::Decimal => match input.iter().position(|byte| *byte == b':') {
                Some(colon) => {
                    let digits = &input[..colon];
                    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
                    let is_plain = digits.len() == 1 || digits.first() != Some(&b'0');
                    let text = std::str::from_utf8(digits).unwrap_or_default();
                    match text.parse() {
                        Ok(value) if is_number && is_plain => (colon + 1, value),
                        _ => return Beginning::Bad(None),
                    }
                }
                None if input.len() < 20 => return Beginning::Unknown,
                None => return Beginning::Bad(None),
            },
            LengthField::BigEndian { width } | LengthField::LittleEndian { width } => {
                let width = usize::from(width);
                let header = self.before + width + self.behind;
                if input.len() < header {
                    return Beginning::Unknown;
                }
                let mut field = &input[self.before..];
                let is_big = matches!(self.field, LengthField::BigEndian { .. });
                (header, if is_big { field.get_uint(width) } else { field.get_uint_le(width) })
            }
        };
        match value.checked_sub(self.besides) {
            Some(len) if len <= self.largest => Beginning::Header(header, len as usize),
            Some(len) => Beginning::Bad(Some((header, len))),
            None => Beginning::Bad(None),
        }
    }

    /// Writes a frame, whatever its length.
    pub(crate) fn put(&self, payload: &[u8], output: &mut BytesMut) {
        let value = payload.len() as u64 + self.besides;
        output.put_bytes(0, self.before);
        match self.field {
            LengthField::BigEndian { width } => output.put_uint(value, width.into()),
            LengthField::LittleEndian { width } => output.put_uint_le(value, width.into()),
            LengthField::Decimal => output.put_slice(format!("{value}:").as_bytes()),
            LengthField::Varint => {
                let mut left = value;
                while left > 127 {
                    output.put_u8(left as u8 | 128);
                    left >>= 7;
                }
                output.put_u8(left as u8);
            }
        }
        output.put_bytes(0, self.behind);
        output.put_slice(payload);
        output.put_slice(&b","[..self.comma()]);
    }
}
