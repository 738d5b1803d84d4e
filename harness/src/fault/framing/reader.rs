//! A conforming decoder that stands open where one can be broken: all that a fault has to be is one closure.
//!
//! Why not tamper with the sound decoder itself: a break inside a frame needs a decoder whose inside is known.

use std::io;
use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};

use crate::codec::Codec;
use crate::layout::{Layout, Rest};

/// What a broken decoder answers.
pub(in crate::fault) type Answered = io::Result<Option<BytesMut>>;

/// How the length of header and payload are read from the start of the input.
pub(in crate::fault) type Announced = fn(&Layout, &[u8]) -> Result<(usize, i128), Rest>;

/// A decoder of any layout, which leaves a frame in the input until it is whole.
pub(in crate::fault) struct Reader {
    pub(super) layout: Layout,
    pub(super) announced: Announced,
    /// Where the frame at the head of the input was cut: how much of it lay there when more came.
    pub(super) cuts: Vec<usize>,
    /// How many frames have been taken.
    pub(super) frames: u64,
    /// How many frames have been taken since the last byte came.
    pub(super) taken: u64,
    /// How much of the input was left by the last call.
    left: usize,
}

/// What lies at the head of the input.
pub(in crate::fault) enum Head {
    /// No byte.
    Nothing,
    /// A part of a header.
    Short,
    /// A header, and as much of its frame as has come.
    Frame(Announcement),
    /// A header that can be none, or whose payload is too long.
    Refused,
}

/// A frame of which the header has come.
#[derive(Clone)]
pub(in crate::fault) struct Announcement {
    /// The length of its header in bytes.
    pub(super) header: usize,
    /// Which part of it the receiver gets.
    pub(super) item: Range<usize>,
    /// Its length in bytes, with all that belongs to it.
    pub(super) whole: usize,
}

/// A whole frame on its way to the receiver.
pub(in crate::fault) struct Taken {
    /// What the receiver gets.
    pub(super) item: BytesMut,
    /// The length of its payload in bytes.
    pub(super) payload: usize,
    /// Where its header ends, and it ends itself.
    pub(super) shape: Announcement,
    /// Where it was cut.
    pub(super) cuts: Vec<usize>,
}

impl Reader {
    pub(super) fn new(layout: &Layout) -> Reader {
        Reader {
            layout: layout.clone(),
            announced: Layout::read_header,
            cuts: Vec::new(),
            frames: 0,
            taken: 0,
            left: 0,
        }
    }

    /// Notes what has come since the last call.
    fn note(&mut self, input: &BytesMut) {
        if input.len() > self.left {
            self.taken = 0;
            if self.left > 0 {
                self.cuts.push(self.left);
            }
        }
    }

    /// What lies at the head of the input.
    pub(super) fn head(&self, input: &[u8]) -> Head {
        if input.is_empty() {
            return Head::Nothing;
        }
        let (header, len) = match (self.announced)(&self.layout, input) {
            Ok(announced) => announced,
            Err(Rest::Refused { .. }) => return Head::Refused,
            Err(_) => return Head::Short,
        };
        if len < 0 || len > i128::from(self.layout.largest()) {
            return Head::Refused;
        }
        if input.len() < header {
            return Head::Short;
        }
        let end = usize::try_from(len).ok().and_then(|len| header.checked_add(len));
        let trailer = self.layout.trailer().len();
        let Some((end, whole)) = end.and_then(|end| Some((end, end.checked_add(trailer)?))) else {
            return Head::Refused;
        };
        let first = if self.layout.delivers_header() { 0 } else { header };
        Head::Frame(Announcement { header, item: first..end, whole })
    }

    /// The next frame, as a conforming decoder gives it.
    pub(in crate::fault) fn next(&mut self, input: &mut BytesMut, is_end: bool) -> Answered {
        Ok(self.take_next(input, is_end)?.map(|taken| taken.item))
    }

    /// As [`Reader::next`], with all that is known of the frame.
    pub(super) fn take_next(&mut self, input: &mut BytesMut, is_end: bool) -> io::Result<Option<Taken>> {
        match self.head(input) {
            Head::Nothing => Ok(None),
            Head::Frame(frame) if frame.whole <= input.len() => {
                if !input[..frame.whole].ends_with(self.layout.trailer()) {
                    return Err(refused());
                }
                Ok(Some(self.take(input, frame)))
            }
            Head::Short | Head::Frame(_) if is_end => Err(ended_early()),
            Head::Short | Head::Frame(_) => Ok(None),
            Head::Refused => Err(refused()),
        }
    }

    /// Takes a frame that has come.
    pub(super) fn take(&mut self, input: &mut BytesMut, frame: Announcement) -> Taken {
        let mut item = input.split_to(frame.whole);
        item.truncate(frame.item.end);
        item.advance(frame.item.start);
        self.frames += 1;
        self.taken += 1;
        let payload = frame.item.end - frame.header;
        Taken { item, payload, shape: frame, cuts: std::mem::take(&mut self.cuts) }
    }
}

