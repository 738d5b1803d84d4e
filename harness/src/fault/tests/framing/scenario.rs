//! What codecs are asked to do, so that every fault shows somewhere.

use super::desk::Desk;
use crate::plan::slice;

/// What is asked of codecs.
pub(super) type Scenario = fn(&mut Desk);

/// Every scenario.
pub(super) const ALL: &[Scenario] = &[
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

/// One frame in one piece, and the end.
pub(super) fn greeting(desk: &mut Desk) {
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
