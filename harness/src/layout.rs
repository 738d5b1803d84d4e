//! How a length-prefix format lies on the wire, and the one reference that every codec is held against.
//!
//! A layout describes; [`Layout::encode`](crate::layout::Layout::encode) and [`Layout::parse`](crate::layout::Layout::parse) are the oracle.
//! They are kept so plain that they are obviously right: no state, no buffer, no stream; a whole buffer in, all frames out.

mod behind;
mod error;
mod forms;
mod reference;
mod words;

use std::fmt;

use serde::Serialize;

pub(crate) use behind::Behind;
pub use error::LayoutError;
pub use reference::{Parsed, ParsedFrame, Refusal, Rest};
pub use words::LayoutWordsError;

/// The largest payload in bytes when a layout names none: 8 MiB, as tokio-util's builder has it.
pub const DEFAULT_MAX_FRAME: u64 = 8 << 20;

/// The byte that stands in a header wherever the layout says nothing of its value.
pub const FILLER: u8 = 0xA5;

/// The longest wire of one connection in bytes: several frames of the default maximum fit, and a plan made by a fuzzer ends.
pub const LONGEST_WIRE: usize = 64 << 20;

/// How the length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LengthField {
    /// An unsigned integer of `width` bytes (1 to 8), most significant byte first.
    BigEndian {
        /// Its width in bytes.
        width: u8,
    },
    /// An unsigned integer of `width` bytes (1 to 8), least significant byte first.
    LittleEndian {
        /// Its width in bytes.
        width: u8,
    },
    /// Seven bits a byte, least significant first, the top bit set on all but the last byte (protobuf's varint; LEB128).
    Varint,
    /// Decimal digits and a colon before the payload, and a comma behind it (netstrings).
    Decimal,
}

/// A length-prefix wire format.
///
/// A frame is: `offset` bytes of header, the length field, `gap` more bytes of header, the payload, and for netstrings a comma.
/// The value of the length field is the payload's length plus `adjustment`.
/// These are the parameters of Netty's `LengthFieldBasedFrameDecoder` and of tokio-util's builder, whose own `lengthAdjustment` has the opposite sign
/// and counts from behind the length field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Layout {
    field: LengthField,
    offset: u32,
    gap: u32,
    adjustment: i64,
    keeps_header: bool,
    max_frame: u64,
}

impl Layout {
    /// A one-byte length; payloads of up to 255 bytes.
    pub fn u8() -> Layout {
        Layout::of(LengthField::BigEndian { width: 1 })
    }

    /// A two-byte length, most significant byte first: DNS over TCP (RFC 1035 §4.2.2), Python's `'!H'`.
    pub fn u16_be() -> Layout {
        Layout::of(LengthField::BigEndian { width: 2 })
    }

    /// A two-byte length, least significant byte first: Python's `'<H'`.
    pub fn u16_le() -> Layout {
        Layout::of(LengthField::LittleEndian { width: 2 })
    }

    /// A three-byte length, most significant byte first, as in HTTP/2's frame header (RFC 9113 §4.1).
    pub fn u24_be() -> Layout {
        Layout::of(LengthField::BigEndian { width: 3 })
    }

    /// A four-byte length, most significant byte first: Python's `'!I'`.
    pub fn u32_be() -> Layout {
        Layout::of(LengthField::BigEndian { width: 4 })
    }

    /// A four-byte length, least significant byte first: Python's `'<I'`.
    pub fn u32_le() -> Layout {
        Layout::of(LengthField::LittleEndian { width: 4 })
    }

    /// An eight-byte length, most significant byte first: Python's `'!Q'`.
    pub fn u64_be() -> Layout {
        Layout::of(LengthField::BigEndian { width: 8 })
    }

    /// An eight-byte length, least significant byte first: Python's `'<Q'`.
    pub fn u64_le() -> Layout {
        Layout::of(LengthField::LittleEndian { width: 8 })
    }

    /// A varint, as protobuf's delimited messages have it.
    pub fn varint() -> Layout {
        Layout::of(LengthField::Varint)
    }

    /// A netstring: decimal digits, a colon, the payload, a comma.
    pub fn netstring() -> Layout {
        Layout::of(LengthField::Decimal)
    }

    /// A layout of that length field, with nothing around it.
    ///
    /// # Panics
    /// If the field's width is not 1 to 8; see [`Layout::try_of`].
    #[track_caller]
    pub fn of(field: LengthField) -> Layout {
        or_panic(Layout::try_of(field))
    }

    /// As [`Layout::of`].
    ///
    /// # Errors
    /// [`LayoutError::Width`] if the field's width is not 1 to 8.
    pub fn try_of(field: LengthField) -> Result<Layout, LayoutError> {
        if let Some(width) = field.width().filter(|width| !(1..=8).contains(width)) {
            return Err(LayoutError::Width(width));
        }
        let max_frame = DEFAULT_MAX_FRAME.min(field.most());
        Layout { field, offset: 0, gap: 0, adjustment: 0, keeps_header: false, max_frame }.checked()
    }

