//! Both sides of a codec err alike: what one lays the other takes, and nobody else does.
//!
//! Two ends that were written by one hand get on well with each other, and a test in which they only meet each other sees nothing.

use super::reader::{Reader, decoding, encoding, refused};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::{Layout, LengthField};
use crate::subject::Capability;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    both_ways(
        "mutual-counts-header",
        "the length counts its header in both directions, though it does not",
        |sound, layout| speaking(sound, layout, |field| Layout::of(field).length_includes_header()),
    ),
    both_ways(
        "mutual-narrow",
        "the length is half as wide as it should be in both directions",
        |sound, layout| speaking(sound, layout, |field| Layout::of(narrow(field))),
    )
    .where_layout(|layout| is_plain(layout) && layout.field().width().is_some_and(|width| width > 1)),
    both_ways("mutual-swapped", "the length has the other byte order in both directions", |sound, layout| {
        speaking(sound, layout, |field| Layout::of(swapped(field)))
    })
    .where_layout(|layout| is_plain(layout) && layout.field().width().is_some_and(|width| width > 1)),
];

const fn both_ways(id: &'static str, description: &'static str, tamper: crate::codec::Tamper) -> Fault {
    Fault::decoder(id, description, tamper)
        .needing(&[Capability::Decodes, Capability::Encodes])
        .where_layout(is_plain)
}

/// Whether a frame is a length of fixed width and a payload, and nothing else.
fn is_plain(layout: &Layout) -> bool {
    let width = layout.field().width().map(u64::from);
    width.is_some() && layout.header_len() == width && layout.announceable() == layout.field().most()
}

/// A codec that speaks another layout with the same largest frame, as far as that can be announced.
fn speaking(sound: Box<dyn Codec>, layout: &Layout, other: fn(LengthField) -> Layout) -> Box<dyn Codec> {
    let other = other(layout.field());
    let largest = layout.largest().min(other.announceable());
    let other = other.max_frame(largest);
    let decoder = decoding(sound, &other, Reader::next);
    encoding(decoder, &other, |other, _, payload, output| {
        let frame = other.encode(payload).map_err(|_| refused())?;
        output.extend_from_slice(&frame);
        Ok(())
    })
}

fn swapped(field: LengthField) -> LengthField {
    match field {
        LengthField::BigEndian { width } => LengthField::LittleEndian { width },
        LengthField::LittleEndian { width } => LengthField::BigEndian { width },
        other => other,
    }
}

fn narrow(field: LengthField) -> LengthField {
    match field {
        LengthField::BigEndian { width } => LengthField::BigEndian { width: width / 2 },
        LengthField::LittleEndian { width } => LengthField::LittleEndian { width: width / 2 },
        other => other,
    }
}
