//! The driver: one plan, one world, one trace.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{io, mem};

use litemap::LiteMap;

use super::compare::room_alike;
use super::datagram::Mailbag;
use super::ledger::{Direction, explain};
use super::patience::{Lane, Patience, Wait};
use super::pulse::Pulse;
use super::wire::Wire;
use crate::plan::{End, Operation, Plan, Schedule, Step};
use crate::system::{Address, Answer, Call, World};
use crate::trace::{Evidence, Observation, Outcome, Place, Stopped, Trace};

/// How long the driver may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long one wait may last before it counts as silence.
    pub patience: Duration,
    /// How long one plan may take in all.
    pub total: Duration,
}

/// What the clock said of one plan: apart from the trace, where no oracle sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// How long the plan took.
    pub elapsed: Duration,
    /// How many bytes came out.
    pub bytes: u64,
}

/// Runs a plan in a world of its own.
///
/// It must be polled inside a tokio runtime with time and I/O enabled, unless nothing in the plan waits for anything.
/// It is cancelled safely at any point by dropping it, and ends by itself within the limits unless a foreign call does not return.
pub async fn drive(
    world: &mut dyn World,
    plan: &Plan,
    limits: &Limits,
    pulse: &Pulse,
    interrupt: &AtomicBool,
) -> (Trace, Timing) {
    let mut driver = Driver::new(world, plan, limits, pulse, interrupt).await;
    driver.trace.segmentation.requested = plan.requested();
    driver.room_to_lay = plan.laid();
    driver.trace.observations.reserve(plan.steps.len().min(USUAL_STEPS));
    // tokio's co-operative budget would make the 129th operation of one turn wait although it could go on.
    let result = tokio::task::unconstrained(driver.run()).await;
    driver.trace.stopped = result.err();
    pulse.begins_step(usize::MAX);
    driver.explain_differences();
    let bytes = driver.directions.values().map(|direction| direction.delivered).sum();
    let timing = Timing { elapsed: driver.began.elapsed(), bytes };
    (driver.trace, timing)
}

/// The state of one run.
pub(super) struct Driver<'a> {
    pub(super) world: &'a mut dyn World,
    pub(super) plan: &'a Plan,
    pub(super) limits: &'a Limits,
    pub(super) pulse: &'a Pulse,
    interrupt: &'a AtomicBool,
    began: Instant,
    pub(super) patience: Patience,
    pub(super) trace: Trace,
    /// The step that observations belong to.
    pub(super) step: u32,
    /// What each end sends, by that end.
    pub(super) directions: LiteMap<End, Direction>,
    /// What a read that ran ahead met instead of bytes, by the reading end.
    pub(super) met: LiteMap<End, Outcome>,
    pub(super) mail: Mailbag,
    /// What lies on the wire of each connection of framing.
    pub(super) wires: LiteMap<u16, Wire>,
    /// For how many bytes the first wire on which something is laid gets room.
    pub(super) room_to_lay: usize,
    not_woken: u32,
    /// How often it was asked whether the plan may go on.
    glances: u32,
    places: Vec<Address>,
    buffer: Vec<u8>,
}

/// For how many observations there is room at once.
const USUAL_STEPS: usize = 16;

/// Every how many glances the clock is read: a reading costs as much as a short step, and what takes long reads it itself.
const GLANCES_A_LOOK: u32 = 8;

/// How many lost wake-ups a plan goes on after: each costs the whole of patience.
const MOST_NOT_WOKEN: u32 = 3;

/// What a step goes on with, or why the plan ends here.
pub(super) type Go<T = ()> = Result<T, Stopped>;

