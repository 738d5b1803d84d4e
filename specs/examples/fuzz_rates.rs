//! How many executions a second each fuzz body makes on this machine, and what share of an empty body's that is.
//!
//! `cargo run --release -p sockspec --no-default-features --example fuzz_rates -- 3s [TARGET …]`, three seconds each:
//! without the counting allocator, as `fuzz/` builds it.
//! The inputs are those of a campaign that has run a while: seeds, and plans grown from them.
//!
//! Beside the rate by the clock stands the one by processor time, which is that of a core nobody else uses:
//! an execution waits for nothing but the processor. What a campaign makes of the machine is the last column:
//! a worker on each core, all at once. A bare connection over loopback, opened, used for a byte and closed,
//! says what the kernel alone takes of the time of a target over sockets.

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use sockspec::fuzz::{CANARY, TARGETS, Target};
use sockspec_harness::machine::thread_clock::ThreadClock;
use sockspec_harness::plan::{Draw, Plan};
use sockspec_harness::run::parse_duration;

/// How long each body is measured, if not told otherwise: enough to see that it works.
const TIME: Duration = Duration::from_millis(50);

/// How many inputs there are.
const INPUTS: usize = 2048;

/// How many loopback addresses the bare connection uses in turn.
const ADDRESSES: u16 = 1024;

/// How many changes lie between a seed and an input, at most.
const CHANGES: u64 = 6;

#[expect(clippy::print_stdout, reason = "the table is what it is for")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let time = arguments.next().map_or(TIME, |word| parse_duration(&word).expect("a time like 3s"));
    let wanted: Vec<String> = arguments.collect();
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let empty = Rates::of(|_| (), &[vec![0; 64]], time, cores);
    println!(
        "{:<22} {:>14} {:>14} {:>12} {:>14}",
        "executions a second",
        "by the clock",
        "by processor",
        "% of empty",
        format!("on {cores} at once")
    );
    let show = |name: &str, rates: Rates| {
        let Rates { by_clock, by_processor, on_all_cores } = rates;
        let share = 100.0 * by_processor / empty.by_processor;
        println!("{name:<22} {by_clock:>14.0} {by_processor:>14.0} {share:>12.5} {on_all_cores:>14.0}");
    };
    show("(empty)", empty);
    let addresses: Vec<Vec<u8>> = (0..ADDRESSES).map(|number| number.to_be_bytes().into()).collect();
    show("(bare connection)", Rates::of(|address| bare(address).expect("loopback"), &addresses, time, cores));
    for target in TARGETS.into_iter().filter(|target| target.name != CANARY.name) {
        if wanted.is_empty() || wanted.iter().any(|name| name == target.name) {
            show(target.name, Rates::of(|bytes| target.body(bytes), &inputs(target), time, cores));
        }
    }
}

/// What nobody can spare who wants a new connection: a listener, a connection, a byte, and the end.
///
/// The middle of the address is `address`, since one address alone would soon run short of ports.
fn bare(address: &[u8]) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::new(127, address[0], address[1], 2), 0))?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut peer, _) = listener.accept()?;
    client.write_all(&[1])?;
    peer.read_exact(&mut [0])
}

/// Executions a second.
#[derive(Clone, Copy)]
struct Rates {
    /// Of one worker, as long as it took.
    by_clock: f64,
    /// Of one worker, by the processor time it took.
    by_processor: f64,
    /// Of as many workers as there are cores, together.
    on_all_cores: f64,
}

impl Rates {
    /// Of a body, over the inputs in turn: one worker for a time, then all of them for as long.
    fn of(body: impl Fn(&[u8]) + Sync, inputs: &[Vec<u8>], time: Duration, cores: usize) -> Rates {
        let (by_clock, by_processor) = worker(&body, inputs.iter(), time);
        let all_there = Barrier::new(cores);
        let on_all_cores = thread::scope(|scope| {
            let work = |number: usize| {
                let (before, behind) = inputs.split_at(number * inputs.len() / cores);
                all_there.wait();
                worker(&body, behind.iter().chain(before), time).0
            };
            let workers: Vec<_> = (0..cores).map(|number| scope.spawn(move || work(number))).collect();
            workers.into_iter().map(|worker| worker.join().expect("a body that holds")).sum()
        });
        Rates { by_clock, by_processor, on_all_cores }
    }
}

/// Executions a second of one worker: by the clock, and by processor time.
fn worker<'i>(
    body: impl Fn(&[u8]),
    inputs: impl Iterator<Item = &'i Vec<u8>> + Clone,
    time: Duration,
) -> (f64, f64) {
    let clock = ThreadClock::of_this_thread();
    let computed = || clock.as_ref().and_then(ThreadClock::read);
    let (mut count, began, computed_before) = (0u64, Instant::now(), computed());
    for bytes in inputs.cycle() {
        body(black_box(bytes));
        count += 1;
        if count % 64 == 0 && began.elapsed() >= time {
            break;
        }
    }
    let by_clock = count as f64 / began.elapsed().as_secs_f64();
    let computed = computed().zip(computed_before).map(|(now, before)| now - before);
    (by_clock, computed.map_or(by_clock, |time| count as f64 / time.as_secs_f64()))
}

fn inputs(target: &Target) -> Vec<Vec<u8>> {
    let seeds = target.seeds();
    let mut draw = Draw::new(1, &["rates", target.name]);
    let grow = |_| {
        let seed = &draw.pick(&seeds).1;
        let mut plan = if draw.one_in(2) { Plan::default() } else { Plan::decode(seed) };
        for _ in 0..draw.between(1, CHANGES) {
            if !target.mutate_plan(&mut plan, &mut draw) {
                return seed.clone();
            }
        }
        plan.encode()
    };
    (0..INPUTS).map(grow).collect()
}
