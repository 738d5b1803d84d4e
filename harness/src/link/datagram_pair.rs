//! A pair of datagram ends, made by a factory, as a system.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use litemap::LiteMap;

use super::datagram::Datagram;
use super::stream_pair::{already_open, not_open};
use crate::plan::End;
use crate::subject::Subject;
use crate::system::{Address, Answer, Call, System, World, unsupported};
use crate::trace::Counters;

/// A user's own datagram transport: whatever a factory of pairs makes.
pub struct DatagramPair {
    subject: Subject,
    factory: DatagramFactory,
}

impl DatagramPair {
    /// A system of the pairs that `factory` makes, of which `subject` says what is known.
    ///
    /// The factory is called once for each connection, on the worker thread and inside the runtime in which the pair is used.
    /// An error that it gives is the answer to [`Call::Open`].
    pub fn new<F, Fut, A, B>(subject: Subject, factory: F) -> DatagramPair
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<(A, B)>> + 'static,
        A: Datagram + 'static,
        B: Datagram + 'static,
    {
        let factory = move || -> DatagramOpening {
            let pair = factory();
            Box::pin(async move {
                let (client, peer) = pair.await?;
                Ok((Box::new(Foreign(client)) as ErasedDatagram, Box::new(Foreign(peer)) as ErasedDatagram))
            })
        };
        DatagramPair { subject, factory: Arc::new(factory) }
    }
}

impl System for DatagramPair {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn world(&self) -> Box<dyn World> {
        Box::new(DatagramWorld::new(Arc::clone(&self.factory)))
    }
}

/// One end of a pair, whatever its type.
pub(super) trait DatagramEnd {
    /// The socket itself.
    fn socket(&mut self) -> &mut dyn Datagram;

    /// What the kernel knows of it.
    fn counters(&self) -> Counters {
        Counters::default()
    }
}

/// An end of which nothing more is known.
struct Foreign<T>(T);

impl<T: Datagram> DatagramEnd for Foreign<T> {
    fn socket(&mut self) -> &mut dyn Datagram {
        &mut self.0
    }
}

/// An end whose type is forgotten.
pub(super) type ErasedDatagram = Box<dyn DatagramEnd>;

/// A pair on its way.
pub(super) type DatagramOpening = Pin<Box<dyn Future<Output = io::Result<(ErasedDatagram, ErasedDatagram)>>>>;

/// What makes pairs.
pub(super) type DatagramFactory = Arc<dyn Fn() -> DatagramOpening + Send + Sync>;

/// The pairs that one factory made for one plan.
pub(super) struct DatagramWorld {
    factory: DatagramFactory,
    opening: LiteMap<u16, DatagramOpening>,
    ends: LiteMap<End, Member>,
    /// Every end's own address, also after it was dropped: one can send there all the same.
    addresses: LiteMap<End, Option<Address>>,
}

/// An end in use.
struct Member {
    end: ErasedDatagram,
    /// What the end said of itself at first: nobody but the world could connect it since.
    is_connected: bool,
}

impl DatagramWorld {
    pub(super) fn new(factory: DatagramFactory) -> DatagramWorld {
        DatagramWorld { factory, opening: LiteMap::new(), ends: LiteMap::new(), addresses: LiteMap::new() }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, connection: u16) -> Poll<io::Result<Answer>> {
        let (client, peer) = (End::client(connection), End::peer(connection));
        if self.ends.contains_key(&client) || self.ends.contains_key(&peer) {
            return Poll::Ready(Err(already_open(connection)));
        }
        // Taken out while it is polled, so that a future which panics is not polled again.
        let mut opening = self.opening.remove(&connection).unwrap_or_else(|| (self.factory)());
        match opening.as_mut().poll(cx) {
            Poll::Pending => {
                self.opening.insert(connection, opening);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok((first, second))) => {
                self.join(client, first);
                self.join(peer, second);
                Poll::Ready(Ok(Answer::Done))
            }
        }
    }

    fn join(&mut self, at: End, mut end: ErasedDatagram) {
        let is_connected = end.socket().is_connected();
        self.addresses.insert(at, end.socket().local_address());
        self.ends.insert(at, Member { end, is_connected });
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        end: End,
        to: End,
        datagram: &[u8],
    ) -> Poll<io::Result<Answer>> {
        let Some(member) = self.ends.get_mut(&end) else { return Poll::Ready(Err(not_open(end))) };
        let address = if member.is_connected {
            if to != end.other() {
                return Poll::Ready(Err(unsupported("send to another than the other end of its pair")));
            }
            None
        } else {
            match self.addresses.get(&to) {
                Some(Some(address)) => Some(address),
                Some(None) => return Poll::Ready(Err(nameless(to))),
                None => return Poll::Ready(Err(not_open(to))),
            }
        };
        member.end.socket().poll_send(cx, datagram, address).map_ok(Answer::Count)
    }
}

