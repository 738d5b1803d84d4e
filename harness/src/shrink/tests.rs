//! Shrinking experiments with made-up failures.

use std::collections::{BTreeMap, BTreeSet};

use super::{change, shrink};
use crate::plan::samples::any_plan;
use crate::plan::{
    Cut, Cuts, Draw, End, Operation, Payload, Plan, Schedule, Script, Setting, Step, Transfer,
};
use crate::spec::Experiment;

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);
const ENOUGH: usize = 100_000;

fn transfers(plan: &Plan) -> impl Iterator<Item = &Transfer> {
    plan.steps.iter().filter_map(|step| match &step.operation {
        Operation::Transfer(transfer) => Some(transfer),
        _ => None,
    })
}

fn is_cut_at(transfer: &Transfer, at: u32) -> bool {
    transfer.cuts.next(u64::from(at) - 1, transfer.payload.len()).0 == u64::from(at)
        && u64::from(at) < transfer.payload.len()
}

/// What is left of `plan`, as text.
fn smallest(plan: Plan, mut fails: impl FnMut(&Plan) -> bool) -> String {
    assert!(fails(&plan), "{plan}");
    shrink(plan.into(), &mut |experiment| fails(&experiment.plans[0]), ENOUGH).plans[0].to_string()
}

/// A stream's plan as specs draw them: sensible, and with more in it than any one failure needs.
fn drawn(draw: &mut Draw, schedule: Schedule) -> Plan {
    let mut script =
        Script::open().configure(End::client(1), Setting::Nagle(false)).step(End::client(1), Operation::Open);
    for _ in 0..draw.between(1, 12) {
        let connection = draw.between(0, 1) as u16;
        let from = *draw.pick(&[End::client(connection), End::peer(connection)]);
        let to = from.other();
        let len = draw.length(1, 10_000);
        // Lanes know no other steps than the first.
        let choice = if schedule == Schedule::Concurrent { 0 } else { draw.between(0, 4) };
        script = match choice {
            0 => {
                let script = script.send(from, len).send(from, 3).step(from, Operation::Flush);
                script.receive(to, len + 3, 7)
            }
            1 => {
                let script = script.send(from, len).step(to, Operation::AwaitQueue { len: 1 });
                script.receive(to, len, 1)
            }
            2 => script.exchange(from, to, len),
            _ => {
                let (cuts, reads) = (draw.cuts(len, 9), draw.reads(99));
                script.transfer_with(from, len, |transfer| {
                    *transfer = Transfer { cuts, reads, slices: 3, reader_waits: true, ..transfer.clone() };
                })
            }
        };
    }
    Plan { schedule, ..script.finish(End::client(1)).finish_both(0).plan() }
}

#[test]
fn what_matters_is_left() {
    let mut draw = Draw::new(1, &["shrink"]);
    let cuts = |at: &[u32]| Cuts::At(at.iter().map(|at| Cut { at: *at, joined: true }).collect());
    let mut script = Script::open();
    for _ in 0..9 {
        let (cuts, len) = (draw.cuts(5000, 9), draw.between(1, 5000));
        script = script.cut(CLIENT, len, cuts, vec![9, 1]).transfer(PEER, 70);
    }
    let script = script.cut(CLIENT, 4096, cuts(&[1, 3, 57, 58, 1000]), vec![1, 7, 3]);
    let plan = script.transfer(CLIENT, 8000).finish_both(0).plan();
    let fails = |plan: &Plan| {
        transfers(plan).any(|transfer| transfer.payload.len() >= 100 && is_cut_at(transfer, 57))
    };
    let text = "client 0  open\nclient 0  transfer pattern 1 from 0 len 100, cut at 57";
    assert_eq!(smallest(plan, fails), text);
}

#[test]
fn pieces_of_equal_length_shrink_to_the_one_that_matters() {
    let script = Script::open().cut(CLIENT, 9000, Cuts::Every { len: 3, joined: true }, vec![]);
    let plan = script.finish(CLIENT).plan();
    let fails = |plan: &Plan| transfers(plan).any(|transfer| is_cut_at(transfer, 192));
    let text = "client 0  open\nclient 0  transfer pattern 1 from 0 len 193, cut at 192";
    assert_eq!(smallest(plan, fails), text);
}

