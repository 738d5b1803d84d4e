//! A codec over memory: each piece is appended to its input, and it is asked until it needs more.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use litemap::LiteMap;

use super::Maker;
use crate::codec::{Codec, Decoded, Tamper};
use crate::layout::Layout;
use crate::machine::allocation;
use crate::machine::thread_clock::ThreadClock;
use crate::plan::End;
use crate::system::{Answer, Call, World, unsupported};
use crate::trace::{Counters, Failure};

/// The codecs of one plan.
pub(super) struct DirectWorld {
    layout: Layout,
    maker: Maker,
    ends: LiteMap<End, Desk>,
    clock: Option<ThreadClock>,
    /// The processor time at the last count.
    counted: Option<Duration>,
    /// The input of [`Call::Way`], kept so that one way costs no allocation.
    input: BytesMut,
}

/// One end's codec, and the bytes between it and the wire.
struct Desk {
    codec: Box<dyn Codec>,
    input: BytesMut,
    output: BytesMut,
    /// What has to lie in `output`: an encoder appends, and changes nothing of what it finds.
    kept: Vec<u8>,
}

impl Desk {
    /// Encodes a payload behind what earlier frames left in the buffer.
    fn encode(&mut self, payload: &[u8]) -> Answer {
        let Desk { codec, output, kept, .. } = self;
        let result = codec.encode(payload, output);
        let common = kept.len().min(output.len());
        // Compared as a whole first, since it nearly always is the same.
        let is_changed = kept[..common] != output[..common];
        let changed =
            is_changed.then(|| kept.iter().zip(&output[..]).take_while(|(was, is)| was == is).count());
        match (result, changed) {
            (Ok(()), Some(at)) => {
                let of = kept.len() as u64;
                kept.clear();
                kept.extend_from_slice(output);
                Answer::Disturbed { at: at as u64, of }
            }
            (Ok(()), None) => {
                let wire = output.get(kept.len()..).map(bytes::Bytes::copy_from_slice).unwrap_or_default();
                if output.len() > KEPT_OUTPUT {
                    output.clear();
                }
                kept.truncate(output.len());
                kept.extend_from_slice(&output[kept.len()..]);
                Answer::Wire(wire)
            }
            (Err(error), changed) => {
                // Fewer than before are as bad as more, and as others in their place: they were frames that had been encoded.
                let touched = changed.map_or(0, |at| kept.len() - at);
                let emitted = output.len().abs_diff(kept.len()).max(touched) as u64;
                output.truncate(kept.len());
                kept.clear();
                kept.extend_from_slice(output);
                Answer::Unencoded { failure: Failure::of(&error), emitted }
            }
        }
    }
}

impl DirectWorld {
    pub(super) fn new(layout: Layout, maker: Maker) -> DirectWorld {
        DirectWorld {
            layout,
            maker,
            ends: LiteMap::new(),
            clock: ThreadClock::of_this_thread(),
            counted: None,
            input: BytesMut::new(),
        }
    }

    fn desk(&mut self, end: End) -> &mut Desk {
        let (layout, maker) = (&self.layout, &mut self.maker);
        self.ends.entry(end).or_insert_with(|| Desk {
            codec: maker.make(layout),
            input: BytesMut::new(),
            output: BytesMut::new(),
            kept: Vec::new(),
        })
    }

    /// Decodes all of `wire` with a fresh codec.
    fn way(&mut self, wire: &[u8], mask: u64, seen: &mut Vec<(usize, Decoded)>) {
        let mut codec = self.maker.make(&self.layout);
        let input = &mut self.input;
        input.clear();
        let mut fed = 0;
        while fed < wire.len() {
            let behind = mask >> fed;
            let next = if behind == 0 {
                wire.len()
            } else {
                (fed + behind.trailing_zeros() as usize + 1).min(wire.len())
            };
            input.extend_from_slice(&wire[fed..next]);
            fed = next;
            if !drain(fed, seen, || codec.decode(input)) {
                return;
            }
        }
        if drain(fed, seen, || codec.decode_end(input)) {
            seen.push((fed, Decoded::End));
        }
    }
}

/// Takes frames until more bytes are needed; false if that did not come about.
fn drain(
    fed: usize,
    seen: &mut Vec<(usize, Decoded)>,
    mut decode: impl FnMut() -> io::Result<Option<bytes::Bytes>>,
) -> bool {
    // Every frame has a byte at least; one that comes for nothing comes for ever.
    for _ in 0..=fed {
        match decode() {
            Ok(Some(frame)) => seen.push((fed, Decoded::Frame(frame))),
            Ok(None) => return true,
            Err(error) => {
                seen.push((fed, Decoded::Refused(Failure::of(&error))));
                return false;
            }
        }
    }
    seen.push((fed, Decoded::WithoutEnd));
    false
}

impl World for DirectWorld {
    fn poll(&mut self, _: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        Poll::Ready(match call {
            Call::Open => Ok(Answer::Done),
            Call::Encode(payload) => Ok(self.desk(end).encode(payload)),
            Call::Push(bytes) => {
                self.desk(end).input.extend_from_slice(bytes);
                Ok(Answer::Count(bytes.len()))
            }
            Call::Pull => {
                let Desk { codec, input, .. } = self.desk(end);
                codec.decode(input).map(|frame| frame.map_or(Answer::Nothing, Answer::Frame))
            }
            Call::PullEnd => {
                let Desk { codec, input, .. } = self.desk(end);
                codec.decode_end(input).map(|frame| frame.map_or(Answer::End, Answer::Frame))
            }
            Call::Way { wire, mask, seen } => {
                self.way(wire, mask, seen);
                Ok(Answer::Done)
            }
            Call::Drop => {
                self.ends.remove(&end);
                Ok(Answer::Done)
            }
            _ => Err(unsupported("do what sockets do: it is a codec over memory")),
        })
    }

    fn layout(&self) -> Option<&Layout> {
        Some(&self.layout)
    }

    fn break_codecs(&mut self, tamper: Tamper) {
        self.maker.tamper = Some(tamper);
    }

    fn counters(&mut self, _: End) -> Counters {
        let now = self.clock.as_ref().and_then(ThreadClock::read);
        let computed = now.zip(self.counted).map(|(now, then)| now.saturating_sub(then));
        let lap = allocation::lap();
        self.counted = now;
        Counters {
            allocated_peak: lap.map(|lap| lap.peak),
            allocated_kept: lap.map(|lap| lap.kept),
            allocated_total: lap.map(|lap| lap.total),
            computed_nanos: computed.and_then(|computed| u64::try_from(computed.as_nanos()).ok()),
            ..Counters::default()
        }
    }

    fn receive_queue(&mut self, _: End) -> Option<u64> {
        // What is pushed is the decoder's at once.
        None
    }
}

/// How many bytes of earlier frames an encoder finds before it at most.
const KEPT_OUTPUT: usize = 1 << 16;
