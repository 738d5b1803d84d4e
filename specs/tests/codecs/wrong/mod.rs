//! Codecs with one slip each, as people make them, written without a look at the faults that the suite lists.
//!
//! Three builds, each slipping in its own places: one that takes the header first, one with a store of its own, and encoders.

use std::io;

use bytes::BytesMut;
use sockspec::Layout;
use sockspec_harness::codec::Codec;

use crate::format::Format;

mod header_first;
mod narrow;
mod pen;
mod store;
mod writer;

use header_first::HeaderFirst;
use narrow::Narrow;
use pen::Pen;
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
        oversized_refused_once by "after-refusal"
        max_not_checked_behind_half_a_header by "oversized-refused"
        max_not_checked_behind_the_largest by "oversized-refused"
        rest_of_the_refused_in_16_bits by "after-refusal"
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
        header_lost_when_cut by "clean-end"
        high_gap_refused by "split-header"
        gap_read_as_a_flag by "split-header";
    Store in u32_be:
        store_forgotten_at_end by "end-after-header"
        store_given_at_end by "end-after-header"
        removes_one_by_one by "largest-frame"
        cursor_of_16_bits by "split-header"
        queue_waits_for_new_bytes by "split-header"
        byte_of_next_header_lost by "prompt"
        last_frame_only by "encoder-appends";
    Store in u24_be:
        length_not_reset by "prompt";
    Store in varint:
        varint_in_32_bits by "bounded-memory"
        varint_wraps by "oversized-refused"
        varint_low_byte_alone by "split-header";
    Store in netstring:
        digits_twice_when_cut by "clean-end"
        digits_wrap by "oversized-refused"
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
    Narrow in u32_be:
        payload_of_4095 by "prompt"
        payload_of_4096 by "clean-end"
        payload_of_4097 by "clean-end"
        payload_of_32768 by "prompt"
        payload_of_65537 by "prompt"
        payload_of_131071 by "prompt"
        payload_of_31 by "clean-end"
        payload_of_33 by "clean-end"
        whole_of_1024 by "prompt"
        whole_of_65536 by "clean-end"
        payload_of_777_behind_an_empty by "no-leftover-state"
        payload_of_777_cut_in_its_header by "no-leftover-state"
        payload_of_777_cut_in_the_middle by "no-leftover-state"
        header_of_second_cut by "end-after-header"
        header_of_third_cut by "empty-frame"
        header_of_fourth_cut by "clean-end"
        header_of_fifth_cut by "clean-end"
        header_of_third_cut_behind_its_last_but_one by "clean-end"
        header_of_second_cut_in_the_middle by "split-header"
        header_cut_twice by "every-split"
        header_cut_three_times by "split-header"
        cut_behind_header by "transparent"
        cut_behind_header_of_third by "clean-end"
        cut_before_last_byte_of_third by "empty-frame"
        cut_in_header_and_payload by "split-header"
        third_ends_at_border by "clean-end"
        border_then_cut_header by "prompt"
        last_of_2_in_a_piece by "coalesced"
        last_of_3_in_a_piece by "coalesced"
        last_of_4_in_a_piece by "coalesced"
        last_of_5_in_a_piece by "coalesced"
        last_of_11_in_a_piece by "empty-frame"
        empty_first by "coalesced"
        empty_last_in_a_piece by "coalesced"
        empty_twice by "coalesced"
        empty_three_times by "every-split"
        empty_between_two by "encoder-appends"
        behind_an_empty_that_was_cut by "prompt"
        longer_behind_shorter by "split-header"
        same_length_three_times by "coalesced"
        one_more_than_the_last by "prompt"
        buffer_of_4096 by "prompt"
        buffer_of_16384 by "prompt"
        buffer_of_65536 by "clean-end"
        behind_64_kibibytes by "largest-frame"
        a_tenth_wait by "clean-end"
        a_hundredth_wait by "round-trip"
        second_connection by "coalesced"
        behind_a_connection_cut_off by "end-after-header"
        leftover_of_one_byte_ignored by "truncated-end"
        leftover_header_ignored by "truncated-end"
        leftover_ignored_behind_a_frame by "end-after-header"
        leftover_ignored_behind_three_frames by "end-after-header"
        leftover_of_4096_ignored by "truncated-end"
        leftover_given by "truncated-end"
        last_twice by "coalesced";
    Narrow in small_u32_be:
        limit_one_more by "oversized-refused"
        limit_doubled by "after-refusal"
        limit_for_the_first_only by "oversized-refused"
        limit_late by "oversized-refused"
        limit_one_byte_late by "oversized-refused"
        limit_by_all_bits_but_the_highest by "bounded-memory"
        limit_with_header by "largest-frame"
        limit_one_less_behind_another by "round-trip";
    Narrow in varint:
        header_of_second_cut by "split-header"
        header_cut_twice by "split-header"
        header_of_third_cut by "empty-frame";
    Pen in u32_be:
        padded_to_four by "full-duplex"
        miscounts_128 by "encoder-layout"
        miscounts_256 by "encoder-layout"
        miscounts_65536 by "round-trip"
        miscounts_behind_a_kibibyte by "encoder-appends"
        appends_to_the_front by "encoder-appends"
        clears_behind_4096 by "encoder-appends"
        holds_short_ones_back by "full-duplex"
        newline_escaped by "encoder-layout"
        touches_the_frame_before by "encoder-appends";
    Pen in small_u32_be:
        over_by_one by "encoder-maximum"
        over_emits_header by "encoder-maximum"
        over_clears_the_buffer by "encoder-maximum"
        over_scribbles_on_the_frame_before by "encoder-maximum";
};

/// Slips that show only after so many frames or bytes that no case of them is short.
pub(crate) const LONG_SLIPS: &[Slip] = slips! {
    Narrow in u32_be:
        last_of_32_in_a_piece by "coalesced"
        hundredth_in_a_piece by "coalesced"
        frame_255 by "empty-frame"
        frame_256 by "empty-frame"
        frame_1024 by "empty-frame"
        frame_4096 by "empty-frame"
        frame_10000 by "no-leftover-state"
        frame_32768 by "no-leftover-state"
        frame_65536 by "no-leftover-state"
        behind_a_mebibyte by "no-leftover-state"
        behind_two_mebibytes by "no-leftover-state"
        every_eighth_kept by "bounded-memory"
        short_ones_kept by "bounded-memory"
        kept_behind_the_hundredth by "bounded-memory";
    HeaderFirst in small_u32_be:
        max_not_checked_behind_16 by "oversized-refused";
    Store in u32_be:
        store_never_drained by "bounded-memory";
    Pen in u32_be:
        frame_256_twice by "no-leftover-state"
        frame_2000_lost by "encoder-every-size"
        behind_a_mebibyte_wrong by "largest-frame";
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
