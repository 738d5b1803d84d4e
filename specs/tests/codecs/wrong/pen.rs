//! Encoders whose slips show in one narrow case each.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use sockspec_harness::codec::Codec;

use super::header_first::HeaderFirst;
use super::{encode, wrong};
use crate::format::Format;

/// Decodes as it should, and slips when it writes.
pub(super) struct Pen {
    format: Format,
    slip: &'static str,
    reader: HeaderFirst,
    frames: u64,
    bytes: u64,
    held: Vec<u8>,
}

impl Pen {
    pub(super) fn new(format: Format, slip: &'static str) -> Pen {
        Pen {
            reader: HeaderFirst::new(format.clone(), "none"),
            format,
            slip,
            frames: 0,
            bytes: 0,
            held: Vec::new(),
        }
    }

    /// Writes a header with another length in it.
    fn put_header(&self, len: usize, output: &mut BytesMut) {
        let start = output.len();
        self.format.put(&vec![0; len], output);
        output.truncate(start + self.format.header_len().unwrap_or(1));
    }
}

impl Codec for Pen {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let len = payload.len();
        if len as u64 > self.format.largest && !self.slip.starts_with("over_") {
            return Err(wrong("too large"));
        }
        self.frames += 1;
        self.bytes += len as u64;
        let before = output.len();
        match self.slip {
            "padded_to_four" => {
                self.format.put(payload, output);
                output.put_bytes(0, len.wrapping_neg() % 4);
            }
            "miscounts_128" if len == 128 => {
                self.put_header(127, output);
                output.put_slice(payload);
            }
            "miscounts_256" if len == 256 => {
                self.put_header(0, output);
                output.put_slice(payload);
            }
            "miscounts_65536" if len == 65_536 => {
                self.put_header(0, output);
                output.put_slice(payload);
            }
            "miscounts_behind_a_kibibyte" if before > 1024 && len == 9 => {
                self.put_header(8, output);
                output.put_slice(payload);
            }
            "appends_to_the_front" => {
                let behind = output.split();
                encode(&self.format, payload, output)?;
                output.unsplit(behind);
            }
            "clears_behind_4096" if before > 4096 => {
                output.clear();
                self.format.put(payload, output);
            }
            "holds_short_ones_back" => {
                let held = std::mem::take(&mut self.held);
                if len == 1 && held.is_empty() {
                    self.held = payload.to_vec();
                    return Ok(());
                }
                self.format.put(payload, output);
                if !held.is_empty() {
                    self.format.put(&held, output);
                }
            }
            "frame_256_twice" if self.frames == 256 => {
                self.format.put(payload, output);
                self.format.put(payload, output);
            }
            "frame_2000_lost" if self.frames == 2000 => (),
            "behind_a_mebibyte_wrong" if self.bytes > 1 << 20 => {
                self.format.put(payload, output);
                if let Some(last) = output.last_mut() {
                    *last ^= 1;
                }
            }
            "touches_the_frame_before" => {
                if let Some(last) = output.last_mut() {
                    *last ^= 0x80;
                }
                self.format.put(payload, output);
            }
            "over_scribbles_on_the_frame_before" if len as u64 > self.format.largest => {
                if before >= 4 {
                    output[before - 4..].copy_from_slice(&(len as u32).to_be_bytes());
                }
                return Err(wrong("too large"));
            }
            "over_by_one" if len as u64 == self.format.largest + 1 => self.format.put(payload, output),
            "over_emits_header" if len as u64 > self.format.largest => {
                output.put_slice(&[0; 4]);
                return Err(wrong("too large"));
            }
            "over_clears_the_buffer" if len as u64 > self.format.largest => {
                output.clear();
                return Err(wrong("too large"));
            }
            "newline_escaped" => {
                let escaped: Vec<u8> = payload
                    .iter()
                    .flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] })
                    .collect();
                self.format.put(&escaped[..escaped.len().min(self.format.largest as usize)], output);
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
