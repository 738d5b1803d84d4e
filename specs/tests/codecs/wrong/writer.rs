//! A build that decodes as it should, and slips when it writes.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use sockspec_harness::codec::Codec;

use super::header_first::HeaderFirst;
use super::{encode, wrong};
use crate::format::Format;

/// Decodes as it should, and slips when it writes.
pub(super) struct Writer {
    format: Format,
    slip: &'static str,
    reader: HeaderFirst,
    last: Option<Vec<u8>>,
}

impl Writer {
    pub(super) fn new(format: Format, slip: &'static str) -> Writer {
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