impl Taken {
    /// Whether it came in several pieces.
    pub(super) fn is_cut(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// Whether its payload came in several pieces.
    pub(super) fn is_cut_inside(&self) -> bool {
        self.cuts.iter().any(|cut| *cut > self.shape.header)
    }

    /// Takes the last byte off its payload, if there is one.
    pub(super) fn lose_last(&mut self) {
        if self.payload > 0 {
            self.item.truncate(self.item.len() - 1);
        }
    }

    /// Takes the first byte off its payload, if there is one.
    pub(super) fn lose_first(&mut self) {
        if self.payload > 0 {
            let before = self.item.len() - self.payload;
            let tail = self.item.split_off(before + 1);
            self.item.truncate(before);
            self.item.unsplit(tail);
        }
    }

    /// The payload.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.item[self.item.len() - self.payload..]
    }

    /// Puts another payload in its place.
    pub(super) fn replace(&mut self, payload: &[u8]) {
        self.item.truncate(self.item.len() - self.payload);
        self.item.extend_from_slice(payload);
        self.payload = payload.len();
    }
}

/// The error of what can be no frame.
pub(in crate::fault) fn refused() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The error of a stream that ends inside a frame.
pub(in crate::fault) fn ended_early() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

/// A codec that decodes as `decode` does, which is given a [`Reader`], the input, and whether it has ended.
pub(in crate::fault) fn decoding<F>(sound: Box<dyn Codec>, layout: &Layout, decode: F) -> Box<dyn Codec>
where
    F: FnMut(&mut Reader, &mut BytesMut, bool) -> Answered + 'static,
{
    Box::new(Decoding { sound, reader: Reader::new(layout), decode })
}

/// A codec whose frames go through `alter`; the frame that it does not give back never comes out.
pub(in crate::fault) fn on_frame<F>(sound: Box<dyn Codec>, layout: &Layout, mut alter: F) -> Box<dyn Codec>
where
    F: FnMut(&Reader, Taken) -> Option<Taken> + 'static,
{
    decoding(sound, layout, move |reader, input, is_end| {
        while let Some(taken) = reader.take_next(input, is_end)? {
            if let Some(altered) = alter(reader, taken) {
                return Ok(Some(altered.item));
            }
        }
        Ok(None)
    })
}

/// A codec that reads headers otherwise.
pub(in crate::fault) fn announcing(
    sound: Box<dyn Codec>,
    layout: &Layout,
    announced: Announced,
) -> Box<dyn Codec> {
    decoding(sound, layout, move |reader, input, is_end| {
        reader.announced = announced;
        reader.next(input, is_end)
    })
}

/// A codec that meets the end of the stream otherwise.
pub(in crate::fault) fn at_end<F>(sound: Box<dyn Codec>, layout: &Layout, mut end: F) -> Box<dyn Codec>
where
    F: FnMut(&mut Reader, &mut BytesMut) -> Answered + 'static,
{
    decoding(
        sound,
        layout,
        move |reader, input, is_end| {
            if is_end { end(reader, input) } else { reader.next(input, false) }
        },
    )
}

/// A codec that encodes as `encode` does, which is given the sound one.
pub(in crate::fault) fn encoding<F>(sound: Box<dyn Codec>, layout: &Layout, encode: F) -> Box<dyn Codec>
where
    F: FnMut(&Layout, &mut dyn Codec, &[u8], &mut BytesMut) -> io::Result<()> + 'static,
{
    Box::new(Encoding { sound, layout: layout.clone(), encode })
}

/// See [`decoding`].
struct Decoding<F> {
    sound: Box<dyn Codec>,
    reader: Reader,
    decode: F,
}

impl<F: FnMut(&mut Reader, &mut BytesMut, bool) -> Answered> Decoding<F> {
    fn answer(&mut self, input: &mut BytesMut, is_end: bool) -> io::Result<Option<Bytes>> {
        self.reader.note(input);
        let answered = (self.decode)(&mut self.reader, input, is_end);
        self.reader.left = input.len();
        Ok(answered?.map(BytesMut::freeze))
    }
}

impl<F: FnMut(&mut Reader, &mut BytesMut, bool) -> Answered> Codec for Decoding<F> {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.sound.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.answer(input, false)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.answer(input, true)
    }
}

/// See [`encoding`].
struct Encoding<F> {
    sound: Box<dyn Codec>,
    layout: Layout,
    encode: F,
}

impl<F: FnMut(&Layout, &mut dyn Codec, &[u8], &mut BytesMut) -> io::Result<()>> Codec for Encoding<F> {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        (self.encode)(&self.layout, &mut *self.sound, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.sound.decode(input)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.sound.decode_end(input)
    }
}
