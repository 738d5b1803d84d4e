//! The same work as [`bare`](crate::bare), by a plan and the driver.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sockspec::codec::TokioCodec;
use tokio_util::codec::LengthDelimitedCodec;

use sockspec_harness::drive::{Limits, Pulse, drive};
use sockspec_harness::layout::Layout;
use sockspec_harness::link::DirectCodec;
use sockspec_harness::plan::{Cuts, End, Feed, Operation, Payload, Plan, Script};
use sockspec_harness::subject::Subject;
use sockspec_harness::system::System;
use sockspec_harness::trace::Trace;

/// The plan of [`bare::stream::exchange`](crate::bare::stream::exchange): `pieces` pieces of `len` bytes (at least 1), each cut proven.
pub fn exchange(pieces: u64, len: u32) -> Plan {
    let cuts = Cuts::Every { len, joined: false };
    Script::open().cut(End::client(0), pieces * u64::from(len), cuts, Vec::new()).plan()
}

/// The plan of [`bare::stream::connections`](crate::bare::stream::connections).
pub fn connections(connections: u16) -> Plan {
    let listener = End::listener(0);
    let mut script = Script::new().step(listener, Operation::Bind).step(listener, Operation::Listen);
    for n in 0..connections {
        script = script
            .step(End::client(n), Operation::Connect(listener))
            .step(End::peer(n), Operation::Accept(listener))
            .step(End::client(n), Operation::Drop)
            .step(End::peer(n), Operation::Drop);
    }
    script.plan()
}

/// The plan of [`bare::stream::bulk`](crate::bare::stream::bulk): `len` bytes one way, read by `read` at a time, every byte compared.
pub fn bulk(len: u64, read: u32) -> Plan {
    let client = End::client(0);
    Script::open()
        .send(client, len)
        .shut_down(client)
        .receive(client.other(), u64::MAX, read)
        .concurrent()
        .plan()
}

/// The plan of [`bare::datagram::exchange`](crate::bare::datagram::exchange): as there the same datagram each time,
/// since what a copy costs depends on how many bytes of payloads want to stay in a cache.
pub fn datagrams(count: u64, len: u64) -> Plan {
    let (client, peer) = (End::client(0), End::peer(0));
    let payload = Payload::Pattern { key: 0, offset: 0, len };
    let exchange = |script: Script, _| {
        script
            .step(client, Operation::SendDatagram { payload: payload.clone(), to: peer })
            .receive_datagram(peer)
    };
    (0..count).fold(Script::open(), exchange).plan()
}

/// `count` frames of `len` bytes each, fed byte by byte.
pub fn frames(count: u64, len: u64) -> Plan {
    let (client, peer) = (End::client(0), End::peer(0));
    let frame = |script: Script, n: u64| {
        let payload = Payload::Pattern { key: 1, offset: n * len, len };
        script.step(client, Operation::Frame(payload))
    };
    let feed = Feed { cuts: Cuts::Every { len: 1, joined: false }, lost: 0 };
    (0..count)
        .fold(Script::new(), frame)
        .step(peer, Operation::Feed(feed))
        .step(peer, Operation::FeedEnd)
        .plan()
}

/// Runs a plan on `system` in a world of its own.
///
/// # Panics
/// If the plan was not run to its end with every cut achieved: a rate of something else would be no measurement.
pub async fn run(system: &dyn System, plan: &Plan) -> Trace {
    let limits = Limits { patience: Duration::from_secs(10), total: Duration::from_secs(60) };
    let mut world = system.world();
    let (trace, _) = drive(&mut *world, plan, &limits, &Pulse::default(), &AtomicBool::new(false)).await;
    assert_eq!(trace.stopped, None, "the plan runs to its end");
    assert_eq!(trace.segmentation.achieved, trace.segmentation.requested, "every cut is achieved");
    trace
}

/// A system of tokio-util's codec, called directly.
///
/// # Panics
/// Never: the layout is that codec's own.
pub fn length_delimited() -> DirectCodec {
    let subject = Subject::framing("length-delimited", Layout::u32_be());
    DirectCodec::new(subject, Arc::new(|| Box::new(TokioCodec(LengthDelimitedCodec::new()))))
}

/// Frames of these lengths, decoded in every way in which their wire can be cut, each held against the reference.
pub fn every_way(lens: &[u64]) -> Plan {
    let (client, peer) = (End::client(0), End::peer(0));
    let frame = |script: Script, len: &u64| {
        let payload = Payload::Pattern { key: 1, offset: 0, len: *len };
        script.step(client, Operation::Frame(payload))
    };
    lens.iter().fold(Script::new(), frame).step(peer, Operation::FeedEveryWay).plan()
}
