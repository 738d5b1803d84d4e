//! What every source file owes: an opening that says what it is, a size that can be read, nothing left undone.

use crate::code::blank;
use crate::tree::File;

/// The most lines that a file may have.
const MOST_LINES: usize = 400;

/// What no code may contain.
const FORBIDDEN: &[(&str, &str)] = &[
    ("#[ignore", "a test is run or it is not there"),
    ("todo!", "what is not built does not exist"),
    ("unimplemented!", "what is not built does not exist"),
];

/// Complains of what one file owes.
pub(crate) fn check(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    if !file.text.starts_with("//!") {
        complaints.push(format!("{}:1: the file does not open with `//!`", file.path));
    }
    let lines = file.text.lines().count();
    if lines > MOST_LINES {
        complaints.push(format!("{}: {lines} lines, where {MOST_LINES} are the most", file.path));
    }
    for (index, line) in blank(&file.text).lines().enumerate() {
        for (word, why) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
            complaints.push(format!("{}:{}: {word}: {why}", file.path, index + 1));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, check};
    use crate::tree::File;

    #[test]
    fn planted_debts_are_seen() {
        let long = format!("//! Long.\n{}", "\n".repeat(MOST_LINES));
        let debts = [
            ("use std::fmt;", 1),
            ("//! A.\n#[test]\n#[ignore = \"slow\"]\nfn f() {}", 1),
            ("//! A.\nfn f() { todo!() }\nfn g() { unimplemented!(\"x\") }", 2),
            (long.as_str(), 1),
        ];
        for (text, expected) in debts {
            assert_eq!(check(&File::planted("a.rs", text)).len(), expected, "{text}");
        }
        assert!(check(&File::planted("a.rs", "//! Of todo!.\n// todo!\n")).is_empty());
    }
}
