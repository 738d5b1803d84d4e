//! What people check a codec with today: one property, that frames come out as they went in however the reads are cut,
//! by proptest with partial-io, and by a loop with a random generator.
//!
//! Both get what helps them: lengths around the borders of the prefix's bytes, many frames in one stream, and no socket in the way.

use std::cell::Cell;
use std::io::{self, Cursor, Read};

use bytes::BytesMut;
use partial_io::proptest_types::{interrupted_strategy, partial_op_strategy};
use partial_io::{PartialOp, PartialRead};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

use sockspec_harness::codec::Codec;

/// What makes the codec of one case.
pub type Make<'a> = &'a dyn Fn() -> Box<dyn Codec>;

/// Whether so many cases are enough, asked before each.
pub type Enough<'a> = &'a dyn Fn(u64) -> bool;

/// How long a search went on, and what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// How many cases were run.
    pub cases: u64,
    /// Whether one of them failed.
    pub found: bool,
}

/// The most frames of a case, the longest of their payloads, and the longest read, in bytes.
const FRAMES: usize = 6;
const LONGEST: usize = 600;
const LONGEST_READ: usize = 128;

/// Random payloads and random reads until one case fails, or there are enough.
///
/// # Panics
/// If proptest gives a case up for another reason.
pub fn by_proptest(make: Make<'_>, seed: u64, enough: Enough<'_>) -> Search {
    let payload = prop_oneof![vec(any::<u8>(), 0..20), vec(any::<u8>(), 0..=LONGEST)];
    let ops = vec(partial_op_strategy(interrupted_strategy(), LONGEST_READ), 0..LONGEST_READ);
    let config = Config {
        cases: u32::MAX,
        max_shrink_iters: 0,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let cases = Cell::new(0);
    // A test that fails ends the runner, and so do enough cases: which of them it was is told apart here.
    let is_over = Cell::new(false);
    let result = TestRunner::new(config).run(&(vec(payload, 0..=FRAMES), ops), |(payloads, ops)| {
        if enough(cases.get()) {
            is_over.set(true);
            return Err(TestCaseError::fail("there are enough"));
        }
        cases.set(cases.get() + 1);
        let holds = comes_back(make, &payloads, |wire| PartialRead::new(wire, ops));
        if holds { Ok(()) } else { Err(TestCaseError::fail("the frames differ")) }
    });
    Search { cases: cases.get(), found: result.is_err() && !is_over.get() }
}

/// The same with a plain generator: payloads of random length, read in random chunks.
pub fn by_random_chunks(make: Make<'_>, seed: u64, enough: Enough<'_>) -> Search {
    let mut random = oorandom::Rand64::new(u128::from(seed));
    let mut cases = 0;
    while !enough(cases) {
        cases += 1;
        let frames = random.rand_range(0..FRAMES as u64 + 1);
        let payloads: Vec<Vec<u8>> = (0..frames)
            .map(|_| {
                let len = random.rand_range(0..LONGEST as u64 + 1);
                (0..len).map(|_| random.rand_u64() as u8).collect()
            })
            .collect();
        let chunks: Vec<usize> =
            (0..LONGEST_READ).map(|_| 1 + random.rand_range(0..LONGEST_READ as u64) as usize).collect();
        let read = |wire| PartialRead::new(wire, chunks.into_iter().map(PartialOp::Limited));
        if !comes_back(make, &payloads, read) {
            return Search { cases, found: true };
        }
    }
    Search { cases, found: false }
}

/// The property: what one codec encodes, another decodes, frame by frame, with a clean end behind it; a panic counts as a failure.
fn comes_back<R: Read>(
    make: Make<'_>,
    payloads: &[Vec<u8>],
    read: impl FnOnce(Cursor<Vec<u8>>) -> R,
) -> bool {
    let attempt = || -> io::Result<bool> {
        let mut wire = BytesMut::new();
        let mut encoder = make();
        for payload in payloads {
            encoder.encode(payload, &mut wire)?;
        }
        let mut reader = read(Cursor::new(wire.to_vec()));
        let mut decoder = make();
        let mut input = BytesMut::new();
        let mut frames = payloads.iter();
        let mut buffer = [0; 4096];
        loop {
            // A decoder that gives frames for ever gives one too many soon.
            while let Some(frame) = decoder.decode(&mut input)? {
                if frames.next().is_none_or(|payload| *payload != *frame) {
                    return Ok(false);
                }
            }
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => input.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        while let Some(frame) = decoder.decode_end(&mut input)? {
            if frames.next().is_none_or(|payload| *payload != *frame) {
                return Ok(false);
            }
        }
        Ok(frames.next().is_none())
    };
    matches!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt)), Ok(Ok(true)))
}

#[cfg(test)]
mod tests {
    use sockspec::codec::TokioCodec;
    use sockspec_harness::codec::Codec;
    use sockspec_harness::fault;
    use sockspec_harness::layout::Layout;
    use tokio_util::codec::LengthDelimitedCodec;

    use super::{Enough, Make, Search, by_proptest, by_random_chunks};

    fn sound() -> Box<dyn Codec> {
        Box::new(TokioCodec(LengthDelimitedCodec::new()))
    }

    #[test]
    fn the_peers_find_what_is_plain_and_accuse_nobody() {
        let layout = Layout::u32_be();
        let fault = fault::find("clears-buffer").expect("the fault is there");
        let tamper = fault.codec_tamper().expect("it breaks codecs");
        for search in [by_proptest as fn(Make<'_>, u64, Enough<'_>) -> Search, by_random_chunks] {
            let fine = search(&sound, 1, &|cases| cases == 300);
            assert_eq!(fine, Search { cases: 300, found: false });
            let broken = || tamper(sound(), &layout);
            assert!(search(&broken, 1, &|cases| cases == 10_000).found);
        }
    }
}
