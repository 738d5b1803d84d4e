//! What is asked of worlds: small things that programs do.

use super::memory::{LARGEST, ROOM};
use super::probe::Probe;
use crate::plan::{End, Setting, slice};
use crate::system::Call;

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);
const LISTENER: End = End::listener(0);

fn open(probe: &mut Probe) {
    let _ = probe.ask(CLIENT, Call::Open);
}

/// A few bytes each way, and the end of one.
pub(super) fn stream_greeting(probe: &mut Probe) {
    open(probe);
    probe.write(CLIENT, b"hello");
    probe.read(PEER, 64);
    probe.write(PEER, b"and you");
    probe.read(CLIENT, 64);
    let _ = probe.ask(CLIENT, Call::ShutDown);
    probe.read(PEER, 64);
    probe.count(CLIENT);
}

pub(super) fn pieces(probe: &mut Probe) {
    open(probe);
    for (index, len) in [5, 300, 1, 2000, 17, 20_000, 64, 4096].into_iter().enumerate() {
        probe.write(CLIENT, slice(index as u32, 0, len));
        probe.drain(PEER, 65_536);
    }
}

pub(super) fn joined(probe: &mut Probe) {
    open(probe);
    probe.write(CLIENT, b"first");
    probe.write(CLIENT, b"second");
    probe.drain(PEER, 64);
}

pub(super) fn short_reads(probe: &mut Probe) {
    open(probe);
    for max in [7, 1, 4096] {
        probe.write(CLIENT, slice(0, 0, 9000));
        probe.read(PEER, max);
        probe.drain(PEER, max);
    }
}

pub(super) fn two_connections(probe: &mut Probe) {
    open(probe);
    let _ = probe.ask(End::client(1), Call::Open);
    for connection in [0, 1] {
        probe.write(End::client(connection), slice(u32::from(connection), 0, 100));
        probe.drain(End::peer(connection), 64);
    }
}

pub(super) fn both_ways(probe: &mut Probe) {
    open(probe);
    probe.write(CLIENT, slice(0, 0, 100));
    probe.write(PEER, slice(1, 0, 100));
    probe.drain(CLIENT, 128);
    probe.drain(PEER, 128);
}

pub(super) fn nothing(probe: &mut Probe) {
    open(probe);
    probe.write(CLIENT, b"before");
    probe.read(PEER, 0);
    probe.drain(PEER, 64);
    probe.write(CLIENT, b"");
    probe.write(CLIENT, b"behind");
    probe.drain(PEER, 64);
}

pub(super) fn end(probe: &mut Probe) {
    open(probe);
    let _ = probe.ask(CLIENT, Call::Write(slice(0, 0, 100)));
    let _ = probe.ask(CLIENT, Call::ShutDown);
    probe.drain(PEER, 64);
    probe.read(PEER, 64);
    probe.read(PEER, 64);
    let _ = probe.ask(CLIENT, Call::Write(b"too late"));
    probe.write(PEER, b"not too late");
    probe.drain(CLIENT, 64);
}

pub(super) fn left(probe: &mut Probe) {
    open(probe);
    let _ = probe.ask(CLIENT, Call::Write(slice(0, 0, 100)));
    let _ = probe.ask(CLIENT, Call::ShutDown);
    let _ = probe.ask(CLIENT, Call::Drop);
    probe.drain(PEER, 64);
}

pub(super) fn reset(probe: &mut Probe) {
    open(probe);
    let _ = probe.ask(CLIENT, Call::Abort);
    probe.read(PEER, 64);
}

pub(super) fn waiting_reads(probe: &mut Probe) {
    open(probe);
    for _ in 0..3 {
        probe.read(PEER, 64);
        let woken = probe.keep_bell();
        probe.write(CLIENT, b"wake up");
        woken(probe);
        probe.read(PEER, 64);
    }
    probe.read(PEER, 64);
    let woken = probe.keep_bell();
    let _ = probe.ask(CLIENT, Call::ShutDown);
    woken(probe);
}

pub(super) fn waiting_writes(probe: &mut Probe) {
    open(probe);
    for end in [CLIENT, PEER] {
        probe.write(end, slice(0, 0, ROOM));
    }
    let _ = probe.ask(CLIENT, Call::Write(b"one more"));
    let woken = probe.keep_bell();
    probe.read(CLIENT, 64);
    probe.read(PEER, 64);
    woken(probe);
}

pub(super) fn waiting_both(probe: &mut Probe) {
    open(probe);
    probe.write(CLIENT, slice(0, 0, ROOM));
    let _ = probe.ask(CLIENT, Call::Write(b"one more"));
    let writer_woken = probe.keep_bell();
    probe.read(CLIENT, 64);
    let reader_woken = probe.keep_bell();
    probe.read(PEER, 64);
    probe.write(PEER, b"wake up");
    writer_woken(probe);
    reader_woken(probe);
}

pub(super) fn cancelled_read(probe: &mut Probe) {
    open(probe);
    probe.read(PEER, 10);
    probe.write(CLIENT, slice(0, 0, 100));
    probe.drain(PEER, 64);
}

pub(super) fn several_buffers(probe: &mut Probe) {
    open(probe);
    probe.write_vectored(CLIENT, &[b"one", b"", b"two", b"three"]);
    probe.drain(PEER, 64);
}

