//! Why a command was not obeyed: a sentence that names the thing and the place, and what to do about it.

use std::io;

use super::exit::Exit;

/// Why a command was not obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// How the program ends.
    pub(super) exit: Exit,
    /// What was wanted and what was found: lower case, no full stop.
    pub(super) sentence: String,
    /// What helps: lower case, no full stop.
    pub(super) remedy: Option<String>,
}

impl Refusal {
    pub(super) fn new(exit: Exit, sentence: impl Into<String>) -> Refusal {
        Refusal { exit, sentence: sentence.into(), remedy: None }
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Refusal {
        self.remedy = Some(remedy.into());
        self
    }
}

/// An error of the system in words, without the number that Rust puts behind it.
pub(super) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = words.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::words;

    #[test]
    fn an_error_reads_like_the_middle_of_a_sentence() {
        // 2 is ENOENT on every Unix and its like on Windows.
        let words = words(&io::Error::from_raw_os_error(2));
        assert!(words.starts_with(char::is_lowercase) && !words.contains("os error"), "{words}");
    }
}
