//! The shapes of plan that several specs of the group share.
//!
//! Every plan that can ends by shutting down and reading to the end, so that a loss is proved without a clock.

use sockspec_harness::plan::{Cut, Cuts, Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::Experiment;
use sockspec_harness::subject::{Capability, Subject};

/// The client's end of the first connection.
pub(super) const CLIENT: End = End::client(0);

/// The peer's end of the first connection.
pub(super) const PEER: End = End::peer(0);

/// Both ends of the first connection.
pub(super) const ENDS: [End; 2] = [CLIENT, PEER];

/// One binary megabyte in bytes.
pub(super) const MIB: u64 = 1 << 20;

/// Where buffers, segments and records end: every power of two up to 64 KiB with both its neighbours,
/// and what Ethernet carries in a frame, with and without headers.
pub(super) fn sizes() -> Vec<u64> {
    let around = (0..=16).flat_map(|power: u32| {
        let size = 1u64 << power;
        [size - 1, size, size + 1]
    });
    let mut sizes: Vec<u64> = around.chain([1448, 1460, 1500]).filter(|size| *size > 0).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Read buffers in bytes from the smallest to more than any piece, off and on every border.
pub(super) const READS: [u32; 20] =
    [1, 2, 3, 7, 8, 9, 63, 64, 65, 511, 1023, 1024, 1460, 4095, 4096, 4097, 16_383, 16_384, 16_385, 65_537];

/// Ends what `first` sends, and then, if one direction can be ended by itself, what the other sends.
pub(super) fn finished(subject: &Subject, script: Script, first: End) -> Plan {
    other_finished(subject, script.finish(first), first)
}

/// Ends, behind a script in which `first` has ended what it sends, what the other sends, if that can still be ended.
pub(super) fn other_finished(subject: &Subject, script: Script, first: End) -> Plan {
    let goes_on = subject.can(Capability::HalfClose);
    if goes_on { script.finish(first.other()).plan() } else { script.plan() }
}

/// One plan for each direction: only one end sends, and then it finishes.
pub(super) fn one_way(subject: &Subject, build: impl Fn(Script, End) -> Script) -> Vec<Experiment> {
    let plan = |from: End| finished(subject, build(Script::open(), from), from);
    ENDS.into_iter().map(|from| plan(from).into()).collect()
}

/// Two plans in which first one end sends, and then the other, on the same connection.
pub(super) fn in_turns(subject: &Subject, build: impl Fn(Script, End) -> Script) -> Vec<Experiment> {
    let plan = |from: End| finished(subject, build(build(Script::open(), from), from.other()), from);
    ENDS.into_iter().map(|from| plan(from).into()).collect()
}

/// One plan in which both ends send and both receive at once; without half-close, one plan for each direction.
///
/// `send` adds the sending steps of one end.
pub(super) fn at_once(subject: &Subject, send: impl Fn(Script, End) -> Script) -> Vec<Experiment> {
    let lanes = |script: Script, from: End| send(script, from).shut_down(from).receive_to_end(from.other());
    if subject.can(Capability::HalfClose) {
        return vec![lanes(lanes(Script::open(), CLIENT), PEER).concurrent().plan().into()];
    }
    let alone = |from: End| lanes(Script::open(), from).concurrent().plan();
    ENDS.into_iter().map(|from| alone(from).into()).collect()
}

/// Writes of these lengths, one after the other and then flushed, of which nothing is read before the last is done if there is room;
/// then all of it is read with a buffer of `max` bytes.
pub(super) fn queued(mut script: Script, from: End, lens: impl IntoIterator<Item = u64>, max: u32) -> Script {
    let mut sum = 0;
    for len in lens {
        sum += len;
        script = script.send(from, len);
    }
    script.step(from, Operation::Flush).receive(from.other(), sum, max)
}

/// Pieces of `len` bytes, joined.
///
/// A join that is asked for should be had on every kernel, at once: as a rule no more than eight writes, since TCP holds back what goes beyond
/// its first window until it is acknowledged (RFC 6928: ten segments), and no more bytes than a fresh receive buffer has room for.
pub(super) fn joined(len: u32) -> Cuts {
    Cuts::Every { len, joined: true }
}

/// Every way to cut a payload of `len` bytes (1 to 16), all cuts of one sort.
pub(super) fn every_way(len: u64, joined: bool) -> impl Iterator<Item = Cuts> {
    (0u32..1 << (len - 1)).map(move |set| {
        let places = (1..len as u32).filter(move |at| set >> (at - 1) & 1 == 1);
        cuts(places.map(|at| Cut { at, joined }).collect())
    })
}

/// Every way to leave whole, cut or join each place of a payload of `len` bytes (1 to 10).
pub(super) fn every_mixture(len: u64) -> impl Iterator<Item = Cuts> {
    (0..3u32.pow(len as u32 - 1)).map(move |number| {
        let digit = |at: u32| number / 3u32.pow(at - 1) % 3;
        let places = (1..len as u32).filter(|at| digit(*at) > 0);
        cuts(places.map(|at| Cut { at, joined: digit(at) == 2 }).collect())
    })
}

/// Cuts at these places.
pub(super) fn cut_at(places: &[u64]) -> Cuts {
    cuts(places.iter().map(|at| Cut { at: *at as u32, joined: false }).collect())
}

fn cuts(places: Vec<Cut>) -> Cuts {
    if places.is_empty() { Cuts::None } else { Cuts::At(places) }
}

/// A plan of `steps` steps chosen by seed: lengths, cuts, read sizes, directions and ways of sending.
pub(super) fn random(subject: &Subject, draw: &mut Draw, steps: u64) -> Plan {
    let vectored = subject.can(Capability::VectoredWrite);
    let mut script = Script::open();
    for _ in 0..steps {
        let from = *draw.pick(&ENDS);
        let len = draw.length(1, 100_000);
        script = match draw.between(0, 5) {
            0 => script.send(from, len).step(from, Operation::Flush).receive(
                from.other(),
                len,
                buffer(draw, len),
            ),
            1 => script
                .step(from.other(), Operation::PollReceive { max: buffer(draw, len) })
                .transfer(from, len),
            choice => {
                let reads: Vec<u32> =
                    draw.reads(100_000).into_iter().map(|read| read.max(few(len))).collect();
                let cuts = draw.cuts(len, 7);
                let cuts = if reads.is_empty() && len <= MOST_JOINED { cuts } else { unjoined(cuts) };
                let slices = if vectored && choice == 2 { draw.between(2, 9) as u8 } else { 0 };
                let reader_waits = draw.one_in(2);
                script.transfer_with(from, len, |transfer| {
                    transfer.cuts = cuts;
                    transfer.reads = reads;
                    transfer.slices = slices;
                    transfer.reader_waits = reader_waits;
                })
            }
        };
    }
    let first = *draw.pick(&ENDS);
    finished(subject, script, first)
}

/// The most bytes that are asked to come in one read though they were several writes.
const MOST_JOINED: u64 = 32_768;

/// The same cuts, none of them joined: where a short read or a full buffer comes between, no join can be had.
pub(super) fn unjoined(cuts: Cuts) -> Cuts {
    match cuts {
        Cuts::None => Cuts::None,
        Cuts::Every { len, .. } => Cuts::Every { len, joined: false },
        Cuts::At(cuts) => Cuts::At(cuts.into_iter().map(|cut| Cut { joined: false, ..cut }).collect()),
    }
}

/// A read buffer, log-uniform, that needs few reads for `len` bytes.
fn buffer(draw: &mut Draw, len: u64) -> u32 {
    (draw.length(1, 100_000) as u32).max(few(len))
}

/// The smallest read buffer with which `len` bytes take no more than some hundred reads, which keeps a plan cheap.
fn few(len: u64) -> u32 {
    (len / 128) as u32 + 1
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::Cuts;

    use super::{every_mixture, every_way, sizes};

    #[test]
    fn sizes_rise_and_reach_past_every_border() {
        let sizes = sizes();
        assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]));
        for border in [1, 2, 255, 256, 257, 1460, 4095, 16_385, 65_535, 65_536, 65_537] {
            assert!(sizes.contains(&border), "{border}");
        }
    }

    #[test]
    fn every_way_is_there_once() {
        let all: Vec<Cuts> = every_way(5, true).collect();
        assert_eq!(all.len(), 16);
        assert!(all.iter().enumerate().all(|(i, cuts)| !all[..i].contains(cuts)));
        assert_eq!(all.iter().map(|cuts| cuts.count(5).joined).sum::<u64>(), 32);
        let mixed: Vec<Cuts> = every_mixture(4).collect();
        assert_eq!(mixed.len(), 27);
        assert!(mixed.iter().enumerate().all(|(i, cuts)| !mixed[..i].contains(cuts)));
        assert_eq!(mixed.iter().map(|cuts| cuts.count(4).cut).sum::<u64>(), 27);
    }
}
