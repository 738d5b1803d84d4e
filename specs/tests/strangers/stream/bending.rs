//! Where the flaws of the bent pipe do their harm: on the way in, on the way out, and at the end.

use std::io::{self, ErrorKind, IoSlice};
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::bent::Bent;
use super::flaw::Flaw;

const MEBIBYTE: u64 = 1 << 20;

impl Bent {
    /// Lays bytes into the lane, and says how many were taken of the `offered`.
    pub(super) fn lay_down(&mut self, data: &[u8], offered: usize) -> usize {
        let foreign = self.foreign_byte(data[data.len() - 1]);
        let mut lane = self.outward.lock();
        let (from, len) = (lane.written, data.len());
        let to = from + len as u64;
        let mut bytes = data.to_vec();
        let mut flip_at = |offset: u64| {
            if (from..to).contains(&offset) {
                bytes[(offset - from) as usize] ^= 0x20;
            }
        };
        let mut claimed = len;
        match self.flaw {
            Flaw::FlipsAfter2Mebibytes => flip_at(2 * MEBIBYTE + 17),
            Flaw::FlipsAfter5Mebibytes => flip_at(5 * MEBIBYTE + 3),
            Flaw::FlipsAtFirstMebibyte => flip_at(MEBIBYTE - 1),
            Flaw::FlipsOnSecondConnection if self.connection == 2 => flip_at(100),
            Flaw::FlipsOnSeventeenthConnection if self.connection == 17 => flip_at(10),
            Flaw::FlipsFromPeerOnly if self.is_peer => flip_at(5000),
            Flaw::FlipsOperation500 if self.calls >= 500 && !self.is_armed => {
                self.is_armed = true;
                flip_at(from);
            }
            Flaw::FlipsOperation3000 if self.calls >= 3000 && !self.is_armed => {
                self.is_armed = true;
                flip_at(from);
            }
            Flaw::LosesByte70001 if (from..to).contains(&70_001) => {
                bytes.remove((70_001 - from) as usize);
            }
            Flaw::LosesInWritesOf1460 if offered == 1460 => bytes.truncate(len - 1),
            Flaw::LosesInWritesOf16384 if offered == 16_384 => bytes.truncate(len - 1),
            Flaw::LosesInWritesAbove32768 if len > 32_768 => bytes.truncate(len - 1),
            Flaw::LosesAfterWaitingWrite if self.is_armed => {
                bytes.remove(0);
                self.is_armed = false;
            }
            Flaw::RepeatsAfterPartialWrite if len < offered => bytes.push(data[len - 1]),
            Flaw::OverReportsWhenFull if len < offered => claimed += 1,
            Flaw::CrossTalk => bytes[0] = foreign.unwrap_or(bytes[0]),
            Flaw::TextMode => bytes.retain(|byte| *byte != 0x1A),
            Flaw::EscapesDoubled => bytes.dedup_by(|second, first| *second == 0xFF && *first == 0xFF),
            Flaw::BacklogIsDropped if lane.bytes.len() > MEBIBYTE as usize => bytes.clear(),
            Flaw::SwapsWaitingWrites if lane.bytes.len() > lane.last_write && lane.last_write > 0 => {
                let at = lane.bytes.len() - lane.last_write;
                let before = lane.bytes.split_off(at);
                lane.push(&bytes);
                lane.bytes.extend(before);
                return len;
            }
            _ => {}
        }
        lane.push(&bytes);
        // Offsets go by what was claimed, so that a flaw strikes once.
        lane.written = to;
        claimed
    }

