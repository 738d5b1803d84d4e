//! Whoever waits is woken.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{ENDS, MIB, at_once, finished, in_turns, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/wake-ups",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a read or write that had to wait is woken as soon as it can go on",
    clause: "std Future::poll (the last waker is woken), tokio AsyncRead::poll_read and AsyncWrite::poll_write",
    needs: Needs::STREAM,
    kills: &["lost-read-wake-up", "lost-write-wake-up", "one-waker", "end-wakes-nobody", "would-block-error"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

/// More than the buffers between two ends hold, in bytes.
const FULL: u64 = 6 * MIB;

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    // Readers: each piece is written only once the reader was found waiting.
    let mut experiments = in_turns(subject, |script, from| {
        [1, 2, 100, 1460, 8192, 65_536]
            .into_iter()
            .fold(script, |script, len| waited(waited(script, from, 1, 1), from, len * 3, len as u32))
    });
    experiments.push(alternating(subject).into());
    // A read that was given up must not keep the wake-up of the next one to itself.
    experiments.extend(one_way(subject, |script, from| {
        (0..20).fold(script, |script, turn| {
            let script = script.step(from.other(), Operation::PollReceive { max: 64 });
            waited(script, from, 1 + turn * 50, 65_536)
        })
    }));
    // Both at once at each end: a reader's wake-up must not take the place of a writer's.
    experiments.extend(at_once(subject, |script, from| {
        (0..8).fold(script, |script, _| script.send(from, MIB / 4).step(from, Operation::Flush))
    }));
    // Both at once, and each of them woken when it is nobody else's turn.
    for end in ENDS {
        experiments.extend([both_wait(end, true), both_wait(end, false)].map(Experiment::from));
    }
    // Writers: more than the buffers hold, and a reader that is slow, so that every write waits in its turn.
    for from in ENDS {
        let script = Script::open().send(from, FULL).send(from, 100_000).shut_down(from);
        experiments.push(script.receive(from.other(), u64::MAX, 32_768).concurrent().plan().into());
    }
    // Small writes to a reader that takes even less, so that whoever buffers meets full buffers when it flushes and when it shuts down.
    let lens: Vec<u64> = (0..800).map(|_| draw.length(1, 9000)).collect();
    experiments.extend(ENDS.into_iter().flat_map(|from| LAST.map(|last| trickle(from, &lens, last).into())));
    if subject.guarantees.signals_end {
        experiments.extend(ENDS.into_iter().flat_map(|from| [0, 1, 5000].map(|len| ends(from, len).into())));
        experiments
            .extend(ENDS.into_iter().flat_map(|from| [1, 3, 100].map(|len| both_come(from, len).into())));
    }
    experiments
}

/// An end at which a read and a write wait at once, the one that is asked first for longer: one byte is all that comes for the read.
fn both_wait(end: End, reads_first: bool) -> Plan {
    let other = end.other();
    let write = |script: Script| script.send(end, FULL).step(end, Operation::Flush);
    let read = |script: Script| script.receive(end, 1, 64);
    let script = Script::open();
    let script = if reads_first { write(read(script)) } else { read(write(script)) };
    let script = (0..FLUSHES * 4).fold(script, |script, _| script.step(other, Operation::Flush));
    script.send(other, 1).step(other, Operation::Flush).receive(other, FULL, 32_768).concurrent().plan()
}

/// Writes of these lengths, every third of them flushed, and a shutdown behind the last; the reader takes little at a time.
fn trickle(from: End, lens: &[u64], last: u64) -> Plan {
    let script = lens.iter().zip(0_u64..).fold(Script::open(), |script, (len, turn)| {
        let script = script.send(from, *len);
        if turn % 3 == 1 { script.step(from, Operation::Flush) } else { script }
    });
    script.send(from, last).shut_down(from).receive(from.other(), u64::MAX, 128).concurrent().plan()
}

/// What is written last, and not flushed: less than common buffers hold, and more than the reader makes room for in one turn.
const LAST: [u64; 2] = [700, 3000];

/// A reader that waits already when the end comes, behind `len` bytes that it has read.
///
/// The reader is asked first in every round, and the flushes keep the end from coming in the same round as the bytes.
fn ends(from: End, len: u64) -> Plan {
    let to = from.other();
    if len == 0 {
        return Script::open().receive_to_end(to).shut_down(from).concurrent().plan();
    }
    let script = Script::open().receive(to, len, 8192).receive_to_end(to).send(from, len);
    let script = (0..FLUSHES).fold(script, |script, _| script.step(from, Operation::Flush));
    script.shut_down(from).concurrent().plan()
}

/// A reader that waits already when bytes and the end come at once.
fn both_come(from: End, len: u64) -> Plan {
    Script::open().receive_to_end(from.other()).send(from, len).shut_down(from).concurrent().plan()
}

/// More steps than one lane takes before it is another's turn.
const FLUSHES: u32 = 8;

/// Sends `len` bytes in pieces of `piece` to a reader that waits for each.
fn waited(script: Script, from: End, len: u64, piece: u32) -> Script {
    script.transfer_with(from, len, |transfer| {
        transfer.cuts = Cuts::Every { len: piece, joined: false };
        transfer.reader_waits = true;
    })
}

/// One byte to and fro, each end waiting in its turn.
fn alternating(subject: &Subject) -> Plan {
    let script = (0..400).fold(Script::open(), |script, turn| waited(script, ENDS[turn % 2], 1, 1));
    finished(subject, script, ENDS[0])
}
