//! What a fuzzer needs of the machine: changing plans, making them ones that every conforming system must satisfy, and what must hold of any bytes.
//!
//! The bodies of the fuzz targets are in libraries and not in `fuzz/`, so that `cargo test` runs them too and a target that no longer fits does not compile.

#[cfg(feature = "arbitrary")]
mod arbitrary;
pub mod execute;
pub mod mutate;
pub mod novelty;
pub mod tame;

use crate::plan::Plan;

/// Any bytes say a plan, and the canonical bytes of a plan say that plan and no other.
///
/// # Panics
/// If that does not hold.
pub fn plan_decode(bytes: &[u8]) {
    let plan = Plan::decode(bytes);
    let canonical = plan.encode();
    assert_eq!(Plan::decode(&canonical), plan, "a plan is what its bytes say");
    assert_eq!(Plan::decode_strict(&canonical).as_ref(), Ok(&plan), "what is written is canonical");
    assert!(bytes == canonical || Plan::decode_strict(bytes).is_err(), "a plan has one canonical encoding");
}

#[cfg(test)]
mod tests {
    use super::plan_decode;
    use crate::plan::Draw;

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