    /// One buffer of several.
    pub(super) fn gather(&self, slices: &[IoSlice<'_>], room: usize) -> Vec<u8> {
        let mut filled: Vec<&[u8]> = slices.iter().map(|slice| &**slice).collect();
        let total: usize = filled.iter().map(|slice| slice.len()).sum();
        match self.flaw {
            Flaw::VectoredSwapsThird if filled.len() >= 3 => filled.swap(1, 2),
            Flaw::VectoredCountsEmptySlices
                if filled.len() > 2 && filled.iter().any(|slice| slice.is_empty()) =>
            {
                // What an empty slice is followed by is taken for nothing: zeroes stand in its place.
                let mut data = filled[0].to_vec();
                data.resize(total, 0);
                return data;
            }
            // What stands in no place of the array is counted, and zeroes come for it.
            Flaw::VectoredGathersSixteen if filled.len() > 16 => {
                let mut data = filled[..16].concat();
                data.resize(total, 0);
                return data;
            }
            Flaw::VectoredRepeatsCutSlice if room < total && room > 0 && filled.len() > 1 => {
                let first = filled[0].len();
                if room > first + 1 {
                    let mut data = filled.concat();
                    data.truncate(room - 1);
                    data.push(data[first]);
                    return data;
                }
            }
            _ => {}
        }
        filled.concat()
    }

    /// Ends this direction.
    pub(super) fn end(&mut self) {
        let mut lane = self.outward.lock();
        if self.flaw == Flaw::TailLostWhenMuchWaits && !lane.is_ended && lane.bytes.len() > 60_000 {
            lane.bytes.pop_back();
        }
        lane.is_ended = true;
        if self.flaw == Flaw::EndWakesNobody {
            lane.reader = None;
        }
        lane.wake_reader();
        drop(lane);
        if self.flaw == Flaw::HalfCloseClosesBoth {
            let mut lane = self.inward.lock();
            lane.is_ended = true;
            lane.wake_writer();
        }
    }

    /// Reads what there is.
    pub(super) fn read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let mut lane = self.inward.lock();
        if room == 0 {
            if self.flaw == Flaw::EmptyReadEats && !lane.bytes.is_empty() {
                lane.pull(1);
            }
            if self.flaw == Flaw::EmptyReadEnds {
                lane.is_ended = true;
            }
            return Poll::Ready(Ok(()));
        }
        let is_over = self.has_shut_down
            && match self.flaw {
                Flaw::HalfCloseStopsReading => true,
                Flaw::HalfCloseLimitsReading => lane.read > 64 << 10,
                _ => false,
            };
        if is_over {
            return Poll::Ready(Ok(()));
        }
        if self.flaw == Flaw::DeadlockInFullDuplex && !lane.is_ended {
            let mut outward = self.outward.lock();
            if outward.room() == 0 {
                outward.refused = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        let hides_few = match self.flaw {
            Flaw::EndHidesLastThree => true,
            Flaw::EndHidesAFewFromWhoWaits => self.waiting.is_some(),
            _ => false,
        };
        if lane.bytes.is_empty() || (hides_few && lane.is_ended && lane.bytes.len() < 4) {
            let is_ended = lane.is_ended;
            drop(lane);
            return self.read_nothing(cx, room, is_ended);
        }
        if self.flaw == Flaw::AbandonedReadLoses && self.waiting.is_some_and(|waiting| waiting != room) {
            lane.pull(1);
        }
        drop(lane);
        self.waiting = None;
        self.read_bytes(buffer, room)
    }

    fn read_nothing(&mut self, cx: &mut Context<'_>, room: usize, is_ended: bool) -> Poll<io::Result<()>> {
        if is_ended {
            return match self.flaw {
                Flaw::EndIsErrorWhenBytesWait if self.is_armed => {
                    Poll::Ready(Err(ErrorKind::UnexpectedEof.into()))
                }
                Flaw::ResetAfterOwnShutdown if self.has_shut_down => {
                    Poll::Ready(Err(ErrorKind::ConnectionReset.into()))
                }
                _ => Poll::Ready(Ok(())),
            };
        }
        if self.flaw == Flaw::ReadWouldBlock {
            return Poll::Ready(Err(ErrorKind::WouldBlock.into()));
        }
        self.waiting = Some(room);
        self.await_bytes(cx.waker());
        Poll::Pending
    }

    fn read_bytes(&mut self, buffer: &mut ReadBuf<'_>, room: usize) -> Poll<io::Result<()>> {
        let own = self.outward.lock().bytes.front().copied();
        let mut lane = self.inward.lock();
        let mut max = room;
        if self.flaw == Flaw::MessageMode {
            let message = lane.borders.front().map_or(room, |border| (border - lane.read) as usize);
            max = message.max(1);
        }
        let mut bytes = lane.pull(max);
        let first = lane.read - bytes.len() as u64;
        self.is_armed = match self.flaw {
            Flaw::LostWakeAfterExactDrain => lane.bytes.is_empty() && bytes.len() == room && room > 1,
            Flaw::EndIsErrorWhenBytesWait => lane.is_ended || self.is_armed,
            _ => self.is_armed,
        };
        match self.flaw {
            Flaw::MessageMode => bytes.truncate(room),
            Flaw::ReadOfOneRepeats if room == 1 => {
                self.ones += 1;
                if self.ones == 10 {
                    lane.bytes.push_front(bytes[0]);
                }
            }
            Flaw::ReadOfSevenLoses if room == 7 && bytes.len() == 7 => bytes.truncate(6),
            Flaw::ReadAbove65535Loses if room > 65_535 && bytes.len() > 1 => bytes.truncate(bytes.len() - 1),
            Flaw::LargeReadAfterSmallLoses
                if room >= 1024 && (1..=8).contains(&self.last_buffer) && bytes.len() > 1 =>
            {
                bytes.remove(0);
            }
            Flaw::CrossedLanes if (first..lane.read).contains(&10_000) => {
                bytes[(10_000 - first) as usize] = own.unwrap_or(0);
            }
            Flaw::StaleTail
                if bytes.len() < self.last_read.len() && bytes.len() < room && bytes.len() > 1 =>
            {
                bytes.push(self.last_read[bytes.len()]);
            }
            _ => {}
        }
        drop(lane);
        self.last_buffer = room;
        if self.flaw == Flaw::ReadDoesNotAdvance && self.calls.is_multiple_of(40) {
            let len = bytes.len();
            buffer.initialize_unfilled_to(len)[..len].copy_from_slice(&bytes);
            return Poll::Ready(Ok(()));
        }
        if self.flaw == Flaw::ReadClearsFilled {
            let before = buffer.filled().len();
            buffer.filled_mut()[..before].fill(0);
        }
        buffer.put_slice(&bytes);
        self.last_read = bytes;
        Poll::Ready(Ok(()))
    }
}
