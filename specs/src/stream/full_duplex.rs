//! Both directions go on at once, and neither waits for the other.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, ENDS, MIB, PEER, at_once, finished};

pub(super) static SPEC: Spec = Spec {
    id: "stream/full-duplex",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "both directions carry bytes at once, more than the buffers hold, and neither blocks or changes the other",
    clause: "RFC 9293 §2.2 (data flow is bidirectional)",
    needs: Needs::STREAM,
    kills: &["duplex-deadlock", "mutual-deadlock", "echoed-direction"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let mut experiments: Vec<Experiment> = vec![crossing(subject).into(), both_full(subject).into()];
    let lens: Vec<u64> = (0..64).map(|_| draw.length(1, 60_000)).collect();
    experiments.extend(at_once(subject, |script, from| {
        lens.iter().fold(script, |script, len| script.send(from, *len).step(from, Operation::Flush))
    }));
    experiments.extend(at_once(subject, |script, from| script.send(from, LONG)));
    // The last, since a transport that holds small writes back for an acknowledgement takes seconds over it.
    experiments.push(to_and_fro(subject).into());
    experiments
}

/// Both ends write faster than they read, so that both directions are full at the same time before either is emptied.
///
/// The writers come first in every round and the readers take little, but what is written goes through in the end without any of it being given up:
/// how much lies in between is the system's affair.
fn both_full(subject: &Subject) -> Plan {
    let half_closes = subject.can(Capability::HalfClose);
    let written = ENDS.into_iter().fold(Script::open(), |script, from| {
        let script = script.send(from, FULL);
        if half_closes { script.shut_down(from) } else { script.step(from, Operation::Flush) }
    });
    let len = if half_closes { u64::MAX } else { FULL };
    ENDS.into_iter().fold(written, |script, to| script.receive(to, len, SLOWLY)).concurrent().plan()
}

/// More bytes than the buffers of one direction hold while its reader lags behind.
///
/// The largest in play are those of TCP: the sender's grows to 4 MiB (the third value of `tcp_wmem`, tcp(7)), and the receiver's, which grows
/// only with what is read, adds some hundred KiB; on loopback the first write has to wait behind 4.2 to 4.5 million bytes.
/// A Unix stream takes 230 KiB, a pipe in memory what it was made with.
const FULL: u64 = 5 * MIB;

/// Many times what lies between ends that read as fast as they write, so that every buffer is filled and emptied again and again.
const LONG: u64 = 4 * MIB;

/// A read of so many bytes takes a small part of what a write lays down.
const SLOWLY: u32 = 4096;

/// Both ends send before either reads, so that bytes are under way in both directions.
fn crossing(subject: &Subject) -> Plan {
    let script = [1, 2, 100, 1000, 1460, 4096, 16_384].into_iter().fold(Script::open(), |script, len| {
        let sends =
            ENDS.into_iter().fold(script, |script, from| script.send(from, len).step(from, Operation::Flush));
        sends.receive(PEER, len, 1024).receive(CLIENT, len, 1024)
    });
    finished(subject, script, CLIENT)
}

/// A byte here, a byte there, with sizes that change the direction in the middle of a buffer.
fn to_and_fro(subject: &Subject) -> Plan {
    let script = (0..200).fold(Script::open(), |script, turn: u64| {
        let (every, read) = (Cuts::Every { len: 2, joined: false }, 1 + (turn % 5) as u32);
        let script = script.cut(CLIENT, 1 + turn % 7, every, vec![read]);
        script.transfer(PEER, 1 + turn * turn % 700)
    });
    finished(subject, script, PEER)
}
