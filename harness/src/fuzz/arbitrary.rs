//! Plans for fuzzers that think in types: the same decoder behind the trait that they know.
//!
//! Why not derive it: see the byte format of plans. Behind this trait, too, a corpus is a corpus of plans in their bytes,
//! as long as the plan is all that a target takes.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::plan::Plan;

impl<'a> Arbitrary<'a> for Plan {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Plan> {
        <&[u8]>::arbitrary(bytes).map(Plan::decode)
    }

    /// The plan that all the bytes say, so that a corpus serves targets of either sort.
    fn arbitrary_take_rest(bytes: Unstructured<'a>) -> Result<Plan> {
        Ok(Plan::decode(bytes.take_rest()))
    }

    fn size_hint(_: usize) -> (usize, Option<usize>) {
        (0, None)
    }
}

#[cfg(test)]
mod tests {
    use arbitrary::{Arbitrary, Unstructured};

    use crate::plan::samples::{any_bytes, any_plan};
    use crate::plan::{Draw, Plan};

    #[test]
    fn all_the_bytes_are_the_plan_and_no_bytes_are_refused() {
        let mut draw = Draw::new(1, &["arbitrary"]);
        for _ in 0..500 {
            let plan = any_plan(&mut draw);
            let bytes = plan.encode();
            assert_eq!(Plan::arbitrary_take_rest(Unstructured::new(&bytes)), Ok(plan));
            let bytes = any_bytes(&mut draw, 60);
            assert!(Plan::arbitrary(&mut Unstructured::new(&bytes)).is_ok());
        }
    }
}
