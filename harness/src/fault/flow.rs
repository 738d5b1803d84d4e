//! What a fault of streams knows of the bytes that pass: where in its direction each stands, and where one write ended.
//!
//! Positions are counted in what the sound world delivers, so a fault that drops or adds bytes does not move its own mark.

use std::collections::VecDeque;
use std::ops::Range;
use std::task::{Context, Poll, ready};

use litemap::LiteMap;

use super::around::{Answered, around, count_of, counted};
use crate::plan::End;
use crate::system::{Answer, Call, World};

/// A world in which `edit` changes what reads deliver.
///
/// A read of which it leaves nothing is repeated, so that it never looks like an end.
pub(super) fn on_read<F>(sound: Box<dyn World>, mut edit: F) -> Box<dyn World>
where
    F: FnMut(&mut Arrived<'_>) + 'static,
{
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| flows.poll_editing(sound, cx, end, call, &mut edit))
}

/// The directions of a world, each named after the end that reads it.
#[derive(Default)]
pub(super) struct Flows {
    flows: LiteMap<End, Flow>,
}

impl Flows {
    /// The direction that `end` reads.
    pub(super) fn to(&mut self, end: End) -> &mut Flow {
        self.flows.entry(end).or_default()
    }

    /// Passes a call on and counts what it moved.
    pub(super) fn poll(
        &mut self,
        sound: &mut dyn World,
        cx: &mut Context<'_>,
        end: End,
        call: Call<'_>,
    ) -> Answered {
        self.poll_editing(sound, cx, end, call, &mut |_| ())
    }

    /// As [`Flows::poll`], with `edit` changing what a read delivers.
    pub(super) fn poll_editing(
        &mut self,
        sound: &mut dyn World,
        cx: &mut Context<'_>,
        end: End,
        call: Call<'_>,
        edit: &mut dyn FnMut(&mut Arrived<'_>),
    ) -> Answered {
        let writes = matches!(call, Call::Write(_) | Call::WriteVectored(_));
        let Call::Read(buffer) = call else {
            let answered = sound.poll(cx, end, call);
            if let (true, Some(len)) = (writes, count_of(&answered)) {
                self.to(end.other()).wrote(len);
            }
            return answered;
        };
        let flow = self.to(end);
        loop {
            let len = match ready!(sound.poll(cx, end, Call::Read(&mut *buffer))) {
                Ok(Answer::Count(len)) if len > 0 => len,
                other => return Poll::Ready(other),
            };
            let start = flow.read;
            flow.read += len as u64;
            let mut arrived = Arrived { end, start, len, buffer: &mut *buffer, flow };
            arrived.lose();
            if arrived.len > 0 {
                edit(&mut arrived);
            }
            let len = arrived.len;
            if len > 0 {
                return counted(len);
            }
        }
    }
}

/// One direction of one connection.
#[derive(Default)]
pub(super) struct Flow {
    /// How many bytes were written into it.
    pub(super) written: u64,
    /// In how many writes.
    pub(super) writes: u64,
    /// How many bytes were read out of it.
    pub(super) read: u64,
    /// Bytes at these positions never come.
    pub(super) lost: Range<u64>,
    /// Where the writes end that were not yet read to their end.
    ends: VecDeque<u64>,
    struck: bool,
}

impl Flow {
    /// True the first time it is asked: for faults that happen once in a direction.
    pub(super) fn strike(&mut self) -> bool {
        !std::mem::replace(&mut self.struck, true)
    }

    fn wrote(&mut self, len: usize) {
        if len == 0 {
            return;
        }
        self.written += len as u64;
        self.writes += 1;
        while self.ends.front().is_some_and(|end| *end <= self.read) {
            self.ends.pop_front();
        }
        self.ends.push_back(self.written);
    }
}

/// What one read delivered.
pub(super) struct Arrived<'a> {
    /// The end that reads.
    pub(super) end: End,
    /// Where in its direction the first byte stands.
    pub(super) start: u64,
    /// How many bytes lie in the buffer, at least one.
    pub(super) len: usize,
    /// The reader's buffer.
    pub(super) buffer: &'a mut [u8],
    /// Its direction.
    pub(super) flow: &'a mut Flow,
}

impl Arrived<'_> {
    /// The bytes that came.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.len]
    }

    /// Flips a bit of the byte at that position of the direction, if it is among those that came.
    pub(super) fn flip_at(&mut self, position: u64) {
        let index = position.checked_sub(self.start).and_then(|index| usize::try_from(index).ok());
        if let Some(byte) = index.and_then(|index| self.bytes().get_mut(index)) {
            *byte ^= 0x10;
        }
    }

    /// Takes out the bytes at these places.
    pub(super) fn remove(&mut self, places: Range<usize>) {
        self.buffer.copy_within(places.end..self.len, places.start);
        self.len -= places.len();
    }

    /// Where in these bytes a write ended and the next began, the first such place if there are several.
    pub(super) fn border(&self) -> Option<usize> {
        let end = self.flow.ends.iter().find(|end| **end > self.start)?;
        usize::try_from(end - self.start).ok().filter(|index| *index < self.len)
    }

    /// How many bytes of the write whose byte came last are still to come.
    pub(super) fn left_of_write(&self) -> u64 {
        let read = self.flow.read;
        self.flow.ends.iter().find(|end| **end >= read).map_or(0, |end| end - read)
    }

    /// Takes out the bytes that the direction loses.
    fn lose(&mut self) {
        let inside = |position: u64| position.clamp(self.start, self.flow.read) - self.start;
        let lost = inside(self.flow.lost.start) as usize..inside(self.flow.lost.end) as usize;
        if lost.start < lost.end {
            if lost.start == 0 {
                self.start += lost.len() as u64;
            }
            self.remove(lost);
        }
    }
}
