//! The one form of a header that every encoder writes, and so every decoder must take.
//!
//! A varint can say one length in many ways, of which some decoders take the shortest only; for every other field there is one way.

use super::{Layout, LengthField, Rest};

impl Layout {
    /// Whether the length field at the start of `bytes` is written as the reference would write it, whatever the maximum.
    pub(crate) fn is_canonical(&self, bytes: &[u8]) -> bool {
        let head = self.announced(bytes).and_then(|len| self.head(len));
        head.is_some_and(|head| bytes[self.offset as usize..].starts_with(head.field()))
    }

    /// Whether the length field at the start of `bytes` has not come to its end, though the reference may refuse it by now.
    pub(crate) fn lacks_length(&self, bytes: &[u8]) -> bool {
        self.boundless().read_header(bytes) == Err(Rest::Header)
    }

    /// Whether a part of a header may become one that every decoder must take.
    ///
    /// If not, a decoder that looks at each byte as it comes may refuse it, though the reference reads on.
    pub(crate) fn may_become_whole(&self, header: &[u8]) -> bool {
        let Some(field) = header.get(self.offset as usize..) else { return true };
        let least = self.adjustment.unsigned_abs().into();
        let most = least + u128::from(self.max_frame);
        match self.field {
            LengthField::BigEndian { width } => {
                let field = &field[..field.len().min(width.into())];
                let left = 8 * (usize::from(width) - field.len());
                let value = field.iter().fold(0, |value: u128, byte| value << 8 | u128::from(*byte)) << left;
                value <= most && value + (1 << left) > least
            }
            LengthField::LittleEndian { width } => {
                let field = &field[..field.len().min(width.into())];
                let value = field.iter().rev().fold(0, |value: u128, byte| value << 8 | u128::from(*byte));
                let step = 1u128 << (8 * field.len());
                value + least.saturating_sub(value).div_ceil(step) * step <= most
            }
            // Each byte so far says that another one follows, and the last one is not zero.
            LengthField::Varint => {
                let bits =
                    field.iter().rev().fold(0, |value: u128, byte| value << 7 | u128::from(byte & 0x7F));
                field.is_empty() || bits + (1 << (7 * field.len())) <= most
            }
            // The reference itself refuses a digit too many.
            LengthField::Decimal => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::layout::{Layout, LengthField, Rest};

    #[test]
    fn a_part_of_a_header_may_become_whole_as_long_as_some_length_within_the_maximum_begins_so() {
        let layouts = [
            Layout::u16_be().max_frame(300),
            Layout::u16_le().max_frame(300),
            Layout::of(LengthField::BigEndian { width: 3 })
                .offset(1)
                .gap(2)
                .length_includes_header()
                .max_frame(700),
            Layout::of(LengthField::LittleEndian { width: 3 }).length_includes_header().max_frame(70_000),
            Layout::varint().max_frame(300),
            Layout::varint().max_frame(40_000),
        ];
        for layout in layouts {
            let headers: Vec<Vec<u8>> = (0..=layout.largest()).filter_map(|len| layout.header(len)).collect();
            let parts =
                (0..=255).flat_map(|first| [vec![first], vec![first, 0], vec![first, 1], vec![first, 0x82]]);
            for part in parts {
                let parsed = layout.parse(&part);
                if !parsed.frames.is_empty() || parsed.rest != Rest::Header {
                    continue;
                }
                // Filler may be anything.
                let offset = layout.offset as usize;
                let field = part.get(offset..).unwrap_or(&[]);
                let is_begun = headers.iter().any(|header| header[offset..].starts_with(field));
                assert_eq!(layout.may_become_whole(&part), is_begun, "{layout}: {part:?}");
            }
        }
    }

    #[test]
    fn a_length_in_more_bytes_than_it_needs_is_not_canonical() {
        let varint = Layout::varint().max_frame(300);
        assert!(varint.is_canonical(&[0x80, 0x01, 7]) && varint.is_canonical(&[0]));
        assert!(!varint.is_canonical(&[0x81, 0x00]) && !varint.is_canonical(&[0x81]));
        // Of filler nothing is asked, and a length beyond the maximum has its form, too.
        assert!(Layout::u16_be().offset(1).max_frame(9).is_canonical(&[1, 0, 200]));
    }
}