    /// The largest payload in bytes; a longer one is refused. If not set: 8 MiB, or what the length field holds if that is less.
    ///
    /// # Panics
    /// If the length field cannot announce such a payload; see [`Layout::try_max_frame`].
    #[must_use]
    #[track_caller]
    pub fn max_frame(self, bytes: u64) -> Layout {
        or_panic(self.try_max_frame(bytes))
    }

    /// As [`Layout::max_frame`].
    ///
    /// # Errors
    /// [`LayoutError::MaxFrame`] if the length field cannot announce such a payload.
    pub fn try_max_frame(self, bytes: u64) -> Result<Layout, LayoutError> {
        Layout { max_frame: bytes, ..self }.checked()
    }

    /// The largest *value of the length field*, which is what tokio-util's `max_frame_length` limits: sets the largest payload accordingly.
    /// Call it after [`Layout::adjustment`] and [`Layout::length_includes_header`].
    ///
    /// # Panics
    /// If no payload is left.
    #[must_use]
    #[track_caller]
    pub fn max_field(self, value: u64) -> Layout {
        let payload = i128::from(value) - i128::from(self.adjustment);
        match u64::try_from(payload) {
            Ok(payload) => self.max_frame(payload),
            Err(_) => panic!("a length field of at most {value} leaves no payload"),
        }
    }

    /// The largest *whole frame*, which is what Netty's `maxFrameLength` limits: with its header, and with the comma of a netstring.
    /// It sets the largest payload accordingly. Call it after [`Layout::offset`] and [`Layout::gap`].
    ///
    /// # Panics
    /// If no payload is left.
    #[must_use]
    #[track_caller]
    pub fn max_whole(self, bytes: u64) -> Layout {
        let payload = match self.header_len() {
            Some(header) => bytes.checked_sub(header),
            None => self.largest_within(bytes),
        };
        match payload {
            Some(payload) => self.max_frame(payload),
            None => panic!("whole frames of {bytes} bytes leave no payload"),
        }
    }

    /// The largest payload whose whole frame has no more than so many bytes, where the header is longer for a longer payload.
    fn largest_within(&self, bytes: u64) -> Option<u64> {
        // What is around a payload of all the bytes is more than is around any that fits; from there it takes a few steps.
        let mut payload = bytes.checked_sub(self.whole(bytes)?.saturating_sub(bytes))?;
        while payload < bytes && self.whole(payload + 1).is_some_and(|whole| whole <= bytes) {
            payload += 1;
        }
        self.whole(payload).filter(|whole| *whole <= bytes).map(|_| payload)
    }

    /// The length field counts the whole header, too. Call it after [`Layout::offset`] and [`Layout::gap`].
    ///
    /// # Panics
    /// If the length field has no fixed width; see [`Layout::try_length_includes_header`].
    #[must_use]
    #[track_caller]
    pub fn length_includes_header(self) -> Layout {
        or_panic(self.try_length_includes_header())
    }

    /// As [`Layout::length_includes_header`].
    ///
    /// # Errors
    /// If the length field has no fixed width, or cannot announce the largest payload any more and it was set by hand.
    pub fn try_length_includes_header(self) -> Result<Layout, LayoutError> {
        let header = self.header_len().ok_or(LayoutError::NeedsFixedWidth(self.field.word()))?;
        self.try_adjustment(header as i64)
    }

    /// The length field's value is the payload's length plus this.
    ///
    /// # Panics
    /// If no length field can hold that; see [`Layout::try_adjustment`].
    #[must_use]
    #[track_caller]
    pub fn adjustment(self, bytes: i64) -> Layout {
        or_panic(self.try_adjustment(bytes))
    }

    /// As [`Layout::adjustment`]. A largest payload that no longer fits is lowered if it was the default or the field's own limit.
    ///
    /// # Errors
    /// If an empty frame's length would be negative, or the length field has no fixed width.
    pub fn try_adjustment(self, bytes: i64) -> Result<Layout, LayoutError> {
        let room = i128::from(self.field.most()) - i128::from(bytes);
        let max_frame = self.max_frame.min(u64::try_from(room.max(0)).unwrap_or(u64::MAX));
        Layout { adjustment: bytes, max_frame, ..self }.checked()
    }

    /// So many header bytes stand before the length field; what they are is not said, and a decoder must take whatever stands there.
    ///
    /// # Panics
    /// If the length field has no fixed width, or the header would be longer than 64 KiB; see [`Layout::try_offset`].
    #[must_use]
    #[track_caller]
    pub fn offset(self, bytes: u32) -> Layout {
        or_panic(self.try_offset(bytes))
    }

    /// As [`Layout::offset`].
    ///
    /// # Errors
    /// If the length field has no fixed width, or the header would be longer than 64 KiB.
    pub fn try_offset(self, bytes: u32) -> Result<Layout, LayoutError> {
        Layout { offset: bytes, ..self }.checked()
    }

