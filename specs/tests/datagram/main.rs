//! What the group `datagram/*` says of transports it has never seen, written against the front door's trait like a user's own.

mod doubles;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use sockspec::catalogue;
use sockspec_harness::link::DatagramPair;
use sockspec_harness::run::{Pair, Report, Row, Settings, VerdictWord, run};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Guarantees, Subject};
use sockspec_harness::system::System;
use tokio::net::{UdpSocket, UnixDatagram};

use doubles::{Break, Habit, Manner, pair};

/// The specs that hold for every datagram transport.
fn specs() -> impl Iterator<Item = &'static Spec> {
    catalogue::specs().filter(|spec| spec.group() == "datagram")
}

/// Most of what is tried here answers at once or never.
const PATIENCE: Duration = Duration::from_millis(40);

/// What the group says of a transport of that manner, declared by `subject`.
fn report(subject: Subject, manner: Manner) -> Report {
    report_with(subject, manner, PATIENCE)
}

/// As [`report`], with that patience: what is merely slow on a busy machine comes in the end.
fn patient_report(subject: Subject, manner: Manner) -> Report {
    report_with(subject, manner, Duration::from_secs(2))
}

fn report_with(subject: Subject, manner: Manner, patience: Duration) -> Report {
    tried(system(subject, manner), patience)
}

fn system(subject: Subject, manner: Manner) -> Arc<dyn System> {
    Arc::new(DatagramPair::new(subject, move || async move { Ok(pair(manner)) }))
}

/// Tries the whole group on a system.
fn tried(system: Arc<dyn System>, patience: Duration) -> Report {
    tried_by(specs(), system, patience)
}

fn tried_by(
    specs: impl Iterator<Item = &'static Spec>,
    system: Arc<dyn System>,
    patience: Duration,
) -> Report {
    let pairs = specs.map(|spec| Pair { spec, system: Arc::clone(&system) }).collect();
    // Most of the time is spent waiting for what does not come.
    let jobs = NonZeroUsize::new(8).expect("not zero");
    // One departure is enough to be caught by, and too many for a sound one.
    let settings = Settings { jobs, patience, shrink: false, fail_fast: true, ..Settings::default() };
    run(pairs, &settings, &Arc::new(AtomicBool::new(false)), &mut |_| ())
}

/// How many transports are tried at once: each waits most of its time.
const AT_ONCE: usize = 12;

/// Does `work` to all items, several at a time; what comes of each is in their order.
fn side_by_side<T: Copy + Sync, R: Send>(items: &[T], work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let work = &work;
    thread::scope(|scope| {
        let share = |first: usize| {
            let mine = items.iter().enumerate().skip(first).step_by(AT_ONCE);
            scope.spawn(move || mine.map(|(index, item)| (index, work(*item))).collect::<Vec<_>>())
        };
        let shares: Vec<_> = (0..AT_ONCE).map(share).collect();
        let done = shares.into_iter().flat_map(|share| match share.join() {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        });
        let done: BTreeMap<usize, R> = done.collect();
        done.into_values().collect()
    })
}

/// How many of the specs apply to a system of which nothing is declared.
fn applicable() -> usize {
    specs().filter(|spec| spec.needs.lacking(&unknown()).is_none()).count()
}

/// Nothing is declared.
fn unknown() -> Subject {
    Subject::datagram("unknown")
}

/// It says what the longest is that it carries: as much as UDP over IPv4 does.
fn bounded() -> Subject {
    let guarantees = Guarantees { max_message: Some(65_507), ..Guarantees::DATAGRAM };
    Subject { guarantees, ..Subject::datagram("bounded") }
}

/// It loses nothing, and says so.
fn lossless() -> Subject {
    let guarantees = Guarantees { lossless: true, ordered: true, ..Guarantees::DATAGRAM };
    Subject { guarantees, ..Subject::datagram("lossless") }
}

fn of_word(report: &Report, word: VerdictWord) -> Vec<String> {
    let rows = report.rows.iter().filter(|row| row.verdict == word);
    let actual = |row: &Row| row.actual.clone().or(row.reason.clone());
    rows.map(|row| format!("{}: {}", row.id, actual(row).unwrap_or_default())).collect()
}

/// Everything but what passed.
fn untold(report: &Report) -> Vec<String> {
    [VerdictWord::Fail, VerdictWord::Inconclusive, VerdictWord::Skipped]
        .into_iter()
        .flat_map(|word| of_word(report, word))
        .collect()
}

/// With how many seeds a transport loses at random.
const SEEDS: u64 = 2;