pub(super) fn many_writes(probe: &mut Probe) {
    open(probe);
    for index in 0..400 {
        probe.write(CLIENT, slice(0, index, 1));
        probe.read(PEER, 64);
    }
}

pub(super) fn bulk(probe: &mut Probe) {
    open(probe);
    for index in 0..80 {
        probe.write(CLIENT, slice(0, index * 50_000, 50_000));
        probe.read(PEER, ROOM);
    }
}

/// One listener, three clients, and one who calls where nobody listens.
pub(super) fn set_up(probe: &mut Probe) {
    let _ = probe.ask(CLIENT, Call::Write(b"too early"));
    let _ = probe.ask(LISTENER, Call::Bind);
    let _ = probe.ask(LISTENER, Call::Listen);
    for n in 0..3 {
        let _ = probe.ask(End::client(n), Call::Connect(LISTENER));
        let _ = probe.ask(End::peer(n), Call::Accept(LISTENER));
        probe.count(End::client(n));
        let _ = probe.ask(End::client(n), Call::Name);
        let _ = probe.ask(End::peer(n), Call::Name);
    }
    let _ = probe.ask(End::client(0), Call::ShutDown);
    let _ = probe.ask(End::peer(1), Call::Drop);
    probe.write(End::peer(2), b"still here");
    probe.read(End::client(2), 64);
    let _ = probe.ask(End::client(3), Call::Connect(End::listener(1)));
}

pub(super) fn settings(probe: &mut Probe) {
    for setting in [
        Setting::Nagle(true),
        Setting::Cork(true),
        Setting::SegmentSize(600),
        Setting::Nagle(false),
        Setting::Cork(false),
    ] {
        let _ = probe.ask(CLIENT, Call::Configure(setting));
        probe.count(CLIENT);
    }
}

fn bind(probe: &mut Probe, ends: &[End]) {
    for end in ends {
        let _ = probe.ask(*end, Call::Bind);
    }
}

/// One short datagram.
pub(super) fn datagram_greeting(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    let _ = probe.ask(CLIENT, Call::SendTo(PEER, b"hello"));
    probe.receive(PEER, 65_536);
}

pub(super) fn sizes(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    let _ = probe.ask(CLIENT, Call::Name);
    for (index, len) in [900, 10, 0, 200, 100, 1600, 9000, LARGEST].into_iter().enumerate() {
        let _ = probe.ask(CLIENT, Call::SendTo(PEER, slice(index as u32, 0, len)));
        probe.receive(PEER, 65_536);
    }
    probe.receive(PEER, 65_536);
}

pub(super) fn queued(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    for _ in 0..3 {
        let _ = probe.ask(CLIENT, Call::SendTo(PEER, slice(0, 0, 60_000)));
    }
    probe.count(PEER);
    for len in [20, 30] {
        let _ = probe.ask(PEER, Call::SendTo(CLIENT, slice(len, 0, len as usize)));
    }
    probe.receive(CLIENT, 65_536);
    probe.receive(CLIENT, 65_536);
}

pub(super) fn short_buffers(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    for len in [100, 30] {
        let _ = probe.ask(CLIENT, Call::SendTo(PEER, slice(len, 0, len as usize)));
    }
    probe.receive(PEER, 50);
    probe.receive(PEER, 50);
    probe.receive(PEER, 50);
}

pub(super) fn oversize(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    for len in [LARGEST + 1, 20] {
        let _ = probe.ask(CLIENT, Call::SendTo(PEER, slice(0, 0, len)));
        probe.receive(PEER, 65_536);
    }
}

/// A connected end, a stranger who writes to it, and one who is connected to nobody.
pub(super) fn strangers(probe: &mut Probe) {
    bind(probe, &[PEER, End::peer(1)]);
    let _ = probe.ask(CLIENT, Call::Connect(PEER));
    let _ = probe.ask(CLIENT, Call::Name);
    for (from, to) in [(CLIENT, PEER), (PEER, CLIENT), (End::peer(1), CLIENT)] {
        let _ = probe.ask(from, Call::SendTo(to, slice(0, 0, 40)));
    }
    for end in [CLIENT, PEER, End::peer(1)] {
        probe.receive(end, 64);
        probe.receive(end, 64);
    }
    let _ = probe.ask(End::client(2), Call::Connect(End::peer(2)));
    for _ in 0..2 {
        let _ = probe.ask(End::client(2), Call::SendTo(End::peer(2), b"anybody there"));
        probe.receive(End::client(2), 64);
    }
}

pub(super) fn waiting_receive(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    probe.receive(PEER, 64);
    let woken = probe.keep_bell();
    let _ = probe.ask(CLIENT, Call::SendTo(PEER, b"wake up"));
    woken(probe);
}

pub(super) fn cancelled_receive(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    probe.receive(PEER, 10);
    for len in [30, 40] {
        let _ = probe.ask(CLIENT, Call::SendTo(PEER, slice(len, 0, len as usize)));
    }
    probe.receive(PEER, 64);
    probe.receive(PEER, 64);
}

pub(super) fn many_datagrams(probe: &mut Probe) {
    bind(probe, &[CLIENT, PEER]);
    for index in 0..120 {
        let _ = probe.ask(CLIENT, Call::SendTo(PEER, slice(index, 0, 50)));
        probe.receive(PEER, 64);
    }
}
