//! Codecs with one slip each, as people make them, written without a look at the faults that the suite lists.
//!
//! Three builds, each slipping in its own places: one that takes the header first, one with a store of its own, and encoders.

use std::io;

use bytes::BytesMut;
use sockspec::Layout;
use sockspec_harness::codec::Codec;

use crate::format::Format;

mod header_first;
mod store;
mod writer;

use header_first::HeaderFirst;
use store::Store;
use writer::Writer;

/// One slip.
pub(crate) struct Slip {
    pub(crate) name: &'static str,
    /// A spec that catches it; others may, too.
    pub(crate) caught_by: &'static str,
    pub(crate) format: fn() -> Format,
    pub(crate) make: fn(Format) -> Box<dyn Codec>,
}

fn u32_be() -> Format {
    Format::of(Layout::u32_be().max_frame(1 << 20))
}

fn small_u32_be() -> Format {
    Format::of(Layout::u32_be().max_frame(1000))
}

fn u16_le() -> Format {
    Format::of(Layout::u16_le())
}

fn u24_be() -> Format {
    Format::of(Layout::u24_be().max_frame(70_000))
}

fn u64_be() -> Format {
    Format::of(Layout::u64_be().max_frame(1 << 16))
}

fn varint() -> Format {
    Format::of(Layout::varint().max_frame(100_000))
}

fn netstring() -> Format {
    Format::of(Layout::netstring().max_frame(9_999))
}

fn counting() -> Format {
    let layout = Layout::u32_be().length_includes_header().max_frame(5000);
    Format { besides: 4, ..Format::of(layout) }
}

fn kept() -> Format {
    let layout = Layout::u16_be().gap(2).keeps_header().max_frame(2000);
    Format { behind: 2, keeps_header: true, ..Format::of(layout) }
}

macro_rules! slips {
    ($($build:ident in $format:ident: $($slip:ident by $spec:literal)*;)*) => {
        &[$($(Slip {
            name: stringify!($slip),
            caught_by: concat!("framing/", $spec),
            format: $format,
            make: |format| Box::new($build::new(format, stringify!($slip))),
        },)*)*]
    };
}

/// Every slip, by the build and the format in which it is made, and a spec that catches it.
pub(crate) const SLIPS: &[Slip] = slips! {
    HeaderFirst in u32_be:
        state_kept_after_empty by "split-header"
        empty_waits_for_more by "prompt"
        reserves_before_check by "bounded-memory"
        three_bytes_are_a_header by "clean-end"
        needs_one_more_payload_byte by "clean-end"
        takes_all_when_cut by "every-split"
        top_byte_ignored by "bounded-memory"
        shared_scratch by "truncated-end"
        error_each_time_cut by "clean-end"
        would_block_for_more by "prompt"
        clean_after_header by "end-after-header"
        error_at_clean_end_after_empty by "clean-end"
        first_empty_skipped by "prompt"
        equal_frames_dropped by "clean-end"
        trailing_zeros_trimmed by "transparent"
        buffer_of_8192 by "clean-end"
        frame_of_a_kibibyte by "clean-end";
    HeaderFirst in small_u32_be:
        max_refused by "prompt"
        goes_on_inside_oversized by "after-refusal"
        oversized_waits by "after-refusal"
        oversized_skipped_silently by "after-refusal"
        max_plus_header by "after-refusal"
        panics_on_huge by "bounded-memory";
    HeaderFirst in u16_le:
        first_byte_alone_is_big_endian by "clean-end"
        length_as_i16 by "largest-frame";
    HeaderFirst in u64_be:
        length_as_u32 by "bounded-memory";
    HeaderFirst in counting:
        length_below_header_panics by "any-bytes"
        length_below_header_is_empty by "oversized-refused";
    HeaderFirst in kept:
        header_lost_when_cut by "clean-end";
    Store in u32_be:
        store_forgotten_at_end by "end-after-header"
        store_given_at_end by "end-after-header"
        store_never_drained by "bounded-memory"
        removes_one_by_one by "largest-frame"
        cursor_of_16_bits by "split-header"
        queue_waits_for_new_bytes by "split-header"
        byte_of_next_header_lost by "prompt"
        last_frame_only by "encoder-appends";
    Store in u24_be:
        length_not_reset by "prompt";
    Store in varint:
        varint_in_32_bits by "bounded-memory"
        varint_low_byte_alone by "split-header";
    Store in netstring:
        digits_twice_when_cut by "clean-end"
        comma_not_awaited by "clean-end";
    Writer in u32_be:
        high_half_zero by "full-duplex"
        placeholder_left by "encoder-refuses"
        header_at_buffer_start by "encoder-appends"
        nul_for_empty by "full-duplex"
        chunks_of_8192 by "full-duplex"
        equal_payloads_sent_once by "encoder-appends"
        length_of_the_last by "encoder-appends"
        empty_refused by "full-duplex";
    Writer in small_u32_be:
        max_not_checked by "encoder-maximum"
        cut_to_max by "encoder-refuses";
    Writer in u16_le:
        length_wraps by "encoder-refuses";
    Writer in counting:
        header_not_counted by "full-duplex";
};

fn wrong(words: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

fn encode(format: &Format, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
    if payload.len() as u64 > format.largest {
        return Err(wrong("too large"));
    }
    format.put(payload, output);
    Ok(())
}
