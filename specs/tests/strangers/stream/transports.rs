//! Sound transports built from the ground: records, letters, a rendezvous, a pipe that flushes only when it was read.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Records of at most 1000 bytes behind a two-byte length, as TLS has them: a read gives at most one record.
pub(crate) struct Records {
    inner: DuplexStream,
    /// What is encoded and not yet on its way.
    outgoing: VecDeque<u8>,
    /// What has come of the record under way, its length first.
    incoming: Vec<u8>,
    /// What is decoded and not yet read.
    plain: VecDeque<u8>,
}

/// Two ends that speak in records over a duplex.
pub(crate) fn records(capacity: usize) -> (Records, Records) {
    let (here, there) = tokio::io::duplex(capacity);
    (Records::new(here), Records::new(there))
}

impl Records {
    fn new(inner: DuplexStream) -> Records {
        Records { inner, outgoing: VecDeque::new(), incoming: Vec::new(), plain: VecDeque::new() }
    }

    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let len = {
                let (front, _) = self.outgoing.as_slices();
                ready!(Pin::new(&mut self.inner).poll_write(cx, front))?
            };
            self.outgoing.drain(..len);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads until the record under way has `wanted` bytes; `false` at the end.
    fn collect(&mut self, cx: &mut Context<'_>, wanted: usize) -> Poll<io::Result<bool>> {
        while self.incoming.len() < wanted {
            let mut part = vec![0; wanted - self.incoming.len()];
            let mut read = ReadBuf::new(&mut part);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.incoming.extend_from_slice(read.filled());
        }
        Poll::Ready(Ok(true))
    }
}

