//! The table of sound streams: how each is made, what it declares away, and where it may be warned of.

use std::io;
use std::time::Duration;

use sockspec::{Capability, Check};
use tokio::io::{AsyncRead, AsyncWrite, BufStream, BufWriter, DuplexStream, duplex, join, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::sleep;

use super::bent;
use super::flaw::Flaw;
use super::layers::{Ahead, Crumbs, FromAfar, Hesitant, Manner, Mannered, Restless, Slow, Stuck};
use super::shapes::{FlushOnly, Gathers, Late};
use super::transports::{Way, local, records};

/// A sound stream.
pub(crate) struct Sound {
    pub(crate) check: Check,
    /// The specs that may warn, and no other.
    pub(crate) warns: &'static [&'static str],
    /// The specs that it is tried on, if not on all.
    pub(crate) only: &'static [&'static str],
}

/// What is tried on a stream that waits too long, or takes the processor's time for each byte: nothing that moves megabytes.
const FEW: &[&str] = &["stream/end-stays-end", "stream/empty-read"];

/// What is tried on one that is slow to wake whoever waits.
const WAKING: &[&str] = &["stream/wake-ups", "stream/end-stays-end", "stream/empty-read"];

impl Sound {
    fn warns(self, warns: &'static [&'static str]) -> Sound {
        Sound { warns, ..self }
    }

    fn slow(self) -> Sound {
        Sound { only: FEW, ..self }
    }

    fn late(self) -> Sound {
        Sound { only: WAKING, ..self }
    }

    fn without(self, capability: Capability) -> Sound {
        Sound { check: self.check.without(capability), ..self }
    }
}

/// A stream whose pairs are made at once.
fn at_once<A, B>(name: &str, make: impl Fn() -> (A, B) + Send + Sync + 'static) -> Sound
where
    A: AsyncRead + AsyncWrite + 'static,
    B: AsyncRead + AsyncWrite + 'static,
{
    let check = sockspec::stream(name, move || {
        let pair = make();
        async move { Ok(pair) }
    });
    Sound { check, warns: &[], only: &[] }
}

/// A stream with that manner over a duplex.
fn mannered<M: Manner + 'static>(
    name: &str,
    capacity: usize,
    manner: impl Fn() -> M + Send + Sync + 'static,
) -> Sound {
    at_once(name, move || {
        let (here, there) = duplex(capacity);
        (Mannered { inner: here, manner: manner() }, Mannered { inner: there, manner: manner() })
    })
}

async fn tcp() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    Ok((client, listener.accept().await?.0))
}

/// Two ends with a task of the runtime between them, that carries bytes both ways.
fn relayed(capacity: usize, is_local: bool) -> (DuplexStream, DuplexStream) {
    let (here, mut left) = duplex(capacity);
    let (mut right, there) = duplex(capacity);
    let relay = async move {
        // A relay whose ends are gone has nothing left to do.
        let _ = tokio::io::copy_bidirectional(&mut left, &mut right).await;
    };
    if is_local {
        tokio::task::spawn_local(relay);
    } else {
        tokio::spawn(relay);
    }
    (here, there)
}

/// A relay that holds each piece for a while, as a long line does.
fn long_line() -> (DuplexStream, DuplexStream) {
    let (here, left) = duplex(3000);
    let (right, there) = duplex(3000);
    let (left_reads, left_writes) = split(left);
    let (right_reads, right_writes) = split(right);
    tokio::spawn(carry(left_reads, right_writes));
    tokio::spawn(carry(right_reads, left_writes));
    (here, there)
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut piece = [0; 2000];
    loop {
        let len = from.read(&mut piece).await?;
        sleep(Duration::from_millis(1)).await;
        if len == 0 {
            return to.shutdown().await;
        }
        to.write_all(&piece[..len]).await?;
    }
}

/// The number of sound streams.
pub(crate) const COUNT: usize = 46;

