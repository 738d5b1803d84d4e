//! What driving costs: its rate over that of what a hand would write, or of what people use today, measured in turn.
//!
//! `cargo bench -p sockspec-benches --bench ratios` prints a table; 1.00 would mean that proving every cut costs nothing.
//! The table is also written to `target/sockspec/ratios.json`.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, io};

use sockspec::codec::TokioCodec;
use tokio_util::codec::LengthDelimitedCodec;

use sockspec_benches::calls::{self, PATHS, WATCHED, run_watched};
use sockspec_benches::hunt::hunt;
use sockspec_benches::paired::Paired;
use sockspec_benches::record::{Record, Row};
use sockspec_benches::{FRAMES, PIECES, bare, iperf3, is_measuring, ours, peers, runtime};
use sockspec_harness::codec::Codec;
use sockspec_harness::link::{Tcp, Udp};
use sockspec_harness::run::DEFAULT_SEED;

/// Rounds of each pair: enough for a median that stays within a few hundredths.
const ROUNDS: usize = 41;

/// Connections of a round: all rounds together stay far below the ports that TIME_WAIT may hold (28,231).
const CONNECTIONS: u16 = 100;

/// How much a round of bulk carries, and the buffers of both ways, in bytes.
const BULK: u64 = 256 << 20;
const BULK_BUFFER: u32 = 256 << 10;

/// The lengths of datagrams: a small one, and the largest that IPv4 carries.
const DATAGRAMS: [u64; 2] = [64, 65_507];

/// The parts of the table, by the words that select them: `cargo bench … --bench ratios -- datagrams faults`.
const PARTS: [(&str, Part); 5] = [
    ("streams", streams),
    ("datagrams", datagrams),
    ("codecs", codecs),
    ("calls", system_calls),
    ("faults", faults),
];

/// Measures some ratios and adds them.
type Part = fn(&mut Record, &Effort);

/// How much is measured.
struct Effort {
    /// Rounds of each pair.
    rounds: usize,
    /// How much a round of bulk carries, in bytes.
    bulk: u64,
    /// How long each peer searches a sound codec.
    search: Duration,
    /// Of how many paths the system calls are counted at most.
    paths: usize,
    /// How many faults are hunted at most.
    faults: usize,
    /// How long proptest may look for each of them where it has time.
    ease: Duration,
}

impl Effort {
    const FULL: Effort = Effort {
        rounds: ROUNDS,
        bulk: BULK,
        search: Duration::from_secs(2),
        paths: usize::MAX,
        faults: usize::MAX,
        ease: Duration::from_secs(1),
    };

