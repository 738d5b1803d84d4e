//! Transports that nobody here made for the purpose of passing: what is sound must pass, what is wrong must be caught.
//!
//! Everything goes through the public face of the crate, as a user would have it.
//! All that is wrong is told at once, with what was seen of it, since one change often lets several through.

mod datagram;
mod delay;
mod hang;
mod stream;

use std::io;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use sockspec::harness::run::{Row, VerdictWord};
use sockspec::{Check, Report, stream};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use datagram::flaw::Flaw as DatagramFlaw;
use delay::Delay;
use stream::flaw::Flaw as StreamFlaw;

/// How many checks run at once, and how many specs of each: most of them wait most of their time.
const AT_ONCE: usize = 24;
const SPECS_AT_ONCE: NonZeroUsize = NonZeroUsize::new(3).expect("it is not zero");

/// What takes a build without optimisation seconds for each stream.
const HEAVY: &[&str] = &["stream/unbounded", "stream/write-count", "stream/full-duplex"];

/// `SomeFlaw` as the name of a system.
fn name(words: &str) -> String {
    let mut name = String::new();
    for letter in words.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Runs all, several at once, and gathers what `complain` says of their reports.
fn complaints<T: Copy + Sync>(
    cases: &[T],
    check: impl Fn(T) -> Check + Sync,
    complain: impl Fn(T, &Report) -> Option<String> + Sync,
) -> Vec<String> {
    let next = Mutex::new(0);
    let complaints = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = {
                        let mut next = next.lock().expect("nobody panics with it");
                        *next += 1;
                        *next - 1
                    };
                    let Some(case) = cases.get(index) else { return };
                    let report = check(*case).jobs(SPECS_AT_ONCE).run();
                    let words = complain(*case, &report);
                    complaints.lock().expect("nobody panics with it").extend(words);
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().expect("nobody panicked with it");
    complaints.sort();
    complaints
}

/// What is said of a sound system whose report has a failure, or a warning where none is due.
fn false_alarm(report: &Report, warns: &[&str]) -> Option<String> {
    let is_alarm = report.results().iter().any(|row| match row.verdict {
        VerdictWord::Fail => true,
        VerdictWord::Warn => !warns.contains(&row.id.as_str()),
        _ => false,
    });
    (is_alarm || !report.is_conformant()).then(|| report.to_string())
}

fn wrong_stream(flaw: StreamFlaw) -> Check {
    let check =
        sockspec::stream(&name(&format!("{flaw:?}")), move || async move { Ok(stream::bent::pair(flaw)) });
    flaw.caught_by().iter().fold(check, |check, id| check.only(id)).timeout(Duration::from_millis(500))
}

fn wrong_datagram(flaw: DatagramFlaw) -> Check {
    let check =
        sockspec::datagram(
            &name(&format!("{flaw:?}")),
            move || async move { Ok(datagram::bent::pair(flaw)) },
        );
    let check = flaw.caught_by().iter().fold(check, |check, id| check.only(id));
    flaw.declared(check).timeout(Duration::from_millis(500))
}

/// What is said of sound streams.
fn alarms_of_streams() -> Vec<String> {
    let mut numbers: Vec<usize> = (0..stream::sound::COUNT).collect();
    // What is slow, and so is tried on little, comes first: it waits longest, and the others compute meanwhile.
    numbers.sort_by_key(|number| stream::sound::sound(*number).only.is_empty());
    complaints(
        &numbers,
        |number| {
            let sound = stream::sound::sound(number);
            // What is slow is tried in a few places; what is quick, in all but those that move megabytes.
            let check = sound.only.iter().fold(sound.check, |check, id| check.only(id));
            HEAVY.iter().fold(check, |check, id| check.skip(id))
        },
        |number, report| false_alarm(report, stream::sound::sound(number).warns),
    )
}

/// What is said of sound datagram transports.
fn alarms_of_datagrams() -> Vec<String> {
    let numbers: Vec<usize> = (0..datagram::sound::COUNT).collect();
    complaints(
        &numbers,
        |number| {
            let (check, only) = datagram::sound::sound(number);
            only.iter().fold(check, |check, id| check.only(id))
        },
        |_, report| false_alarm(report, &[]),
    )
}

fn surviving_streams() -> Vec<String> {
    complaints(StreamFlaw::WRONG, wrong_stream, |flaw, report| {
        report.is_conformant().then(|| format!("{flaw:?} survived\n{report}"))
    })
}

fn surviving_datagrams() -> Vec<String> {
    complaints(DatagramFlaw::WRONG, wrong_datagram, |flaw, report| {
        report.is_conformant().then(|| format!("{flaw:?} survived\n{report}"))
    })
}

/// Does both at once: each waits most of its time.
fn both(streams: fn() -> Vec<String>, datagrams: fn() -> Vec<String>) -> Vec<String> {
    thread::scope(|scope| {
        let streams = scope.spawn(streams);
        let mut words = datagrams();
        words.extend(streams.join().expect("nobody panics"));
        words
    })
}

#[test]
fn each_sound_transport_passes() {
    let alarms = both(alarms_of_streams, alarms_of_datagrams);
    assert!(alarms.is_empty(), "false alarms:\n{}", alarms.join("\n"));
}

#[test]
fn each_wrong_transport_is_caught() {
    let survivors = both(surviving_streams, surviving_datagrams);
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

/// What waits for seconds and computes next to nothing, side by side.
#[test]
fn what_takes_patience() {
    let waiting: [fn(); 3] = [
        how_many_threads_there_are_changes_nothing,
        a_task_that_does_not_give_way_is_found_and_one_that_may_block_is_not_waited_for,
        what_a_slow_transport_is_shown_to_fail_is_not_made_so_small_that_it_passes,
    ];
    thread::scope(|scope| {
        let threads = waiting.map(|one| scope.spawn(one));
        // A panic goes on here, with the words that it had there.
        threads.into_iter().for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
}

fn how_many_threads_there_are_changes_nothing() {
    let rows = |jobs| {
        let flaw = StreamFlaw::FlushIsNothing;
        let check = sockspec::stream("flushes-nothing", move || async move { Ok(stream::bent::pair(flaw)) });
        let check = HEAVY.iter().fold(check, |check, id| check.skip(id)).timeout(Duration::from_millis(200));
        check.jobs(NonZeroUsize::new(jobs).expect("not zero")).run().rows
    };
    let (alone, together) = (rows(1), rows(6));
    assert_eq!(alone, together);
    let is_given_up = |row: &Row| row.reason.as_deref().is_some_and(|reason| reason.starts_with("given up"));
    assert!(alone.iter().any(is_given_up), "{alone:?}");
}

#[test]
fn a_failing_check_says_how_to_repeat_it() {
    let flaw = StreamFlaw::ReadOfSevenLoses;
    let check = || sockspec::stream("loses-the-seventh", move || async move { Ok(stream::bent::pair(flaw)) });
    let report = check().only("stream/short-reads").run();
    let row = report.results().first().expect("one spec was run");
    let token = row.replay.as_deref().expect("a failure has a token");
    let words = report.to_string();
    assert!(words.contains(&format!("SOCKSPEC_REPLAY={token}")), "{words}");
    let again = check().replay(token).run();
    assert_eq!(again.results().first().map(|row| row.verdict), Some(VerdictWord::Fail), "{again}");
    let sound = sockspec::stream("loses-the-seventh", || async { Ok(stream::bent::pair(StreamFlaw::Sound)) });
    sound.replay(token).run().assert_conformant();
}

/// A duplex pipe, whose factory lets something run beside it.
fn accompanied(name: &str, beside: fn()) -> Check {
    let pair = move || async move {
        beside();
        Ok(duplex(20_000))
    };
    stream(name, pair).only("stream/ordered").skip("stream/unbounded").timeout(Duration::from_millis(250))
}

fn a_task_that_does_not_give_way_is_found_and_one_that_may_block_is_not_waited_for() {
    let sleeping = || drop(tokio::spawn(async { thread::park() }));
    let computing = || drop(tokio::spawn(async { hang::compute_for_good() }));
    for (name, beside) in [("sleeping", sleeping as fn()), ("computing", computing)] {
        let report = accompanied(name, beside).run();
        let actual = report.rows[0].actual.as_deref().unwrap_or_default();
        assert!(actual.starts_with("a task that it had started did not give way"), "{report}");
    }
    let beside = || drop(tokio::task::spawn_blocking(thread::park));
    accompanied("blocking", beside).run().assert_conformant();
}

/// A pipe whose first bytes take their time, and whose reader waits for good behind a few thousand.
struct Sluggish {
    pipe: DuplexStream,
    delay: Delay,
    taken: usize,
}

impl AsyncRead for Sluggish {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.taken > 3000 {
            return Poll::Pending;
        }
        let this = &mut *self;
        let (before, ms) = (buffer.filled().len(), if this.taken == 0 { 15 } else { 0 });
        let pipe = Pin::new(&mut this.pipe);
        let read = if ms > 0 {
            this.delay.before(cx, || ms, |cx| pipe.poll_read(cx, buffer))
        } else {
            pipe.poll_read(cx, buffer)
        };
        this.taken += buffer.filled().len() - before;
        read
    }
}

impl AsyncWrite for Sluggish {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}

/// In a hurry every case of it waits in vain, also those that it satisfies.
fn what_a_slow_transport_is_shown_to_fail_is_not_made_so_small_that_it_passes() {
    let check = || {
        let pair = || async {
            let (client, peer) = duplex(1 << 20);
            let end = |pipe| Sluggish { pipe, delay: Delay::default(), taken: 0 };
            Ok((end(client), end(peer)))
        };
        stream("sluggish", pair).only("stream/short-reads").timeout(Duration::from_millis(400))
    };
    let report = check().run();
    let token = report.rows[0].replay.as_deref().expect("it fails");
    let again = check().replay(token).run();
    assert!(!again.is_conformant(), "{report}\n{again}");
}
