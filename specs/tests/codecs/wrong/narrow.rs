//! A build whose slips show in one narrow case each: one size, one frame, one cut, one count.

use std::cell::Cell;
use std::io;

use bytes::{Bytes, BytesMut};
use sockspec_harness::codec::Codec;

use super::{encode, wrong};
use crate::format::{Beginning, Format};

thread_local! {
    /// What some of the slips carry from one connection to the next.
    static CARRIED: Cell<u64> = const { Cell::new(0) };
}

/// Leaves everything in the input until a frame is whole.
pub(super) struct Narrow {
    format: Format,
    slip: &'static str,
    /// How many frames have been given, and how many bytes they were in all.
    frames: u64,
    bytes: u64,
    /// How many have been given of what is in the input now, and what was left in it when the last was.
    of_this_piece: usize,
    /// How much of the frame under way was there at each call that found it incomplete.
    waits: Vec<usize>,
    lens: Vec<usize>,
    kept: Vec<Bytes>,
}

impl Narrow {
    pub(super) fn new(format: Format, slip: &'static str) -> Narrow {
        Narrow {
            format,
            slip,
            frames: 0,
            bytes: 0,
            of_this_piece: 0,
            waits: Vec::new(),
            lens: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Whether the frame at the front, of that many bytes of header and payload, meets the slip's case.
    fn is_spoiled(&self, input: &[u8], header: usize, len: usize) -> bool {
        let whole = header + len + self.format.comma();
        let is_last = input.len() == whole;
        let cut_in_header =
            |index| self.frames == index && self.waits.iter().any(|at| (1..header).contains(at));
        let waited_at = |at: usize| self.waits.contains(&at);
        match self.slip {
            "payload_of_4095" => len == 4095,
            "payload_of_4096" => len == 4096,
            "payload_of_4097" => len == 4097,
            "payload_of_32768" => len == 32_768,
            "payload_of_65537" => len == 65_537,
            "payload_of_131071" => len == 131_071,
            "payload_of_31" => len == 31,
            "payload_of_33" => len == 33,
            "whole_of_1024" => whole == 1024,
            "whole_of_65536" => whole == 65_536,
            "payload_of_777_behind_an_empty" => len == 777 && self.lens.last() == Some(&0),
            "payload_of_777_cut_in_its_header" => len == 777 && waited_at(1),
            "payload_of_777_cut_in_the_middle" => len == 777 && self.waits.iter().any(|at| *at > header),
            "header_of_second_cut" => cut_in_header(1),
            "header_of_third_cut" => cut_in_header(2),
            "header_of_fourth_cut" => cut_in_header(3),
            "header_of_fifth_cut" => cut_in_header(4),
            "header_of_third_cut_behind_its_last_but_one" => self.frames == 2 && waited_at(header - 1),
            "header_of_second_cut_in_the_middle" => self.frames == 1 && waited_at(header / 2),
            "header_cut_twice" => self.waits.iter().filter(|at| (1..header).contains(*at)).count() == 2,
            "header_cut_three_times" => self.waits.iter().filter(|at| (1..header).contains(*at)).count() == 3,
            "cut_behind_header" => self.frames == 1 && waited_at(header),
            "cut_behind_header_of_third" => self.frames == 2 && waited_at(header),
            "cut_before_last_byte_of_third" => self.frames == 2 && waited_at(whole - 1),
            "cut_in_header_and_payload" => {
                self.waits.iter().any(|at| (1..header).contains(at)) && waited_at(header + len / 2)
            }
            "third_ends_at_border" => is_last && self.frames == 2 && self.of_this_piece == 0,
            "border_then_cut_header" => {
                self.of_this_piece == 0 && self.frames > 0 && self.waits.first() == Some(&1)
            }
            "last_of_2_in_a_piece" => is_last && self.of_this_piece == 1,
            "last_of_3_in_a_piece" => is_last && self.of_this_piece == 2,
            "last_of_4_in_a_piece" => is_last && self.of_this_piece == 3,
            "last_of_5_in_a_piece" => is_last && self.of_this_piece == 4,
            "last_of_11_in_a_piece" => is_last && self.of_this_piece == 10,
            "last_of_32_in_a_piece" => is_last && self.of_this_piece == 31,
            "hundredth_in_a_piece" => self.of_this_piece == 99,
            "empty_first" => len == 0 && self.frames == 0,
            "empty_last_in_a_piece" => len == 0 && is_last && self.of_this_piece > 0,
            "empty_twice" => len == 0 && self.lens.last() == Some(&0),
            "empty_three_times" => len == 0 && self.lens.ends_with(&[0, 0]),
            "empty_between_two" => len > 0 && self.lens.ends_with(&[0]) && self.lens.len() > 1,
            "behind_an_empty_that_was_cut" => len > 0 && self.lens.ends_with(&[0]) && !self.waits.is_empty(),
            "longer_behind_shorter" => self.lens.last().is_some_and(|last| *last > 0 && *last * 20 < len),
            "same_length_three_times" => len > 0 && self.lens.ends_with(&[len, len]),
            "one_more_than_the_last" => self.lens.last().is_some_and(|last| last + 1 == len),
            "buffer_of_4096" => len > 4096 && !self.waits.is_empty(),
            "buffer_of_16384" => len > 16_384 && !self.waits.is_empty(),
            "buffer_of_65536" => len > 65_536 && !self.waits.is_empty(),
            "frame_255" => self.frames == 255,
            "frame_256" => self.frames == 256,
            "frame_1024" => self.frames == 1024,
            "frame_4096" => self.frames == 4096,
            "frame_10000" => self.frames == 10_000,
            "frame_32768" => self.frames == 32_768,
            "frame_65536" => self.frames == 65_536,
            "behind_64_kibibytes" => self.bytes > 1 << 16,
            "behind_a_mebibyte" => self.bytes > 1 << 20,
            "behind_two_mebibytes" => self.bytes > 1 << 21,
            "a_tenth_wait" => self.waits.len() == 10,
            "a_hundredth_wait" => self.waits.len() == 100,
            "second_connection" => self.frames == 0 && CARRIED.replace(1) == 1,
            "behind_a_connection_cut_off" => self.frames == 0 && CARRIED.replace(0) == 1,
            _ => false,
        }
    }

    fn take(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let (header, len) = match self.format.begin(input) {
            Beginning::Unknown => return Ok(None),
            Beginning::Bad(Some((header, len))) => {
                let largest = self.format.largest;
                let is_let_by = match self.slip {
                    "limit_one_more" => len == largest + 1,
                    "limit_doubled" => len <= largest * 2,
                    "limit_for_the_first_only" => self.frames > 0,
                    "limit_late" => (input.len() as u64) < header as u64 + len,
                    "limit_one_byte_late" => input.len() <= header,
                    "limit_by_all_bits_but_the_highest" => {
                        (len & 0x7FFF_FFFF) <= largest && (input.len() as u64) < header as u64 + len
                    }
                    _ => false,
                };
                if !is_let_by {
                    return Err(wrong("too large"));
                }
                if self.slip.ends_with("late") || self.slip.ends_with("highest") {
                    return Ok(None);
                }
                (header, len as usize)
            }
            Beginning::Bad(None) => return Err(wrong("no header")),
            Beginning::Header(header, len) => (header, len),
        };
        let is_refused = match self.slip {
            "limit_with_header" => (header + len) as u64 > self.format.largest,
            "limit_one_less_behind_another" => self.frames > 0 && len as u64 == self.format.largest,
            _ => false,
        };
        if is_refused {
            return Err(wrong("too large"));
        }
        let whole = header + len + self.format.comma();
        if input.len() < whole {
            return Ok(None);
        }
        let is_spoiled = self.is_spoiled(input, header, len);
        let mut frame = input.split_to(whole);
        frame.truncate(header + len);
        let mut frame = frame.split_off(if self.format.keeps_header { 0 } else { header });
        if is_spoiled {
            match frame.last_mut() {
                Some(last) => *last = last.wrapping_add(1),
                None => frame.extend_from_slice(b"?"),
            }
        }
        Ok(Some(frame.freeze()))
    }
}

impl Codec for Narrow {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let Some(frame) = self.take(input)? else {
            self.of_this_piece = 0;
            if !input.is_empty() && self.waits.len() < 200 {
                self.waits.push(input.len());
            }
            return Ok(None);
        };
        self.waits.clear();
        self.frames += 1;
        self.of_this_piece += 1;
        self.bytes += frame.len() as u64;
        if self.lens.len() == 4 {
            self.lens.remove(0);
        }
        self.lens.push(frame.len());
        match self.slip {
            "every_eighth_kept" if self.frames.is_multiple_of(8) => self.kept.push(frame.clone()),
            "short_ones_kept" if frame.len() < 1000 => self.kept.push(Bytes::copy_from_slice(&frame)),
            "kept_behind_the_hundredth" if self.frames > 100 => self.kept.push(frame.clone()),
            _ => (),
        }
        Ok(Some(frame))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let left = input.len();
        match (self.slip, self.decode(input)?) {
            ("leftover_of_one_byte_ignored", None) if left == 1 => Ok(None),
            ("leftover_header_ignored", None) if left < self.format.header_len().unwrap_or(1) => Ok(None),
            ("leftover_ignored_behind_a_frame", None) if self.frames > 0 => Ok(None),
            ("leftover_ignored_behind_three_frames", None) if self.frames > 2 => Ok(None),
            ("leftover_of_4096_ignored", None) if left >= 4096 => Ok(None),
            ("leftover_given", None) if left > 4 => Ok(Some(input.split_off(4).freeze())),
            ("last_twice", None) if left == 0 && self.frames > 0 && self.of_this_piece == 0 => {
                self.of_this_piece = 1;
                Ok(Some(Bytes::new()))
            }
            (slip, None) if left > 0 => {
                if slip == "behind_a_connection_cut_off" {
                    CARRIED.set(1);
                }
                Err(wrong("cut off"))
            }
            (_, frame) => Ok(frame),
        }
    }
}
