//! A build that keeps all bytes in a store of its own, with one slip at a time.

use std::io;
use std::thread;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use sockspec_harness::codec::Codec;
use sockspec_harness::machine::thread_clock::ThreadClock;

use super::{encode, wrong};
use crate::format::{Beginning, Format};

/// After how much computing in one call every watchdog has seen that it does not return: half as much again as ours asks for.
const SEEN: Duration = Duration::from_millis(1500);

/// Keeps all that came in a store, and looks for frames there.
pub(super) struct Store {
    format: Format,
    slip: &'static str,
    store: Vec<u8>,
    /// Where the next frame begins.
    cursor: usize,
    queue: Vec<Bytes>,
    len: u64,
}

impl Store {
    pub(super) fn new(format: Format, slip: &'static str) -> Store {
        Store { format, slip, store: Vec::new(), cursor: 0, queue: Vec::new(), len: 0 }
    }

    /// Takes a frame off the front, and moves all behind it for each of its bytes.
    ///
    /// Once a watchdog has seen more than enough of it, it lies still: nobody waits for this thread any more, and the cores are the others'.
    fn remove_one_by_one(&mut self, whole: usize) {
        let clock = ThreadClock::of_this_thread();
        let computed = || clock.as_ref().and_then(ThreadClock::read);
        let before = computed();
        for index in 0..whole {
            self.store.remove(0);
            let looks = index.is_multiple_of(1024);
            if looks && computed().zip(before).is_some_and(|(now, before)| now - before > SEEN) {
                loop {
                    thread::park();
                }
            }
        }
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
            "varint_wraps" => match rest.iter().position(|byte| *byte < 128) {
                Some(last) => {
                    let bits = rest[..=last].iter().zip((0..).step_by(7));
                    // Above 64 bits nothing is left.
                    let shifted = bits.map(|(byte, at)| u64::from(byte & 127).checked_shl(at).unwrap_or(0));
                    let len = shifted.fold(0, |len, bits| len | bits);
                    if len > self.format.largest {
                        return Beginning::Bad(None);
                    }
                    Beginning::Header(last + 1, len as usize)
                }
                None => self.format.begin(rest),
            },
            "digits_wrap" => match rest.iter().position(|byte| *byte == b':') {
                Some(colon) if colon > 0 && rest[..colon].iter().all(u8::is_ascii_digit) => {
                    let digits = rest[..colon].iter();
                    let len = digits
                        .fold(0u64, |len, byte| len.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')));
                    if len > self.format.largest {
                        return Beginning::Bad(None);
                    }
                    Beginning::Header(colon + 1, len as usize)
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
            "removes_one_by_one" => self.remove_one_by_one(whole),
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