#[test]
fn what_a_failure_needs_together_stays_together() {
    let plan = Script::open()
        .cut(CLIENT, 500, Cuts::At((1..400).map(|at| Cut { at, joined: at % 2 == 0 }).collect()), vec![9])
        .transfer(PEER, 40)
        .transfer_with(PEER, 30, |transfer| transfer.reader_waits = true)
        .finish_both(0)
        .plan();
    let fails = |plan: &Plan| {
        let joined = transfers(plan).any(|transfer| transfer.cuts.count(transfer.payload.len()).joined >= 2);
        joined && transfers(plan).any(|transfer| transfer.reader_waits)
    };
    let text = "\
client 0  open
client 0  transfer pattern 1 from 0 len 3, cut at 1+ 2+
peer 0    transfer pattern 0 from 0 len 0, reader waits";
    assert_eq!(smallest(plan, fails), text);
}

#[test]
fn a_connection_goes_with_all_that_rests_on_it() {
    let mut script =
        Script::new().step(End::listener(0), Operation::Bind).step(End::listener(0), Operation::Listen);
    for n in 0..5 {
        script = script
            .step(End::client(n), Operation::Connect(End::listener(0)))
            .step(End::peer(n), Operation::Accept(End::listener(0)));
    }
    for n in 0..5 {
        script = script.send(End::client(n), 9 + u64::from(n)).receive(End::peer(n), 9 + u64::from(n), 3);
    }
    let fails = |plan: &Plan| {
        plan.steps
            .iter()
            .any(|step| step.end == End::peer(3) && matches!(step.operation, Operation::Receive { .. }))
    };
    let text = "\
listener 0 bind
listener 0 listen
client 3  connect to listener 0
peer 3    accept from listener 0
client 3  send pattern 7 from 0 len 1
peer 3    receive 1, buffer 65536";
    assert_eq!(smallest(script.plan(), fails), text);
}

#[test]
fn a_read_to_the_end_keeps_the_end_and_a_poll_the_flush() {
    let script = Script::open().send(CLIENT, 30).step(CLIENT, Operation::Flush);
    let script = script.step(PEER, Operation::PollReceive { max: 99 });
    let plan = script.send(CLIENT, 20).step(CLIENT, Operation::Flush).finish(CLIENT).plan();
    let reads_to_end = |plan: &Plan| plan.to_string().contains("to the end");
    let text = "client 0  open\nclient 0  shut down\npeer 0    receive to the end, buffer 65536";
    assert_eq!(smallest(plan.clone(), reads_to_end), text);
    let polls = |plan: &Plan| plan.to_string().contains("poll") && plan.to_string().contains("send");
    let text = "\
client 0  open
client 0  send pattern 1 from 0 len 0
client 0  flush
peer 0    poll receive, buffer 65536";
    assert_eq!(smallest(plan, polls), text);
}

#[test]
fn of_two_directions_at_once_one_is_left() {
    for schedule in [Schedule::LockStep, Schedule::Concurrent] {
        let lanes = |script: Script, from: End| {
            let script = script.send(from, 900).step(from, Operation::Flush).send(from, 80);
            script.receive(from.other(), 70, 7).shut_down(from).receive_to_end(from.other())
        };
        let plan = Plan { schedule, ..lanes(lanes(Script::open(), CLIENT), PEER).plan() };
        let ends = |plan: &Plan| plan.to_string().contains("client 0  receive to the end");
        let sends = |plan: &Plan| plan.to_string().contains("peer 0    send");
        let text = "\
client 0  open
peer 0    send pattern 0 from 0 len 0
peer 0    shut down
client 0  receive to the end, buffer 65536";
        let left = smallest(plan, |plan| ends(plan) && sends(plan));
        assert_eq!(left.trim_start_matches("concurrent\n"), text);
    }
}

#[test]
fn an_end_is_kept_for_a_lane_that_reads_up_to_it_from_before() {
    let script = Script::open().concurrent().receive_to_end(PEER).send(CLIENT, 9).shut_down(CLIENT);
    let text = "concurrent\nclient 0  open\npeer 0    receive to the end, buffer 65536\nclient 0  shut down";
    assert_eq!(smallest(script.plan(), |plan| plan.to_string().contains("to the end")), text);
}

#[test]
fn what_comes_after_an_end_rests_on_it() {
    let plan = Script::open().transfer(CLIENT, 9).shut_down(CLIENT).send(CLIENT, 9).plan();
    let text = "client 0  open\nclient 0  shut down\nclient 0  send pattern 1 from 0 len 0";
    assert_eq!(smallest(plan, |plan| plan.to_string().contains("send")), text);
    let plan =
        Script::open().transfer(PEER, 9).step(PEER, Operation::Drop).send(CLIENT, 9).send(CLIENT, 8).plan();
    let text = "client 0  open\npeer 0    drop\nclient 0  send pattern 1 from 0 len 0";
    assert_eq!(smallest(plan, |plan| plan.to_string().contains("send")), text);
}