    /// So many header bytes stand between the length field and the payload.
    ///
    /// # Panics
    /// If the length field has no fixed width, or the header would be longer than 64 KiB; see [`Layout::try_gap`].
    #[must_use]
    #[track_caller]
    pub fn gap(self, bytes: u32) -> Layout {
        or_panic(self.try_gap(bytes))
    }

    /// As [`Layout::gap`].
    ///
    /// # Errors
    /// If the length field has no fixed width, or the header would be longer than 64 KiB.
    pub fn try_gap(self, bytes: u32) -> Result<Layout, LayoutError> {
        Layout { gap: bytes, ..self }.checked()
    }

    /// The receiver gets the header with the payload (tokio-util's `num_skip(0)`, where `length_adjustment` adds the header's length to what is read).
    ///
    /// # Panics
    /// If the length field has no fixed width; see [`Layout::try_keeps_header`].
    #[must_use]
    #[track_caller]
    pub fn keeps_header(self) -> Layout {
        or_panic(self.try_keeps_header())
    }

    /// As [`Layout::keeps_header`].
    ///
    /// # Errors
    /// If the length field has no fixed width.
    pub fn try_keeps_header(self) -> Result<Layout, LayoutError> {
        Layout { keeps_header: true, ..self }.checked()
    }

    /// The length field.
    pub fn field(&self) -> LengthField {
        self.field
    }

    /// The largest payload in bytes.
    pub fn largest(&self) -> u64 {
        self.max_frame
    }

    /// The length of the header in bytes, if it is fixed.
    pub fn header_len(&self) -> Option<u64> {
        Some(u64::from(self.offset) + u64::from(self.field.width()?) + u64::from(self.gap))
    }

    /// Whether there are header bytes whose value the layout does not say: an encoder cannot be held to them.
    pub fn has_filler(&self) -> bool {
        self.offset > 0 || self.gap > 0
    }

    /// Where in a header the bytes stand that say nothing: those before and behind a length field of fixed width.
    pub fn filler(&self) -> [std::ops::Range<usize>; 2] {
        let width = usize::from(self.field.width().unwrap_or(0));
        let (offset, gap) = (self.offset as usize, self.gap as usize);
        [0..offset, offset + width..offset + width + gap]
    }

    /// Whether the receiver gets the header with the payload.
    pub fn delivers_header(&self) -> bool {
        self.keeps_header
    }

    /// The largest payload in bytes that the length field could announce, whatever the maximum.
    pub fn announceable(&self) -> u64 {
        let room = i128::from(self.field.most()) - i128::from(self.adjustment);
        u64::try_from(room).unwrap_or(u64::MAX)
    }

    /// The layout, if it can be.
    fn checked(self) -> Result<Layout, LayoutError> {
        let is_plain = self.offset == 0 && self.gap == 0 && self.adjustment == 0 && !self.keeps_header;
        let header = u64::from(self.offset) + u64::from(self.gap);
        if self.field.width().is_none() && !is_plain {
            return Err(LayoutError::NeedsFixedWidth(self.field.word()));
        }
        if header > 1 << 16 {
            return Err(LayoutError::Header(header));
        }
        if self.adjustment < 0 {
            return Err(LayoutError::NegativeLength(self.adjustment));
        }
        if i128::from(self.max_frame) + i128::from(self.adjustment) > i128::from(self.field.most()) {
            return Err(LayoutError::MaxFrame {
                field: self.field.to_string(),
                most: self.field.most(),
                max_frame: self.max_frame,
                adjustment: self.adjustment,
            });
        }
        Ok(self)
    }
}

impl LengthField {
    /// Its width in bytes, if it has a fixed one.
    pub fn width(self) -> Option<u8> {
        match self {
            LengthField::BigEndian { width } | LengthField::LittleEndian { width } => Some(width),
            LengthField::Varint | LengthField::Decimal => None,
        }
    }

    /// The largest value that it holds.
    pub fn most(self) -> u64 {
        match self.width() {
            Some(width) if width < 8 => (1 << (8 * u32::from(width))) - 1,
            _ => u64::MAX,
        }
    }

    fn word(self) -> &'static str {
        match self {
            LengthField::BigEndian { .. } => "big-endian length",
            LengthField::LittleEndian { .. } => "little-endian length",
            LengthField::Varint => "varint length",
            LengthField::Decimal => "decimal length",
        }
    }
}

impl fmt::Display for LengthField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.width() {
            Some(width) => write!(f, "{} of {width} bytes", self.word()),
            None => f.write_str(self.word()),
        }
    }
}

/// An impossible layout is a slip of whoever wrote it: it is shown at their line.
#[track_caller]
fn or_panic(layout: Result<Layout, LayoutError>) -> Layout {
    // No closure: its panic would be at its own line.
    match layout {
        Ok(layout) => layout,
        Err(error) => panic!("{error}"),
    }
}
