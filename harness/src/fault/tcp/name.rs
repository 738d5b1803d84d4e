//! Names that are not those of the socket.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::Poll;

use crate::fault::Fault;
use crate::fault::around::{around, elsewhere};
use crate::plan::{Actor, End};
use crate::subject::{Capability, Kind};
use crate::system::{Address, Answer, Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "accept-own-port",
        "an accepted end names a port of its own instead of its listener's",
        accept_own_port,
    )
    .needing(&[Capability::Ports, Capability::Names]),
    Fault::stream(
        "unmirrored-names",
        "the client takes its own name for its peer's and the other way round",
        unmirrored_names,
    )
    .needing(&[Capability::Ports, Capability::Names]),
    Fault {
        kinds: &[Kind::Stream, Kind::Datagram],
        ..Fault::stream(
            "wildcard-name",
            "a bound or connected end names every address of the machine as its own",
            wildcard_name,
        )
        .needing(&[Capability::Ports, Capability::Names])
    },
    Fault {
        kinds: &[Kind::Stream, Kind::Datagram],
        ..Fault::stream(
            "wrong-names",
            "an end names a port that is not its peer's as its peer's",
            wrong_names,
        )
        .needing(&[Capability::Ports, Capability::Names])
    },
];

fn accept_own_port(sound: Box<dyn World>) -> Box<dyn World> {
    let mut accepted = BTreeSet::new();
    around(sound, move |sound, cx, end, call| {
        if matches!(call, Call::Accept(_)) {
            accepted.insert(end);
        }
        let answered = sound.poll(cx, end, call);
        if !accepted.contains(&end) {
            return answered;
        }
        answered.map_ok(|answer| match answer {
            Answer::Names { local, peer } => Answer::Names { local: elsewhere(local), peer },
            other => other,
        })
    })
}

fn unmirrored_names(sound: Box<dyn World>) -> Box<dyn World> {
    on_name(sound, |end, local, peer| match peer {
        Some(peer) if end.actor == Actor::Client => (peer, Some(local)),
        peer => (local, peer),
    })
}

fn wildcard_name(sound: Box<dyn World>) -> Box<dyn World> {
    on_name(sound, |_, local, peer| match local {
        Address::Inet(SocketAddr::V4(address)) => {
            (SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())).into(), peer)
        }
        Address::Inet(SocketAddr::V6(address)) => {
            (SocketAddr::from((Ipv6Addr::UNSPECIFIED, address.port())).into(), peer)
        }
        local => (local, peer),
    })
}

fn wrong_names(sound: Box<dyn World>) -> Box<dyn World> {
    on_name(sound, |_, local, peer| (local, peer.map(elsewhere)))
}

/// The local and the peer's name.
type Names = (Address, Option<Address>);

/// A world in which `tamper` changes the local and the peer's name of an end.
fn on_name(sound: Box<dyn World>, tamper: fn(End, Address, Option<Address>) -> Names) -> Box<dyn World> {
    around(sound, move |sound, cx, end, call| match sound.poll(cx, end, call) {
        Poll::Ready(Ok(Answer::Names { local, peer })) => {
            let (local, peer) = tamper(end, local, peer);
            Poll::Ready(Ok(Answer::Names { local, peer }))
        }
        answered => answered,
    })
}
