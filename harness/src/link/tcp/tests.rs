//! TCP worlds driven by hand.

use std::io::{ErrorKind, IoSlice, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::task::Poll;

use super::Tcp;
use crate::link::by_hand::{CLIENT, LISTENER, PEER, ask, count, done, poll_once, read, run, write};
use crate::plan::{End, Setting};
use crate::system::{Address, Answer, Call, System, World};
use crate::trace::Counters;

/// Every system of this machine that these tests are about.
fn systems() -> Vec<Tcp> {
    let all = [
        Tcp::new("tcp-v4", IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Tcp::new("tcp-v6", IpAddr::V6(Ipv6Addr::LOCALHOST)),
        Tcp::blocking("tcp-v4-blocking", IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Tcp::eager("tcp-v4-eager", IpAddr::V4(Ipv4Addr::LOCALHOST)),
    ];
    all.into_iter().filter(|system| system.unavailable().is_none()).collect()
}

fn for_each_world(test: impl AsyncFn(&mut dyn World) + Copy + Send + 'static) {
    for system in systems() {
        run(async move || test(&mut *system.world()).await);
    }
}

async fn names(world: &mut dyn World, end: End) -> (Address, Option<Address>) {
    match ask(world, end, || Call::Name).await.unwrap() {
        Answer::Names { local, peer } => (local, peer),
        other => panic!("names were wanted, {other:?} was seen"),
    }
}

/// Reads until `len` bytes have come.
async fn read_exactly(world: &mut dyn World, end: End, len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        let next = read(world, end, len - bytes.len()).await.unwrap();
        assert!(!next.is_empty(), "the stream ended after {} bytes of {len}", bytes.len());
        bytes.extend(next);
    }
    bytes
}

#[test]
fn open_makes_both_ends_and_each_piece_is_one_read() {
    for_each_world(async |world| {
        for n in 0..3 {
            done(world, End::client(n), || Call::Open).await;
        }
        for n in 0..3 {
            for piece in [&b"a"[..], b"bc", &[7; 65_536]] {
                assert_eq!(write(world, End::client(n), piece).await.unwrap(), piece.len());
                assert_eq!(read(world, End::peer(n), 65_536).await.unwrap(), piece);
                assert_eq!(write(world, End::peer(n), piece).await.unwrap(), piece.len());
                assert_eq!(read(world, End::client(n), 65_536).await.unwrap(), piece);
            }
        }
        done(world, CLIENT, || Call::Flush).await;
        done(world, CLIENT, || Call::ShutDown).await;
        assert_eq!(read(world, PEER, 8).await.unwrap(), b"");
        assert_eq!(write(world, CLIENT, b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(write(world, PEER, b"on").await.unwrap(), 2);
        assert_eq!(read(world, CLIENT, 8).await.unwrap(), b"on");
        assert_eq!(ask(world, CLIENT, || Call::Open).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    });
}

#[test]
fn a_connection_can_be_dropped_and_opened_again() {
    for_each_world(async |world| {
        for _ in 0..3 {
            done(world, CLIENT, || Call::Open).await;
            done(world, CLIENT, || Call::Drop).await;
            assert_eq!(read(world, PEER, 8).await.unwrap(), b"");
            done(world, PEER, || Call::Drop).await;
            assert_eq!(write(world, PEER, b"x").await.unwrap_err().kind(), ErrorKind::NotConnected);
            assert_eq!(ask(world, PEER, || Call::Drop).await.unwrap_err().kind(), ErrorKind::NotConnected);
        }
    });
}

#[test]
fn explicit_calls_give_the_same_and_names_mirror() {
    for_each_world(async |world| {
        done(world, LISTENER, || Call::Bind).await;
        done(world, LISTENER, || Call::Listen).await;
        for n in [1, 0] {
            done(world, End::client(n), || Call::Connect(LISTENER)).await;
        }
        for n in [0, 1] {
            done(world, End::peer(n), || Call::Accept(LISTENER)).await;
            let (client, client_peer) = names(world, End::client(n)).await;
            let (peer, peer_peer) = names(world, End::peer(n)).await;
            assert_eq!((Some(client), client_peer), (peer_peer, Some(peer.clone())));
            assert_eq!(names(world, LISTENER).await, (peer, None));
            assert_eq!(write(world, End::client(n), &[n as u8]).await.unwrap(), 1);
            assert_eq!(read(world, End::peer(n), 8).await.unwrap(), [n as u8]);
        }
        let two = [IoSlice::new(b"ab"), IoSlice::new(b"cd")];
        let written = std::future::poll_fn(|cx| world.poll(cx, CLIENT, Call::WriteVectored(&two))).await;
        assert_eq!(written.unwrap(), Answer::Count(4));
        assert_eq!(read(world, PEER, 8).await.unwrap(), b"abcd");
    });
}

#[test]
fn nobody_listens_on_a_port_that_is_only_bound() {
    for_each_world(async |world| {
        done(world, LISTENER, || Call::Bind).await;
        let refused = ask(world, CLIENT, || Call::Connect(LISTENER)).await.unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ECONNREFUSED));
        done(world, LISTENER, || Call::Listen).await;
        done(world, CLIENT, || Call::Connect(LISTENER)).await;
        done(world, PEER, || Call::Accept(LISTENER)).await;
    });
}

#[test]
fn an_unconnected_socket_gets_the_kernels_own_error() {
    for_each_world(async |world| {
        done(world, CLIENT, || Call::Bind).await;
        let errno = write(world, CLIENT, b"x").await.unwrap_err().raw_os_error();
        assert!([Some(libc::ENOTCONN), Some(libc::EPIPE)].contains(&errno), "{errno:?}");
        let errno = read(world, CLIENT, 1).await.unwrap_err().raw_os_error();
        assert_eq!(errno, Some(libc::ENOTCONN));
        let unbound = ask(world, LISTENER, || Call::Listen).await.unwrap_err();
        assert_eq!(unbound.kind(), ErrorKind::NotConnected);
    });
}

#[test]
fn an_abort_is_seen_as_a_reset_behind_the_bytes() {
    for_each_world(async |world| {
        done(world, CLIENT, || Call::Open).await;
        write(world, CLIENT, b"last").await.unwrap();
        done(world, CLIENT, || Call::Abort).await;
        assert_eq!(read(world, PEER, 8).await.unwrap(), b"last");
        assert_eq!(read(world, PEER, 8).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn strangers_are_closed_and_others_of_this_world_kept() {
    for_each_world(async |world| {
        done(world, LISTENER, || Call::Bind).await;
        done(world, LISTENER, || Call::Listen).await;
        let (Address::Inet(address), _) = names(world, LISTENER).await else { panic!("no IP address") };
        let mut stranger = TcpStream::connect::<SocketAddr>(address).unwrap();
        stranger.write_all(b"not yours").unwrap();
        done(world, CLIENT, || Call::Connect(LISTENER)).await;
        done(world, End::client(1), || Call::Connect(LISTENER)).await;
        done(world, End::peer(1), || Call::Accept(LISTENER)).await;
        done(world, PEER, || Call::Accept(LISTENER)).await;
        assert!(poll_once(world, End::peer(2), Call::Accept(LISTENER)).is_pending());
        write(world, CLIENT, b"mine").await.unwrap();
        assert_eq!(read(world, PEER, 9).await.unwrap(), b"mine");
        assert_ne!(names(world, PEER).await.1, Some(Address::Inet(stranger.local_addr().unwrap())));
    });
}

#[test]
fn settings_take_hold_before_and_after() {
    for_each_world(async |world| {
        let tiny = [Setting::ReceiveBuffer(1), Setting::SendBuffer(1), Setting::SegmentSize(1000)];
        for setting in tiny {
            done(world, CLIENT, || Call::Configure(setting)).await;
            done(world, PEER, || Call::Configure(setting)).await;
        }
        done(world, PEER, || Call::Configure(Setting::Cork(false))).await;
        done(world, CLIENT, || Call::Open).await;
        done(world, CLIENT, || Call::Configure(Setting::Nagle(true))).await;
        // Unread, the smallest buffers take a few kilobytes where the default takes megabytes.
        let mut taken = 0;
        while let Poll::Ready(answer) = poll_once(world, CLIENT, Call::Write(&[5; 4096])) {
            taken += count(answer.unwrap());
        }
        assert!((1..65_536).contains(&taken), "{taken}");
        assert_eq!(read_exactly(world, PEER, taken).await, vec![5; taken]);
        let unknown = ask(world, CLIENT, || Call::Configure(Setting::SegmentSize(7))).await.unwrap_err();
        assert_eq!(unknown.raw_os_error(), Some(libc::EINVAL));
    });
}

#[test]
fn more_than_all_buffers_hold_goes_through_by_wake_ups_alone() {
    const ALL: usize = 16 << 20;
    for_each_world(async |world| {
        done(world, CLIENT, || Call::Open).await;
        let piece = vec![1; 1 << 20];
        let (mut written, mut received, mut was_made_to_wait) = (0, 0, false);
        let mut buffer = vec![0; 1 << 16];
        std::future::poll_fn(|cx| {
            while written < ALL {
                match world.poll(cx, CLIENT, Call::Write(&piece[..piece.len().min(ALL - written)])) {
                    Poll::Ready(answer) => written += count(answer.unwrap()),
                    Poll::Pending => {
                        was_made_to_wait = true;
                        break;
                    }
                }
            }
            match world.poll(cx, PEER, Call::Read(&mut buffer)) {
                Poll::Ready(answer) => received += count(answer.unwrap()),
                Poll::Pending => return Poll::Pending,
            }
            if received == ALL {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        assert!(was_made_to_wait);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_written_is_counted_at_both_ends() {
    for_each_world(async |world| {
        done(world, CLIENT, || Call::Open).await;
        assert_eq!(world.counters(End::client(7)), Counters::default());
        for piece in 1..=3 {
            write(world, CLIENT, &[8; 100]).await.unwrap();
            assert_eq!(world.counters(PEER).receive_queue, Some(100 * piece));
        }
        let (sent, received) = (world.counters(CLIENT).tcp.unwrap(), world.counters(PEER).tcp.unwrap());
        assert_eq!((sent.state, received.state), (1, 1));
        assert_eq!((sent.data_segments_out, received.data_segments_in), (3, 3));
        assert_eq!(received.bytes_received, 300);
        assert_eq!(read_exactly(world, PEER, 300).await, [8; 300]);
        assert_eq!(world.counters(PEER).receive_queue, Some(0));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_network_of_small_packets_makes_small_segments() {
    for_each_world(async |world| {
        let moved = ask(world, CLIENT, || Call::Configure(Setting::PrivateMtu(1500))).await;
        if let Err(error) = moved {
            // Containers and some distributions refuse user namespaces.
            assert!(error.raw_os_error().is_some(), "{error}");
            return;
        }
        done(world, CLIENT, || Call::Open).await;
        assert!(world.counters(CLIENT).tcp.unwrap().segment_size < 1500);
        write(world, CLIENT, &[3; 30_000]).await.unwrap();
        assert_eq!(read_exactly(world, PEER, 30_000).await, [3; 30_000]);
        assert!(world.counters(CLIENT).tcp.unwrap().data_segments_out >= 20);
        assert_eq!(world.counters(CLIENT).fragments_created, Some(0));
    });
}

#[test]
fn abandoning_an_opening_loses_nothing() {
    for_each_world(async |world| {
        // tokio's fresh listener must be seen by the reactor before it accepts, a blocking one need not.
        let was_abandoned = poll_once(world, CLIENT, Call::Open).is_pending();
        done(world, End::client(1), || Call::Open).await;
        if was_abandoned {
            done(world, CLIENT, || Call::Open).await;
        }
        write(world, CLIENT, b"zero").await.unwrap();
        assert_eq!(read(world, PEER, 8).await.unwrap(), b"zero");
    });
}
