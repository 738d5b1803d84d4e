//! UDP worlds driven by hand.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Udp;
use crate::link::by_hand::{CLIENT, PEER, ask, done, poll_once, receive, run, send};
use crate::plan::{End, Setting};
use crate::subject::Subject;
use crate::system::{Answer, Call, System, World};

/// Every system of this machine that these tests are about.
fn systems() -> Vec<Udp> {
    let all = [
        Udp::new("udp-v4", IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Udp::new("udp-v6", IpAddr::V6(Ipv6Addr::LOCALHOST)),
        Udp::blocking("udp-v4-blocking", IpAddr::V4(Ipv4Addr::LOCALHOST)),
    ];
    all.into_iter().filter(|system| system.unavailable().is_none()).collect()
}

fn for_each_world(test: impl AsyncFn(&Subject, &mut dyn World) + Copy + Send + 'static) {
    for system in systems() {
        run(async move || test(system.subject(), &mut *system.world()).await);
    }
}

#[test]
fn each_send_names_its_destination_and_each_receive_its_sender() {
    for_each_world(async |_, world| {
        for n in 0..2 {
            done(world, End::client(n), || Call::Open).await;
        }
        for (from, to) in [(CLIENT, PEER), (PEER, CLIENT), (CLIENT, End::peer(1)), (End::peer(1), CLIENT)] {
            assert_eq!(send(world, from, to, b"datagram").await.unwrap(), 8);
            let (bytes, source) = receive(world, to, 65_536).await.unwrap();
            assert_eq!(bytes, b"datagram");
            let named = ask(world, from, || Call::Name).await.unwrap();
            assert_eq!(named, Answer::Names { local: source.unwrap(), peer: None });
        }
    });
}

#[test]
fn empty_short_and_largest() {
    for_each_world(async |subject, world| {
        done(world, CLIENT, || Call::Bind).await;
        done(world, PEER, || Call::Configure(Setting::ReceiveBuffer(1 << 18))).await;
        done(world, PEER, || Call::Bind).await;
        assert_eq!(send(world, CLIENT, PEER, b"").await.unwrap(), 0);
        assert_eq!(receive(world, PEER, 8).await.unwrap().0, b"");

        send(world, CLIENT, PEER, b"abcdef").await.unwrap();
        send(world, CLIENT, PEER, b"next").await.unwrap();
        assert_eq!(receive(world, PEER, 3).await.unwrap().0, b"abc");
        assert_eq!(receive(world, PEER, 8).await.unwrap().0, b"next");

        let largest = vec![6; subject.guarantees.max_message.unwrap() as usize];
        assert_eq!(send(world, CLIENT, PEER, &largest).await.unwrap(), largest.len());
        assert_eq!(receive(world, PEER, 65_536).await.unwrap().0, largest);

        let refused = send(world, CLIENT, PEER, &vec![6; largest.len() + 1]).await.unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EMSGSIZE));
        send(world, CLIENT, PEER, b"still usable").await.unwrap();
        assert_eq!(receive(world, PEER, 65_536).await.unwrap().0, b"still usable");
    });
}

#[test]
fn a_connected_socket_hears_its_peer_alone() {
    for_each_world(async |_, world| {
        for end in [CLIENT, PEER, End::client(1)] {
            done(world, end, || Call::Bind).await;
        }
        done(world, PEER, || Call::Connect(CLIENT)).await;
        send(world, End::client(1), PEER, b"filtered").await.unwrap();
        send(world, CLIENT, PEER, b"heard").await.unwrap();
        assert_eq!(receive(world, PEER, 64).await.unwrap().0, b"heard");
        let Answer::Names { peer, .. } = ask(world, PEER, || Call::Name).await.unwrap() else { panic!() };
        let Answer::Names { local, .. } = ask(world, CLIENT, || Call::Name).await.unwrap() else { panic!() };
        assert_eq!(peer, Some(local));
        send(world, PEER, CLIENT, b"by its peer").await.unwrap();
        send(world, PEER, End::client(1), b"by name").await.unwrap();
        assert_eq!(receive(world, CLIENT, 64).await.unwrap().0, b"by its peer");
        assert_eq!(receive(world, End::client(1), 64).await.unwrap().0, b"by name");
    });
}

