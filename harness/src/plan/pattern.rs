//! The bytes that plans send: a fixed table read from a place that depends on the stream.
//!
//! The table's period is a prime, so that it divides no buffer size and a ring buffer's fault shows.
//! It is longer than the largest piece by a slack, so that any piece lies together and neither sending nor comparing generates or copies.

use std::sync::OnceLock;

/// The period of every pattern in bytes: a prime (2^17 − 1), so no buffer size is a multiple of it.
pub const PERIOD: u64 = 131_071;

/// The longest run of pattern bytes in one slice: four maximal pieces.
pub const LONGEST_SLICE: usize = 262_144;

/// The length of a line of the cache in bytes.
pub(crate) const LINE: usize = 64;

/// How far apart the phases of neighbouring keys lie; prime to the period, far from any buffer size.
const STRIDE: u64 = 40_503;

/// The bytes of pattern `key` from `offset` on: `max` of them, or [`LONGEST_SLICE`] if that is less.
pub fn slice(key: u32, offset: u64, max: usize) -> &'static [u8] {
    let phase = (offset % PERIOD + u64::from(key) * STRIDE % PERIOD) % PERIOD;
    let start = phase as usize;
    &table()[start..start + max.min(LONGEST_SLICE)]
}

/// One period and the slack, made once, from the beginning of a line of the cache on: the kernel copies fastest from there.
fn table() -> &'static [u8] {
    static TABLE: OnceLock<(Vec<u8>, usize)> = OnceLock::new();
    let (memory, start) = TABLE.get_or_init(|| {
        let len = PERIOD + LONGEST_SLICE as u64;
        let mut memory: Vec<u8> = Vec::with_capacity(len as usize + LINE);
        // Where memory has no address that could be known, any place will do.
        let start = memory.as_ptr().align_offset(LINE).min(LINE);
        memory.resize(start, 0);
        memory.extend((0..len).map(|i| mixed(i % PERIOD)));
        (memory, start)
    });
    &memory[*start..]
}

/// One byte of a bijective mix of the index (the finalizer of splitmix64), so that neighbours are unrelated.
fn mixed(index: u64) -> u8 {
    let mut z = index.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 24) as u8
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_SLICE, PERIOD, slice};

    #[test]
    fn slices_agree_with_the_single_bytes() {
        for (key, offset) in [(0, 0), (1, PERIOD - 1), (7, (1 << 32) - 5), (u32::MAX, u64::MAX - 9)] {
            let together = slice(key, offset, 9);
            for (i, byte) in together.iter().enumerate() {
                assert_eq!(slice(key, offset + i as u64, 1), [*byte]);
            }
        }
        assert_eq!(slice(3, 5, usize::MAX).len(), LONGEST_SLICE);
    }

    #[test]
    fn no_shift_by_a_buffer_size_goes_unseen() {
        for shift in [1, 2, 64, 512, 576, 1460, 4096, 8192, 16_384, 65_535, 65_536, 131_072, 1 << 20] {
            let moved = slice(0, shift, 64).iter().zip(slice(0, 0, 64)).filter(|(a, b)| a != b).count();
            assert!(moved > 32, "a shift by {shift} changes {moved} of 64 bytes");
        }
    }

    #[test]
    fn neighbouring_keys_differ_within_a_few_bytes() {
        for key in 0..512 {
            assert_ne!(slice(key, 0, 16), slice(key + 1, 0, 16));
        }
    }
}
