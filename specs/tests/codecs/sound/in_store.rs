//! Sound codecs that empty the input into a store of their own, and so must notice the end themselves.

use std::collections::VecDeque;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use sockspec_harness::codec::Codec;
use sockspec_harness::layout::LengthField;

use super::{cut_off, encode, too_large};
use crate::format::{Beginning, Format};

/// Moves all input into a store of its own, and must notice the end itself.
pub(super) struct OwnStore {
    format: Format,
    store: Vec<u8>,
}

impl OwnStore {
    pub(super) fn new(format: Format) -> OwnStore {
        OwnStore { format, store: Vec::new() }
    }
}

impl Codec for OwnStore {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        // Through a buffer of its own, too.
        let mut frame = BytesMut::new();
        encode(&self.format, payload, &mut frame)?;
        output.extend_from_slice(&frame);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.store.extend_from_slice(input);
        input.clear();
        match self.format.begin(&self.store) {
            Beginning::Unknown => Ok(None),
            Beginning::Bad(_) => Err(too_large()),
            Beginning::Header(header, len) => {
                let whole = header + len + self.format.comma();
                if self.store.len() < whole {
                    return Ok(None);
                }
                if self.format.comma() > 0 && self.store[whole - 1] != b',' {
                    return Err(too_large());
                }
                let kept = if self.format.keeps_header { 0 } else { header };
                let frame = Bytes::copy_from_slice(&self.store[kept..header + len]);
                self.store.drain(..whole);
                Ok(Some(frame))
            }
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !self.store.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Steps from byte to byte, with a state for each place it can be in.
///
/// It refuses varints that are longer than they need be, as some do.
pub(super) struct ByteByByte {
    format: Format,
    header: Vec<u8>,
    payload: Option<(Vec<u8>, usize)>,
    is_broken: bool,
}

impl ByteByByte {
    pub(super) fn new(format: Format) -> ByteByByte {
        ByteByByte { format, header: Vec::new(), payload: None, is_broken: false }
    }

    /// Takes one byte; a frame, if it was the last.
    fn step(&mut self, byte: u8) -> io::Result<Option<Bytes>> {
        match &mut self.payload {
            None => {
                self.header.push(byte);
                let is_long = self.format.field == LengthField::Varint && self.header.len() > 1 && byte == 0;
                match self.format.begin(&self.header) {
                    Beginning::Unknown => return Ok(None),
                    Beginning::Header(_, len) if !is_long => self.payload = Some((Vec::new(), len)),
                    _ => return Err(too_large()),
                }
            }
            Some((payload, len)) if payload.len() < *len => payload.push(byte),
            Some(_) if byte == b',' => return Ok(Some(self.frame())),
            Some(_) => return Err(too_large()),
        }
        let is_whole = matches!(&self.payload, Some((payload, len)) if payload.len() == *len);
        Ok((is_whole && self.format.comma() == 0).then(|| self.frame()))
    }

    fn frame(&mut self) -> Bytes {
        let header = std::mem::take(&mut self.header);
        let payload = self.payload.take().map(|(payload, _)| payload).unwrap_or_default();
        Bytes::from(if self.format.keeps_header { [header, payload].concat() } else { payload })
    }
}

impl Codec for ByteByByte {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.is_broken {
            return Err(too_large());
        }
        for (index, byte) in input.iter().enumerate() {
            let stepped = self.step(*byte);
            self.is_broken = stepped.is_err();
            if self.is_broken || matches!(stepped, Ok(Some(_))) {
                input.advance(index + 1);
                return stepped;
            }
        }
        input.clear();
        Ok(None)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !self.header.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Decodes all that is there at once, and hands it out from a queue; an error waits behind the frames before it.
pub(super) struct Ahead {
    format: Format,
    queue: VecDeque<Bytes>,
    failed: Option<io::ErrorKind>,
    part: Vec<u8>,
}

impl Ahead {
    pub(super) fn new(format: Format) -> Ahead {
        Ahead { format, queue: VecDeque::new(), failed: None, part: Vec::new() }
    }
}

impl Codec for Ahead {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.failed.is_none() {
            self.part.extend_from_slice(input);
        }
        input.clear();
        let mut at = 0;
        while self.failed.is_none() {
            let rest = &self.part[at..];
            match self.format.begin(rest) {
                Beginning::Unknown => break,
                Beginning::Bad(_) => self.failed = Some(io::ErrorKind::InvalidData),
                Beginning::Header(header, len) => {
                    let whole = header + len + self.format.comma();
                    let Some(frame) = rest.get(..whole) else { break };
                    if self.format.comma() > 0 && frame[whole - 1] != b',' {
                        self.failed = Some(io::ErrorKind::InvalidData);
                        break;
                    }
                    let kept = if self.format.keeps_header { 0 } else { header };
                    self.queue.push_back(Bytes::copy_from_slice(&frame[kept..header + len]));
                    at += whole;
                }
            }
        }
        self.part.drain(..at);
        match (self.queue.pop_front(), self.failed) {
            (Some(frame), _) => Ok(Some(frame)),
            (None, Some(kind)) => Err(kind.into()),
            (None, None) => Ok(None),
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !self.part.is_empty() => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}

/// Keeps the pieces as they came, and joins them when a frame is whole.
pub(super) struct Rope {
    format: Format,
    pieces: VecDeque<BytesMut>,
    len: usize,
}

/// Pieces are joined up to this size in bytes, since each costs some memory besides.
const JOINED: usize = 4096;

impl Rope {
    pub(super) fn new(format: Format) -> Rope {
        Rope { format, pieces: VecDeque::new(), len: 0 }
    }

    /// The first bytes, at most as many as the longest header has.
    fn front(&self) -> Vec<u8> {
        let longest = self.format.header_len().unwrap_or(20);
        self.pieces.iter().flat_map(|piece| piece.iter().copied()).take(longest).collect()
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        let mut taken = Vec::with_capacity(len);
        while taken.len() < len
            && let Some(piece) = self.pieces.front_mut()
        {
            taken.extend_from_slice(&piece.split_to(piece.len().min(len - taken.len())));
            if piece.is_empty() {
                self.pieces.pop_front();
            }
        }
        self.len -= taken.len();
        taken
    }
}

impl Codec for Rope {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.format, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.pieces.back_mut().filter(|last| last.len() < JOINED) {
            Some(last) => last.extend_from_slice(input),
            None => self.pieces.push_back(BytesMut::from(&input[..])),
        }
        self.len += input.len();
        input.clear();
        match self.format.begin(&self.front()) {
            Beginning::Unknown => Ok(None),
            Beginning::Bad(_) => Err(too_large()),
            Beginning::Header(header, len) => {
                let whole = header + len + self.format.comma();
                if self.len < whole {
                    return Ok(None);
                }
                let mut frame = self.take(whole);
                if self.format.comma() > 0 && frame.pop() != Some(b',') {
                    return Err(too_large());
                }
                let kept = if self.format.keeps_header { 0 } else { header };
                Ok(Some(Bytes::from(frame).slice(kept..)))
            }
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if self.len > 0 => Err(cut_off()),
            frame => Ok(frame),
        }
    }
}
