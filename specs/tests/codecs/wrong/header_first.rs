//! A build that takes the header as soon as it is there, with one slip at a time.

use std::cell::RefCell;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use sockspec_harness::codec::Codec;

use super::{encode, wrong};
use crate::format::{Beginning, Format};

thread_local! {
    /// What one of the slips keeps of a frame between two calls, for all codecs.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Takes the header as soon as it is there.
pub(super) struct HeaderFirst {
    format: Format,
    slip: &'static str,
    header: Option<(Vec<u8>, usize)>,
    /// How many calls have found the frame under way to be incomplete.
    waited: usize,
    frames: u64,
    last: Option<Bytes>,
    skipping: usize,
    has_refused: bool,
    /// How many bytes lay there when it last had to wait.
    left: usize,
}

impl HeaderFirst {
    pub(super) fn new(format: Format, slip: &'static str) -> HeaderFirst {
        HeaderFirst {
            format,
            slip,
            header: None,
            waited: 0,
            frames: 0,
            last: None,
            skipping: 0,
            has_refused: false,
            left: 0,
        }
    }

    /// Reads the header; false if there is none yet.
    fn read_header(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        match self.slip {
            "three_bytes_are_a_header" if input.len() == 3 => {
                let _ = input.get_u32();
            }
            "reserves_before_check" if input.len() >= 4 => {
                input.reserve((&input[..4]).get_u32() as usize);
            }
            _ => (),
        }
        let (header, len) = match self.format.begin(input) {
            Beginning::Unknown => return Ok(false),
            Beginning::Header(header, len) => (header, len as u64),
            Beginning::Bad(Some((header, len))) => (header, len),
            Beginning::Bad(None) => match self.slip {
                "length_below_header_panics" => panic!("attempt to subtract with overflow"),
                "length_below_header_is_empty" => (4, 0),
                _ => return Err(wrong("no header")),
            },
        };
        let len = match self.slip {
            "top_byte_ignored" => len & 0xFF_FFFF,
            "length_as_u32" => u64::from(len as u32),
            "length_as_i16" => (len as i16).max(0) as u64,
            "first_byte_alone_is_big_endian" if self.waited > 0 => u64::from((len as u16).swap_bytes()),
            _ => len,
        };
        let largest = self.format.largest;
        match self.slip {
            "max_refused" if len == largest => return Err(wrong("too large")),
            "oversized_waits" if len > largest => return Ok(false),
            "goes_on_inside_oversized" if len > largest => {
                input.advance(header);
                return Err(wrong("too large"));
            }
            "oversized_skipped_silently" if len > largest => {
                input.advance(header);
                self.skipping = len as usize;
                return Ok(false);
            }
            "oversized_refused_once" if len > largest && !self.has_refused => {
                input.advance(header);
                (self.skipping, self.has_refused) = (len as usize, true);
                return Err(wrong("too large"));
            }
            "oversized_refused_once" => (),
            "max_plus_header" if len > largest + 4 => return Err(wrong("too large")),
            "max_plus_header" => (),
            "max_not_checked_behind_half_a_header" if self.left == 2 => (),
            "max_not_checked_behind_16" if self.frames >= 16 => (),
            "max_not_checked_behind_the_largest"
                if self.last.as_ref().is_some_and(|last| last.len() as u64 == largest) => {}
            "rest_of_the_refused_in_16_bits" if len > largest => {
                input.advance(header);
                self.skipping = usize::from(len as u16);
                return Err(wrong("too large"));
            }
            "high_gap_refused" if input[2] >= 0xF0 => return Err(wrong("reserved")),
            "gap_read_as_a_flag" if input[2] & 8 != 0 => return Err(wrong("not supported")),
            "panics_on_huge" if len > 1 << 31 => panic!("capacity overflow"),
            _ if len > largest => return Err(wrong("too large")),
            _ => (),
        }
        if self.slip == "header_lost_when_cut" && self.waited > 0 {
            self.header = Some((Vec::new(), len as usize));
            input.advance(header);
        } else {
            self.header = Some((input.split_to(header).to_vec(), len as usize));
        }
        Ok(true)
    }

    fn decode_or_wait(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let skipped = self.skipping.min(input.len());
        self.skipping -= skipped;
        input.advance(skipped);
        if self.slip == "shared_scratch" && self.header.is_some() {
            SCRATCH.with_borrow_mut(|scratch| {
                let behind = input.split();
                input.extend_from_slice(scratch);
                input.extend_from_slice(&behind);
                scratch.clear();
            });
        }
        if self.header.is_none() && !self.read_header(input)? {
            return Ok(None);
        }
        let Some((header, len)) = self.header.clone() else { return Ok(None) };
        let needed = match self.slip {
            "needs_one_more_payload_byte" if self.waited > 0 => len + 1,
            _ => len,
        };
        if input.len() < needed || self.slip == "empty_waits_for_more" && len == 0 && input.is_empty() {
            if self.slip == "shared_scratch" {
                SCRATCH.with_borrow_mut(|scratch| scratch.extend_from_slice(&input.split()));
            }
            return Ok(None);
        }
        let mut payload = if self.slip == "takes_all_when_cut" && self.waited > 0 {
            input.split().to_vec()
        } else {
            input.split_to(len).to_vec()
        };
        match self.slip {
            "trailing_zeros_trimmed" => {
                while payload.last() == Some(&0) {
                    payload.pop();
                }
            }
            "buffer_of_8192" if self.waited > 0 && len > 8192 => payload[8192..].fill(0),
            "frame_of_a_kibibyte" if len == 1024 => payload[1023] = 0,
            _ => (),
        }
        if self.slip != "state_kept_after_empty" || len > 0 {
            self.header = None;
        }
        self.frames += 1;
        let frame = Bytes::from(if self.format.keeps_header { [header, payload].concat() } else { payload });
        if self.slip == "first_empty_skipped" && self.frames == 1 && frame.is_empty() {
            return self.decode(input);
        }
        if self.slip == "equal_frames_dropped" && self.last.as_ref() == Some(&frame) {
            return self.decode(input);
        }
        self.last = Some(frame.clone());
        Ok(Some(frame))
    }
}

impl Codec for HeaderFirst {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let decoded = self.decode_or_wait(input)?;
        let is_under_way = self.header.is_some() || !input.is_empty();
        self.left = if decoded.is_none() { input.len() } else { 0 };
        self.waited = if decoded.is_none() && is_under_way { self.waited + 1 } else { 0 };
        match (self.slip, &decoded) {
            ("would_block_for_more", None) => Err(io::ErrorKind::WouldBlock.into()),
            ("error_each_time_cut", None) if self.header.is_some() => Err(wrong("incomplete")),
            _ => Ok(decoded),
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode_or_wait(input)? {
            Some(frame) => Ok(Some(frame)),
            None if self.slip == "clean_after_header" && input.is_empty() => Ok(None),
            None if !input.is_empty() || self.header.is_some() => Err(wrong("cut off")),
            None if self.slip == "error_at_clean_end_after_empty"
                && self.last.as_ref().is_some_and(Bytes::is_empty) =>
            {
                Err(wrong("nothing came"))
            }
            None => Ok(None),
        }
    }
}