#[test]
fn parts_of_a_stream_become_one() {
    let script = (1..40).fold(Script::open(), |script, len| script.send(CLIENT, len % 3 + 1));
    let plan = script.step(CLIENT, Operation::Flush).receive(PEER, 78, 5).finish(CLIENT).plan();
    let sent = |plan: &Plan| {
        let payloads = plan.steps.iter().filter_map(|step| change::payload(&step.operation));
        payloads.map(Payload::len).sum::<u64>()
    };
    let text = "client 0  open\nclient 0  send pattern 1 from 0 len 30";
    assert_eq!(smallest(plan, |plan| sent(plan) >= 30), text);
    let at = |at: &[u32]| Cuts::At(at.iter().map(|at| Cut { at: *at, joined: true }).collect());
    let plan = Script::open()
        .cut(CLIENT, 10, at(&[4]), vec![3])
        .cut(CLIENT, 10, at(&[1, 9]), vec![])
        .transfer(PEER, 5)
        .transfer(CLIENT, 6)
        .plan();
    let fails = |plan: &Plan| plan.requested().joined == 3;
    let text = "client 0  open\nclient 0  transfer pattern 1 from 0 len 4, cut at 1+ 2+ 3+";
    assert_eq!(smallest(plan, fails), text);
}

#[test]
fn what_fills_a_buffer_stays_as_long_as_it_is() {
    let mut script = Script::open().transfer(CLIENT, 500);
    let payload = script.payload(CLIENT, 1 << 26);
    let plan = script.step(CLIENT, Operation::Fill(payload)).finish(CLIENT).plan();
    let fails = |plan: &Plan| plan.to_string().contains("fill");
    let text = "client 0  open\nclient 0  fill pattern 1 from 0 len 67108864";
    assert_eq!(smallest(plan, fails), text);
}

#[test]
fn a_control_run_shrinks_with_its_cut_run() {
    let plan = |cuts: Cuts| {
        Script::open().transfer(PEER, 9).cut(CLIENT, 3000, cuts, vec![4, 9]).finish_both(0).plan()
    };
    let cut = plan(Cuts::Every { len: 7, joined: true });
    let experiment = Experiment::together(vec![plan(Cuts::None), cut]);
    let mut fails = |experiment: &Experiment| {
        let [control, cut] = &experiment.plans[..] else { panic!("a plan was lost") };
        let lens = |plan: &Plan| transfers(plan).map(|transfer| transfer.payload.len()).collect::<Vec<u64>>();
        assert_eq!(lens(control), lens(cut));
        assert_eq!(control.requested().joined, 0);
        transfers(cut)
            .any(|transfer| transfer.payload.len() >= 50 && transfer.cuts.count(u64::MAX).joined > 0)
    };
    let smallest = shrink(experiment, &mut fails, ENOUGH);
    let text = "client 0  open\nclient 0  transfer pattern 1 from 0 len 50";
    assert_eq!(smallest.plans[0].to_string(), text);
    assert_eq!(smallest.plans[1].to_string(), format!("{text}, cut at 1+"));
}

#[test]
fn plans_of_different_length_shrink_where_they_are_alike() {
    let plan = |n: u64| {
        let script = (0..n).fold(Script::open(), |script, _| script.transfer(CLIENT, 1000));
        script.finish_both(0).plan()
    };
    let count = |plan: &Plan| transfers(plan).filter(|transfer| transfer.payload.len() >= 10).count();
    let experiment = Experiment::together(vec![plan(4), plan(8)]);
    let ends = |plan: &Plan| plan.to_string().matches("shut down").count();
    let mut fails = |experiment: &Experiment| {
        let [short, long] = &experiment.plans[..] else { panic!("a plan was lost") };
        assert_eq!((ends(short), ends(long)), (2, 2), "what has no counterpart stays");
        count(long) == count(short) + 4
    };
    let smallest = shrink(experiment, &mut fails, ENOUGH);
    let counts: Vec<usize> = smallest.plans.iter().map(count).collect();
    assert_eq!(counts, [0, 4]);
    assert!(smallest.plans.iter().all(|plan| plan.to_string().starts_with("client 0  open")), "{smallest:?}");
}

#[test]
fn every_proposal_makes_sense() {
    let mut draw = Draw::new(2, &["shrink"]);
    for _ in 0..60 {
        let schedule = if draw.one_in(4) { Schedule::Concurrent } else { Schedule::LockStep };
        let plan = drawn(&mut draw, schedule);
        let mut coin = draw.clone();
        let mut fails = |experiment: &Experiment| {
            assert_sensible(&experiment.plans[0]);
            coin.one_in(3)
        };
        shrink(plan.into(), &mut fails, 300);
    }
}

