//! What a fuzzer left behind, examined again and made small.

use std::panic::catch_unwind;

use sockspec_harness::drive::silence_panics;
use sockspec_harness::run::Row;

use super::{Target, Trial};

/// How many smaller inputs are tried at most.
const ATTEMPTS: usize = 4000;

/// Why an input fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crash {
    /// A system departed from a rule: the row of a report, with a replay token.
    Departed(Box<Row>),
    /// The code itself panicked.
    Panicked {
        /// The smallest input that was found to panic.
        input: Vec<u8>,
        /// What the panic said of it.
        words: String,
    },
}

impl Target {
    /// Runs the bytes once more, without a panic of its own; `None` if what must hold does hold of them.
    ///
    /// What fails is made smaller. It does not come back if the code under test does not.
    /// Panics of the calling thread are not printed any more.
    pub fn examine(&self, bytes: &[u8]) -> Option<Crash> {
        silence_panics();
        match self.attempt(bytes) {
            Ok(row) => row.map(Crash::Departed),
            Err(words) => Some(self.smallest(bytes, words)),
        }
    }

    /// Runs the bytes; the words of its panic, if it panicked.
    fn attempt(&self, bytes: &[u8]) -> Result<Option<Box<Row>>, String> {
        let trial = self.trial;
        let attempt = catch_unwind(|| match trial {
            Trial::Held(held) => {
                held(bytes);
                None
            }
            Trial::Judged(judged) => judged(bytes),
        });
        attempt.map_err(|payload| {
            let words = payload.downcast_ref::<String>().cloned();
            let words = words.or_else(|| payload.downcast_ref::<&str>().map(|words| (*words).to_owned()));
            words.unwrap_or_else(|| "a panic without words".to_owned())
        })
    }

    /// Leaves out runs of bytes as long as it panics still: half of all, a quarter, and so on down to single ones.
    fn smallest(&self, bytes: &[u8], words: String) -> Crash {
        let (mut input, mut words) = (bytes.to_vec(), words);
        let (mut len, mut left) = (input.len().div_ceil(2), ATTEMPTS);
        while len > 0 && left > 0 {
            let mut start = 0;
            while start < input.len() && left > 0 {
                left -= 1;
                let mut shorter = input.clone();
                shorter.drain(start..(start + len).min(input.len()));
                match self.attempt(&shorter) {
                    Err(said) => (input, words) = (shorter, said),
                    Ok(_) => start += len,
                }
            }
            len = if len == 1 { 0 } else { len.div_ceil(2) };
        }
        Crash::Panicked { input, words }
    }
}

#[cfg(test)]
mod tests {
    use super::{Crash, Target, Trial};
    use crate::fuzz::{CANARY, DURATION, system};

    #[test]
    fn a_panicking_input_is_made_small() {
        let target = Target {
            trial: Trial::Held(|bytes| assert!(!bytes.contains(&b'!'), "it has a mark")),
            ..DURATION
        };
        let bytes = b"a long text with one mark! in it, and another! behind it".repeat(9);
        let crash = target.examine(&bytes);
        assert_eq!(crash, Some(Crash::Panicked { input: vec![b'!'], words: "it has a mark".into() }));
        assert_eq!(target.examine(b"no mark"), None);
    }

    #[test]
    fn what_is_found_of_the_canary_names_a_system_that_can_be_had() {
        let found = (0..4000u64).find_map(|seed| {
            let mut draw = sockspec_harness::plan::Draw::new(seed, &["crash"]);
            let mut plan = sockspec_harness::plan::Plan::default();
            for _ in 0..12 {
                CANARY.mutate_plan(&mut plan, &mut draw);
            }
            CANARY.examine(&plan.encode())
        });
        let Some(Crash::Departed(row)) = found else {
            panic!("the canary falls, and in no other way: {found:?}")
        };
        assert!(system(&row.system).is_some());
        assert!(row.replay.is_some_and(|token| token.starts_with("sockspec1-")));
    }
}
