//! A header that is cut.

use bytes::BytesMut;

use super::reader::{Head, Reader, decoding};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "cut-header-forgotten",
        "the beginning of a header is thrown away when the rest of it has not come yet",
        cut_header_forgotten,
    ),
    Fault::decoder(
        "cut-second-header-forgotten",
        "the beginning of a header behind a frame of the same piece is thrown away",
        cut_second_header_forgotten,
    ),
    Fault::decoder(
        "header-border-cut",
        "a header whose last byte is the last that has come is thrown away",
        header_border_cut,
    ),
    Fault::decoder(
        "header-byte-by-byte",
        "a header of which every byte came alone is thrown away",
        header_byte_by_byte,
    )
    .where_layout(|layout| has_header_beyond(layout, 1)),
    Fault::decoder(
        "header-cut-1",
        "a header cut behind its first byte is read with zeros in place of the rest",
        |sound, layout| padded(sound, layout, 1),
    )
    .where_layout(|layout| has_header_beyond(layout, 1)),
    Fault::decoder(
        "header-cut-2",
        "a header cut behind its second byte is read with zeros in place of the rest",
        |sound, layout| padded(sound, layout, 2),
    )
    .where_layout(|layout| has_header_beyond(layout, 2)),
    Fault::decoder(
        "header-cut-3",
        "a header cut behind its third byte is read with zeros in place of the rest",
        |sound, layout| padded(sound, layout, 3),
    )
    .where_layout(|layout| has_header_beyond(layout, 3)),
];

/// Whether every header has more bytes than that.
fn has_header_beyond(layout: &Layout, bytes: u64) -> bool {
    layout.header_len().is_some_and(|len| len > bytes)
}

fn cut_header_forgotten(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    forgetting(sound, layout, |reader, input| matches!(reader.head(input), Head::Short))
}

fn cut_second_header_forgotten(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    forgetting(sound, layout, |reader, input| reader.taken > 0 && matches!(reader.head(input), Head::Short))
}

fn header_border_cut(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    forgetting(sound, layout, is_bare_header)
}

fn header_byte_by_byte(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    forgetting(sound, layout, |reader, input| {
        is_bare_header(reader, input) && reader.cuts.len() + 1 == input.len() && input.len() > 1
    })
}

/// Whether a header has come and nothing behind it.
fn is_bare_header(reader: &Reader, input: &BytesMut) -> bool {
    matches!(reader.head(input), Head::Frame(frame) if frame.header == input.len() && frame.whole > frame.header)
}

/// Throws the input away whenever `is_time` says so.
fn forgetting(
    sound: Box<dyn Codec>,
    layout: &Layout,
    is_time: fn(&Reader, &BytesMut) -> bool,
) -> Box<dyn Codec> {
    decoding(sound, layout, move |reader, input, is_end| {
        if !is_end && is_time(reader, input) {
            input.clear();
            reader.cuts.clear();
            return Ok(None);
        }
        reader.next(input, is_end)
    })
}

/// What a read into a fixed header does that does not look at how much it got.
fn padded(sound: Box<dyn Codec>, layout: &Layout, cut: usize) -> Box<dyn Codec> {
    decoding(sound, layout, move |reader, input, is_end| {
        if input.len() == cut
            && let Some(header) = reader.layout.header_len()
        {
            input.resize(header as usize, 0);
        }
        reader.next(input, is_end)
    })
}
