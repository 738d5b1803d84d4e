//! Blocking functions behave as codecs: suspended anywhere, ended anywhere, and never at the cost of whoever calls them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::rendezvous::{MOST_AHEAD, MOST_BYTES_AHEAD};
use super::{Blocking, Codec, Source, Target, blocking, blocking_with};
use crate::Layout;

fn read_frame<R: Read>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 2];
    if reader.read(&mut len[..1])? == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut len[1..])?;
    let len = usize::from(u16::from_be_bytes(len));
    if len > 5000 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; len];
    reader.read_exact(&mut frame)?;
    Ok(Some(frame))
}

fn write_frame<W: Write>(writer: &mut W, payload: &[u8]) -> io::Result<()> {
    let len = u16::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    writer.write_all(&len.to_be_bytes())?;
    writer.write_all(payload)
}

fn of_functions() -> Blocking {
    blocking(read_frame, write_frame)
}

fn of_a_buffered_reader() -> Blocking {
    let open = |source: Source| {
        let mut reader = BufReader::new(source);
        move || read_frame(&mut reader)
    };
    blocking_with(open, write_frame)
}

/// Everything that comes out for these pieces, and how it ends.
fn decoded(codec: &mut Blocking, pieces: &[&[u8]]) -> (Vec<Bytes>, io::Result<()>) {
    let mut frames = Vec::new();
    let mut input = BytesMut::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match codec.decode(&mut input) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    loop {
        match codec.decode_end(&mut input) {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, Ok(())),
            Err(error) => return (frames, Err(error)),
        }
    }
}

#[test]
fn every_single_cut_gives_the_same_frames() {
    let wire = b"\0\x03abc\0\0\0\x01d";
    for make in [of_functions, of_a_buffered_reader] {
        for at in 0..=wire.len() {
            let (front, back) = wire.split_at(at);
            let (frames, end) = decoded(&mut make(), &[front, back]);
            assert_eq!(frames, [&b"abc"[..], b"", b"d"], "cut at {at}");
            assert!(end.is_ok(), "cut at {at}: {end:?}");
        }
    }
}

#[test]
fn a_frame_comes_out_with_its_last_byte_and_not_before() {
    let mut codec = of_functions();
    for (fed, wanted) in [(&b"\0\x02a"[..], None), (b"b\0", Some(&b"ab"[..])), (b"", None)] {
        let frame = codec.decode(&mut BytesMut::from(fed)).unwrap();
        assert_eq!(frame.as_deref(), wanted);
    }
}

#[test]
fn an_end_within_a_frame_is_an_error_that_stays() {
    let wire = b"\0\x03abc";
    for len in 1..wire.len() {
        let mut codec = of_functions();
        let (frames, end) = decoded(&mut codec, &[&wire[..len]]);
        assert!(frames.is_empty());
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "after {len} bytes");
        let again = codec.decode_end(&mut BytesMut::new()).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[test]
fn nothing_comes_out_behind_an_error() {
    let (frames, end) = decoded(&mut of_functions(), &[b"\xFF\xFF\0\x01a\0\x01b"]);
    assert!(frames.is_empty());
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn what_lies_before_an_error_comes_out_before_it() {
    let (frames, end) = decoded(&mut of_functions(), &[b"\0\x01a\0\0\0\x01b\xFF\xFF"]);
    assert_eq!(frames, [&b"a"[..], b"", b"b"]);
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn a_reader_is_only_so_far_ahead_of_its_codec() {
    for (wire, count) in [(&b"\0\0"[..], 1000), (&[&[0x10, 0][..], &[7; 0x1000]].concat(), 40)] {
        let read = Arc::new(AtomicUsize::new(0));
        let mut codec = blocking(
            {
                let read = Arc::clone(&read);
                move |source: &mut Source| {
                    let frame = read_frame(source)?;
                    read.fetch_add(frame.iter().len(), Ordering::Relaxed);
                    Ok::<_, io::Error>(frame)
                }
            },
            write_frame,
        );
        let mut input = BytesMut::from(&wire.repeat(count)[..]);
        let first = codec.decode(&mut input).unwrap().unwrap();
        assert_eq!(first, wire[2..]);
        let ahead = read.load(Ordering::Relaxed);
        assert!(ahead <= MOST_AHEAD && (ahead - 1) * first.len() < MOST_BYTES_AHEAD, "{ahead} frames");
        let (rest, end) = decoded(&mut codec, &[]);
        assert!(end.is_ok() && rest.len() == count - 1 && rest.iter().all(|frame| *frame == first));
    }
}

#[test]
fn a_writer_may_be_told_that_less_was_written() {
    let mut output = BytesMut::from(&b"before"[..]);
    let payload = [7; 1000];
    of_functions().encode(&payload, &mut output).unwrap();
    let frame = Layout::u16_be().encode(&payload).unwrap();
    assert_eq!(output, [&b"before"[..], &frame].concat());

    let careless = |target: &mut Target, payload: &[u8]| target.write(payload).map(|_| ());
    let mut output = BytesMut::new();
    blocking(read_frame, careless).encode(&payload, &mut output).unwrap();
    assert_eq!(output.len(), 1);
}

#[test]
fn a_panic_of_the_reader_is_the_callers() {
    let read = |_: &mut Source| -> io::Result<Option<Vec<u8>>> { panic!("no room for seven") };
    let mut codec = blocking(read, write_frame);
    let panic = catch_unwind(AssertUnwindSafe(|| codec.decode(&mut BytesMut::from(&b"a"[..])))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"no room for seven"));
    assert!(codec.decode(&mut BytesMut::new()).is_err());
}

#[test]
fn a_reader_that_does_not_heed_the_end_is_stopped() {
    let read = |source: &mut Source| -> io::Result<Option<Vec<u8>>> {
        let mut frame = vec![0; 4];
        let mut len = 0;
        while len < frame.len() {
            len += source.read(&mut frame[len..])?;
        }
        Ok(Some(frame))
    };
    let mut codec = blocking(read, write_frame);
    assert!(codec.decode(&mut BytesMut::from(&b"abc"[..])).unwrap().is_none());
    let panic = catch_unwind(AssertUnwindSafe(|| codec.decode_end(&mut BytesMut::new()))).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("behind the end"));
}

#[test]
fn the_thread_of_a_reader_ends_with_its_codec() {
    // What the reader holds is dropped with it: that is the sign of its end.
    let (sign, end) = std::sync::mpsc::channel::<()>();
    let read = move |source: &mut Source| {
        let _held = &sign;
        read_frame(source)
    };
    let mut codec = blocking(read, write_frame);
    assert!(codec.decode(&mut BytesMut::from(&b"\0"[..])).unwrap().is_none());
    drop(codec);
    let gone = end.recv_timeout(Duration::from_secs(20));
    assert_eq!(gone, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn lines_are_read_from_the_source_itself() {
    let read = |source: &mut Source| -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let len = source.read_until(b'\n', &mut line)?;
        Ok((len > 0).then_some(line))
    };
    let (frames, _) = decoded(&mut blocking(read, write_frame), &[b"ab", b"c\nd", b"\n"]);
    assert_eq!(frames, [&b"abc\n"[..], b"d\n"]);
}
