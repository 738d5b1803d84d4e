//! Every fault of codecs changes something that can be seen, and a codec that is only wrapped changes nothing.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::Context;
use std::thread;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::codec::{Codec, Tamper};
use crate::fault::around::Answered;
use crate::fault::framing::{Reader, decoding, encoding};
use crate::fault::{Fault, all, find};
use crate::layout::{Layout, Rest};
use crate::plan::{End, slice};
use crate::subject::{Kind, Subject};
use crate::system::{Call, World};

/// The layouts in which faults are shown: each fits one of them.
fn layouts() -> [Layout; 4] {
    [
        Layout::u32_be().max_frame(70_000),
        Layout::u16_le(),
        Layout::varint().max_frame(20_000),
        Layout::netstring().max_frame(300),
    ]
}

/// Faults that have a test of their own, here or where allocations are counted.
const APART: &[&str] = &[
    "allocates-announced",
    "copies-per-piece",
    "hoards-frames",
    "scans-from-start",
    "spins-decoder",
    "spins-encoder",
];

fn codec_faults() -> impl Iterator<Item = &'static Fault> {
    all().filter(|fault| fault.kinds.contains(&Kind::Framing))
}

#[test]
fn every_fault_of_codecs_shows() {
    let shows = |fault: &'static Fault| {
        layouts().iter().filter(|layout| (fault.fits)(layout)).any(|layout| {
            ALL.iter().any(|scenario| see(layout, Some(fault), *scenario) != see(layout, None, *scenario))
        })
    };
    let hidden: Vec<&str> = codec_faults()
        .filter(|fault| !APART.contains(&fault.id) && !shows(fault))
        .map(|fault| fault.id)
        .collect();
    assert!(hidden.is_empty(), "not to be seen: {hidden:?}");
}

#[test]
fn a_fault_of_codecs_leaves_a_greeting_alone_unless_it_breaks_everything_of_its_sort() {
    let loud: Vec<&str> = codec_faults()
        .filter(|fault| {
            layouts()
                .iter()
                .filter(|layout| (fault.fits)(layout))
                .any(|layout| see(layout, Some(fault), greeting) != see(layout, None, greeting))
        })
        .map(|fault| fault.id)
        .collect();
    let expected = [
        "late-frame",
        "length-byte-swapped",
        "length-counts-header",
        "length-one-less",
        "length-one-more",
        "mutual-counts-header",
        "mutual-narrow",
        "mutual-swapped",
        "clean-end-refused",
        "end-invents-empty",
        "end-repeats-frame",
        "endless-frames-at-end",
        "encode-adds-byte",
        "encode-counts-header",
        "encode-swapped",
    ];
    assert_eq!(loud, expected);
}

#[test]
fn a_codec_that_is_only_wrapped_is_the_same() {
    let tampers: [Tamper; 2] = [
        |sound, layout| decoding(sound, layout, Reader::next),
        |sound, layout| encoding(sound, layout, |_, sound, payload, output| sound.encode(payload, output)),
    ];
    for layout in layouts() {
        for (index, scenario) in ALL.iter().enumerate() {
            let sound = see(&layout, None, *scenario);
            assert!(sound.len() > 1, "scenario {index} of {layout} sees nothing");
            for tamper in tampers {
                let mut desk = Desk::new(&layout);
                desk.tamper.set(Some(tamper));
                scenario(&mut desk);
                assert_eq!(desk.seen, sound, "scenario {index} of {layout}");
            }
        }
    }
}

#[test]
fn a_fault_of_codecs_applies_by_layout() {
    let applies = |id: &str, layout: Layout| find(id).unwrap().applies_to(&Subject::framing("f", layout));
    assert!(applies("varint-one-byte", Layout::varint()) && !applies("varint-one-byte", Layout::u32_be()));
    assert!(applies("limit-none", Layout::u32_be()) && !applies("limit-none", Layout::u16_be()));
    assert!(!find("limit-none").unwrap().applies_to(&Subject::stream("s")));
}

#[test]
fn a_spinning_codec_does_not_return() {
    for id in ["spins-decoder", "spins-encoder"] {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let layout = &layouts()[0];
            for scenario in ALL {
                see(layout, find(id), *scenario);
            }
            let _ = sender.send(());
        });
        assert_eq!(receiver.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout), "{id}");
    }
}

/// A scenario: what is asked of codecs.
type Scenario = fn(&mut Desk);

const ALL: &[Scenario] = &[
    greeting,
    joined,
    pieces,
    every_cut_of_three_frames,
    sizes,
    many,
    two_codecs,
    truncations,
    oversized,
    odd_content,
    malformed,
    encodings,
    both_ways,
];

/// What a scenario sees of a sound codec, or of one that is broken.
fn see(layout: &Layout, fault: Option<&'static Fault>, scenario: Scenario) -> Vec<Seen> {
    let mut desk = Desk::new(layout);
    if let Some(fault) = fault {
        fault.wrap(desk.world());
    }
    // A panic is the last thing that is seen.
    if catch_unwind(AssertUnwindSafe(|| scenario(&mut desk))).is_err() {
        desk.seen.push(Seen::Panicked);
    }
    desk.seen
}

/// One frame in one piece, and the end.
fn greeting(desk: &mut Desk) {
    let mut line = desk.line();
    line.feed(desk, &desk.frame(b"hello"));
    line.end(desk);
    line.encode(desk, b"hello");
}

