//! How fast published codecs are: frames encoded and decoded, over memory and over loopback, as a table for people who choose one.
//!
//! `cargo bench -p sockspec-benches --bench codecs` prints Markdown and writes `target/sockspec/codecs.json`.
//! Each number is the best of some rounds, in mebibytes of payload per second; a codec is called as its documentation says.
//! The codecs take turns in every round, so that a machine which drifts is as slow for all of them.
//! Whoever receives a frame reads it, so each is compared with what was sent: a codec that hands out views instead of copies is not infinitely fast.
//! A codec has no number for frames that its length cannot say, or that a limit inside its package forbids.

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use sockspec::codec::Codec;
use sockspec_benches::record::save;
use sockspec_benches::{bare, is_measuring, runtime};
use sockspec_gallery::{Exhibit, exhibits_up_to};
use sockspec_harness::plan::slice;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The lengths of payloads, in bytes.
const LENS: [usize; 4] = [16, 1 << 10, 64 << 10, 1 << 20];

/// How many bytes of payload one round carries, and how many frames at least.
const BATCH: usize = 1 << 20;
const FRAMES: usize = 4;

/// The largest payload of codecs that can be told one: a little more than the longest, for those that count their header.
const MAX: usize = (1 << 20) + 16;

/// How long each number is looked for, on average.
const TIME: Duration = Duration::from_millis(60);

/// In how many rounds at least, however slow a codec is.
const ROUNDS: usize = 3;

/// How much is read from a socket at once, in bytes.
const READ: usize = 64 << 10;

/// The ways in which codecs are measured.
const WAYS: [(&str, Way); 3] = [("encode", encode), ("decode", decode), ("over loopback", over_loopback)];

/// Carries so many frames of this payload once; how long that took, without what had to be made ready for it.
type Way = fn(&Exhibit, &[u8], usize) -> io::Result<Duration>;

fn main() -> ExitCode {
    let is_test = !is_measuring();
    let (time, rounds) = if is_test { (Duration::ZERO, 1) } else { (TIME, ROUNDS) };
    let exhibits: Vec<Exhibit> = exhibits_up_to(MAX).into_iter().filter(|exhibit| exhibit.encodes).collect();
    let mut rows = Vec::new();
    for (name, way) in WAYS {
        say(&format!("\n### {name}, MiB/s\n"));
        say("| codec | 16 B | 1 KiB | 64 KiB | 1 MiB |");
        say("|---|---:|---:|---:|---:|");
        let columns = LENS.map(|len| rates(&exhibits, way, len, time, rounds));
        for (index, exhibit) in exhibits.iter().enumerate() {
            let rates = columns.each_ref().map(|column| column[index]);
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

/// The best rate of each codec at one length, in mebibytes per second; `None` for one that does not take such frames.
fn rates(exhibits: &[Exhibit], way: Way, len: usize, time: Duration, rounds: usize) -> Vec<Option<f64>> {
    // Letters: some of the codecs carry text alone.
    let payload: Vec<u8> =
        slice(0, 0, len.min(BATCH)).iter().map(|byte| b'a' + byte % 26).cycle().take(len).collect();
    let frames = (BATCH / len).max(FRAMES);
    let takes = |exhibit: &Exhibit| len as u64 <= exhibit.layout.largest();
    let mut best: Vec<Option<Duration>> =
        exhibits.iter().map(|exhibit| takes(exhibit).then_some(Duration::MAX)).collect();
    let time = time * exhibits.len() as u32;
    let began = Instant::now();
    let mut round = 0;
    while round < rounds || began.elapsed() < time {
        for (exhibit, best) in exhibits.iter().zip(&mut best) {
            // One that fails once has no rate.
            *best = best.and_then(|best| Some(best.min(way(exhibit, &payload, frames).ok()?)));
        }
        round += 1;
    }
    let rate = |best: Duration| (frames * len) as f64 / (1 << 20) as f64 / best.as_secs_f64();
    best.into_iter().map(|best| best.map(rate)).collect()
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
    for _ in 0..frames {
        let frame = codec.decode(&mut wire)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        compare(&frame, payload)?;
    }
    Ok(began.elapsed())
}

fn compare(frame: &[u8], payload: &[u8]) -> io::Result<()> {
    if frame == payload { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
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
                    compare(&frame, payload)?;
                }
                input.reserve(READ);
                if left > 0 && peer.read_buf(&mut input).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
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
