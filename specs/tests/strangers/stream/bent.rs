//! The ends of the bent pipe: a sound pipe, and at each place where a flaw can sit, the flaw.

use std::cell::Cell;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::flaw::Flaw;
use super::pipe::Shared;
use crate::hang::compute_for_good;

thread_local! {
    /// How many connections of this thread are open: what the second one is, is seen from this.
    static OPEN: Cell<usize> = const { Cell::new(0) };
    /// The last byte that any connection of this thread wrote, and which: the state that should not be shared.
    static LAST: Cell<(usize, u8)> = const { Cell::new((0, 0)) };
    /// A byte that nobody read from a connection that is gone.
    static LEFT: Cell<Option<u8>> = const { Cell::new(None) };
}

/// How much a buffering end keeps.
const BUFFER: usize = 4096;

/// How much a flush lays down that does not go on until all of it is.
const ONE_PART: usize = 512;

/// One end.
pub(crate) struct Bent {
    pub(super) flaw: Flaw,
    pub(super) is_peer: bool,
    pub(super) connection: usize,
    pub(super) outward: Shared,
    pub(super) inward: Shared,
    pub(super) calls: u64,
    pub(super) waits: u64,
    pub(super) ones: u64,
    pub(super) has_shut_down: bool,
    /// Written and not yet laid into the lane.
    pub(super) buffer: Vec<u8>,
    /// The buffer length of the last read, if it is still waiting.
    pub(super) waiting: Option<usize>,
    pub(super) last_buffer: usize,
    pub(super) last_read: Vec<u8>,
    pub(super) is_armed: bool,
    hoard: Vec<Vec<u8>>,
}

/// Two ends with that flaw.
pub(crate) fn pair(flaw: Flaw) -> (Bent, Bent) {
    let connection = OPEN.get() / 2 + 1;
    let (there, back) = (Shared::new(flaw.capacity()), Shared::new(flaw.capacity()));
    if let Some(left) = LEFT.take() {
        there.lock().push(&[left]);
    }
    let end = |is_peer: bool, outward: &Shared, inward: &Shared| {
        OPEN.set(OPEN.get() + 1);
        Bent {
            flaw,
            is_peer,
            connection,
            outward: outward.clone(),
            inward: inward.clone(),
            calls: 0,
            waits: 0,
            ones: 0,
            has_shut_down: false,
            buffer: Vec::new(),
            waiting: None,
            last_buffer: 0,
            last_read: Vec::new(),
            is_armed: false,
            hoard: Vec::new(),
        }
    };
    (end(false, &there, &back), end(true, &back, &there))
}

impl Drop for Bent {
    fn drop(&mut self) {
        OPEN.set(OPEN.get() - 1);
        if self.flaw == Flaw::KeepsWhatWasLeft {
            LEFT.set(self.inward.lock().bytes.front().copied().or(LEFT.get()));
        }
        // A drop ends what was sent, and tells a waiting writer that nobody will read.
        let mut lane = self.outward.lock();
        lane.is_ended = true;
        lane.wake_reader();
        drop(lane);
        let mut lane = self.inward.lock();
        lane.is_ended = true;
        lane.capacity = usize::MAX;
        lane.wake_writer();
    }
}

impl Bent {
    /// Counts a call, and is wrong where counting is all it takes.
    fn enter(&mut self) {
        self.calls += 1;
        match self.flaw {
            Flaw::PanicsOnCall50 if self.calls == 50 => panic!("the fiftieth call"),
            Flaw::NeverReturns if self.calls == 60 => compute_for_good(),
            Flaw::HoardsMemory => self.hoard.push(vec![0; 4 << 20]),
            _ => {}
        }
    }

    /// Remembers who wants to read.
    pub(super) fn await_bytes(&mut self, waker: &Waker) {
        self.waits += 1;
        let mut lane = self.inward.lock();
        match self.flaw {
            Flaw::LostThirdWake if self.waits == 3 => lane.reader = None,
            Flaw::LostWakeAfterExactDrain if self.is_armed => lane.reader = None,
            Flaw::KeepsFirstWaker if lane.reader.is_some() => {}
            _ => lane.reader = Some(waker.clone()),
        }
        if self.flaw == Flaw::OneWakerForBoth {
            drop(lane);
            self.outward.lock().writer = None;
        }
    }

    /// Remembers who wants to write.
    fn await_room(&mut self, waker: &Waker) {
        self.waits += 1;
        let mut lane = self.outward.lock();
        match self.flaw {
            Flaw::LostWriterWake if self.waits == 2 => lane.writer = None,
            _ => lane.writer = Some(waker.clone()),
        }
        if self.flaw == Flaw::OneWakerForBoth {
            drop(lane);
            self.inward.lock().reader = None;
        }
    }

