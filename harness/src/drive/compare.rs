//! Comparing what came with what was to come.

/// How many bytes are compared at a time.
const STRETCH: usize = 4096;

/// Whether all bytes agree.
///
/// Long ones are compared from their end: what the kernel copied last still lies in the nearest cache,
/// and what is looked at last is what the next copy begins with.
pub(super) fn are_same(came: &[u8], sent: &[u8]) -> bool {
    came.len() == sent.len()
        && came.rchunks(STRETCH).zip(sent.rchunks(STRETCH)).all(|(came, sent)| came == sent)
}

/// How many bytes agree from the start.
pub(super) fn same_from_start(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