#[test]
fn sound_transports_are_never_accused() {
    let habits = [
        Habit::Plain,
        Habit::Reorders,
        Habit::RepeatsEvery(50),
        Habit::HasRoomFor(1),
        Habit::HasRoomFor(3),
        Habit::HasRoomFor(100),
        Habit::DropsBeyond(1),
        Habit::DropsBeyond(2),
        Habit::DropsBeyond(100),
        Habit::KeepsTheNewest(1),
        Habit::KeepsTheNewest(2),
        Habit::KeepsTheNewest(3),
        Habit::PendsOnceWithRoomFor(20),
        Habit::RefusesAbove(1200),
        Habit::RefusesShortBuffers,
        Habit::KeepsWhatItRefuses,
        Habit::IsSeldomReady,
        Habit::ComesLate,
    ];
    let regular =
        [2, 3, 4, 7].into_iter().flat_map(|n| (0..n).map(move |first| Habit::LosesEvery { n, first }));
    let rare = [0, 1, 50].map(|first| Habit::LosesEvery { n: 100, first });
    let lossy = [2, 3, 5, 10, 30, 100]
        .into_iter()
        .flat_map(|n| (0..SEEDS).map(move |seed| Habit::LosesOneIn { n, seed }));
    let all: Vec<Habit> = habits.into_iter().chain(regular).chain(rare).chain(lossy).collect();
    side_by_side(&all, |habit| {
        // One that refuses some of what it says it carries is not sound.
        let bounded = (!matches!(habit, Habit::RefusesAbove(_))).then(bounded);
        for subject in [unknown()].into_iter().chain(bounded) {
            let report = report(subject, Manner::Sound(habit));
            let accused = of_word(&report, VerdictWord::Fail);
            assert!(accused.is_empty(), "{habit:?}: {accused:#?}");
        }
    });
    // Where little or nothing is lost, nearly everything can be told.
    let has_room = |habit: &Habit| {
        !matches!(habit, Habit::HasRoomFor(_) | Habit::DropsBeyond(_) | Habit::KeepsTheNewest(_))
    };
    let rarely = Habit::LosesEvery { n: 100, first: 0 };
    let told: Vec<Habit> = habits.into_iter().filter(has_room).chain([rarely]).collect();
    side_by_side(&told, |habit| {
        let report = patient_report(unknown(), Manner::Sound(habit));
        let told = of_word(&report, VerdictWord::Pass).len();
        assert!(told >= applicable() - 2, "{habit:?}: {:#?}", untold(&report));
    });
    let lossless_ones =
        [Habit::Plain, Habit::IsSeldomReady, Habit::ComesLate, Habit::PendsOnceWithRoomFor(20)];
    side_by_side(&lossless_ones, |habit| {
        for subject in [unknown(), bounded(), lossless()] {
            let report = patient_report(subject, Manner::Sound(habit));
            let told = of_word(&report, VerdictWord::Pass).len();
            assert_eq!(told, applicable(), "{habit:?}: {:#?}", of_word(&report, VerdictWord::Inconclusive));
        }
    });
}

#[test]
fn sockets_of_the_kernel_pass_though_nothing_is_declared_of_them() {
    let bound = || async {
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok((client, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?))
    };
    // The end that is bound to every address sends from loopback, and does not name itself so.
    let wildcard = || async {
        let client = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
        let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        client.connect(peer.local_addr()?).await?;
        peer.connect((Ipv4Addr::LOCALHOST, client.local_addr()?.port())).await?;
        Ok((client, peer))
    };
    let connected = || async {
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        client.connect(peer.local_addr()?).await?;
        peer.connect(client.local_addr()?).await?;
        Ok((client, peer))
    };
    let unix = || async { UnixDatagram::pair() };
    let systems: [Arc<dyn System>; 4] = [
        Arc::new(DatagramPair::new(unknown(), connected)),
        Arc::new(DatagramPair::new(unknown(), bound)),
        Arc::new(DatagramPair::new(unknown(), wildcard)),
        Arc::new(DatagramPair::new(unknown(), unix)),
    ];
    for (index, system) in systems.into_iter().enumerate() {
        let report = tried(system, Duration::from_secs(2));
        let told = of_word(&report, VerdictWord::Pass).len();
        assert_eq!(told, applicable(), "system {index}: {:#?}", untold(&report));
    }
}

