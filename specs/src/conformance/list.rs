//! The specs that can be about a user's own system, by kind: a macro makes tests only of what is known while it is expanded.
//!
//! A test holds these lists together with the catalogue, and prints what they should be.

/// Hands the specs of kind framing to the macro `each`: of each the name of its test, and its id.
#[doc(hidden)]
#[macro_export]
macro_rules! __framing_specs {
    ($each:ident) => {
        $crate::$each! {
            framing_round_trip "framing/round-trip",
            framing_every_split "framing/every-split",
            framing_coalesced "framing/coalesced",
            framing_prompt "framing/prompt",
            framing_split_header "framing/split-header",
            framing_empty_frame "framing/empty-frame",
            framing_largest_frame "framing/largest-frame",
            framing_oversized_refused "framing/oversized-refused",
            framing_after_refusal "framing/after-refusal",
            framing_clean_end "framing/clean-end",
            framing_truncated_end "framing/truncated-end",
            framing_end_after_header "framing/end-after-header",
            framing_transparent "framing/transparent",
            framing_independent_connections "framing/independent-connections",
            framing_full_duplex "framing/full-duplex",
            framing_no_leftover_state "framing/no-leftover-state",
            framing_linear_time "framing/linear-time",
            framing_bounded_memory "framing/bounded-memory",
            framing_any_bytes "framing/any-bytes",
            framing_encoder_layout "framing/encoder-layout",
            framing_encoder_every_size "framing/encoder-every-size",
            framing_encoder_appends "framing/encoder-appends",
            framing_encoder_refuses "framing/encoder-refuses",
            framing_encoder_maximum "framing/encoder-maximum",
        }
    };
}

/// Hands the specs of kind stream to the macro `each`: of each the name of its test, and its id.
#[doc(hidden)]
#[macro_export]
macro_rules! __stream_specs {
    ($each:ident) => {
        $crate::$each! {
            stream_calls_return "stream/calls-return",
            stream_ordered "stream/ordered",
            stream_lossless "stream/lossless",
            stream_nothing_invented "stream/nothing-invented",
            stream_transparent "stream/transparent",
            stream_no_boundaries "stream/no-boundaries",
            stream_short_reads "stream/short-reads",
            stream_reassembles "stream/reassembles",
            stream_unbounded "stream/unbounded",
            stream_steady "stream/steady",
            stream_full_duplex "stream/full-duplex",
            stream_back_pressure "stream/back-pressure",
            stream_wake_ups "stream/wake-ups",
            stream_write_count "stream/write-count",
            stream_vectored_writes "stream/vectored-writes",
            stream_empty_write "stream/empty-write",
            stream_empty_read "stream/empty-read",
            stream_cancelled_read "stream/cancelled-read",
            stream_cancelled_write "stream/cancelled-write",
            stream_flush_makes_visible "stream/flush-makes-visible",
            stream_shutdown_flushes "stream/shutdown-flushes",
            stream_end_after_last_byte "stream/end-after-last-byte",
            stream_end_stays_end "stream/end-stays-end",
            stream_half_close "stream/half-close",
            stream_write_after_shutdown "stream/write-after-shutdown",
            stream_reset_is_not_end "stream/reset-is-not-end",
            stream_independent_connections "stream/independent-connections",
        }
    };
}

/// Hands the specs of kind datagram to the macro `each`: of each the name of its test, and its id.
#[doc(hidden)]
#[macro_export]
macro_rules! __datagram_specs {
    ($each:ident) => {
        $crate::$each! {
            datagram_boundaries "datagram/boundaries",
            datagram_integrity "datagram/integrity",
            datagram_whole_or_nothing "datagram/whole-or-nothing",
            datagram_send_count "datagram/send-count",
            datagram_empty "datagram/empty",
            datagram_max_size "datagram/max-size",
            datagram_oversize_refused "datagram/oversize-refused",
            datagram_truncation "datagram/truncation",
            datagram_wake_ups "datagram/wake-ups",
            datagram_cancelled_receive "datagram/cancelled-receive",
            datagram_independent "datagram/independent",
        }
    };
}
