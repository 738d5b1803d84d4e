//! Streams that keep every rule and make no concession: nothing in the catalogue may accuse them.
//!
//! They take and give little at a time, wait though they could go on, buffer until they are flushed, read ahead,
//! and end both directions at once.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use sockspec::harness::run::VerdictWord;
use sockspec::{Capability, Check, stream};
use tokio::io::{AsyncRead, AsyncWrite, BufStream, DuplexStream, ReadBuf, duplex};

/// Says which rows of a conforming stream accuse it; bulk is left out, which a stream of a few bytes a call takes long for.
fn accusations(check: Check) -> Vec<String> {
    let report = check.only("stream/*").skip("stream/unbounded").run();
    let accusing =
        report.rows.iter().filter(|row| !matches!(row.verdict, VerdictWord::Pass | VerdictWord::Skipped));
    accusing.map(|row| format!("{} {}: {:?}", row.id, row.verdict, row.actual)).collect()
}

#[test]
fn a_stream_that_crumbles_and_waits_is_not_accused() {
    let pair = || async {
        let (client, peer) = duplex(20_000);
        Ok((Awkward::new(client, 9000, 11), Awkward::new(peer, 4000, 7)))
    };
    assert_eq!(accusations(stream("awkward", pair)), [""; 0]);
}

#[test]
fn a_stream_that_buffers_until_it_is_flushed_and_reads_ahead_is_not_accused() {
    let pair = || async {
        let (client, peer) = duplex(600);
        Ok((BufStream::new(Awkward::new(client, 4096, 0)), BufStream::with_capacity(100, 5000, peer)))
    };
    assert_eq!(accusations(stream("buffered", pair)), [""; 0]);
}

#[test]
fn a_stream_whose_shutdown_ends_both_directions_is_not_accused() {
    let pair = || async {
        let (client, peer) = duplex(10_000);
        let closing = |pipe| Awkward { closes_both: true, ..Awkward::new(pipe, 5000, 0) };
        Ok((closing(client), closing(peer)))
    };
    assert_eq!(accusations(stream("closing", pair).without(Capability::HalfClose)), [""; 0]);
}

#[test]
fn a_factory_that_fails_or_panics_could_not_be_run_and_is_heard() {
    type Pair = io::Result<(DuplexStream, DuplexStream)>;
    let checks = [
        (stream("luckless", async || -> Pair { Err(io::Error::other("no luck")) }), "no luck"),
        (stream("panicking", async || -> Pair { panic!("oh no") }), "a panic: oh no"),
    ];
    for (check, words) in checks {
        let report = check.only("stream/*").run();
        for row in &report.rows {
            let is_undone = row.verdict == VerdictWord::Skipped
                || row.verdict == VerdictWord::Inconclusive && row.cannot_run;
            assert!(is_undone, "{} {}: {:?}", row.id, row.verdict, row.actual);
        }
        assert_eq!(report.cannot_run, Some(format!("client 0 could not be opened: {words}")));
    }
}

#[test]
fn a_factory_that_does_not_return_could_not_be_run() {
    let check = stream("endless", async || -> io::Result<(DuplexStream, DuplexStream)> {
        loop {
            std::hint::spin_loop();
        }
    });
    let report = check.only("stream/ordered").timeout(Duration::from_millis(300)).run();
    let row = &report.rows[0];
    assert!(row.verdict == VerdictWord::Inconclusive && row.cannot_run, "{report}");
    assert!(row.reason.as_deref().is_some_and(|reason| reason.contains("did not return")), "{report}");
}

/// A duplex pipe with habits.
struct Awkward {
    pipe: DuplexStream,
    /// How many bytes one call moves at most.
    most: usize,
    /// Every how many calls one waits for nothing; 0 for never.
    waits_every: u32,
    /// Whether a shutdown ends both directions, at once here and, once its end is read, at the other end.
    closes_both: bool,
    calls: u32,
    is_closed: bool,
}

impl Awkward {
    fn new(pipe: DuplexStream, most: usize, waits_every: u32) -> Awkward {
        Awkward { pipe, most, waits_every, closes_both: false, calls: 0, is_closed: false }
    }

    /// Waits now and then though it could go on.
    fn has_to_wait(&mut self, cx: &mut Context<'_>) -> bool {
        self.calls = self.calls.wrapping_add(1);
        let waits = self.waits_every > 0 && self.calls.is_multiple_of(self.waits_every);
        if waits {
            cx.waker().wake_by_ref();
        }
        waits
    }
}

impl AsyncRead for Awkward {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_to_wait(cx) {
            return Poll::Pending;
        }
        if self.closes_both && self.is_closed {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = vec![0; read.remaining().min(self.most)];
        let mut few = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.pipe).poll_read(cx, &mut few))?;
        let is_end = few.filled().is_empty() && few.capacity() > 0;
        read.put_slice(few.filled());
        self.is_closed |= self.closes_both && is_end;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Awkward {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.has_to_wait(cx) {
            return Poll::Pending;
        }
        if self.is_closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let few = &bytes[..bytes.len().min(self.most)];
        Pin::new(&mut self.pipe).poll_write(cx, few)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_to_wait(cx) { Poll::Pending } else { Pin::new(&mut self.pipe).poll_flush(cx) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_to_wait(cx) {
            return Poll::Pending;
        }
        self.is_closed |= self.closes_both;
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}