const BREAKS: &[Break] = &[
    Break::LosesLength(0),
    Break::LosesLength(1),
    Break::LosesLength(512),
    Break::LosesLength(4097),
    Break::LosesLength(65_507),
    Break::LosesFrom(400),
    Break::LosesFrom(500),
    Break::LosesFrom(1473),
    Break::LosesFrom(65_000),
    Break::LosesFrom(0),
    Break::LosesBackwards,
    Break::LosesAfterAbandoned,
    Break::DeadAfter(0),
    Break::DeadAfter(20),
    Break::DeadAfter(250),
    Break::Merges,
    Break::SplitsAbove(100),
    Break::SplitsAbove(1472),
    Break::SplitsAbove(65_000),
    Break::TruncatesAbove(500),
    Break::TruncatesAbove(65_506),
    Break::FlipsAfter(0),
    Break::FlipsAfter(100),
    Break::FlipsAfter(250),
    Break::FlipsLength(1),
    Break::FlipsLength(255),
    Break::FlipsLength(65_507),
    Break::FlipsBackwards,
    Break::RefusesLength(0),
    Break::RefusesLength(1),
    Break::RefusesLength(500),
    Break::RefusesLength(4096),
    Break::NamesAnother,
    Break::KeepsTheRest,
    Break::AddsStaleBytes,
    Break::PadsToEven,
    Break::ClaimsOneLess,
    Break::ClaimsNothing,
    Break::SendsElsewhere,
    Break::NeverWakes,
    Break::ForgetsWriterBeyond(16),
    Break::ForgetsWriterBeyond(1000),
    Break::OneWakerBeyond(1),
    Break::OneWakerBeyond(64),
    Break::SharesFromTheFifthOn,
    Break::WakesOnlyTheFirst,
    Break::FailsAfterEmpty,
    Break::RepeatsAll,
    Break::RepeatsLength(64),
    Break::Panics,
    Break::InventsEmpty,
    Break::SwapsHalves,
];

/// What is not told of a transport of which nothing is declared, and why.
///
/// Each looks as a largest message does that nobody has named: all that is longer is lost, and nothing that is shorter.
/// A loss is a finding only where it could have been counted, or where there is a promise that it breaks;
/// of both kinds there is a test below.
const UNTOLD: &[(Break, &str)] = &[
    (Break::LosesLength(65_507), "the longest that is tried may be longer than there is room for on the way"),
    (Break::LosesFrom(1473), "a path of Ethernet's frames on which nothing may be fragmented loses as much"),
    (Break::LosesFrom(65_000), "a receive buffer that is a little short of the longest loses as much"),
];

fn is_caught(subject: Subject, broken: Break) -> bool {
    report(subject, Manner::Broken(broken)).summary().fail > 0
}

#[test]
fn broken_transports_are_caught_though_nothing_is_declared_of_them() {
    let is_untold = |broken: Break| UNTOLD.iter().any(|(untold, _)| *untold == broken);
    let caught = side_by_side(BREAKS, |broken| is_caught(unknown(), broken));
    let all = BREAKS.iter().zip(caught);
    let wrong: Vec<&Break> = all
        .filter(|(broken, is_caught)| *is_caught == is_untold(**broken))
        .map(|(broken, _)| broken)
        .collect();
    assert!(wrong.is_empty(), "missed, or caught though they are listed as untold: {wrong:?}");
}

#[test]
fn what_is_untold_is_caught_by_the_largest_that_is_declared() {
    let missed: Vec<_> = UNTOLD.iter().filter(|(broken, _)| !is_caught(bounded(), *broken)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    let longest = system(bounded(), Manner::Broken(Break::LosesLength(65_507)));
    let report = tried_by(catalogue::find("datagram/max-size").into_iter(), longest, PATIENCE);
    assert_eq!(report.summary().fail, 1, "{report}");
}

#[test]
fn broken_transports_are_caught_by_what_is_declared_of_them() {
    let losing = [
        Habit::LosesEvery { n: 100, first: 0 },
        Habit::DropsBeyond(2),
        Habit::RepeatsEvery(50),
        Habit::Reorders,
    ];
    let all = losing.map(Manner::Sound).into_iter().chain(BREAKS.iter().copied().map(Manner::Broken));
    let all: Vec<Manner> = all.collect();
    let fails = side_by_side(&all, |manner| report(lossless(), manner).summary().fail);
    let missed: Vec<_> = all.iter().zip(fails).filter(|(_, fails)| *fails == 0).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_happens_to_long_datagrams_is_shown_by_one() {
    let specs = ["datagram/integrity", "datagram/boundaries"];
    let breaks = [Break::TruncatesAbove(1500), Break::SplitsAbove(1500)];
    for (id, wrong) in specs.into_iter().zip(breaks) {
        let spec = catalogue::find(id).expect("it is listed");
        let system = system(Subject::datagram("cuts-at-1500"), Manner::Broken(wrong));
        let settings = Settings { patience: PATIENCE, ..Settings::default() };
        let pairs = vec![Pair { spec, system }];
        let report = run(pairs, &settings, &Arc::new(AtomicBool::new(false)), &mut |_| ());
        let row = &report.rows[0];
        let steps =
            row.departure.iter().flat_map(|seen| &seen.plans).map(|plan| plan.steps.len()).sum::<usize>();
        assert!((1..=4).contains(&steps), "{report}");
        assert!(row.replay.as_deref().is_some_and(|token| token.len() < 200), "{report}");
    }
}
