//! Frames that come out right and cost too much.

use std::hint::black_box;

use bytes::BytesMut;

use super::reader::{decoding, on_frame};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "allocates-announced",
        "memory is taken for whatever length is announced, before it is held against the largest",
        allocates_announced,
    )
    .where_layout(|layout| layout.announceable() > layout.largest().saturating_mul(64)),
    Fault::decoder(
        "copies-per-piece",
        "all that has come of a frame is copied to new memory with every piece",
        copies_per_piece,
    ),
    Fault::decoder("hoards-frames", "what has come out is kept as well", hoards_frames),
    Fault::decoder(
        "scans-from-start",
        "all that has come of a frame is looked at again with every piece",
        scans_from_start,
    ),
];

/// Whoever takes more than this on a stranger's word is seen; more would only trouble the machine.
const MOST_TAKEN: u64 = 1 << 30;

fn allocates_announced(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        if let Ok((_, len)) = reader.layout.read_header(input)
            && let Ok(len) = u64::try_from(len)
        {
            let mut store: Vec<u8> = Vec::new();
            // Where there is not so much, nothing is taken.
            let _ = store.try_reserve_exact(len.min(MOST_TAKEN) as usize);
            black_box(store);
        }
        reader.next(input, is_end)
    })
}

fn copies_per_piece(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        *input = BytesMut::from(&input[..]);
        reader.next(input, is_end)
    })
}

fn hoards_frames(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    on_frame(sound, layout, move |_, taken| {
        kept.push(taken.item.to_vec());
        Some(taken)
    })
}

/// How often the input is looked at in one turn, so that a look is far dearer than the call around it.
const LOOKS: usize = 8;

fn scans_from_start(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        for _ in 0..LOOKS {
            // The C library compares, which takes as long in every build.
            black_box(black_box(&input[..]) == black_box(&input[..]));
        }
        reader.next(input, is_end)
    })
}
