//! Layouts of every sort, and tokio-util's codec for those that it can do.

use sockspec::Layout;
use sockspec_harness::layout::LengthField;
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::codec::length_delimited::Builder;

/// Every sort of layout: each width and order, small and large maxima, headers with and without more in them.
pub(crate) fn every_layout() -> Vec<(&'static str, Layout)> {
    vec![
        ("u8", Layout::u8()),
        ("u8 max 0", Layout::u8().max_frame(0)),
        ("u8 max 1", Layout::u8().max_frame(1)),
        ("u8 max 3", Layout::u8().max_frame(3)),
        ("u8 max 200", Layout::u8().max_frame(200)),
        ("u16 be", Layout::u16_be()),
        ("u16 le max 1000", Layout::u16_le().max_frame(1000)),
        ("u24 be", Layout::u24_be()),
        ("u32 be", Layout::u32_be()),
        ("u32 be max 3", Layout::u32_be().max_frame(3)),
        ("u32 be max 255", Layout::u32_be().max_frame(255)),
        ("u32 le max 64 KiB", Layout::u32_le().max_frame(1 << 16)),
        ("u32 be boundless", Layout::u32_be().max_frame(u64::from(u32::MAX))),
        ("u64 be", Layout::u64_be()),
        ("u64 le max 5000", Layout::u64_le().max_frame(5000)),
        ("u40 be", Layout::of(LengthField::BigEndian { width: 5 }).max_frame(1 << 20)),
        ("varint", Layout::varint().max_frame(1 << 20)),
        ("varint max 127", Layout::varint().max_frame(127)),
        ("varint max 128", Layout::varint().max_frame(128)),
        ("netstring", Layout::netstring().max_frame(1 << 20)),
        ("netstring max 9", Layout::netstring().max_frame(9)),
        ("netstring max 999", Layout::netstring().max_frame(999)),
        ("u32 be counting its header", Layout::u32_be().length_includes_header().max_frame(1 << 20)),
        ("u16 be counting its header", Layout::u16_be().length_includes_header()),
        ("u8 counting its header", Layout::u8().length_includes_header()),
        ("u16 be behind 3 bytes", Layout::u16_be().offset(3)),
        ("u16 be before 2 bytes", Layout::u16_be().gap(2)),
        ("u24 be amid a header", Layout::u24_be().offset(1).gap(5).max_frame(16_384)),
        ("u32 be in a long header", Layout::u32_be().offset(100).gap(30).max_frame(3000)),
        ("u32 be with its header kept", Layout::u32_be().keeps_header().max_frame(70_000)),
        (
            "u16 be amid a kept header that it counts",
            Layout::u16_be().offset(2).gap(1).length_includes_header().keeps_header(),
        ),
        ("u32 be adjusted", Layout::u32_be().adjustment(7).max_frame(1 << 16)),
    ]
}

/// tokio-util's codec of a layout, if it has one.
pub(crate) fn length_delimited(layout: &Layout) -> Option<Builder> {
    let mut builder = LengthDelimitedCodec::builder();
    let width = match layout.field() {
        LengthField::BigEndian { width } => {
            builder.big_endian();
            width
        }
        LengthField::LittleEndian { width } => {
            builder.little_endian();
            width
        }
        _ => return None,
    };
    let header = layout.header_len()?;
    let plain = layout.value_of(0)?;
    let is_plain = header == u64::from(width);
    // Its encoder knows neither offsets nor gaps, and the length it checks is the raw one.
    if !is_plain || plain != 0 || layout.delivers_header() {
        return None;
    }
    builder.length_field_length(usize::from(width)).max_frame_length(usize::try_from(layout.largest()).ok()?);
    Some(builder)
}
