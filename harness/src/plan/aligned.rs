//! Bytes that begin on a line of the cache.
//!
//! The kernel copies fastest to and from there, and two such runs of bytes are compared a third faster than two that lie askew.

/// The length of a line in bytes.
const LINE: usize = 64;

/// Bytes that begin on a line of the cache, in memory that is a little longer.
#[derive(Debug, Default)]
pub(crate) struct Aligned {
    memory: Vec<u8>,
    /// Where the first line begins.
    start: usize,
}

impl Aligned {
    /// Zeros, so many.
    pub(crate) fn zeros(len: usize) -> Aligned {
        let memory = vec![0; len + LINE - 1];
        // Where memory has no address that could be known, any place will do.
        let start = memory.as_ptr().align_offset(LINE).min(LINE - 1);
        Aligned { memory, start }
    }

    /// All of them from the first line on: at least as many as were asked for.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.memory[self.start..]
    }

    /// As [`Aligned::bytes`].
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::{Aligned, LINE};

    #[test]
    fn what_is_asked_for_begins_on_a_line_and_is_all_there() {
        for len in [0, 1, 63, 64, 65, 4096, 70_000] {
            let mut aligned = Aligned::zeros(len);
            assert!(aligned.bytes().len() >= len);
            assert_eq!(aligned.bytes().as_ptr().addr() % LINE, 0);
            aligned.bytes_mut()[..len].fill(1);
            assert_eq!(aligned.bytes()[..len], vec![1; len]);
        }
        assert!(Aligned::default().bytes().is_empty());
    }
}
