//! One execution of a fuzzer: a plan is run in a world, on this thread, at the least cost.
//!
//! Why not the run of the command line: it makes a runtime and a watched thread for each pair, which costs a hundred times
//! what the plan of a codec does, and a fuzzer watches over its executions itself.

use std::io;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::drive::{Limits, OwnRuntime, Pulse, drive, runtime};
use crate::plan::Plan;
use crate::system::World;
use crate::trace::Trace;

/// How many times longer than one wait a whole plan may take.
const WAITS: u32 = 20;

/// Nobody interrupts an execution: they are short.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Runs a plan in a world in which nothing waits, such as that of a codec over memory, without a runtime.
///
/// # Panics
/// If something waits.
pub fn at_once(world: &mut dyn World, plan: &Plan) -> Trace {
    let pulse = Pulse::default();
    let limits = limits(Duration::from_secs(1));
    let driving = pin!(drive(world, plan, &limits, &pulse, &NEVER));
    match driving.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready((trace, _)) => trace,
        Poll::Pending => panic!("wanted a world in which nothing waits, saw one that does"),
    }
}

/// A runtime that serves all executions of one thread: to make one for each would cost more than the rest.
#[derive(Debug)]
pub struct Lab {
    runtime: OwnRuntime,
}

impl Lab {
    /// A runtime for this thread.
    ///
    /// # Errors
    /// If there are no descriptors left for it.
    pub fn new() -> io::Result<Lab> {
        runtime().map(|runtime| Lab { runtime }).map_err(io::Error::other)
    }

    /// Runs a plan in a world, in which each wait may last as long as `patience`.
    pub fn execute(&self, world: &mut dyn World, plan: &Plan, patience: Duration) -> Trace {
        let pulse = Pulse::default();
        self.runtime.block_on(drive(world, plan, &limits(patience), &pulse, &NEVER)).0
    }
}

fn limits(patience: Duration) -> Limits {
    Limits { patience, total: patience * WAITS }
}