/// The sound stream of that number.
pub(crate) fn sound(number: usize) -> Sound {
    match number {
        0 => at_once("our-pipe", || bent::pair(Flaw::Sound)),
        1 => at_once("slow", || {
            let (here, there) = duplex(4096);
            (Slow::new(here), Slow::new(there))
        })
        .slow(),
        2 => mannered("crumbs", 4096, || Crumbs).slow(),
        3 => mannered("hesitant", 4096, Hesitant::default),
        4 => mannered("restless", 600, Restless::default),
        5 => mannered("woken-from-afar", 2000, FromAfar::new),
        6 => at_once("duplex-1", || duplex(1)).slow(),
        7 => at_once("duplex-16", || duplex(16)).slow(),
        8 => at_once("buffered", || {
            let (here, there) = duplex(64 << 10);
            (BufStream::new(here), BufStream::new(there))
        }),
        9 => at_once("buffered-over-1", || {
            let (here, there) = duplex(1);
            (BufStream::new(here), BufStream::new(there))
        })
        .slow(),
        10 => at_once("writes-buffered-one-end", || {
            let (here, there) = duplex(300);
            (BufWriter::with_capacity(100_000, here), there)
        }),
        11 => at_once("reads-ahead", || {
            let (here, there) = duplex(50_000);
            (Ahead::of(here), Ahead::of(there))
        }),
        12 => at_once("records", || records(20_000)),
        13 => at_once("records-over-3", || records(3)).slow(),
        14 => at_once("relayed", || relayed(900, false)),
        15 => at_once("relayed-locally", || relayed(70_000, true)),
        16 => at_once("long-line", long_line).slow(),
        17 => at_once("stuck", || {
            let (here, there) = duplex(4096);
            (Stuck::new(here), Stuck::new(there))
        }),
        18 => at_once("local", || local(Way::Plain)),
        19 => at_once("unbounded", || local(Way::Unbounded)).warns(&["stream/back-pressure"]),
        20 => at_once("letters", || local(Way::Letters)).warns(&["stream/back-pressure"]),
        21 => at_once("rendezvous", || local(Way::Rendezvous)),
        22 => at_once("acknowledged", || local(Way::Acknowledged)),
        23 => at_once("forgiving-writes", || local(Way::ForgivingWrites))
            .warns(&["stream/write-after-shutdown"]),
        24 => at_once("end-once", || local(Way::EndOnce)).warns(&["stream/end-stays-end"]),
        25 => at_once("closes-both-ways", || local(Way::ClosesBothWays)).without(Capability::HalfClose),
        26 => at_once("pending-empties", || local(Way::PendingEmpties)),
        27 => at_once("coalesces", || local(Way::Coalesces)),
        28 => Sound { check: sockspec::stream("tcp-of-mine", tcp), warns: &[], only: &[] },
        29 => Sound {
            check: sockspec::stream("unix-of-mine", || async { UnixStream::pair() }),
            warns: &[],
            only: &[],
        },
        30 => Sound {
            check: sockspec::stream("tcp-halves", || async {
                let (here, there) = tcp().await?;
                here.set_nodelay(true)?;
                there.set_nodelay(true)?;
                let ((here_reads, here_writes), (there_reads, there_writes)) =
                    (here.into_split(), split(there));
                Ok((join(here_reads, here_writes), join(there_reads, there_writes)))
            }),
            warns: &[],
            only: &[],
        },
        31 => at_once("slow-crumbs-behind-a-buffer", || {
            let (here, there) = duplex(64);
            let here = Mannered { inner: here, manner: Hesitant::default() };
            let there = Mannered { inner: there, manner: Crumbs };
            (BufStream::new(here), BufStream::new(there))
        })
        .slow(),
        32 => at_once("two-simplexes", || {
            let (here_reads, there_writes) = tokio::io::simplex(777);
            let (there_reads, here_writes) = tokio::io::simplex(50);
            (join(here_reads, here_writes), join(there_reads, there_writes))
        })
        .late(),
        33 => at_once("slow-records", || {
            let (here, there) = records(5000);
            (Slow::new(here), there)
        })
        .slow(),
        34 => Sound {
            check: sockspec::stream("slow-to-open", || async {
                sleep(Duration::from_millis(2)).await;
                Ok(duplex(4096))
            }),
            warns: &[],
            only: &[],
        },
        35 => Sound {
            check: sockspec::stream("buffered-tcp-against-plain", || async {
                let (here, there) = tcp().await?;
                here.set_nodelay(true)?;
                there.set_nodelay(true)?;
                Ok((BufStream::new(here), there))
            }),
            warns: &[],
            only: &[],
        },
        36 => at_once("flush-only", || {
            let (here, there) = duplex(3000);
            (FlushOnly::of(here), FlushOnly::of(there))
        })
        .warns(&["stream/back-pressure"]),
        37 => at_once("gathers", || {
            let (here, there) = duplex(4096);
            (Gathers::of(here), Gathers::of(there))
        }),
        38 => mannered("woken-late", 10_000, || Late(Duration::from_millis(1))).late(),
        39 => mannered("woken-very-late", 100_000, || Late(Duration::from_millis(60))).late(),
        40 => at_once("relayed-byte-by-byte", || relayed(1, false)).slow(),
        41 => at_once("duplex-of-mebibytes", || duplex(16 << 20)),
        42 => at_once("buffered-twice", || {
            let (here, there) = duplex(8192);
            (BufStream::with_capacity(1, 1, BufStream::new(here)), BufWriter::new(there))
        }),
        43 => at_once("flush-only-and-reading-ahead", || {
            let (here, there) = relayed(5000, false);
            (Ahead::of(FlushOnly::of(here)), BufStream::new(there))
        })
        .warns(&["stream/back-pressure"]),
        44 => Sound {
            check: sockspec::stream("unix-halves-buffered", || async {
                let (here, there) = UnixStream::pair()?;
                let ((here_reads, here_writes), (there_reads, there_writes)) =
                    (here.into_split(), split(there));
                Ok((join(here_reads, BufWriter::new(here_writes)), join(there_reads, there_writes)))
            }),
            warns: &[],
            only: &[],
        },
        // Longer than the first, hurried try of a plan waits.
        45 => mannered("woken-when-hurry-is-over", 100_000, || Late(Duration::from_millis(150))).late(),
        _ => panic!("there are {COUNT} sound streams"),
    }
}
