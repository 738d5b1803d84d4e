//! Repeats one failure from its token: `cargo run --example replay_token`.
//!
//! A run finds a departure and prints a token; the token repeats exactly that case on the same codec,
//! and shows that a mended codec has it no more.

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::io;
use std::process::ExitCode;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sockspec::{Check, Layout};
use tokio_util::codec::{Decoder, Encoder};

fn main() -> ExitCode {
    let found = check(true).run();
    let Some(token) = found.results().iter().find_map(|row| row.replay.as_deref()) else {
        println!("wanted a departure, saw none:\n{found}");
        return ExitCode::FAILURE;
    };
    println!("{found}\nthe token: {token}\n");

    let again = check(true).replay(token).run();
    println!("the same codec again: {}", words(again.is_conformant()));
    let mended = check(false).replay(token).run();
    println!("the mended codec: {}", words(mended.is_conformant()));
    if !again.is_conformant() && mended.is_conformant() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn words(is_conformant: bool) -> &'static str {
    if is_conformant { "it passes" } else { "it fails" }
}

fn check(forgets_empty_frames: bool) -> Check {
    let layout = Layout::u8();
    sockspec::framing("my-codec", layout, move || ByteCodec { forgets_empty_frames })
        .only("framing/empty-frame")
}

/// One byte of length before each payload.
struct ByteCodec {
    /// Whether it takes an empty frame for no frame.
    forgets_empty_frames: bool,
}

impl Decoder for ByteCodec {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        let Some(len) = input.first().map(|len| usize::from(*len)) else { return Ok(None) };
        if input.len() <= len || (len == 0 && self.forgets_empty_frames) {
            return Ok(None);
        }
        input.advance(1);
        Ok(Some(input.split_to(len)))
    }
}

impl Encoder<Bytes> for ByteCodec {
    type Error = io::Error;

    fn encode(&mut self, payload: Bytes, output: &mut BytesMut) -> io::Result<()> {
        let len = u8::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        output.put_u8(len);
        output.put(payload);
        Ok(())
    }
}
