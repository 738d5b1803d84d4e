//! A codec inside tokio-util's `Framed`, over a real loopback connection whose other end is a bare socket.
//!
//! Bytes for the decoder are written by the bare end; what the encoder emits is read by another bare end.
//! A piece is known to be consumed when all of it has arrived and nothing waits in the queue (`TCP_INFO`, `FIONREAD`; tcp(7)).

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_sink::Sink;
use litemap::LiteMap;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Decoder, Encoder, Framed};

use super::{CodecFactory, Maker, layout_of};
use crate::codec::{Codec, Tamper};
use crate::layout::Layout;
use crate::machine::socket;
use crate::machine::tcp_info::{counts_received, tcp_info};
use crate::plan::{Actor, End};
use crate::subject::{EvidenceKind, Subject};
use crate::system::{Answer, Call, System, World, unsupported};
use crate::trace::{Counters, Failure};

/// A codec inside `Framed` over loopback TCP.
pub struct FramedOverTcp {
    subject: Subject,
    factory: CodecFactory,
}

impl FramedOverTcp {
    /// A system of the codecs that `factory` makes, one for each end of each connection, of which `subject` says what is known.
    ///
    /// # Panics
    /// If the subject has no layout.
    pub fn new(subject: Subject, factory: CodecFactory) -> FramedOverTcp {
        assert!(subject.layout.is_some(), "a system of framing has a layout");
        let subject = Subject { evidence: [EvidenceKind::ReceiveQueue].into(), ..subject };
        FramedOverTcp { subject, factory }
    }
}

impl System for FramedOverTcp {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn unavailable(&self) -> Option<String> {
        let why = "this machine does not count what a connection has received (TCP_INFO, tcp(7)), which shows that a piece was consumed";
        (!counts_received()).then(|| why.to_owned())
    }

    fn world(&self) -> Box<dyn World> {
        let (layout, maker) = (layout_of(&self.subject), Maker::new(&self.factory));
        Box::new(FramedWorld { layout, maker, lines: LiteMap::new(), opening: LiteMap::new() })
    }
}

/// A boxed codec as tokio-util's traits want it.
struct Boxed(Box<dyn Codec>);

impl Decoder for Boxed {
    type Item = Bytes;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode(input)
    }

    fn decode_eof(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode_end(input)
    }
}

impl Encoder<&[u8]> for Boxed {
    type Error = io::Error;

    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.0.encode(payload, output)
    }
}

/// One end that has a codec, with the bare socket at the other end of its connection.
struct Line {
    framed: Framed<TcpStream, Boxed>,
    bare: TcpStream,
    /// How many bytes the encoder emitted for the frame under way, and what of it has come out at the bare end.
    sending: Option<(usize, BytesMut)>,
    /// How many bytes the bare end has written.
    pushed: u64,
    has_ended: bool,
}

type Opening = Pin<Box<dyn Future<Output = io::Result<(TcpStream, TcpStream)>>>>;

/// The connections of one plan: one for each end that acts.
struct FramedWorld {
    layout: Layout,
    maker: Maker,
    lines: LiteMap<End, Line>,
    opening: LiteMap<End, Opening>,
}

impl FramedWorld {
    /// The line of an end, opened when it is first needed; why it could not be, is not the codec's to answer for.
    fn poll_line(&mut self, cx: &mut Context<'_>, end: End) -> Poll<Result<&mut Line, Failure>> {
        if !self.lines.contains_key(&end) {
            let opening = self.opening.entry(end).or_insert_with(|| Box::pin(connected_pair()));
            let opened = ready!(opening.as_mut().poll(cx));
            self.opening.remove(&end);
            let (bare, stream) = opened.map_err(|error| Failure::of(&error))?;
            let framed = Framed::new(stream, Boxed(self.maker.make(&self.layout)));
            self.lines.insert(end, Line { framed, bare, sending: None, pushed: 0, has_ended: false });
        }
        Poll::Ready(Ok(self.lines.get_mut(&end).expect("it was opened just now")))
    }
}

/// A connection of its own over loopback; a stranger who connects to the same port is sent away.
async fn connected_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    client.set_nodelay(true)?;
    loop {
        let (peer, from) = listener.accept().await?;
        if from == client.local_addr()? {
            peer.set_nodelay(true)?;
            return Ok((client, peer));
        }
    }
}