impl World for DatagramWorld {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        match call {
            Call::Open => self.poll_open(cx, end.connection),
            Call::SendTo(to, datagram) => self.poll_send(cx, end, to, datagram),
            Call::ReceiveFrom(buffer) => match self.ends.get_mut(&end) {
                Some(member) => poll_receive(member.end.socket(), cx, buffer),
                None => Poll::Ready(Err(not_open(end))),
            },
            Call::Name => Poll::Ready(match (self.ends.contains_key(&end), self.addresses.get(&end)) {
                (true, Some(Some(local))) => Ok(Answer::Names { local: local.clone(), peer: None }),
                (true, _) => Err(unsupported("name its ends")),
                (false, _) => Err(not_open(end)),
            }),
            Call::Drop => {
                Poll::Ready(self.ends.remove(&end).map(|_| Answer::Done).ok_or_else(|| not_open(end)))
            }
            _ => Poll::Ready(Err(unsupported("do that with a datagram socket"))),
        }
    }

    fn counters(&mut self, end: End) -> Counters {
        self.ends.get(&end).map(|member| member.end.counters()).unwrap_or_default()
    }
}

/// Receives one datagram as an answer, and believes no length that does not fit the buffer.
pub(super) fn poll_receive<D: Datagram + ?Sized>(
    socket: &mut D,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<Answer>> {
    // A count above the buffer's length is passed on: who asked sees what was claimed.
    let (len, from) = ready!(socket.poll_receive(cx, buffer))?;
    Poll::Ready(Ok(Answer::Datagram { len, from }))
}

fn nameless(end: End) -> io::Error {
    let words = format!("{end} has no local address, and the end that sends there is not connected to it");
    io::Error::new(io::ErrorKind::InvalidInput, words)
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};
    use std::net::Ipv4Addr;

    use tokio::net::UdpSocket;

    use super::DatagramPair;
    use crate::link::by_hand::{CLIENT, PEER, ask, done, poll_once, receive, run, send};
    use crate::plan::End;
    use crate::subject::Subject;
    use crate::system::{Answer, Call, System};

    async fn bound_pair() -> io::Result<(UdpSocket, UdpSocket)> {
        Ok((
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?,
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?,
        ))
    }

    async fn connected_pair() -> io::Result<(UdpSocket, UdpSocket)> {
        let (client, peer) = bound_pair().await?;
        client.connect(peer.local_addr()?).await?;
        peer.connect(client.local_addr()?).await?;
        Ok((client, peer))
    }

    #[test]
    fn bound_and_connected_pairs_exchange_datagrams() {
        let bound = DatagramPair::new(Subject::datagram("bound"), bound_pair);
        let connected = DatagramPair::new(Subject::datagram("connected"), connected_pair);
        for system in [bound, connected] {
            run(async move || {
                let world = &mut *system.world();
                done(world, CLIENT, || Call::Open).await;
                assert!(poll_once(world, PEER, Call::ReceiveFrom(&mut [0; 8])).is_pending());
                assert_eq!(send(world, CLIENT, PEER, b"one").await.unwrap(), 3);
                let (bytes, from) = receive(world, PEER, 8).await.unwrap();
                assert_eq!(bytes, b"one");
                let named = ask(world, CLIENT, || Call::Name).await.unwrap();
                assert_eq!(named, Answer::Names { local: from.unwrap(), peer: None });
                assert_eq!(send(world, PEER, CLIENT, b"").await.unwrap(), 0);
                assert_eq!(receive(world, CLIENT, 8).await.unwrap().0, b"");
            });
        }
    }

    #[test]
    fn only_an_unconnected_end_reaches_others() {
        run(async || {
            let world = &mut *DatagramPair::new(Subject::datagram("bound"), bound_pair).world();
            done(world, CLIENT, || Call::Open).await;
            done(world, End::client(1), || Call::Open).await;
            assert_eq!(send(world, CLIENT, End::peer(1), b"across").await.unwrap(), 6);
            assert_eq!(receive(world, End::peer(1), 8).await.unwrap().0, b"across");
            done(world, PEER, || Call::Drop).await;
            assert_eq!(send(world, CLIENT, PEER, b"late").await.unwrap(), 4);
            let nobody = send(world, CLIENT, End::peer(9), b"x").await.unwrap_err();
            assert_eq!(nobody.kind(), ErrorKind::NotConnected);

            let world = &mut *DatagramPair::new(Subject::datagram("connected"), connected_pair).world();
            done(world, CLIENT, || Call::Open).await;
            let across = send(world, CLIENT, End::peer(1), b"x").await.unwrap_err();
            assert_eq!(across.kind(), ErrorKind::Unsupported);
        });
    }
}
