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
    ($($build:ident in $layout:ident: $($slip:ident)*;)*) => {
        &[$($(Slip {
            name: stringify!($slip),
            format: $layout,
            make: |format| Box::new($build::new(format, stringify!($slip))),
        },)*)*]
    };
}

/// Every slip, by the build and the format in which it is made.
pub(crate) const SLIPS: &[Slip] = slips! {
    HeaderFirst in u32_be: state_kept_after_empty empty_waits_for_more reserves_before_check three_bytes_are_a_header
        needs_one_more_payload_byte takes_all_when_cut top_byte_ignored shared_scratch error_each_time_cut
        would_block_for_more clean_after_header error_at_clean_end_after_empty first_empty_skipped
        equal_frames_dropped trailing_zeros_trimmed buffer_of_8192 frame_of_a_kibibyte;
    HeaderFirst in small_u32_be: max_refused goes_on_inside_oversized oversized_waits oversized_skipped_silently
        max_plus_header panics_on_huge;
    HeaderFirst in u16_le: first_byte_alone_is_big_endian length_as_i16;
    HeaderFirst in u64_be: length_as_u32;
    HeaderFirst in counting: length_below_header_panics length_below_header_is_empty;
    HeaderFirst in kept: header_lost_when_cut;
    Store in u32_be: store_forgotten_at_end store_given_at_end store_never_drained removes_one_by_one
        cursor_of_16_bits queue_waits_for_new_bytes byte_of_next_header_lost
        last_frame_only;
    Store in u24_be: length_not_reset;
    Store in varint: varint_in_32_bits varint_low_byte_alone;
    Store in netstring: digits_twice_when_cut comma_not_awaited;
    Writer in u32_be: high_half_zero placeholder_left header_at_buffer_start nul_for_empty chunks_of_8192
        equal_payloads_sent_once length_of_the_last empty_refused;
    Writer in small_u32_be: max_not_checked cut_to_max;
    Writer in u16_le: length_wraps;
    Writer in counting: header_not_counted;
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
