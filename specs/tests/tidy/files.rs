//! What every source file owes: an opening that says what it is, a size that can be read, nothing left undone.

use crate::code::blank;
use crate::tree::File;

/// The most lines that a file may have without a reason.
const MOST_LINES: usize = 400;

/// The files that are longer, and why.
const LONGER: &[(&str, &str)] = &[
    (
        "harness/src/fault/tests/framing.rs",
        "one table: what each of ninety faults changes, beside the scenario that shows it",
    ),
    (
        "harness/src/drive/lockstep.rs",
        "one state machine: sending, receiving and winding up wait on each other",
    ),
    ("harness/src/plan/mod.rs", "the nouns of a plan, which are read together; half of it is what they mean"),
];

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
    if lines > MOST_LINES && !LONGER.iter().any(|(path, _)| *path == file.path) {
        complaints.push(format!("{}: {lines} lines, where {MOST_LINES} are the most", file.path));
    }
    for (index, line) in blank(&file.text).lines().enumerate() {
        for (word, why) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
            complaints.push(format!("{}:{}: {word}: {why}", file.path, index + 1));
        }
    }
    complaints
}

/// Complains of files that are excused from the limit and need not be.
pub(crate) fn check_exceptions(files: &[File]) -> Vec<String> {
    stale(LONGER, files)
}

fn stale(longer: &[(&str, &str)], files: &[File]) -> Vec<String> {
    let is_long =
        |path: &str| files.iter().any(|file| file.path == path && file.text.lines().count() > MOST_LINES);
    let stale = longer.iter().filter(|(path, _)| !is_long(path));
    stale.map(|(path, _)| format!("{path}: excused from the limit of lines, and not over it")).collect()
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, check, stale};
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

    #[test]
    fn a_needless_excuse_is_seen() {
        let short = [File::planted("short.rs", "//! Short.")];
        assert_eq!(stale(&[("short.rs", "reason"), ("gone.rs", "reason")], &short).len(), 2);
    }
}
