//! A planted bug of segmentation falls from an empty corpus, by our own changes of plans alone.

use sockspec::fuzz::executions_until_canary_falls;

/// The most executions that the median of the seeds may take.
const BOUND: u32 = 200;

/// The most that any of them may take.
const MOST: u32 = 5000;

#[test]
#[expect(clippy::print_stdout, reason = "how soon it falls is the result, and more than whether it does")]
fn the_canary_falls_from_an_empty_corpus_within_its_bound() {
    let counts = (0..10).map(|seed| executions_until_canary_falls(seed, MOST));
    let mut counts: Vec<u32> = counts.map(|count| count.expect("it falls for every seed")).collect();
    counts.sort_unstable();
    let median = (counts[4] + counts[5]) / 2;
    println!("the canary falls after {median} executions in the median of {counts:?}");
    assert!(median < BOUND, "{counts:?}");
}
