//! Sound codecs that treat their buffers in ways of their own: they split, replace, swap and over-reserve them.

use std::cell::RefCell;
use std::io;
use std::mem;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use sockspec_harness::codec::Codec;

use super::in_input::Patient;
use super::{cut_off, encode, too_large};
use crate::format::{Beginning, Format};

/// The whole frame at the front of `bytes`: where its content lies, and where it ends.
fn front(format: &Format, bytes: &[u8]) -> io::Result<Option<(usize, usize, usize)>> {
    match format.begin(bytes) {
        Beginning::Unknown => Ok(None),
        Beginning::Bad(_) => Err(too_large()),
        Beginning::Header(header, len) => {
            let whole = header + len + format.comma();
            if bytes.len() < whole {
                return Ok(None);
            }
            if format.comma() > 0 && bytes[whole - 1] != b',' {
                return Err(too_large());
            }
            Ok(Some((if format.keeps_header { 0 } else { header }, header + len, whole)))
        }
    }
}

/// Splits what follows off, and gives the front of the input away.
pub(super) struct SplitsOff(Format);

impl SplitsOff {
    pub(super) fn new(format: Format) -> SplitsOff {
        SplitsOff(format)
    }
}

impl Codec for SplitsOff {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        // Behind a buffer that was split off, and joined to it again.
        let mut tail = output.split_off(output.len());
        encode(&self.0, payload, &mut tail)?;
        output.unsplit(tail);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let Some((start, end, whole)) = front(&self.0, input)? else { return Ok(None) };
        let rest = input.split_off(whole);
        let frame = mem::replace(input, rest).freeze();
        Ok(Some(frame.slice(start..end)))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Moves the input into a store, and leaves another buffer in its place: a new one, or the one that was its store.
pub(super) struct Replaces {
    format: Format,
    store: BytesMut,
    swaps: bool,
}

impl Replaces {
    pub(super) fn new(format: Format) -> Replaces {
        Replaces { format, store: BytesMut::new(), swaps: false }
    }

    pub(super) fn swapping(format: Format) -> Replaces {
        Replaces { swaps: true, ..Replaces::new(format) }
    }
}

impl Codec for Replaces {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let mut whole = mem::take(output);
        let written = encode(&self.format, payload, &mut whole);
        *output = whole;
        written
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.swaps && self.store.is_empty() {
            mem::swap(&mut self.store, input);
        } else {
            self.store.extend_from_slice(input);
            *input = BytesMut::new();
        }
        let Some((start, end, whole)) = front(&self.format, &self.store)? else { return Ok(None) };
        let frame = self.store.split_to(whole).freeze();
        Ok(Some(frame.slice(start..end)))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !self.store.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Takes room for the largest frame when it is made, once to read and once to write.
pub(super) struct UpFront {
    format: Format,
    read: Vec<u8>,
    written: BytesMut,
}

impl UpFront {
    pub(super) fn new(format: Format) -> UpFront {
        let largest = format.largest as usize + 64;
        UpFront { format, read: Vec::with_capacity(largest), written: BytesMut::with_capacity(largest) }
    }
}

impl Codec for UpFront {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.written.clear();
        encode(&self.format, payload, &mut self.written)?;
        output.extend_from_slice(&self.written);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if input.capacity() < self.read.capacity() {
            input.reserve(self.read.capacity() - input.len());
        }
        let Some((start, end, whole)) = front(&self.format, input)? else { return Ok(None) };
        self.read.clear();
        self.read.extend_from_slice(&input.split_to(whole));
        Ok(Some(Bytes::copy_from_slice(&self.read[start..end])))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Asks for room for the whole frame and a page besides each time it is called; what it counts it shares with a handle of its own.
pub(super) struct Lavish {
    patient: Patient,
    format: Format,
    calls: Rc<RefCell<u64>>,
}

impl Lavish {
    pub(super) fn new(format: Format) -> Lavish {
        Lavish { patient: Patient::new(format.clone()), format, calls: Rc::default() }
    }
}

impl Codec for Lavish {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        output.reserve(payload.len() * 2 + 8192);
        self.patient.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        *Rc::clone(&self.calls).borrow_mut() += 1;
        let len = match self.format.begin(input) {
            Beginning::Header(header, len) => header + len,
            _ => 0,
        };
        input.reserve(len + 8192);
        self.patient.decode(input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.patient.decode_end(input)
    }
}
