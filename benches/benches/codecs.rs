//! How fast published codecs are: frames encoded and decoded, over memory and over loopback, as a table for people who choose one.
//!
//! `cargo bench -p sockspec-benches --bench codecs` prints Markdown and writes `target/sockspec/codecs.json`.
//! Each number is the best of some rounds, in mebibytes of payload per second; a codec is called as its documentation says.
//! Codecs that do not take frames of a size have no number there.

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use sockspec::codec::Codec;
use sockspec_benches::record::save;
use sockspec_benches::{bare, runtime};
use sockspec_gallery::{Exhibit, exhibits};
use sockspec_harness::plan::slice;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The lengths of payloads, in bytes.
const LENS: [usize; 4] = [16, 1 << 10, 64 << 10, 1 << 20];

/// How many bytes of payload one round carries.
const BATCH: usize = 1 << 20;

/// How long each number is looked for.
const TIME: Duration = Duration::from_millis(30);

/// How much is read from a socket at once, in bytes.
const READ: usize = 64 << 10;

/// The ways in which codecs are measured.
const WAYS: [(&str, Way); 3] = [("encode", encode), ("decode", decode), ("over loopback", over_loopback)];

/// Carries so many frames of this payload once; how long that took, without what had to be made ready for it.
type Way = fn(&Exhibit, &[u8], usize) -> io::Result<Duration>;

fn main() -> ExitCode {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let time = if is_test { Duration::ZERO } else { TIME };
    let mut rows = Vec::new();
    for (name, way) in WAYS {
        say(&format!("\n### {name}, MiB/s\n"));
        say("| codec | 16 B | 1 KiB | 64 KiB | 1 MiB |");
        say("|---|---:|---:|---:|---:|");
        for exhibit in exhibits().iter().filter(|exhibit| exhibit.encodes) {
            let rates = LENS.map(|len| rate(exhibit, way, len, time));
            let cells = rates.map(|rate| rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.0}")));
            say(&format!("| {} | {} |", exhibit.name, cells.join(" | ")));
            for (len, rate) in LENS.iter().zip(rates) {
                rows.extend(rate.map(|rate| {
                    serde_json::json!({ "way": name, "codec": exhibit.name, "len": len, "mebibytes_per_second": rate })
                }));
            }
        }
    }
    // One round is no measurement.
    if is_test {
        return ExitCode::SUCCESS;
    }
    match save("codecs.json", &serde_json::json!({ "schema": "sockspec.codecs.v1", "rows": rows })) {
        Ok(path) => {
            say(&format!("\nwritten to {}", path.display()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// The best rate of one codec at one length, in mebibytes per second; `None` if it does not take such frames.
fn rate(exhibit: &Exhibit, way: Way, len: usize, time: Duration) -> Option<f64> {
    if len as u64 > exhibit.layout.largest() {
        return None;
    }
    // Letters: some of the codecs carry text alone.
    let payload: Vec<u8> =
        slice(0, 0, len.min(BATCH)).iter().map(|byte| b'a' + byte % 26).cycle().take(len).collect();
    let frames = (BATCH / len).max(1);
    let began = Instant::now();
    let mut best = Duration::MAX;
    loop {
        best = best.min(way(exhibit, &payload, frames).ok()?);
        if began.elapsed() >= time {
            break;
        }
    }
    Some((frames * len) as f64 / (1 << 20) as f64 / best.as_secs_f64())
}

/// Encodes the frames into one buffer.
fn encode(exhibit: &Exhibit, payload: &[u8], frames: usize) -> io::Result<Duration> {
    let mut wire = room(payload, frames);
    let mut codec = exhibit.codec();
    let began = Instant::now();
    lay(&mut *codec, payload, frames, &mut wire)?;
    Ok(began.elapsed())
}

/// A buffer that holds so many frames, with their headers.
fn room(payload: &[u8], frames: usize) -> BytesMut {
    BytesMut::with_capacity((payload.len() + 16) * frames)
}

fn lay(codec: &mut dyn Codec, payload: &[u8], frames: usize, wire: &mut BytesMut) -> io::Result<()> {
    (0..frames).try_for_each(|_| codec.encode(payload, wire))
}

/// Decodes the frames of one buffer, as many as were encoded.
fn decode(exhibit: &Exhibit, payload: &[u8], frames: usize) -> io::Result<Duration> {
    let mut wire = room(payload, frames);
    lay(&mut *exhibit.codec(), payload, frames, &mut wire)?;
    let mut codec = exhibit.codec();
    let began = Instant::now();
    take(&mut *codec, &mut wire, payload.len(), frames)?;
    Ok(began.elapsed())
}

/// Takes frames of `len` bytes out of `input` until there are `frames` of them.
fn take(codec: &mut dyn Codec, input: &mut BytesMut, len: usize, frames: usize) -> io::Result<()> {
    for _ in 0..frames {
        let frame = codec.decode(input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if frame.len() != len {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(())
}

/// Encodes at one end of a connection and decodes at the other, both on one thread.
fn over_loopback(exhibit: &Exhibit, payload: &[u8], frames: usize) -> io::Result<Duration> {
    runtime().block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (mut client, mut peer) = bare::stream::pair(&listener).await?;
        let (mut encoder, mut wire) = (exhibit.codec(), room(payload, frames));
        let began = Instant::now();
        lay(&mut *encoder, payload, frames, &mut wire)?;
        let send = async {
            client.write_all(&wire).await?;
            client.shutdown().await
        };
        let receive = async {
            let mut codec = exhibit.codec();
            let mut input = BytesMut::with_capacity(READ);
            let mut left = frames;
            while left > 0 {
                while left > 0
                    && let Some(frame) = codec.decode(&mut input)?
                {
                    left -= 1;
                    if frame.len() != payload.len() {
                        return Err(io::Error::from(io::ErrorKind::InvalidData));
                    }
                }
                input.reserve(READ);
                if left > 0 && peer.read_buf(&mut input).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Ok(())
        };
        let (sent, received) = tokio::join!(send, receive);
        sent.and(received)?;
        Ok(began.elapsed())
    })
}

#[expect(clippy::print_stdout, reason = "the table is what the bench is for")]
fn say(line: &str) {
    println!("{line}");
}
