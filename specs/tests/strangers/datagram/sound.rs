//! The table of sound datagram transports: how each is made, and what it declares.

use std::io;
use std::time::Duration;

use sockspec::harness::link::Datagram;
use sockspec::harness::subject::{Guarantees, Overflow};
use sockspec::{Capability, Check};
use tokio::net::{UdpSocket, UnixDatagram};

use super::bent;
use super::flaw::Flaw;
use super::post::{Slow, Way, channels, pair};

/// What a post promises that loses and reorders nothing.
const RELIABLE: Guarantees =
    Guarantees { lossless: true, ordered: true, on_overflow: Overflow::Blocks, ..Guarantees::DATAGRAM };

/// A transport whose pairs are made at once.
fn at_once<A, B>(name: &str, make: impl Fn() -> (A, B) + Send + Sync + 'static) -> Check
where
    A: Datagram + 'static,
    B: Datagram + 'static,
{
    sockspec::datagram(name, move || {
        let pair = make();
        async move { Ok(pair) }
    })
}

async fn bound() -> io::Result<(UdpSocket, UdpSocket)> {
    Ok((UdpSocket::bind("127.0.0.1:0").await?, UdpSocket::bind("127.0.0.1:0").await?))
}

async fn connected() -> io::Result<(UdpSocket, UdpSocket)> {
    let (here, there) = bound().await?;
    here.connect(there.local_addr()?).await?;
    there.connect(here.local_addr()?).await?;
    Ok((here, there))
}

/// What such a transport promises if its longest datagram is known.
fn at_most(max: u64) -> Guarantees {
    Guarantees { max_message: Some(max), ..Guarantees::DATAGRAM }
}

/// The number of sound transports.
pub(crate) const COUNT: usize = 25;

/// What is tried on a transport that is too slow for the whole catalogue.
const FEW: &[&str] = &["datagram/truncation", "datagram/wake-ups", "datagram/independent"];

/// The sound transport of that number, and the specs that it is tried on, if not on all.
pub(crate) fn sound(number: usize) -> (Check, &'static [&'static str]) {
    match number {
        // Where there is room for one, plans wait in vain for room for more, and are told nothing by it.
        10 | 21..=24 => (transport(number).timeout(Duration::from_secs(1)), FEW),
        _ => (transport(number), &[]),
    }
}

fn transport(number: usize) -> Check {
    match number {
        0 => at_once("our-post", || bent::pair(Flaw::Sound)).guarantees(RELIABLE),
        1 => sockspec::datagram("udp-connected", connected),
        2 => sockspec::datagram("udp-unconnected", bound),
        3 => sockspec::datagram("unix-of-mine", || async { UnixDatagram::pair() }),
        4 => at_once("channels", channels),
        5 => at_once("channels-reliable", channels).guarantees(RELIABLE),
        6 => at_once("waits", || pair(Way::Waits)).guarantees(RELIABLE),
        7 => at_once("drops", || pair(Way::Drops)),
        8 => at_once("loses", || pair(Way::Loses)),
        9 => at_once("reorders", || pair(Way::Reorders)),
        10 => at_once("repeats", || pair(Way::Repeats)),
        11 => at_once("refuses-1200", || pair(Way::Refuses1200)).guarantees(at_most(1200)),
        12 => at_once("refuses-1200-by-surprise", || pair(Way::Refuses1200)),
        13 => at_once("refuses-1200-as-promised", || pair(Way::Refuses1200))
            .guarantees(at_most(1200))
            .with(Capability::RefusesOversize),
        14 => at_once("drops-1200", || pair(Way::Drops1200)).guarantees(at_most(1200)),
        15 => at_once("refuses-oddly", || pair(Way::RefusesOddly))
            .guarantees(at_most(9000))
            .with(Capability::RefusesOversize),
        16 => at_once("refuses-empty", || pair(Way::RefusesEmpty)).without(Capability::EmptyDatagram),
        17 => at_once("swallows-empty", || pair(Way::SwallowsEmpty))
            .guarantees(RELIABLE)
            .without(Capability::EmptyDatagram),
        18 => at_once("refuses-short-buffers", || pair(Way::RefusesShortBuffers))
            .without(Capability::DatagramTruncation),
        19 => at_once("keeps-what-is-too-long", || pair(Way::KeepsWhatIsTooLong))
            .without(Capability::DatagramTruncation),
        20 => at_once("hesitates", || pair(Way::Hesitates)).guarantees(RELIABLE),
        21 => at_once("one", || pair(Way::One)).guarantees(RELIABLE),
        22 => at_once("slow", || {
            let (here, there) = pair(Way::Waits);
            (Slow::new(here), Slow::new(there))
        }),
        23 => sockspec::datagram("slow-udp", || async {
            let (here, there) = bound().await?;
            Ok((Slow::new(here), there))
        }),
        24 => at_once("drops-1200-by-surprise", || pair(Way::Drops1200)),
        _ => panic!("there are {COUNT} sound transports"),
    }
}
