//! Codecs of different connections share nothing.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, End, Operation, Payload, Plan, Script, slice};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{encoded, feed, feed_losing, fitting, frames, header_len, is_direct, layout, pieces};

pub(super) static SPEC: Spec = Spec {
    id: "framing/independent-connections",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "what one connection's codec is fed, or encodes, changes nothing for another's",
    clause: "A7, A10",
    needs: Needs::DECODER,
    kills: &["second-codec", "shared-codec-state"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    // One after the other, each with the same and with other lengths.
    for count in if is_direct(subject) { vec![2, 3, 300] } else { vec![2, 3, 12] } {
        experiments.push(in_turn(layout, count, |_| vec![5, 0, 9]).into());
        experiments
            .push(in_turn(layout, count, |n| vec![u64::from(n % 7), 300, 1 + u64::from(n % 3)]).into());
    }
    // Interleaved: each frame comes in pieces, and between them come pieces of the other connection's.
    for lens in [[5, 9], [3, 300], [300, 3], [1, 1], [0, 7], [128, 127], [20_000, 5]] {
        for piece in [1, 2, 3, 5, 64, 7000] {
            let lens = fitting(layout, &lens);
            if lens.iter().sum::<u64>() / piece < if is_direct(subject) { 700 } else { 60 } {
                experiments.push(interleaved(layout, &lens, piece as usize).into());
            }
        }
    }
    // Cut right inside the header and right behind it.
    for at in 1..=header_len(layout, 7).min(12) {
        experiments.push(interleaved(layout, &fitting(layout, &[7, 8, 9]), at as usize).into());
    }
    experiments.extend(troubled(layout).into_iter().map(Experiment::from));
    if subject.can(Capability::Encodes) {
        let script = (0..12u16).fold(Script::new(), |script, round| {
            let len = u64::from(round * 5 % 11).min(layout.largest());
            encoded(script, End::client(round % 3), &[len])
        });
        let script = (0..3).fold(script, |script, n| ended(feed(script, End::peer(n), pieces(2)), n));
        experiments.push(script.plan().into());
    }
    for _ in 0..if is_direct(subject) { 40 } else { 4 } {
        let lens: Vec<u64> =
            (0..draw.between(2, 4)).map(|_| draw.length(1, 400).min(layout.largest())).collect();
        experiments.push(interleaved(layout, &lens, draw.length(4, 90) as usize).into());
    }
    experiments
}

fn ended(script: Script, n: u16) -> Script {
    script.step(End::peer(n), Operation::FeedEnd)
}

/// So many connections, each used up and closed before the next one begins: what each of them holds is held once.
fn in_turn(layout: &Layout, count: u16, lens: impl Fn(u16) -> Vec<u64>) -> Plan {
    let one = |script: Script, n: u16| {
        let lens = fitting(layout, &lens(n));
        let script = feed(frames(script, End::client(n), &lens), End::peer(n), pieces(3 + u32::from(n % 2)));
        ended(script, n).step(End::peer(n), Operation::Drop)
    };
    (0..count).fold(Script::new(), one).plan()
}

/// Three frames of one length on each connection, in pieces of so many bytes, a piece of each connection in turn.
fn interleaved(layout: &Layout, lens: &[u64], piece: usize) -> Plan {
    let wire = |(n, len): (usize, &u64)| {
        let frame = |k: u64| {
            let payload = slice(n as u32, k * 977, *len as usize).to_vec();
            [layout.header(*len).unwrap_or_default(), payload, layout.trailer().to_vec()].concat()
        };
        (0..3).flat_map(frame).collect::<Vec<u8>>()
    };
    let wires: Vec<Vec<u8>> = lens.iter().enumerate().map(wire).collect();
    let longest = wires.iter().map(Vec::len).max().unwrap_or(0);
    let mut script = Script::new();
    for start in (0..longest).step_by(piece.max(1)) {
        for (n, wire) in wires.iter().enumerate().filter(|(_, wire)| start < wire.len()) {
            let bytes = wire[start..wire.len().min(start + piece)].to_vec();
            let n = n as u16;
            script = script.step(End::client(n), Operation::Raw(Payload::Literal(bytes)));
            script = feed(script, End::peer(n), Cuts::None);
        }
    }
    (0..lens.len()).fold(script, |script, n| ended(script, n as u16)).plan()
}

/// One connection is cut off inside a frame, or refuses one; the next one does not notice.
fn troubled(layout: &Layout) -> Vec<Plan> {
    let good = |script: Script, n: u16| {
        let lens = fitting(layout, &[5, 0, 9]);
        ended(feed(frames(script, End::client(n), &lens), End::peer(n), pieces(2)), n)
    };
    let len = 9.min(layout.largest());
    let cut_off = |lost: u64| {
        let script = frames(Script::new(), End::client(0), &[len]);
        let script = feed_losing(script, End::peer(0), pieces(1), lost);
        // Before its end and behind it: the other may be at work all the while.
        good(ended(good(script, 1), 0), 2).plan()
    };
    let mut plans: Vec<Plan> = (1..len).chain([len + 1]).map(cut_off).collect();
    if layout.largest() < layout.announceable() {
        let value = layout.value_of(layout.largest() + 1).unwrap_or(u64::MAX);
        let script = Script::new().step(End::client(0), Operation::Header(value));
        plans.push(good(ended(good(feed(script, End::peer(0), Cuts::None), 1), 0), 2).plan());
    }
    plans
}
