//! A length that is read wrongly.

use super::reader::{Head, announcing, decoding};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::{Layout, LengthField, Rest};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder("length-16-bits", "only the lowest 16 bits of a length count", |sound, layout| {
        announcing(sound, layout, |layout, bytes| with_len(layout, bytes, |len| len & 0xFFFF))
    })
    .where_layout(|layout| layout.announceable() > 0xFFFF),
    Fault::decoder("length-8-bits", "only the lowest 8 bits of a length count", |sound, layout| {
        announcing(sound, layout, |layout, bytes| with_len(layout, bytes, |len| len & 0xFF))
    })
    .where_layout(|layout| layout.announceable() > 0xFF),
    Fault::decoder("length-byte-swapped", "a length is read in the other byte order", |sound, layout| {
        announcing(sound, layout, byte_swapped)
    })
    .where_layout(|layout| layout.field().width().is_some_and(|width| width > 1)),
    Fault::decoder(
        "length-counts-header",
        "a length is taken to count its header though it does not, or once more than it does",
        |sound, layout| {
            announcing(sound, layout, |layout, bytes| {
                layout.read_header(bytes).map(|(header, len)| (header, len - header as i128))
            })
        },
    ),
    Fault::decoder(
        "length-negative-accepted",
        "a length whose top bit is set is negative, hence below the maximum, and gives an empty frame",
        |sound, layout| announcing(sound, layout, negative_accepted),
    )
    .where_layout(|layout| layout.field().width().is_some() && layout.largest() <= layout.field().most() / 2),
    Fault::decoder("length-one-less", "a length is read as one less than it is", |sound, layout| {
        announcing(sound, layout, |layout, bytes| with_len(layout, bytes, |len| (len - 1).max(0)))
    }),
    Fault::decoder("length-one-more", "a length is read as one more than it is", |sound, layout| {
        announcing(sound, layout, |layout, bytes| with_len(layout, bytes, |len| len + 1))
    }),
    Fault::decoder(
        "length-signed-bytes",
        "the lowest byte of a length is signed, so that from 128 on it is taken away instead of added",
        |sound, layout| {
            announcing(sound, layout, |layout, bytes| {
                with_len(layout, bytes, |len| if len & 0x80 == 0 { len } else { len - 0x100 })
            })
        },
    )
    .where_layout(|layout| layout.largest() > 0x7F),
    Fault::decoder(
        "netstring-comma-cut",
        "a frame of which all but the comma has come comes out, and the comma is taken for a length",
        netstring_comma_cut,
    )
    .where_layout(is_netstring),
    Fault::decoder(
        "varint-one-byte",
        "a varint ends with its first byte, whatever that says",
        |sound, layout| announcing(sound, layout, |_, bytes| varint_of_at_most(1, bytes)),
    )
    .where_layout(is_varint),
    Fault::decoder(
        "varint-two-bytes",
        "a varint ends with its second byte, whatever that says",
        |sound, layout| announcing(sound, layout, |_, bytes| varint_of_at_most(2, bytes)),
    )
    .where_layout(is_varint),
];

fn is_netstring(layout: &Layout) -> bool {
    layout.field() == LengthField::Decimal
}

fn is_varint(layout: &Layout) -> bool {
    layout.field() == LengthField::Varint
}

/// The length as `alter` makes it.
fn with_len(layout: &Layout, bytes: &[u8], alter: fn(i128) -> i128) -> Result<(usize, i128), Rest> {
    layout.read_header(bytes).map(|(header, len)| (header, alter(len)))
}

fn byte_swapped(layout: &Layout, bytes: &[u8]) -> Result<(usize, i128), Rest> {
    let (header, len) = layout.read_header(bytes)?;
    let adjustment = i128::from(layout.field().most() - layout.announceable());
    let width = layout.field().width().map_or(8, u32::from);
    let swapped = ((len + adjustment) as u64).swap_bytes() >> (64 - 8 * width);
    Ok((header, i128::from(swapped) - adjustment))
}

fn negative_accepted(layout: &Layout, bytes: &[u8]) -> Result<(usize, i128), Rest> {
    let (header, len) = layout.read_header(bytes)?;
    Ok((header, if len > i128::from(layout.field().most() / 2) { 0 } else { len }))
}

fn netstring_comma_cut(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        if let Head::Frame(mut frame) = reader.head(input)
            && frame.whole == input.len() + 1
        {
            frame.whole -= 1;
            return Ok(Some(reader.take(input, frame).item));
        }
        reader.next(input, is_end)
    })
}

/// A varint that ends with its `most`-th byte at the latest.
fn varint_of_at_most(most: usize, bytes: &[u8]) -> Result<(usize, i128), Rest> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate() {
        value |= u64::from(byte & 0x7F).checked_shl(7 * index as u32).unwrap_or(0);
        if byte & 0x80 == 0 || index + 1 == most {
            return Ok((index + 1, i128::from(value)));
        }
    }
    Err(Rest::Header)
}