impl AsyncRead for Records {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.plain.is_empty() {
            let is_whole = ready!(self.collect(cx, 2))? && {
                let len = usize::from(u16::from_be_bytes([self.incoming[0], self.incoming[1]]));
                ready!(self.collect(cx, 2 + len))?
            };
            if !is_whole {
                return match self.incoming.is_empty() {
                    true => Poll::Ready(Ok(())),
                    false => Poll::Ready(Err(ErrorKind::UnexpectedEof.into())),
                };
            }
            let record = std::mem::take(&mut self.incoming);
            self.plain.extend(&record[2..]);
        }
        let len = self.plain.len().min(buffer.remaining());
        buffer.put_slice(&self.plain.make_contiguous()[..len]);
        self.plain.drain(..len);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Records {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.send(cx))?;
        let record = &data[..data.len().min(1000)];
        if !record.is_empty() {
            let len = u16::try_from(record.len()).expect("at most 1000");
            self.outgoing.extend(len.to_be_bytes());
            self.outgoing.extend(record);
        }
        // What cannot go now goes with the next call; an error shows then, too.
        let _ = self.send(cx)?;
        Poll::Ready(Ok(record.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// How a local pipe goes about its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Up to 5000 bytes wait.
    Plain,
    /// Any number of bytes waits.
    Unbounded,
    /// Up to eight writes wait, however long, and a read takes from one of them only.
    Letters,
    /// A write is taken only while a reader waits, and no more than that reader asked for.
    Rendezvous,
    /// A flush is over when the peer has read everything, as is a shutdown.
    Acknowledged,
    /// A write after the shutdown is accepted and goes nowhere.
    ForgivingWrites,
    /// Behind the end comes an error.
    EndOnce,
    /// A shutdown closes both ways: what is under way to this end still comes, the peer can write no more.
    ClosesBothWays,
    /// A read into an empty buffer is pending, and so is a write of nothing while the pipe is full.
    PendingEmpties,
    /// Small writes wait for a flush or for company.
    Coalesces,
}

#[derive(Default)]
struct Lane {
    letters: VecDeque<VecDeque<u8>>,
    held_back: Vec<u8>,
    is_ended: bool,
    wanted: usize,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Lane {
    fn len(&self) -> usize {
        self.letters.iter().map(VecDeque::len).sum()
    }

    fn wake_all(&mut self) {
        self.reader.take().into_iter().chain(self.writer.take()).for_each(Waker::wake);
    }

    fn room(&self, way: Way) -> usize {
        match way {
            Way::Unbounded => usize::MAX,
            Way::Letters => usize::MAX * usize::from(self.letters.len() < 8),
            Way::Rendezvous => self.wanted,
            _ => 5000_usize.saturating_sub(self.len() + self.held_back.len()),
        }
    }

    fn release(&mut self) {
        let held_back = std::mem::take(&mut self.held_back);
        if !held_back.is_empty() {
            self.letters.push_back(held_back.into());
        }
        self.wake_all();
    }
}

/// One end of a pipe that never leaves its thread.
pub(crate) struct Local {
    way: Way,
    outward: Rc<RefCell<Lane>>,
    inward: Rc<RefCell<Lane>>,
    has_shut_down: bool,
    has_ended: bool,
}

/// Two ends that go that way.
pub(crate) fn local(way: Way) -> (Local, Local) {
    let (there, back) = (Rc::default(), Rc::default());
    let end = |outward: &Rc<RefCell<Lane>>, inward: &Rc<RefCell<Lane>>| Local {
        way,
        outward: Rc::clone(outward),
        inward: Rc::clone(inward),
        has_shut_down: false,
        has_ended: false,
    };
    (end(&there, &back), end(&back, &there))
}

impl Drop for Local {
    fn drop(&mut self) {
        for lane in [&self.outward, &self.inward] {
            let mut lane = lane.borrow_mut();
            lane.is_ended = true;
            lane.wake_all();
        }
    }
}

impl AsyncRead for Local {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let mut lane = this.inward.borrow_mut();
        if buffer.remaining() == 0 && this.way != Way::PendingEmpties {
            return Poll::Ready(Ok(()));
        }
        let Some(letter) = lane.letters.front_mut().filter(|_| buffer.remaining() > 0) else {
            if lane.is_ended && lane.letters.is_empty() {
                let has_ended = std::mem::replace(&mut this.has_ended, true);
                return match this.way == Way::EndOnce && has_ended {
                    true => Poll::Ready(Err(ErrorKind::NotConnected.into())),
                    false => Poll::Ready(Ok(())),
                };
            }
            lane.wanted = buffer.remaining();
            lane.reader = Some(cx.waker().clone());
            lane.writer.take().into_iter().for_each(Waker::wake);
            return Poll::Pending;
        };
        let len = letter.len().min(buffer.remaining());
        buffer.put_slice(&letter.make_contiguous()[..len]);
        letter.drain(..len);
        if letter.is_empty() {
            lane.letters.pop_front();
        }
        lane.writer.take().into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Local {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let mut lane = self.outward.borrow_mut();
        if lane.is_ended {
            let is_forgiven = self.has_shut_down && self.way == Way::ForgivingWrites;
            return Poll::Ready(if is_forgiven { Ok(data.len()) } else { Err(ErrorKind::BrokenPipe.into()) });
        }
        if data.is_empty() && self.way != Way::PendingEmpties {
            return Poll::Ready(Ok(0));
        }
        let room = lane.room(self.way);
        if room == 0 {
            // Whoever holds bytes back lets them go before it waits.
            lane.release();
            lane.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let len = data.len().min(room);
        lane.wanted = 0;
        lane.held_back.extend_from_slice(&data[..len]);
        if self.way != Way::Coalesces || lane.held_back.len() > 700 {
            lane.release();
        }
        Poll::Ready(Ok(len))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut lane = self.outward.borrow_mut();
        lane.release();
        if self.way == Way::Acknowledged && lane.len() > 0 && !lane.is_ended {
            lane.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.has_shut_down = true;
        let mut lane = self.outward.borrow_mut();
        lane.is_ended = true;
        lane.wake_all();
        if self.way == Way::ClosesBothWays {
            let mut lane = self.inward.borrow_mut();
            lane.is_ended = true;
            lane.wake_all();
        }
        Poll::Ready(Ok(()))
    }
}
