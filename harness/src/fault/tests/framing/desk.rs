//! Where codecs are made and asked, and what was seen of them.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::task::Context;

use bytes::{Bytes, BytesMut};

use crate::codec::{Codec, Tamper};
use crate::fault::around::Answered;
use crate::layout::{Layout, Rest};
use crate::plan::End;
use crate::system::{Call, World};

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Frame(Bytes),
    More,
    Refused(io::ErrorKind),
    WithoutEnd,
    Output(BytesMut),
    Panicked,
}

/// Where codecs are made and asked, and what they gave.
pub(super) struct Desk {
    pub(super) layout: Layout,
    pub(super) tamper: Rc<Cell<Option<Tamper>>>,
    pub(super) seen: Vec<Seen>,
}

impl Desk {
    pub(super) fn new(layout: &Layout) -> Desk {
        Desk { layout: layout.clone(), tamper: Rc::default(), seen: Vec::new() }
    }

    /// A world that does nothing but keep what is to break its codecs.
    pub(super) fn world(&self) -> Box<dyn World> {
        Box::new(Shop(Rc::clone(&self.tamper)))
    }

    pub(super) fn frame(&self, payload: &[u8]) -> Vec<u8> {
        self.layout.encode(payload).unwrap()
    }

    pub(super) fn line(&self) -> Line {
        let sound = Box::new(Sound { layout: self.layout.clone() });
        let codec = match self.tamper.get() {
            Some(tamper) => tamper(sound, &self.layout),
            None => sound,
        };
        Line { codec, input: BytesMut::new(), output: BytesMut::new() }
    }
}

struct Shop(Rc<Cell<Option<Tamper>>>);

impl World for Shop {
    fn poll(&mut self, _: &mut Context<'_>, _: End, _: Call<'_>) -> Answered {
        panic!("nothing is asked of it")
    }

    fn break_codecs(&mut self, tamper: Tamper) {
        self.0.set(Some(tamper));
    }
}

/// One codec, and the bytes between it and the wire.
pub(super) struct Line {
    codec: Box<dyn Codec>,
    input: BytesMut,
    output: BytesMut,
}

impl Line {
    pub(super) fn feed(&mut self, desk: &mut Desk, piece: &[u8]) {
        self.input.extend_from_slice(piece);
        self.ask(desk, |codec, input| codec.decode(input));
    }

    pub(super) fn end(&mut self, desk: &mut Desk) {
        self.ask(desk, |codec, input| codec.decode_end(input));
    }

    /// Takes frames until more bytes are needed.
    fn ask(
        &mut self,
        desk: &mut Desk,
        mut decode: impl FnMut(&mut dyn Codec, &mut BytesMut) -> io::Result<Option<Bytes>>,
    ) {
        for _ in 0..50 {
            match decode(&mut *self.codec, &mut self.input) {
                Ok(Some(frame)) => desk.seen.push(Seen::Frame(frame)),
                Ok(None) => return desk.seen.push(Seen::More),
                Err(error) => return desk.seen.push(Seen::Refused(error.kind())),
            }
        }
        desk.seen.push(Seen::WithoutEnd);
    }

    pub(super) fn encode(&mut self, desk: &mut Desk, payload: &[u8]) {
        if let Err(error) = self.codec.encode(payload, &mut self.output) {
            desk.seen.push(Seen::Refused(error.kind()));
        }
        desk.seen.push(Seen::Output(self.output.clone()));
    }
}

/// A conforming codec, as plain as can be.
struct Sound {
    layout: Layout,
}

impl Codec for Sound {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let frame = self.layout.encode(payload).map_err(|_| io::ErrorKind::InvalidInput)?;
        output.extend_from_slice(&frame);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let parsed = self.layout.parse(input);
        let Some(first) = parsed.frames.first() else {
            return match parsed.rest {
                Rest::Refused { .. } => Err(io::ErrorKind::InvalidData.into()),
                _ => Ok(None),
            };
        };
        Ok(Some(input.split_to(first.whole.end).freeze().slice(first.item.clone())))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            decoded => Ok(decoded),
        }
    }
}
