//! Blocking functions that misbehave cost a verdict, and never the run.

use std::hint::black_box;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sockspec::codec::{Source, Target, blocking};
use sockspec::{Layout, Report};

fn read_len(source: &mut Source) -> io::Result<Option<usize>> {
    let mut len = [0; 2];
    if source.read(&mut len[..1])? == 0 {
        return Ok(None);
    }
    source.read_exact(&mut len[1..])?;
    Ok(Some(usize::from(u16::from_be_bytes(len))))
}

fn write_frame<W: Write>(writer: &mut W, payload: &[u8]) -> io::Result<()> {
    let len = u16::try_from(payload.len()).map_err(|_| ErrorKind::InvalidInput)?;
    writer.write_all(&len.to_be_bytes())?;
    writer.write_all(payload)
}

type Frame = io::Result<Option<Vec<u8>>>;

/// Does not look at how much a write took once it took more than the header.
fn write_at_once(writer: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    let len = u16::try_from(payload.len()).map_err(|_| ErrorKind::InvalidInput)?;
    let frame = [&len.to_be_bytes()[..], payload].concat();
    match writer.write(&frame)? {
        taken @ ..2 => writer.write_all(&frame[taken..]),
        _ => Ok(()),
    }
}

#[test]
fn a_writer_that_takes_a_short_write_for_a_whole_one_fails() {
    fn read(source: &mut Source) -> Frame {
        let Some(len) = read_len(source)? else { return Ok(None) };
        let mut frame = vec![0; len];
        source.read_exact(&mut frame)?;
        Ok(Some(frame))
    }
    let codec = move || blocking(read, |target: &mut Target, payload: &[u8]| write_at_once(target, payload));
    let report =
        sockspec::framing_blocking("writer", Layout::u16_be(), codec).only("framing/encoder-layout").run();
    assert!(!report.is_conformant(), "{report}");
}

/// What comes of one spec on that reader, called directly.
fn verdict(id: &str, read: fn(&mut Source) -> Frame) -> (String, Report) {
    let report = sockspec::framing_blocking("reader", Layout::u16_be(), move || blocking(read, write_frame))
        .only(id)
        .timeout(Duration::from_millis(500))
        .run();
    let row = report.results().iter().find(|row| row.system == "reader").expect("it was run");
    (format!("{} {}", row.verdict, row.actual.as_deref().unwrap_or_default()), report)
}

#[test]
fn a_reader_that_computes_without_end_is_given_up() {
    static IS_OVER: AtomicBool = AtomicBool::new(false);
    fn read(source: &mut Source) -> Frame {
        read_len(source)?;
        let mut rounds = 0_u64;
        // It spins until this test has seen enough: a thread that spins for ever would slow the others down.
        while !IS_OVER.load(Ordering::Relaxed) {
            rounds = black_box(rounds + 1);
        }
        Ok(None)
    }
    let (seen, _) = verdict("framing/round-trip", read);
    IS_OVER.store(true, Ordering::Relaxed);
    assert!(seen.starts_with("fail a call did not return: the last step of the plan, with "), "{seen}");
}

#[test]
fn a_reader_that_takes_more_than_there_is_is_stopped_before_it_has_it() {
    fn read(source: &mut Source) -> Frame {
        let len = read_len(source)?.unwrap_or_default();
        drop(black_box(Vec::<u8>::with_capacity(len.saturating_add(1) << 40)));
        Ok(None)
    }
    if sockspec::harness::machine::allocation::is_counting() {
        let (seen, _) = verdict("framing/round-trip", read);
        let told = "fail a call took more memory than its budget, and was stopped in it: the last step of the plan, ";
        assert!(seen.starts_with(told), "{seen}");
    }
}

#[test]
fn a_reader_that_panics_fails_and_its_words_are_kept() {
    fn read(_: &mut Source) -> Frame {
        panic!("no room for seven")
    }
    let (seen, report) = verdict("framing/round-trip", read);
    assert!(seen.starts_with("fail"), "{seen}");
    assert!(report.to_string().contains("no room for seven"), "{report}");
}

#[test]
fn a_reader_that_takes_one_read_for_one_frame_fails() {
    fn read(source: &mut Source) -> Frame {
        let Some(len) = read_len(source)? else { return Ok(None) };
        let mut frame = vec![0; len];
        // The bug that framing is about: a read may return less than was asked for.
        let read = source.read(&mut frame)?;
        frame.truncate(read);
        Ok(Some(frame))
    }
    let (seen, report) = verdict("framing/every-split", read);
    assert!(seen.starts_with("fail"), "{seen}");
    assert!(report.to_string().contains("SOCKSPEC_REPLAY="), "{report}");
}