impl<'a> Driver<'a> {
    async fn new(
        world: &'a mut dyn World,
        plan: &'a Plan,
        limits: &'a Limits,
        pulse: &'a Pulse,
        interrupt: &'a AtomicBool,
    ) -> Driver<'a> {
        Driver {
            world,
            plan,
            limits,
            pulse,
            interrupt,
            began: Instant::now(),
            patience: Patience::new(limits.patience).await,
            trace: Trace::default(),
            step: 0,
            directions: LiteMap::new(),
            met: LiteMap::new(),
            mail: Mailbag::default(),
            wires: LiteMap::new(),
            room_to_lay: 0,
            not_woken: 0,
            glances: 0,
            places: Vec::new(),
            buffer: Vec::new(),
        }
    }

    async fn run(&mut self) -> Go {
        match self.plan.schedule {
            Schedule::LockStep => {
                for (index, step) in self.plan.steps.iter().enumerate() {
                    self.begin(index)?;
                    let went = self.take(step).await;
                    if went == Err(Stopped::Silence) {
                        self.count_rest(index + 1);
                    }
                    went?;
                }
                Ok(())
            }
            Schedule::Concurrent => self.run_lanes().await,
        }
    }

    /// Takes the counting steps that are left: whether a loss was counted is to be known all the more when the plan ends by it.
    fn count_rest(&mut self, from: usize) {
        for (index, step) in self.plan.steps.iter().enumerate().skip(from) {
            if step.operation == Operation::Count {
                self.step = u32::try_from(index).unwrap_or(u32::MAX);
                self.count(step.end);
            }
        }
    }

    /// Takes one step of a plan in lock-step.
    pub(super) async fn take(&mut self, step: &Step) -> Go {
        let end = step.end;
        match &step.operation {
            Operation::Configure(_)
            | Operation::Open
            | Operation::Bind
            | Operation::Listen
            | Operation::Connect(_)
            | Operation::Accept(_)
            | Operation::Name
            | Operation::Count => self.set_up(end, &step.operation).await,
            Operation::Transfer(transfer) => self.transfer(end, transfer).await,
            Operation::Send(payload) => self.send(end, payload).await,
            Operation::Fill(payload) => self.fill(end, payload).await,
            Operation::Receive { len, max } => self.receive(end, *len, *max).await,
            Operation::PollReceive { max } => self.poll_receive(end, *max),
            Operation::PollSend(payload) => self.poll_send(end, payload),
            Operation::Flush | Operation::ShutDown => self.settle(end, &step.operation).await,
            Operation::Abort => self.leave(end, Call::Abort),
            Operation::Drop => self.leave(end, Call::Drop),
            Operation::SendDatagram { payload, to } => self.send_datagram(end, payload, *to).await,
            Operation::ReceiveDatagram { max } => self.receive_datagram(end, *max, true).await,
            Operation::PollDatagram { max } => self.receive_datagram(end, *max, false).await,
            Operation::Encode(payload) => self.encode(end, payload).await,
            Operation::Frame(payload) => self.lay_frame(end, payload),
            Operation::Header(value) => self.lay_header(end, *value),
            Operation::Raw(payload) => self.lay_raw(end, payload),
            Operation::Feed(feed) => self.feed(end, feed).await,
            Operation::FeedEveryWay => self.feed_every_way(end),
            Operation::FeedEnd => self.feed_end(end).await,
            Operation::AwaitQueue { len } => self.await_queue(end, u64::from(*len)).await,
        }
    }

    /// Begins a step, unless the run is over.
    pub(super) fn begin(&mut self, index: usize) -> Go {
        self.step = u32::try_from(index).unwrap_or(u32::MAX);
        self.pulse.begins_step(index);
        self.glance()
    }

    /// Stops the plan as [`Driver::keep_bounds`] does, though a little later: for what is short and happens often.
    pub(super) fn glance(&mut self) -> Go {
        self.glances = self.glances.wrapping_add(1);
        if self.glances.is_multiple_of(GLANCES_A_LOOK) { self.keep_bounds() } else { self.heed_interrupt() }
    }

    /// Stops the plan behind a wait: a short one has taken no time worth a look at the clock.
    pub(super) fn keep_bounds_after(&mut self, wait: &Wait) -> Go {
        if wait.is_short() { self.glance() } else { self.keep_bounds() }
    }

    /// Stops the plan when its time is up or the run is interrupted.
    pub(super) fn keep_bounds(&self) -> Go {
        self.heed_interrupt()?;
        if self.began.elapsed() > self.limits.total { Err(Stopped::OutOfTime) } else { Ok(()) }
    }

    fn heed_interrupt(&self) -> Go {
        if self.interrupt.load(Ordering::Relaxed) { Err(Stopped::Interrupted) } else { Ok(()) }
    }

    /// Writes down what was seen.
    pub(super) fn see(&mut self, end: End, outcome: Outcome) {
        self.trace.observations.push(Observation { step: self.step, end, outcome });
    }

    /// Writes down that an operation could go on and was not woken; after a few of these, the plan would only say it again and again.
    pub(super) fn see_not_woken(&mut self, end: End) -> Go {
        self.see(end, Outcome::NotWoken);
        self.patience.is_disappointed();
        self.not_woken += 1;
        if self.not_woken < MOST_NOT_WOKEN { Ok(()) } else { Err(Stopped::Silence) }
    }

    /// Makes one call of the world, with the waker of its lane.
    pub(super) fn call(&mut self, end: End, call: Call<'_>) -> Go<Poll<io::Result<Answer>>> {
        let lane: Lane = (end, call.receives());
        let waker = self.patience.waker(lane);
        let mut cx = Context::from_waker(waker);
        let world = &mut self.world;
        // Written where it is wanted: on its way out of the guard it would be moved four times.
        let mut poll = Poll::Pending;
        match self.pulse.guard(|| poll = world.poll(&mut cx, end, call)) {
            Ok(()) => {
                if let Poll::Ready(Ok(Answer::NotOpened(failure))) = poll {
                    self.see(end, Outcome::Error(failure));
                    return Err(Stopped::NotOpened);
                }
                Ok(poll)
            }
            Err(words) => {
                self.see(end, Outcome::Panicked(words));
                Err(Stopped::Foreign)
            }
        }
    }

    /// Reads into a buffer of `max` bytes, which `use_bytes` then sees.
    pub(super) fn read<T>(
        &mut self,
        end: End,
        max: usize,
        use_bytes: impl FnOnce(&mut Driver<'a>, Poll<io::Result<&[u8]>>) -> T,
    ) -> Go<T> {
        let mut buffer = mem::take(&mut self.buffer);
        let upcoming = self.directions.get(&end.other()).map_or(&[][..], Direction::upcoming);
        let room = room_alike(&mut buffer, max, upcoming);
        let poll = self.call(end, Call::Read(&mut buffer[room.clone()]))?;
        let came = &buffer[room];
        let poll = poll.map(|result| {
            result.map(|answer| match answer {
                Answer::Count(len) => &came[..len.min(max)],
                _ => &[],
            })
        });
        let value = use_bytes(self, poll);
        self.buffer = buffer;
        Ok(value)
    }

    /// Receives one datagram into a buffer of `max` bytes, which `use_bytes` then sees.
    pub(super) fn read_datagram<T>(
        &mut self,
        end: End,
        max: usize,
        use_bytes: impl FnOnce(&mut Driver<'a>, Poll<io::Result<(&[u8], Option<Address>)>>) -> T,
    ) -> Go<T> {
        let mut buffer = mem::take(&mut self.buffer);
        let room = room_alike(&mut buffer, max, self.mail.upcoming(end));
        let poll = self.call(end, Call::ReceiveFrom(&mut buffer[room.clone()]))?;
        let came = &buffer[room];
        if let Poll::Ready(Ok(Answer::Datagram { len, .. })) = &poll
            && *len > max
        {
            self.see(end, Outcome::OverReported { given: max as u64, claimed: *len as u64 });
        }
        let poll = poll.map(|result| {
            result.map(|answer| match answer {
                Answer::Datagram { len, from } => (&came[..len.min(max)], from),
                _ => (&[][..], None),
            })
        });
        let value = use_bytes(self, poll);
        self.buffer = buffer;
        Ok(value)
    }

    /// How frames lie on the wire, if the system is one of framing.
    pub(super) fn layout(&self) -> Option<&crate::layout::Layout> {
        self.world.layout()
    }

    /// Reads the counters of an end.
    pub(super) fn counters(&mut self, end: End) -> crate::trace::Counters {
        self.world.counters(end)
    }

    /// Reads how much lies unread at an end, and no other counter.
    pub(super) fn receive_queue(&mut self, end: End) -> Option<u64> {
        self.world.receive_queue(end)
    }

    /// Keeps the counters of an end as evidence.
    pub(super) fn count(&mut self, end: End) {
        let counters = self.counters(end);
        self.trace.evidence.push(Evidence { step: self.step, end, counters });
    }

    /// An address as a number in order of appearance.
    pub(super) fn place(&mut self, address: Address) -> Place {
        // An IPv4 address is the same whether or not a socket that speaks both families shows it mapped into IPv6.
        let address = match address {
            Address::Inet(address) => SocketAddr::new(address.ip().to_canonical(), address.port()).into(),
            other => other,
        };
        let (has_port, is_loopback) = match &address {
            Address::Inet(address) => (address.port() != 0, address.ip().is_loopback()),
            _ => (false, false),
        };
        let known = self.places.iter().position(|place| *place == address);
        let index = known.unwrap_or_else(|| {
            self.places.push(address);
            self.places.len() - 1
        });
        Place { index: index as u32, has_port, is_loopback }
    }

    /// The direction that `end` sends.
    pub(super) fn direction(&mut self, end: End) -> &mut Direction {
        self.directions.entry(end).or_insert_with(Direction::new)
    }

    /// Says of every difference that was written down where its bytes belong.
    fn explain_differences(&mut self) {
        for observation in &mut self.trace.observations {
            let Outcome::Delivered(content) = &mut observation.outcome else { continue };
            let Some(difference) = &mut content.difference else { continue };
            explain(difference, observation.end.other(), &self.directions);
        }
    }
}
