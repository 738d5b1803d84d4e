//! Whole numbers in as few bytes as they need: LEB128, seven bits a byte, the lowest first.
//!
//! Reading is total: it cannot fail, so that any bytes a fuzzer thinks of say something.
//! What must be strict (a replay token) compares with what would have been written instead.

/// Appends `value` in its shortest form.
pub(crate) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7F {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A place in a row of bytes, behind which the row goes on with zeros for ever.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the first of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// How many bytes have been read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next number; 0 behind the last byte. Bits that a `u64` cannot hold are lost.
    pub(crate) fn number(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let Some(byte) = self.bytes.get(self.at) else { return value };
            self.at += 1;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
        }
        value
    }

    /// The next number, or the largest `u32` if that is less.
    pub(crate) fn small(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    /// The next `len` bytes, or those that are left if they are fewer.
    pub(crate) fn take(&mut self, len: u64) -> &'a [u8] {
        let len = usize::try_from(len).unwrap_or(usize::MAX).min(self.left());
        let taken = &self.bytes[self.at..self.at + len];
        self.at += len;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, put};

    #[test]
    fn every_size_of_number_comes_back_from_its_shortest_form() {
        for bits in 0..u64::BITS {
            for value in [1 << bits, (1u64 << bits) - 1, u64::MAX >> bits] {
                let mut bytes = Vec::new();
                put(&mut bytes, value);
                assert_eq!(bytes.len(), (u64::BITS - value.leading_zeros()).div_ceil(7).max(1) as usize);
                let mut reader = Reader::new(&bytes);
                assert_eq!((reader.number(), reader.left()), (value, 0));
            }
        }
    }

    #[test]
    fn a_number_that_never_ends_stops_after_ten_bytes_and_a_missing_one_is_zero() {
        let mut reader = Reader::new(&[0xFF; 11]);
        assert_eq!((reader.number(), reader.position()), (u64::MAX, 10));
        assert_eq!((reader.number(), reader.number()), (0x7F, 0));
        assert_eq!(Reader::new(&[0xFF; 11]).small(), u32::MAX);
    }

    #[test]
    fn taking_more_than_there_is_gives_what_there_is() {
        let mut reader = Reader::new(b"abc");
        assert_eq!(reader.take(2), b"ab");
        assert_eq!(reader.take(u64::MAX), b"c");
        assert_eq!(reader.take(1), b"");
    }
}
