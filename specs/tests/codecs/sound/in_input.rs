//! Sound codecs that leave their bytes in the input until they need them.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use sockspec_harness::codec::Codec;

use super::{cut_off, encode, too_large};
use crate::format::{Beginning, Format};

/// Leaves everything in the input until a frame is whole.
pub(super) struct Patient(Format);

impl Patient {
    pub(super) fn new(format: Format) -> Patient {
        Patient(format)
    }
}

impl Codec for Patient {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.0, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let format = &self.0;
        match format.begin(input) {
            Beginning::Unknown => Ok(None),
            Beginning::Bad(_) => Err(too_large()),
            Beginning::Header(header, len) => {
                let whole = header + len + format.comma();
                if input.len() < whole {
                    // Room for the rest is asked for once, which is allowed below the largest frame.
                    input.reserve(whole - input.len());
                    return Ok(None);
                }
                if format.comma() > 0 && input[whole - 1] != b',' {
                    return Err(too_large());
                }
                let frame = input.split_to(whole).freeze();
                Ok(Some(frame.slice(if format.keeps_header { 0 } else { header }..header + len)))
            }
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Takes a header as soon as it is there, and remembers what it said.
pub(super) struct HeaderFirst {
    format: Format,
    pending: Option<(Vec<u8>, usize)>,
}

impl HeaderFirst {
    pub(super) fn new(format: Format) -> HeaderFirst {
        HeaderFirst { format, pending: None }
    }
}

impl Codec for HeaderFirst {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.pending.is_none() {
            match self.format.begin(input) {
                Beginning::Unknown => return Ok(None),
                Beginning::Bad(_) => return Err(too_large()),
                Beginning::Header(header, len) => self.pending = Some((input.split_to(header).to_vec(), len)),
            }
        }
        let Some((header, len)) = &mut self.pending else { return Ok(None) };
        let len = *len;
        if input.len() < len + self.format.comma() {
            return Ok(None);
        }
        let mut frame = if self.format.keeps_header { std::mem::take(header) } else { Vec::new() };
        frame.extend_from_slice(&input[..len]);
        if self.format.comma() > 0 && input[len] != b',' {
            return Err(too_large());
        }
        input.advance(len + self.format.comma());
        self.pending = None;
        Ok(Some(Bytes::from(frame)))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() || self.pending.is_some() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Reports a frame that is too large once, skips it, and goes on behind it.
pub(super) struct GoesOn {
    format: Format,
    skipping: u64,
}

impl GoesOn {
    pub(super) fn new(format: Format) -> GoesOn {
        GoesOn { format, skipping: 0 }
    }
}

impl Codec for GoesOn {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let skipped = self.skipping.min(input.len() as u64);
        input.advance(skipped as usize);
        self.skipping -= skipped;
        if let Beginning::Bad(Some((header, len))) = self.format.begin(input) {
            input.advance(header);
            self.skipping = len.saturating_add(self.format.comma() as u64);
            return Err(too_large());
        }
        Patient(self.format.clone()).decode(input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_off()),
            None if self.skipping > 0 => {
                self.skipping = 0;
                Err(cut_off())
            }
            frame => Ok(frame),
        }
    }
}

/// Throws everything away after an error, and is at its end from then on.
pub(super) struct EndsAfterError {
    patient: Patient,
    is_over: bool,
}

impl EndsAfterError {
    pub(super) fn new(format: Format) -> EndsAfterError {
        EndsAfterError { patient: Patient(format), is_over: false }
    }

    fn heed(
        &mut self,
        decoded: io::Result<Option<Bytes>>,
        input: &mut BytesMut,
    ) -> io::Result<Option<Bytes>> {
        if decoded.is_err() {
            self.is_over = true;
            input.clear();
        }
        decoded
    }
}

impl Codec for EndsAfterError {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.patient.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.is_over {
            input.clear();
            return Ok(None);
        }
        let decoded = self.patient.decode(input);
        self.heed(decoded, input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.is_over {
            input.clear();
            return Ok(None);
        }
        let decoded = self.patient.decode_end(input);
        self.heed(decoded, input)
    }
}