    /// To see that it works, and not how fast.
    const LEAST: Effort = Effort {
        rounds: 1,
        bulk: BULK >> 6,
        search: Duration::from_millis(50),
        paths: 1,
        faults: 2,
        ease: Duration::from_millis(50),
    };
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == WATCHED) {
        return match run_watched(&words[1..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&error.to_string());
                ExitCode::FAILURE
            }
        };
    }
    let effort = if is_measuring() { Effort::FULL } else { Effort::LEAST };
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|word| PARTS.iter().all(|(name, _)| name != *word)) {
        let names = PARTS.map(|(name, _)| name);
        complain(&format!("no part is called {unknown}; there are {}", names.join(", ")));
        return ExitCode::from(2);
    }
    let mut record = Record::new(effort.rounds);
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|word| *word == name) {
            part(&mut record, &effort);
        }
    }
    // A part of the table must not be taken for the whole of it, nor one round for a measurement.
    if wanted.is_empty() && effort.rounds == ROUNDS {
        match record.save() {
            Ok(path) => say(&format!("written to {}", path.display())),
            Err(error) => {
                complain(&error.to_string());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// TCP: pieces in lock-step, new connections, and one long stream.
fn streams(record: &mut Record, effort: &Effort) {
    let runtime = runtime();
    let system = Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into());
    for len in PIECES {
        // About as many bytes matter for large pieces as pieces for small ones.
        let pieces = if len > 4096 { 400 } else { 2000 };
        let plan = ours::exchange(pieces, len);
        let paired = Paired::measure(
            effort.rounds,
            pieces,
            || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
            || runtime.block_on(bare::stream::exchange(pieces, len as usize)).expect("loopback works"),
        );
        let goal = (len >= 64).then_some(0.8);
        say(&record.add(&format!("lockstep/{len}"), "pieces/s", "a bare loop", goal, &paired));
    }

    let plan = ours::connections(CONNECTIONS);
    let paired = Paired::measure(
        effort.rounds,
        u64::from(CONNECTIONS),
        || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
        || runtime.block_on(bare::stream::connections(u64::from(CONNECTIONS))).expect("loopback works"),
    );
    say(&record.add("connections", "connections/s", "a bare loop", Some(0.7), &paired));

    let plan = ours::bulk(effort.bulk, BULK_BUFFER);
    let paired = Paired::measure(
        effort.rounds.div_ceil(4),
        effort.bulk,
        || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
        || bare::stream::bulk(effort.bulk, BULK_BUFFER as usize).expect("loopback works"),
    );
    say(&record.add("bulk", "bytes/s", "an unverified copy by two threads", Some(0.9), &paired));
    match iperf3::bytes_per_second(BULK_BUFFER) {
        Ok(theirs) => {
            say(&record.push(row("bulk-over-iperf3", "bytes/s", "iperf3", paired.ours(), theirs, Some(0.9))))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            say("bulk-over-iperf3: skipped, iperf3 is not installed")
        }
        Err(error) => say(&format!("bulk-over-iperf3: skipped, {error}")),
    }
}

/// UDP: one datagram at a time.
fn datagrams(record: &mut Record, effort: &Effort) {
    let runtime = runtime();
    let system = Udp::new("udp-v4", Ipv4Addr::LOCALHOST.into());
    for len in DATAGRAMS {
        let count = if len > 4096 { 400 } else { 2000 };
        let plan = ours::datagrams(count, len);
        let paired = Paired::measure(
            effort.rounds,
            count,
            || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
            || runtime.block_on(bare::datagram::exchange(count, len as usize)).expect("loopback works"),
        );
        say(&record.add(&format!("datagrams/{len}"), "datagrams/s", "a bare loop", Some(0.8), &paired));
    }
}

/// Every way to cut a short stream, against the decoder called by hand, and against random cases.
fn codecs(record: &mut Record, effort: &Effort) {
    let runtime = runtime();
    let system = ours::length_delimited();
    let plan = ours::every_way(&FRAMES);
    let wire = bare::codec::wire(&FRAMES);
    let ways = 1 << (wire.len() - 1);
    let every_way = Paired::measure(
        effort.rounds,
        ways,
        || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
        || {
            black_box(bare::codec::every_way(&wire).expect("the frames are whole"));
        },
    );
    say(&record.add("every-way", "cuts/s", "the decoder called by hand", Some(0.5), &every_way));

    let sound = || -> Box<dyn Codec> { Box::new(TokioCodec(LengthDelimitedCodec::new())) };
    for (name, peer, search, goal) in [
        ("every-way-over-proptest", "proptest with partial-io", peers::by_proptest as PeerSearch, Some(10.0)),
        ("every-way-over-chunks", "random chunks", peers::by_random_chunks, None),
    ] {
        let began = Instant::now();
        let cases = search(&sound, DEFAULT_SEED, &|_| began.elapsed() >= effort.search).cases;
        let theirs = cases as f64 / began.elapsed().as_secs_f64();
        say(&record.push(row(name, "cases/s", peer, every_way.ours(), theirs, goal)));
    }
}

type PeerSearch = fn(peers::Make<'_>, u64, peers::Enough<'_>) -> peers::Search;

/// How many system calls the main paths need, and how many they make.
fn system_calls(record: &mut Record, effort: &Effort) {
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return say(&format!("calls: skipped, {error}")),
    };
    for path in PATHS.iter().take(effort.paths) {
        match calls::count(&program, path) {
            Ok(count) => say(&record.count(count)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return say("calls: skipped, strace is not installed");
            }
            Err(error) => return say(&format!("calls: skipped, {error}")),
        }
    }
}

/// How many codec faults are found in the time that the catalogue takes.
fn faults(record: &mut Record, effort: &Effort) {
    let catch = hunt(DEFAULT_SEED, effort.faults, effort.ease);
    let found = |set: &BTreeSet<&str>| set.len() as f64;
    for (name, peer, theirs, goal) in [
        ("faults-over-proptest", "proptest with partial-io", &catch.by_proptest, Some(2.0)),
        ("faults-over-proptest-at-ease", "proptest with partial-io", &catch.by_proptest_at_ease, None),
        ("faults-over-chunks", "random chunks", &catch.by_chunks, None),
    ] {
        let unit = format!("of {} codec faults", catch.faults.len());
        say(&record.push(row(name, &unit, peer, found(&catch.by_catalogue), found(theirs), goal)));
    }
    let (took, ease) = (catch.took.as_secs_f64(), effort.ease.as_secs_f64());
    say(&format!("the catalogue took {took:.1} s for all; at ease, proptest had at least {ease} s for each"));
    let missed = |by: &BTreeSet<&'static str>| {
        let missed: Vec<&str> = catch.faults.difference(by).copied().collect();
        if missed.is_empty() { "nothing".to_owned() } else { missed.join(" ") }
    };
    say(&format!("missed by the catalogue: {}", missed(&catch.by_catalogue)));
    say(&format!("missed by proptest, even at ease: {}", missed(&catch.by_proptest_at_ease)));
}

/// A ratio of two numbers that were measured once.
fn row(name: &str, unit: &str, peer: &str, ours: f64, theirs: f64, goal: Option<f64>) -> Row {
    let ratio = ours / theirs;
    Row {
        name: name.to_owned(),
        ratio,
        low: ratio,
        high: ratio,
        ours,
        theirs,
        unit: unit.to_owned(),
        peer: peer.to_owned(),
        goal,
    }
}

#[expect(clippy::print_stdout, reason = "the table is what the bench is for")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "the table is on stdout")]
fn complain(line: &str) {
    eprintln!("ratios: {line}");
}
