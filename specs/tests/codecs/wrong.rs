//! Codecs with one slip each, as people make them, written without a look at the faults that the suite lists.
//!
//! Three builds, each slipping in its own places: one that takes the header first, one with a store of its own, and encoders.

use std::cell::RefCell;
use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sockspec::Layout;
use sockspec_harness::codec::Codec;

use crate::format::{Beginning, Format};

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

thread_local! {
    /// What one of the slips keeps of a frame between two calls, for all codecs.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Takes the header as soon as it is there.
struct HeaderFirst {
    format: Format,
    slip: &'static str,
    header: Option<(Vec<u8>, usize)>,
    /// How many calls have found the frame under way to be incomplete.
    waited: usize,
    frames: u64,
    last: Option<Bytes>,
    skipping: usize,
}

impl HeaderFirst {
    fn new(format: Format, slip: &'static str) -> HeaderFirst {
        HeaderFirst { format, slip, header: None, waited: 0, frames: 0, last: None, skipping: 0 }
    }

    /// Reads the header; false if there is none yet.
    fn read_header(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        match self.slip {
            "three_bytes_are_a_header" if input.len() == 3 => {
                let _ = input.get_u32();
            }
            "first_byte_alone_is_big_endian" if input.len() == 1 => self.waited = 1,
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
            "first_byte_alone_is_big_endian" if self.waited == 1 => u64::from((len as u16).swap_bytes()),
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
            "max_plus_header" if len > largest + 4 => return Err(wrong("too large")),
            "max_plus_header" => (),
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

/// Keeps all that came in a store, and looks for frames there.
struct Store {
    format: Format,
    slip: &'static str,
    store: Vec<u8>,
    /// Where the next frame begins.
    cursor: usize,
    queue: Vec<Bytes>,
    len: u64,
}

impl Store {
    fn new(format: Format, slip: &'static str) -> Store {
        Store { format, slip, store: Vec::new(), cursor: 0, queue: Vec::new(), len: 0 }
    }

    /// Reads the header at the cursor.
    fn begin(&mut self) -> Beginning {
        let rest = &self.store[self.cursor..];
        match self.slip {
            "length_not_reset" if rest.len() >= 3 => {
                for byte in &rest[..3] {
                    self.len = (self.len << 8 | u64::from(*byte)) & 0xFFFF_FFFF;
                }
                let len = self.len;
                if len <= self.format.largest {
                    Beginning::Header(3, len as usize)
                } else {
                    Beginning::Bad(None)
                }
            }
            "varint_in_32_bits" => match rest.iter().position(|byte| *byte < 128) {
                Some(last) if last < 10 => {
                    let bits = rest[..=last].iter().enumerate();
                    let shifted =
                        bits.map(|(at, byte)| u32::from(byte & 127).checked_shl(7 * at as u32).unwrap_or(0));
                    let len = shifted.fold(0, |len, bits| len | bits);
                    if u64::from(len) > self.format.largest {
                        return Beginning::Bad(None);
                    }
                    Beginning::Header(last + 1, len as usize)
                }
                _ => self.format.begin(rest),
            },
            "varint_low_byte_alone" if rest.len() == 1 && rest[0] >= 128 => {
                Beginning::Header(1, usize::from(rest[0] & 127))
            }
            "digits_twice_when_cut" => match rest.iter().position(|byte| *byte == b':') {
                Some(colon) if colon > 0 && rest[..colon].iter().all(u8::is_ascii_digit) => {
                    let digits = rest[..colon].iter();
                    let len = digits.fold(self.len, |len, byte| {
                        len.saturating_mul(10).saturating_add(u64::from(byte - b'0'))
                    });
                    self.len = 0;
                    if len > self.format.largest {
                        return Beginning::Bad(None);
                    }
                    Beginning::Header(colon + 1, len as usize)
                }
                None if rest.len() == 1 && rest[0].is_ascii_digit() => {
                    self.len = u64::from(rest[0] - b'0');
                    Beginning::Unknown
                }
                _ => self.format.begin(rest),
            },
            _ => self.format.begin(rest),
        }
    }

    /// Takes the frame at the cursor, if it is whole.
    fn parse(&mut self) -> io::Result<Option<Bytes>> {
        let before = self.len;
        let (header, len) = match self.begin() {
            Beginning::Unknown => return Ok(None),
            Beginning::Bad(_) => {
                self.len = before;
                return Err(wrong("no header"));
            }
            Beginning::Header(header, len) => (header, len),
        };
        let rest = &self.store[self.cursor..];
        let comma = if self.slip == "comma_not_awaited" && rest.len() == header + len {
            0
        } else {
            self.format.comma()
        };
        let whole = header + len + comma;
        if rest.len() < whole {
            if self.slip != "digits_twice_when_cut" {
                self.len = before;
            }
            return Ok(None);
        }
        if comma > 0 && rest[whole - 1] != b',' {
            return Err(wrong("no comma"));
        }
        let frame = Bytes::copy_from_slice(&rest[header..header + len]);
        match self.slip {
            "store_never_drained" => self.cursor += whole,
            "cursor_of_16_bits" => {
                // The store is cleared when all of it has been taken, and the cursor with it.
                self.cursor = usize::from((self.cursor + whole) as u16);
                if self.cursor >= self.store.len() {
                    self.store.clear();
                    self.cursor = 0;
                }
            }
            "removes_one_by_one" => {
                for _ in 0..whole {
                    self.store.remove(0);
                }
            }
            "byte_of_next_header_lost" if self.store.len() == whole + 1 => self.store.clear(),
            _ => {
                self.store.drain(..whole);
            }
        }
        Ok(Some(frame))
    }
}

impl Codec for Store {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let is_new = !input.is_empty();
        self.store.extend_from_slice(input);
        input.clear();
        match self.slip {
            "queue_waits_for_new_bytes" => {
                if !is_new {
                    return Ok(None);
                }
                while let Some(frame) = self.parse()? {
                    self.queue.push(frame);
                }
                Ok(if self.queue.is_empty() { None } else { Some(self.queue.remove(0)) })
            }
            "last_frame_only" => {
                let mut last = None;
                while let Some(frame) = self.parse()? {
                    last = Some(frame);
                }
                Ok(last)
            }
            _ => self.parse(),
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if let Some(frame) = self.decode(input)? {
            return Ok(Some(frame));
        }
        if self.store.len() > self.cursor {
            match self.slip {
                "store_forgotten_at_end" => return Ok(None),
                "store_given_at_end" => return Ok(Some(Bytes::from(std::mem::take(&mut self.store)))),
                _ => return Err(wrong("cut off")),
            }
        }
        Ok(None)
    }
}

/// Decodes as it should, and slips when it writes.
struct Writer {
    format: Format,
    slip: &'static str,
    reader: HeaderFirst,
    last: Option<Vec<u8>>,
}

impl Writer {
    fn new(format: Format, slip: &'static str) -> Writer {
        Writer { reader: HeaderFirst::new(format.clone(), "none"), format, slip, last: None }
    }
}

impl Codec for Writer {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let before = output.len();
        let last = self.last.replace(payload.to_vec());
        match self.slip {
            "high_half_zero" if payload.len() <= 1 << 20 => {
                output.put_u16(0);
                output.put_u16(payload.len() as u16);
                output.put_slice(payload);
            }
            "placeholder_left" => {
                output.put_u32(0);
                if payload.len() as u64 > self.format.largest {
                    return Err(wrong("too large"));
                }
                output.put_slice(payload);
                output[before..before + 4].copy_from_slice(&(payload.len() as u32).to_be_bytes());
            }
            "header_at_buffer_start" if payload.len() <= 1 << 20 => {
                output.put_u32(0);
                output.put_slice(payload);
                output[..4].copy_from_slice(&(payload.len() as u32).to_be_bytes());
            }
            "nul_for_empty" if payload.is_empty() => self.format.put(b"\0", output),
            "chunks_of_8192" if payload.len() > 8192 && payload.len() <= 1 << 20 => {
                for chunk in payload.chunks(8192) {
                    self.format.put(chunk, output);
                }
            }
            "equal_payloads_sent_once" if last.as_deref() == Some(payload) => (),
            "length_of_the_last" if payload.len() <= 1 << 20 => {
                let len = last.filter(|last| !last.is_empty()).map_or(payload.len(), |last| last.len());
                output.put_u32(len as u32);
                output.put_slice(payload);
            }
            "empty_refused" if payload.is_empty() => return Err(wrong("nothing to send")),
            "max_not_checked" => self.format.put(payload, output),
            "cut_to_max" => self.format.put(&payload[..payload.len().min(1000)], output),
            "length_wraps" => {
                output.put_u16_le(payload.len() as u16);
                output.put_slice(payload);
            }
            "header_not_counted" if payload.len() <= 5000 => {
                output.put_u32(payload.len() as u32);
                output.put_slice(payload);
            }
            _ => return encode(&self.format, payload, output),
        }
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.reader.decode(input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.reader.decode_end(input)
    }
}
