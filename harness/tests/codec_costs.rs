//! What the faults that only cost too much take, seen through the counters of a codec that is called directly.
//!
//! They stand apart from the other faults' tests, because the room of faults knows neither codecs over memory nor allocations.
#![cfg(feature = "count-allocations")]

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use sockspec_harness::codec::Codec;
use sockspec_harness::fault;
use sockspec_harness::layout::Layout;
use sockspec_harness::link::DirectCodec;
use sockspec_harness::machine::allocation;
use sockspec_harness::plan::End;
use sockspec_harness::subject::Subject;
use sockspec_harness::system::{Answer, Call, System, World};
use sockspec_harness::trace::Counters;

/// Room for one fault that takes 1 GiB, which is never touched.
const BUDGET: u64 = 4 << 30;

/// The length of the payload that is fed byte by byte.
const LEN: usize = 16_384;

#[test]
fn memory_is_taken_for_what_is_announced() {
    let peak = |fault| run(fault, |world| feed(world, &u32::MAX.to_be_bytes())).allocated_peak;
    assert!(peak(None) < Some(1 << 10));
    assert!(peak(Some("allocates-announced")) >= Some(1 << 30));
}

#[test]
fn memory_is_taken_with_every_piece() {
    let total = |fault| run(fault, byte_by_byte).allocated_total;
    assert!(total(None) < Some(1 << 20));
    assert!(total(Some("copies-per-piece")) > Some((LEN * LEN / 3) as u64));
}

#[test]
fn memory_is_kept_of_every_frame() {
    let peak = |fault| {
        let many = |world: &mut dyn World| (0..1000).for_each(|_| feed(world, &frame(500)));
        run(fault, many).allocated_peak
    };
    assert!(peak(None) < Some(50_000));
    assert!(peak(Some("hoards-frames")) > Some(500_000));
}

#[test]
fn bytes_are_looked_at_with_every_piece() {
    // Processor time that is shared with others is longer, never shorter: the least of several is nobody else's.
    let least = |fault| {
        let nanos = || run(fault, byte_by_byte).computed_nanos.expect("threads have clocks here");
        (0..9).map(|_| nanos()).min().expect("there are some")
    };
    let (sound, broken) = (least(None), least(Some("scans-from-start")));
    assert!(broken > sound * 4, "sound {sound} ns, broken {broken} ns");
}

/// What a world of one codec took while it was asked so.
fn run(fault: Option<&str>, ask: impl FnOnce(&mut dyn World)) -> Counters {
    let layout = Layout::u32_be().max_frame(1 << 16);
    let factory = {
        let layout = layout.clone();
        Arc::new(move || Box::new(Plain(layout.clone())) as Box<dyn Codec>)
    };
    let mut world = DirectCodec::new(Subject::framing("plain", layout), factory).world();
    if let Some(id) = fault {
        world = fault::find(id).expect("the fault exists").wrap(world);
    }
    let _armed = allocation::arm(BUDGET);
    let _ = world.counters(End::peer(0));
    ask(&mut *world);
    world.counters(End::peer(0))
}

fn frame(len: usize) -> Vec<u8> {
    [&(len as u32).to_be_bytes()[..], &vec![7; len]].concat()
}

fn byte_by_byte(world: &mut dyn World) {
    for byte in frame(LEN) {
        feed(world, &[byte]);
    }
}

fn feed(world: &mut dyn World, piece: &[u8]) {
    let mut ask = |call: Call<'_>| world.poll(&mut Context::from_waker(Waker::noop()), End::peer(0), call);
    let _ = ask(Call::Push(piece));
    while let Poll::Ready(Ok(Answer::Frame(_))) = ask(Call::Pull) {}
}

/// A conforming codec of four bytes of length.
struct Plain(Layout);

impl Codec for Plain {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let frame = self.0.encode(payload).map_err(|_| io::ErrorKind::InvalidInput)?;
        output.extend_from_slice(&frame);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let Some(header) = input.first_chunk() else { return Ok(None) };
        let len = u32::from_be_bytes(*header) as usize;
        if len as u64 > self.0.largest() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let is_whole = input.len() >= 4 + len;
        Ok(is_whole.then(|| input.split_to(4 + len).freeze().slice(4..)))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.decode(input)
    }
}