#[test]
fn a_connected_socket_is_told_that_its_peer_is_gone() {
    for_each_world(async |_, world| {
        done(world, CLIENT, || Call::Open).await;
        done(world, CLIENT, || Call::Connect(PEER)).await;
        done(world, PEER, || Call::Drop).await;
        assert_eq!(send(world, CLIENT, PEER, b"anyone?").await.unwrap(), 7);
        // The answer of the network may come late, and tokio wakes no reader for an error alone: so it is asked for by sending.
        let refused = loop {
            match send(world, CLIENT, PEER, b"anyone?").await {
                Ok(_) => tokio::task::yield_now().await,
                Err(error) => break error,
            }
        };
        assert_eq!(refused.raw_os_error(), Some(libc::ECONNREFUSED));
        assert!(poll_once(world, CLIENT, Call::ReceiveFrom(&mut [0; 8])).is_pending());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn every_drop_is_counted() {
    for_each_world(async |_, world| {
        done(world, CLIENT, || Call::Open).await;
        let mut sent = 0;
        while world.counters(PEER).drops == Some(0) {
            send(world, CLIENT, PEER, &[4; 30_000]).await.unwrap();
            sent += 1;
            assert!(sent < 10_000, "nothing is ever dropped");
        }
        assert_eq!(world.counters(PEER).receive_queue, Some(30_000));
        for _ in 0..sent - world.counters(PEER).drops.unwrap() {
            assert_eq!(receive(world, PEER, 65_536).await.unwrap().0, [4; 30_000]);
        }
        assert_eq!(world.counters(PEER).receive_queue, Some(0));
        assert!(poll_once(world, PEER, Call::ReceiveFrom(&mut [0; 8])).is_pending());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn the_largest_datagram_comes_whole_through_a_network_of_small_packets() {
    for_each_world(async |subject, world| {
        let moved = ask(world, CLIENT, || Call::Configure(Setting::PrivateMtu(1500))).await;
        if let Err(error) = moved {
            // Containers and some distributions refuse user namespaces.
            assert!(error.raw_os_error().is_some(), "{error}");
            return;
        }
        done(world, CLIENT, || Call::Open).await;
        assert_eq!(world.counters(CLIENT).fragments_created, Some(0));
        let largest = vec![6; subject.guarantees.max_message.unwrap() as usize];
        assert_eq!(send(world, CLIENT, PEER, &largest).await.unwrap(), largest.len());
        assert_eq!(receive(world, PEER, 65_536).await.unwrap().0, largest);
        // A fragment has 1480 bytes of payload over IPv4 and 1448 over IPv6.
        let fragments = if subject.guarantees.max_message == Some(65_507) { 45 } else { 46 };
        assert_eq!(world.counters(PEER).fragments_created, Some(fragments));
    });
}

#[test]
fn what_is_not_there_is_an_error() {
    for_each_world(async |_, world| {
        done(world, CLIENT, || Call::Bind).await;
        assert_eq!(send(world, CLIENT, PEER, b"x").await.unwrap_err().kind(), ErrorKind::NotConnected);
        assert_eq!(receive(world, PEER, 8).await.unwrap_err().kind(), ErrorKind::NotConnected);
        assert_eq!(ask(world, CLIENT, || Call::Bind).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(ask(world, CLIENT, || Call::Listen).await.unwrap_err().kind(), ErrorKind::Unsupported);
        let cork = ask(world, CLIENT, || Call::Configure(Setting::Cork(true))).await.unwrap_err();
        assert_eq!(cork.kind(), ErrorKind::Unsupported);
    });
}