    fn write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if self.has_shut_down || self.outward.lock().is_ended {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        if data.is_empty() {
            let mut lane = self.outward.lock();
            match self.flaw {
                Flaw::EmptyWriteEnds => lane.is_ended = true,
                Flaw::EmptyWriteInserts => lane.push(&[0]),
                _ => {}
            }
            lane.wake_reader();
            return Poll::Ready(Ok(0));
        }
        if self.flaw.buffers() {
            return self.write_buffered(cx, data);
        }
        if self.flaw == Flaw::AbandonedWriteIsSent
            && !self.buffer.is_empty()
            && self.outward.lock().room() > 0
        {
            let kept = std::mem::take(&mut self.buffer);
            self.outward.lock().push(&kept);
            if data == kept {
                return Poll::Ready(Ok(kept.len()));
            }
        }
        self.write_through(cx, data)
    }

    /// Lays down what there is room for.
    fn write_through(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let room = self.outward.lock().room();
        if room == 0 {
            match self.flaw {
                Flaw::WriteReadyZero => return Poll::Ready(Ok(0)),
                Flaw::WriteWouldBlock => return Poll::Ready(Err(ErrorKind::WouldBlock.into())),
                Flaw::AbandonedWriteIsSent => self.buffer = data[..data.len().min(100)].to_vec(),
                Flaw::LosesAfterWaitingWrite => self.is_armed = true,
                _ => {}
            }
            self.await_room(cx.waker());
            return Poll::Pending;
        }
        let len = room.min(data.len());
        let claimed = self.lay_down(&data[..len], data.len());
        Poll::Ready(Ok(claimed))
    }

    fn write_buffered(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.len() >= BUFFER && self.flaw == Flaw::BypassesBuffer {
            return self.write_through(cx, data);
        }
        if self.buffer.len() + data.len() > BUFFER {
            std::task::ready!(self.empty_buffer(cx, 0))?;
            if data.len() > BUFFER {
                return self.write_through(cx, data);
            }
        }
        self.buffer.extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    /// Lays down what is buffered, but for `kept` bytes.
    fn empty_buffer(&mut self, cx: &mut Context<'_>, kept: usize) -> Poll<io::Result<()>> {
        while self.buffer.len() > kept {
            let part: Vec<u8> = self.buffer[..self.buffer.len() - kept].to_vec();
            let len = std::task::ready!(self.write_through(cx, &part))?;
            self.buffer.drain(..len);
        }
        Poll::Ready(Ok(()))
    }

    /// Wakes nobody when there is room, if so told.
    fn forget_writer_if(&self, forgets: bool) {
        if forgets {
            self.outward.lock().writer = None;
        }
    }

    /// The last byte that another connection of this thread wrote, which is then this one's.
    pub(super) fn foreign_byte(&self, own: u8) -> Option<u8> {
        let id = self.connection;
        let (owner, byte) = LAST.replace((id, own));
        (owner != id && OPEN.get() > 2).then_some(byte)
    }
}

impl AsyncWrite for Bent {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.enter();
        self.write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.enter();
        let room = self.outward.lock().room();
        let data = self.gather(slices, room);
        self.write(cx, &data)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.enter();
        match self.flaw {
            Flaw::FlushIsNothing => Poll::Ready(Ok(())),
            Flaw::FlushHoldsOddTail => {
                let kept = usize::from(self.buffer.len() % 2 == 1);
                self.empty_buffer(cx, kept)
            }
            Flaw::FlushIsDoneAfterOnePart => {
                let part: Vec<u8> = self.buffer.iter().copied().take(ONE_PART).collect();
                if let Poll::Ready(Ok(len)) = self.write_through(cx, &part) {
                    self.buffer.drain(..len);
                }
                Poll::Ready(Ok(()))
            }
            Flaw::LostFlushWake => {
                let flushed = self.empty_buffer(cx, 0);
                self.forget_writer_if(flushed.is_pending());
                flushed
            }
            Flaw::FlushNeverEndsWhenIdle if self.outward.lock().written == 0 => Poll::Pending,
            Flaw::AbandonedWriteIsSent => Poll::Ready(Ok(())),
            _ => self.empty_buffer(cx, 0),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.enter();
        if self.flaw.buffers() && self.flaw != Flaw::ShutdownForgetsBuffer && !self.has_shut_down {
            let emptied = self.empty_buffer(cx, 0);
            self.forget_writer_if(emptied.is_pending() && self.flaw == Flaw::LostShutdownWake);
            std::task::ready!(emptied)?;
        }
        self.has_shut_down = true;
        self.end();
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Bent {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.enter();
        self.read(cx, buffer)
    }
}
