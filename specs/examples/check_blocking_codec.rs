//! Checks a pair of functions over blocking `Read` and `Write`: `cargo run --example check_blocking_codec`.
//!
//! A program that reads frames from a blocking socket has two such functions somewhere, and they go in as they are.

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;

use sockspec::Layout;
use sockspec::codec::blocking;

/// The largest payload that is accepted and sent, in bytes.
const LARGEST: usize = 1 << 16;

fn main() -> ExitCode {
    let layout = Layout::u32_le().max_frame(LARGEST as u64);
    let report = sockspec::framing_blocking("my-codec", layout, || blocking(read_frame, write_frame)).run();
    println!("{report}");
    if report.is_conformant() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The next frame, or nothing at the end of the stream.
fn read_frame<R: Read>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 4];
    // Only an end before the first byte of a frame is a clean one.
    if reader.read(&mut len[..1])? == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut len[1..])?;
    let len = usize::try_from(u32::from_le_bytes(len)).map_err(|_| ErrorKind::InvalidData)?;
    // Before anything is allocated: the other end has only said that so much will come.
    if len > LARGEST {
        return Err(io::Error::new(ErrorKind::InvalidData, "the frame is too large"));
    }
    let mut frame = vec![0; len];
    reader.read_exact(&mut frame)?;
    Ok(Some(frame))
}

/// Writes one frame.
fn write_frame<W: Write>(writer: &mut W, payload: &[u8]) -> io::Result<()> {
    if payload.len() > LARGEST {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the payload is too large"));
    }
    let len = u32::try_from(payload.len()).map_err(|_| ErrorKind::InvalidInput)?;
    writer.write_all(&len.to_le_bytes())?;
    writer.write_all(payload)
}
