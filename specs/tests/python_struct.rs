//! Frames of Python's `struct` and of `Layout` are the same bytes, both ways.
//!
//! The article that the catalogue grew from packs lengths with `struct`: a layout must mean what a peer in that language means.
//! Python writes frames that the reference parses, and takes apart what the reference encodes; where there is no Python, the test says so.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use sockspec::Layout;
use sockspec_harness::layout::Rest;

/// What runs on the other side: a line says what is to be done, a line or raw bytes answer it.
///
/// `pack FORMAT LEN…` writes a frame of each length; `unpack FORMAT LEN` is followed by that many bytes and answers with the payloads in hexadecimal.
/// The payload of a frame of n bytes is the bytes 7n, 7n + 1, … modulo 256.
const PEER: &str = r#"
import struct, sys
source, sink = sys.stdin.buffer, sys.stdout.buffer
while True:
    words = source.readline().decode().split()
    if not words:
        break
    verb, form, lengths = words[0], words[1], [int(word) for word in words[2:]]
    if verb == 'pack':
        for n in lengths:
            sink.write(struct.pack(form, n) + bytes((7 * n + i) % 256 for i in range(n)))
    else:
        wire, at, payloads = source.read(lengths[0]), 0, []
        while at < len(wire):
            (n,) = struct.unpack_from(form, wire, at)
            at += struct.calcsize(form)
            payloads.append(wire[at:at + n])
            assert len(payloads[-1]) == n, 'cut off'
            at += n
        sink.write((','.join(payload.hex() for payload in payloads) + '\n').encode())
    sink.flush()
"#;

/// The lengths of the payloads: none, one, those at which a byte of the length fills up, and one that no pipe holds whole.
const LENGTHS: [usize; 8] = [0, 1, 2, 127, 255, 256, 65_535, 200_000];

/// Each format of `struct`, and the layout that is the same.
fn formats() -> [(&'static str, Layout); 8] {
    [
        ("!B", Layout::u8()),
        ("!H", Layout::u16_be()),
        ("<H", Layout::u16_le()),
        ("!I", Layout::u32_be()),
        ("<I", Layout::u32_le()),
        (">Q", Layout::u64_be()),
        ("!Q", Layout::u64_be()),
        ("<Q", Layout::u64_le()),
    ]
}

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|index| ((7 * len + index) % 256) as u8).collect()
}

/// A Python that does what it is told.
struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// `None` where there is none.
    fn start() -> Option<Python> {
        let mut command = Command::new("python3");
        command.args(["-I", "-c", PEER]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take().expect("it was asked for");
        let output = BufReader::new(child.stdout.take().expect("it was asked for"));
        Some(Python { child, input, output })
    }

    /// The frames that `struct` makes, `wanted` bytes in all.
    fn pack(&mut self, format: &str, lengths: &[usize], wanted: usize) -> Vec<u8> {
        let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
        writeln!(self.input, "pack {format} {}", lengths.join(" ")).expect("it listens");
        let mut wire = vec![0; wanted];
        self.output.read_exact(&mut wire).expect("it answers with as many bytes");
        wire
    }

    /// The payloads that `struct` finds, in hexadecimal.
    fn unpack(&mut self, format: &str, wire: &[u8]) -> Vec<String> {
        writeln!(self.input, "unpack {format} {}", wire.len()).expect("it listens");
        self.input.write_all(wire).expect("it reads all of it before it answers");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        line.trim_end().split(',').map(str::to_owned).collect()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It has either ended with its input or is of no use any more; whoever started it takes it away.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn struct_and_layout_are_the_same_bytes() {
    let Some(mut python) = Python::start() else {
        remark("skipped: there is no python3 on this machine to exchange frames with");
        return;
    };
    for (format, layout) in formats() {
        let fits = |len: &&usize| **len as u64 <= layout.largest();
        let lengths: Vec<usize> = LENGTHS.iter().filter(fits).copied().collect();
        let payloads: Vec<Vec<u8>> = lengths.iter().copied().map(payload).collect();
        let encoded: Vec<u8> =
            payloads.iter().flat_map(|payload| layout.encode(payload).expect("it fits")).collect();

        let packed = python.pack(format, &lengths, encoded.len());
        assert!(packed == encoded, "{format}: the frames of struct are not those of {layout}");
        let parsed = layout.parse(&packed);
        assert_eq!(parsed.rest, Rest::Nothing, "{format}");
        let found: Vec<&[u8]> = parsed.frames.iter().map(|frame| &packed[frame.item.clone()]).collect();
        assert!(found == payloads, "{format}: {layout} takes the frames of struct apart in another way");

        let hexadecimal = |payload: &Vec<u8>| payload.iter().map(|byte| format!("{byte:02x}")).collect();
        let wanted: Vec<String> = payloads.iter().map(hexadecimal).collect();
        assert!(
            python.unpack(format, &encoded) == wanted,
            "{format}: struct takes the frames of {layout} apart in another way"
        );
    }
}

#[expect(clippy::print_stderr, reason = "a test says on stderr why it had nothing to do")]
fn remark(words: &str) {
    eprintln!("{words}");
}