fn joined(desk: &mut Desk) {
    let mut line = desk.line();
    let payloads: [&[u8]; 7] = [b"first", b"", b"", b"next", b"", b"last but one", b"last"];
    let wire: Vec<u8> = payloads.iter().flat_map(|payload| desk.frame(payload)).collect();
    line.feed(desk, &wire);
    line.feed(desk, &desk.frame(b""));
    line.feed(desk, &desk.frame(b"behind"));
    line.end(desk);
}

fn pieces(desk: &mut Desk) {
    let wire: Vec<u8> = [desk.frame(b"one"), desk.frame(slice(0, 0, 200)), desk.frame(b"three")].concat();
    for size in [1, 2, 3, 7, 50, 100] {
        let mut line = desk.line();
        for piece in wire.chunks(size) {
            line.feed(desk, piece);
        }
        line.end(desk);
    }
}

fn every_cut_of_three_frames(desk: &mut Desk) {
    let wire = [desk.frame(b"abc"), desk.frame(b"defg"), desk.frame(b"")].concat();
    for cut in 1..wire.len() {
        let mut line = desk.line();
        line.feed(desk, &wire[..cut]);
        line.feed(desk, &wire[cut..]);
        line.end(desk);
    }
}

fn sizes(desk: &mut Desk) {
    let largest = desk.layout.largest() as usize;
    for size in [0, 1, 127, 128, 255, 256, 257, 16_383, 16_384, 65_535, 65_536, largest - 1, largest] {
        if size <= largest {
            let mut line = desk.line();
            line.feed(desk, &desk.frame(slice(0, 0, size)));
            line.end(desk);
        }
    }
}

fn many(desk: &mut Desk) {
    let mut line = desk.line();
    for index in 0..300 {
        line.feed(desk, &desk.frame(slice(index, 0, 3)));
    }
}

fn two_codecs(desk: &mut Desk) {
    let wires = [desk.frame(b"for the first"), desk.frame(b"for the other")];
    let mut lines = [desk.line(), desk.line()];
    for at in 0..wires[0].len() {
        for (line, wire) in lines.iter_mut().zip(&wires) {
            line.feed(desk, &wire[at..=at]);
        }
    }
}

fn truncations(desk: &mut Desk) {
    let wire = [desk.frame(b"whole"), desk.frame(b"cut off")].concat();
    for kept in 0..wire.len() {
        let mut line = desk.line();
        line.feed(desk, &wire[..kept]);
        line.end(desk);
    }
}

fn oversized(desk: &mut Desk) {
    let Some(header) = desk.layout.header(desk.layout.largest() + 1) else { return greeting(desk) };
    for before in [b"".as_slice(), &desk.frame(b"whole")] {
        let mut line = desk.line();
        line.feed(desk, before);
        line.feed(desk, &header);
        line.feed(desk, &desk.frame(b"looks like a frame"));
        line.feed(desk, &vec![0; desk.layout.largest() as usize]);
        desk.line().feed(desk, &[before, &header].concat());
    }
    for value in [0xFF, 0x1_0005, u64::MAX / 2 + 1, desk.layout.field().most()] {
        if let Some(header) = desk.layout.header_of_value(value) {
            let mut line = desk.line();
            line.feed(desk, &header);
            line.feed(desk, b"12345");
        }
    }
}

fn odd_content(desk: &mut Desk) {
    let mut line = desk.line();
    for payload in [&b"a line\n"[..], b"a\0b", b"back\\slash", b"\xFF\xFE", &desk.frame(b"inner")] {
        line.feed(desk, &desk.frame(payload));
    }
}

fn malformed(desk: &mut Desk) {
    for wire in [&[0x80; 12][..], b"3:abc!1:x,", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"] {
        let mut line = desk.line();
        line.feed(desk, wire);
        line.end(desk);
    }
}

fn encodings(desk: &mut Desk) {
    let largest = desk.layout.largest() as usize;
    let mut line = desk.line();
    for size in [5, 0, 127, 128, 255, 256, 1001, 65_536, largest, largest + 1, 66_000, 9] {
        line.encode(desk, slice(0, 0, size));
    }
    for index in 0..100 {
        line.encode(desk, slice(index, 0, 3));
    }
}

fn both_ways(desk: &mut Desk) {
    let mut line = desk.line();
    let wire = [desk.frame(b"one"), desk.frame(b"another")].concat();
    for piece in wire.chunks(3) {
        line.feed(desk, piece);
        line.encode(desk, b"meanwhile");
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Frame(Bytes),
    More,
    Refused(io::ErrorKind),
    WithoutEnd,
    Output(BytesMut),
    Panicked,
}

/// Where codecs are made and asked, and what they gave.
struct Desk {
    layout: Layout,
    tamper: Rc<Cell<Option<Tamper>>>,
    seen: Vec<Seen>,
}

impl Desk {
    fn new(layout: &Layout) -> Desk {
        Desk { layout: layout.clone(), tamper: Rc::default(), seen: Vec::new() }
    }

    /// A world that does nothing but keep what is to break its codecs.
    fn world(&self) -> Box<dyn World> {
        Box::new(Shop(Rc::clone(&self.tamper)))
    }

    fn frame(&self, payload: &[u8]) -> Vec<u8> {
        self.layout.encode(payload).unwrap()
    }

    fn line(&self) -> Line {
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
struct Line {
    codec: Box<dyn Codec>,
    input: BytesMut,
    output: BytesMut,
}

impl Line {
    fn feed(&mut self, desk: &mut Desk, piece: &[u8]) {
        self.input.extend_from_slice(piece);
        self.ask(desk, |codec, input| codec.decode(input));
    }

    fn end(&mut self, desk: &mut Desk) {
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

    fn encode(&mut self, desk: &mut Desk, payload: &[u8]) {
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
