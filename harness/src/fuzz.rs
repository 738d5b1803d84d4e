//! What a fuzzer needs of the machine: changing plans, making them ones that every conforming system must satisfy, and what must hold of any bytes.
//!
//! The bodies of the fuzz targets are in libraries and not in `fuzz/`, so that `cargo test` runs them too and a target that no longer fits does not compile.

#[cfg(feature = "arbitrary")]
mod arbitrary;
pub mod execute;
pub mod mutate;
pub mod novelty;
pub mod tame;

use crate::machine::allocation::arm;
use crate::plan::Plan;

/// How much memory a parser may hold for each byte that it is given, and for none, in bytes.
///
/// The densest thing to say is a step of a plan, of which two bytes can become a record.
const MOST_PER_BYTE: u64 = 64;
const MOST_FOR_NOTHING: u64 = 4096;

/// Any bytes say a plan, and the canonical bytes of a plan say that plan and no other.
///
/// # Panics
/// If that does not hold.
pub fn plan_decode(bytes: &[u8]) {
    let plan = frugally(bytes.len(), || Plan::decode(bytes));
    let canonical = plan.encode();
    assert_eq!(Plan::decode(&canonical), plan, "a plan is what its bytes say");
    assert_eq!(Plan::decode_strict(&canonical).as_ref(), Ok(&plan), "what is written is canonical");
    assert!(bytes == canonical || Plan::decode_strict(bytes).is_err(), "a plan has one canonical encoding");
}

/// Runs a parser on an input of `len` bytes.
///
/// # Panics
/// If it holds more memory at once than a small multiple of that, in a build that counts (see [`is_counting`]).
///
/// [`is_counting`]: crate::machine::allocation::is_counting
pub fn frugally<T>(len: usize, parse: impl FnOnce() -> T) -> T {
    let account = arm(u64::MAX);
    let parsed = parse();
    let peak = account.tally().peak;
    drop(account);
    let most = MOST_FOR_NOTHING + MOST_PER_BYTE * len as u64;
    assert!(peak <= most, "wanted {len} bytes read in at most {most} bytes of memory, saw {peak}");
    parsed
}

#[cfg(test)]
mod tests {
    use super::{frugally, plan_decode};
    use crate::machine::allocation::is_counting;
    use crate::plan::Draw;

    #[test]
    fn a_parser_that_believes_a_length_is_found() {
        assert_eq!(frugally(4, || vec![0_u8; 4].len()), 4);
        let greedy = std::panic::catch_unwind(|| frugally(4, || vec![0_u8; 1 << 16].len()));
        assert_eq!(greedy.is_err(), is_counting());
    }

    #[test]
    fn the_body_holds_for_bytes_near_plans() {
        let mut draw = Draw::new(0, &["fuzz", "plan_decode"]);
        for most in [3, 40, 255] {
            for _ in 0..2000 {
                let bytes: Vec<u8> = (0..draw.between(0, 48)).map(|_| draw.between(0, most) as u8).collect();
                plan_decode(&bytes);
            }
        }
    }
}
