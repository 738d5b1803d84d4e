//! Comparing what came with what was to come.

use std::ops::Range;

use crate::plan::LINE;

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

/// Where in `memory` there is room for `len` bytes that lies in the lines of the cache as `model` does; the memory grows if need be.
///
/// Two runs of bytes that lie alike are compared a third faster than two that do not.
pub(super) fn room_alike(memory: &mut Vec<u8>, len: usize, model: &[u8]) -> Range<usize> {
    if memory.len() < len + LINE {
        *memory = vec![0; len + LINE];
    }
    let start = model.as_ptr().addr().wrapping_sub(memory.as_ptr().addr()) % LINE;
    start..start + len
}

/// How many bytes agree from the start.
pub(super) fn same_from_start(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::{STRETCH, are_same, room_alike};
    use crate::plan::LINE;

    #[test]
    fn a_byte_that_differs_is_seen_wherever_it_is() {
        for len in [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH + 7] {
            let sent: Vec<u8> = (0..len).map(|index| index as u8).collect();
            assert!(are_same(&sent, &sent) && !are_same(&sent, &[&sent[..], &[0]].concat()), "{len}");
            let mut came = sent.clone();
            for at in (0..len).step_by(61).chain(len.checked_sub(1)) {
                came[at] ^= 1;
                assert!(!are_same(&came, &sent), "{at} of {len}");
                came[at] ^= 1;
            }
        }
    }

    #[test]
    fn room_lies_in_the_lines_of_the_cache_as_its_model_does() {
        let (mut memory, model) = (Vec::new(), vec![0; 2 * LINE]);
        for (askew, len) in (0..=LINE).zip([0, 1, 64, 4096, 100].into_iter().cycle()) {
            let room = room_alike(&mut memory, len, &model[askew..]);
            assert_eq!(room.len(), len);
            assert!(room.end <= memory.len());
            let place = |bytes: &[u8]| bytes.as_ptr().addr() % LINE;
            assert_eq!(place(&memory[room.start..]), place(&model[askew..]));
        }
    }
}
