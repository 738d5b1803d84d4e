//! Connections share nothing.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::MIB;

pub(super) static SPEC: Spec = Spec {
    id: "stream/independent-connections",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "what happens on one connection is not seen on another: no byte, no end, no wait",
    clause: "A7; RFC 9293 §4 (a connection is a pair of sockets), POSIX accept",
    needs: Needs::STREAM,
    kills: &["cross-talk", "second-connection"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let plans = [
        interleaved(subject, draw),
        unread(subject),
        one_after_another(subject),
        behind_one_left_unread(subject),
        closing(subject),
        at_once(subject),
    ];
    // The kernel keeps its connections apart by more than a few bits, and descriptors may be scarce.
    let many = (!subject.is_kernel).then(|| many(subject));
    plans.into_iter().chain(many).map(Experiment::from).collect()
}

fn opened(count: u16) -> Script {
    (0..count).fold(Script::new(), |script, n| script.step(End::client(n), Operation::Open))
}

/// Ends connection `n`, both directions if they can be ended one by one.
fn closed(subject: &Subject, script: Script, n: u16) -> Script {
    if subject.can(Capability::HalfClose) { script.finish_both(n) } else { script.finish(End::client(n)) }
}

/// Three connections in turns, both directions, cut and joined.
fn interleaved(subject: &Subject, draw: &mut Draw) -> Plan {
    let script = (0..120).fold(opened(3), |script, turn: u16| {
        let from = if turn.is_multiple_of(2) { End::client(turn % 3) } else { End::peer(turn % 3) };
        let len = draw.length(1, 5000);
        script.cut(from, len, draw.cuts(len, 4), Vec::new())
    });
    (0..3).fold(script, |script, n| closed(subject, script, n)).plan()
}

/// Bytes wait on every connection at once, and are read in another order than they were sent in.
fn unread(subject: &Subject) -> Plan {
    let script = [1, 100, 4096, 20_000].into_iter().fold(opened(4), |script, len| {
        let script = (0..4).fold(script, |script, n| {
            let script = script.send(End::client(n), len).step(End::client(n), Operation::Flush);
            script.send(End::peer(n), len).step(End::peer(n), Operation::Flush)
        });
        [2, 0, 3, 1].into_iter().fold(script, |script, n| {
            script.receive(End::peer(n), len, 1000).receive(End::client(n), len, 1000)
        })
    });
    (0..4).fold(script, |script, n| closed(subject, script, n)).plan()
}

/// Each is opened once the one before is over, and begins afresh.
fn one_after_another(subject: &Subject) -> Plan {
    let script = (0..5).fold(Script::new(), |script, n| {
        let script = script.step(End::client(n), Operation::Open).transfer(End::client(n), 3000);
        let script = script.transfer(End::peer(n), 3000).send(End::client(n), 700);
        closed(subject, script, n)
    });
    script.plan()
}

/// Each is opened once the one before was dropped with bytes on their way in both directions, and begins afresh.
fn behind_one_left_unread(subject: &Subject) -> Plan {
    let script = (0..4).fold(Script::new(), |script, n| {
        let (client, peer) = (End::client(n), End::peer(n));
        let script = script.step(client, Operation::Open).transfer(client, 300).transfer(peer, 300);
        let script = script.send(client, 5000).step(client, Operation::Flush);
        let script = script.send(peer, 5000).step(peer, Operation::Flush);
        let (first, second) = if n % 2 == 0 { (client, peer) } else { (peer, client) };
        script.step(first, Operation::Drop).step(second, Operation::Drop)
    });
    let script = script.step(End::client(4), Operation::Open);
    closed(subject, script.transfer(End::client(4), 300).transfer(End::peer(4), 300), 4).plan()
}

/// How many connections are open at once, each of which has bytes under way: more than four bits number.
const MANY: u16 = 18;

fn many(subject: &Subject) -> Plan {
    let ends = |n| [End::client(n), End::peer(n)];
    let send = |script: Script, from| script.send(from, 100).step(from, Operation::Flush);
    let script = (0..MANY).flat_map(ends).fold(opened(MANY), send);
    let receive = |script: Script, to| script.receive(to, 100, 64);
    let script = (0..MANY).rev().flat_map(ends).fold(script, receive);
    (0..MANY).fold(script, |script, n| closed(subject, script, n)).plan()
}

/// One is ended and one is dropped while the others go on.
fn closing(subject: &Subject) -> Plan {
    let on = |script: Script, n| {
        let every = Cuts::Every { len: 100, joined: false };
        script.cut(End::client(n), 1000, every.clone(), Vec::new()).cut(End::peer(n), 1000, every, Vec::new())
    };
    let script = (0..4).fold(opened(4), on);
    let script = closed(subject, script, 1);
    let script = [0, 2, 3].into_iter().fold(script, on).step(End::client(2), Operation::Drop);
    let script = [0, 3].into_iter().fold(script, on);
    [3, 0].into_iter().fold(script, |script, n| closed(subject, script, n)).plan()
}

/// More than the buffers hold on three connections at the same time.
fn at_once(subject: &Subject) -> Plan {
    let script = (0..3).fold(opened(3), |script, n| {
        let lane = |script: Script, from| script.send(from, MIB).shut_down(from).receive_to_end(from.other());
        let script = lane(script, End::client(n));
        if subject.can(Capability::HalfClose) { lane(script, End::peer(n)) } else { script }
    });
    script.concurrent().plan()
}