impl Line {
    /// Encodes one frame, flushes it, and reads at the bare end what was emitted.
    fn poll_encode(&mut self, cx: &mut Context<'_>, payload: &[u8]) -> Poll<io::Result<Answer>> {
        let mut framed = Pin::new(&mut self.framed);
        if self.sending.is_none() {
            ready!(framed.as_mut().poll_ready(cx))?;
            let before = framed.write_buffer().len();
            if let Err(error) = framed.as_mut().start_send(payload) {
                let emitted = framed.write_buffer().len().saturating_sub(before) as u64;
                framed.write_buffer_mut().truncate(before);
                return Poll::Ready(Ok(Answer::Unencoded { failure: Failure::of(&error), emitted }));
            }
            self.sending = Some((framed.write_buffer().len() - before, BytesMut::new()));
        }
        let flushed = framed.as_mut().poll_flush(cx)?;
        let (len, emitted) = self.sending.get_or_insert_default();
        // What is flushed is read as it comes, else a frame larger than the socket's buffers would never be flushed.
        loop {
            let mut chunk = [0; 16 * 1024];
            let mut buffer = ReadBuf::new(&mut chunk);
            match Pin::new(&mut self.bare).poll_read(cx, &mut buffer)? {
                Poll::Ready(()) if buffer.filled().is_empty() => break,
                Poll::Ready(()) => emitted.extend_from_slice(buffer.filled()),
                Poll::Pending => break,
            }
        }
        if flushed.is_pending() || emitted.len() < *len {
            return Poll::Pending;
        }
        let (_, emitted) = self.sending.take().unwrap_or_default();
        Poll::Ready(Ok(Answer::Wire(emitted.freeze())))
    }

    /// How many of the bytes that the bare end has written are still on their way or unread.
    ///
    /// Why not ask what is unacknowledged (`SIOCOUTQ`)? Because an acknowledgement may come 40 ms behind its bytes.
    fn unread(&self) -> Option<u64> {
        let reader = self.framed.get_ref().as_fd();
        let arrived = tcp_info(reader)?.bytes_received;
        Some(self.pushed.saturating_sub(arrived) + socket::receive_queue(reader)?)
    }

    fn poll_pull(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Answer>> {
        Poll::Ready(match ready!(Pin::new(&mut self.framed).poll_next(cx)) {
            Some(Ok(frame)) => Ok(Answer::Frame(frame)),
            Some(Err(error)) => Err(error),
            None => Ok(Answer::End),
        })
    }
}

impl World for FramedWorld {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        if end.actor == Actor::Listener {
            return Poll::Ready(Err(unsupported("listen")));
        }
        let line = match ready!(self.poll_line(cx, end)) {
            Ok(line) => line,
            Err(failure) => return Poll::Ready(Ok(Answer::NotOpened(failure))),
        };
        match call {
            Call::Open => Poll::Ready(Ok(Answer::Done)),
            Call::Encode(payload) => line.poll_encode(cx, payload),
            Call::Push(bytes) => {
                let len = ready!(Pin::new(&mut line.bare).poll_write(cx, bytes))?;
                line.pushed += len as u64;
                Poll::Ready(Ok(Answer::Count(len)))
            }
            Call::Pull => line.poll_pull(cx),
            Call::PullEnd => {
                if !line.has_ended {
                    ready!(Pin::new(&mut line.bare).poll_shutdown(cx))?;
                    line.has_ended = true;
                }
                line.poll_pull(cx)
            }
            Call::Drop => {
                self.lines.remove(&end);
                Poll::Ready(Ok(Answer::Done))
            }
            _ => Poll::Ready(Err(unsupported("do what bare sockets do: it is a codec"))),
        }
    }

    fn layout(&self) -> Option<&Layout> {
        Some(&self.layout)
    }

    fn break_codecs(&mut self, tamper: Tamper) {
        self.maker.tamper = Some(tamper);
    }

    fn counters(&mut self, end: End) -> Counters {
        // Before its connection is there, nothing is on its way.
        let receive_queue = self.lines.get(&end).map_or(Some(0), Line::unread);
        Counters { receive_queue, ..Counters::default() }
    }
}