/// Every connection is opened before it is used, every count of bytes is sent before it is waited for,
/// every end is made before it is read to, and no stream has a gap.
fn assert_sensible(plan: &Plan) {
    assert_eq!(Plan::decode(&plan.encode()), *plan, "{plan}");
    let mut seen = Seen::default();
    if plan.schedule == Schedule::Concurrent {
        plan.steps.iter().for_each(|step| seen.send(step));
    }
    for step in &plan.steps {
        if plan.schedule == Schedule::LockStep {
            seen.send(step);
        }
        let is_set_up = matches!(step.operation, Operation::Open | Operation::Configure(_));
        assert!(is_set_up || seen.open.contains(&step.end.connection), "{plan}");
        let there = seen.there.entry(step.end).or_default();
        match &step.operation {
            Operation::Open => seen.open.push(step.end.connection),
            Operation::Receive { len: u64::MAX, .. } => {
                assert!(seen.ended.contains(&step.end.other()), "{plan}");
            }
            Operation::Receive { len, .. } => *there = there.checked_sub(*len).expect("too few bytes"),
            Operation::ReceiveDatagram { .. } => *there = there.checked_sub(DATAGRAM).expect("no datagram"),
            Operation::AwaitQueue { len } => assert!(*there >= u64::from(*len), "{plan}"),
            _ => {}
        }
        if let Some(Payload::Pattern { key, offset, len }) = change::payload(&step.operation) {
            assert_eq!(seen.offsets.insert(*key, offset + len).unwrap_or(0), *offset, "{plan}");
        }
    }
}

/// A datagram counts as more bytes than any plan here has.
const DATAGRAM: u64 = 1 << 40;

#[derive(Default)]
struct Seen {
    open: Vec<u16>,
    ended: Vec<End>,
    there: BTreeMap<End, u64>,
    offsets: BTreeMap<u32, u64>,
}

impl Seen {
    fn send(&mut self, step: &Step) {
        match &step.operation {
            Operation::Send(payload) => *self.there.entry(step.end.other()).or_default() += payload.len(),
            Operation::SendDatagram { to, .. } => *self.there.entry(*to).or_default() += DATAGRAM,
            Operation::ShutDown => self.ended.push(step.end),
            _ => {}
        }
    }
}

#[test]
fn the_budget_is_kept_and_the_order_is_fixed() {
    let mut draw = Draw::new(3, &["shrink"]);
    for budget in [0, 1, 7, 50] {
        let plan = drawn(&mut draw, Schedule::LockStep);
        let run = || {
            let mut calls = Vec::new();
            let mut fails = |experiment: &Experiment| {
                calls.push(experiment.plans[0].encode());
                experiment.plans[0].encode().len().is_multiple_of(3)
            };
            let smallest = shrink(plan.clone().into(), &mut fails, budget);
            (smallest, calls)
        };
        let (smallest, calls) = run();
        assert!(calls.len() <= budget);
        assert!(budget > 0 || smallest == plan.clone().into());
        let distinct: BTreeSet<&Vec<u8>> = calls.iter().collect();
        assert_eq!(distinct.len(), calls.len(), "nothing is tried twice");
        assert_eq!(run(), (smallest, calls.clone()));
    }
}

#[test]
fn any_plan_at_all_shrinks_to_nothing_or_stays() {
    let mut draw = Draw::new(4, &["shrink"]);
    for _ in 0..300 {
        let plan = any_plan(&mut draw);
        assert_eq!(shrink(plan.clone().into(), &mut |_| false, 200), plan.clone().into());
        let nothing = shrink(plan.into(), &mut |_| true, ENOUGH);
        assert_eq!(nothing.plans[0].steps, []);
    }
}

#[test]
fn a_typical_failure_shrinks_within_the_budget_of_a_run() {
    let mut draw = Draw::new(5, &["shrink"]);
    let mut most = 0;
    for _ in 0..50 {
        let plan = drawn(&mut draw, Schedule::LockStep);
        let mut calls = 0;
        let mut fails = |experiment: &Experiment| {
            calls += 1;
            transfers(&experiment.plans[0]).any(|transfer| transfer.payload.len() > 64)
        };
        if fails(&plan.clone().into()) {
            let smallest = shrink(plan.into(), &mut fails, ENOUGH);
            assert_eq!(
                smallest.plans[0].steps.len(),
                2 + usize::from(smallest.plans[0].steps[0].end != CLIENT),
                "{}",
                smallest.plans[0]
            );
            most = most.max(calls);
        }
    }
    assert!(most <= 100, "{most} attempts");
}
