//! The kernel's TCP over loopback, in lock-step: a new connection for each execution, or one that is kept.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sockspec_harness::fuzz::execute::Lab;
use sockspec_harness::fuzz::mutate::Focus;
use sockspec_harness::fuzz::tame::{self, Ending};
use sockspec_harness::link::Tcp;
use sockspec_harness::plan::{End, Plan};
use sockspec_harness::run::Row;
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::Kind;
use sockspec_harness::system::{Answer, Call, System, World};
use sockspec_harness::trace::{Counters, Trace};

use super::frames::of_specs;
use super::judged::examine;
use crate::{catalogue, stream};

/// How many loopback addresses are used in turn, so that the ports of closed connections (RFC 9293 §3.6.1: TIME-WAIT) do not run short.
///
/// Each costs a descriptor for its listener; at 10,000 connections a second, each has about 2,400 of them in that state.
const ADDRESSES: u32 = 256;

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// What serves all executions of a thread.
struct Bench {
    /// Before the runtime, so that its sockets are dropped first.
    kept: Option<Kept>,
    /// One for each address, whose listener serves one connection after the other.
    worlds: Vec<Box<dyn World>>,
    lab: Lab,
    systems: Vec<Tcp>,
    turn: usize,
    spec: &'static Spec,
}

impl Bench {
    fn new() -> Bench {
        let address = |number: u32| {
            let [_, high, low, _] = (number << 8).to_be_bytes();
            IpAddr::V4(Ipv4Addr::new(127, high, low, 1))
        };
        let systems: Vec<Tcp> = (0..ADDRESSES).map(|number| Tcp::eager("tcp-v4", address(number))).collect();
        Bench {
            kept: None,
            worlds: systems.iter().map(Tcp::world).collect(),
            lab: Lab::new().expect("a fuzzer has descriptors for a runtime"),
            systems,
            turn: 0,
            spec: catalogue::find("stream/ordered")
                .expect("the spec that judges streams is in the catalogue"),
        }
    }

    /// Runs a plan on a connection that nobody else has, and closes it.
    fn execute_new(&mut self, plan: &Plan, patience: Duration) -> Trace {
        self.turn = (self.turn + 1) % self.systems.len();
        let world = &mut self.worlds[self.turn];
        let trace = self.lab.execute(&mut **world, plan, patience);
        let is_closed = [End::client(0), End::peer(0)].into_iter().all(|end| drop_end(&mut **world, end));
        if trace.stopped.is_some() || !is_closed {
            // What is left of a connection on which anything went wrong goes with its listener.
            *world = self.systems[self.turn].world();
        }
        trace
    }

    /// Runs a plan on the connection that is kept; one on which anything went wrong is not kept.
    fn execute_kept(&mut self, plan: &Plan, patience: Duration) -> Trace {
        let systems = &self.systems;
        let mut kept = self.kept.take().unwrap_or_else(|| Kept { world: systems[0].world(), is_open: false });
        let trace = self.lab.execute(&mut kept, plan, patience);
        if trace.stopped.is_none() {
            self.kept = Some(kept);
        }
        trace
    }
}

/// Drops an end; whether there was one.
fn drop_end(world: &mut dyn World, end: End) -> bool {
    matches!(world.poll(&mut Context::from_waker(Waker::noop()), end, Call::Drop), Poll::Ready(Ok(_)))
}

/// A world whose connection is open already from the second plan on.
struct Kept {
    world: Box<dyn World>,
    is_open: bool,
}

impl World for Kept {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        if !matches!(call, Call::Open) {
            return self.world.poll(cx, end, call);
        }
        if self.is_open {
            return Poll::Ready(Ok(Answer::Done));
        }
        let opened = self.world.poll(cx, end, call);
        self.is_open = matches!(opened, Poll::Ready(Ok(_)));
        opened
    }

    fn counters(&mut self, end: End) -> Counters {
        self.world.counters(end)
    }
}

pub(super) fn new(bytes: &[u8]) -> Option<Box<Row>> {
    run(bytes, Ending::Closed, Bench::execute_new)
}

pub(super) fn kept(bytes: &[u8]) -> Option<Box<Row>> {
    run(bytes, Ending::Kept, Bench::execute_kept)
}

fn run(bytes: &[u8], ending: Ending, execute: fn(&mut Bench, &Plan, Duration) -> Trace) -> Option<Box<Row>> {
    let plan = Plan::decode(bytes);
    BENCH.with_borrow_mut(|bench| {
        let bench = bench.get_or_insert_with(Bench::new);
        let (spec, subject) = (bench.spec, bench.systems[0].subject().clone());
        let tame = |plan: &Plan| tame::stream(&subject, plan, ending);
        examine(spec, &subject, &plan, &tame, &mut |plan, patience| execute(bench, plan, patience))
    })
}

pub(super) fn focus(_: &Plan) -> Focus<'static> {
    Focus { kind: Kind::Stream, layout: None }
}

/// The specs' own plans for TCP, as far as they are short.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let tcp = Tcp::new("tcp-v4", IpAddr::V4(Ipv4Addr::LOCALHOST));
    of_specs(stream::SPECS.iter().copied(), tcp.subject(), |plan| tame::of(tcp.subject(), plan))
}
