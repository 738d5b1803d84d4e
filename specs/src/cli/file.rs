//! Files that users name, read whole and within a bound.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a file of at most `longest`; `what` is what no longer one can be, as in "which no report is".
pub(super) fn contents(path: &Path, longest: u64, what: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        let sentence = format!("it is longer than {} MiB, which no {what} is", longest >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, sentence));
    }
    Ok(bytes)
}
