//! One line of a plan's text, read word by word.

use crate::plan::PlanTextError;

/// The most characters of a text that an error repeats.
const LONGEST_SEEN: usize = 40;

/// What is left of a line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    number: usize,
    rest: &'a str,
}

impl<'a> Line<'a> {
    /// The line with that number, counted from 1.
    pub(super) fn new(number: usize, text: &'a str) -> Line<'a> {
        Line { number, rest: text.trim_ascii() }
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next word: up to a space or a comma; empty if there is none.
    pub(super) fn peek(&self) -> &'a str {
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == ',').unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    /// Takes the next word.
    pub(super) fn word(&mut self) -> &'a str {
        let word = self.peek();
        self.skip(word.len());
        word
    }

    /// Takes `text` if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let comes = if text == "," { self.rest.starts_with(',') } else { self.peek() == text };
        if comes {
            self.skip(text.len());
        }
        comes
    }

    /// Takes `text`, which must come next.
    pub(super) fn expect(&mut self, text: &str) -> Result<(), PlanTextError> {
        if self.take(text) { Ok(()) } else { Err(self.error(format!("`{text}`"))) }
    }

    /// Takes a number in decimal digits that fits and is `min` at least.
    pub(super) fn number<N>(&mut self, wanted: &str, min: N) -> Result<N, PlanTextError>
    where
        N: TryFrom<u64> + PartialOrd,
    {
        match self.parsed(self.peek()).filter(|number| *number >= min) {
            Some(number) => {
                self.word();
                Ok(number)
            }
            None => Err(self.error(wanted)),
        }
    }

    /// The number that `digits` are.
    pub(super) fn parsed<N: TryFrom<u64>>(&self, digits: &str) -> Option<N> {
        // `u64::from_str` would take a sign.
        let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|_| is_decimal).and_then(|number| N::try_from(number).ok())
    }

    /// Takes a literal between quotation marks, with escapes as in Rust's byte strings.
    pub(super) fn literal(&mut self) -> Result<Vec<u8>, PlanTextError> {
        let mut bytes = Vec::new();
        let mut rest = self.rest.strip_prefix('"').ok_or_else(|| self.error("`\"`"))?;
        loop {
            let Some(first) = rest.chars().next() else {
                return Err(self.error("a literal with its closing `\"`"));
            };
            if first == '"' {
                self.skip(self.rest.len() - rest.len() + 1);
                return Ok(bytes);
            }
            let (byte, len) = literal_byte(rest).ok_or_else(|| {
                Line { number: self.number, rest }
                    .error("printable ASCII or one of \\xNN \\n \\r \\t \\\" \\' \\\\")
            })?;
            bytes.push(byte);
            rest = &rest[len..];
        }
    }

    /// Why what is left is not what was wanted.
    pub(super) fn error(&self, wanted: impl Into<String>) -> PlanTextError {
        let seen = match self.rest.char_indices().nth(LONGEST_SEEN) {
            _ if self.rest.is_empty() => "the end of the line".to_owned(),
            Some((cut, _)) => format!("`{}…`", self.rest[..cut].escape_debug()),
            None => format!("`{}`", self.rest.escape_debug()),
        };
        PlanTextError { line: self.number, wanted: wanted.into(), seen }
    }

    fn skip(&mut self, len: usize) {
        self.rest = self.rest[len..].trim_ascii_start();
    }
}

/// The first byte that the inside of a literal says, and how long its text is.
fn literal_byte(text: &str) -> Option<(u8, usize)> {
    let bytes = text.as_bytes();
    match *bytes {
        [b'\\', b'x', high, low, ..] => {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(high)? << 4 | digit(low)?).ok().map(|byte| (byte, 4))
        }
        [b'\\', b'n', ..] => Some((b'\n', 2)),
        [b'\\', b'r', ..] => Some((b'\r', 2)),
        [b'\\', b't', ..] => Some((b'\t', 2)),
        [b'\\', mark @ (b'"' | b'\'' | b'\\'), ..] => Some((mark, 2)),
        [b'\\', ..] => None,
        [byte @ b' '..=b'~', ..] => Some((byte, 1)),
        _ => None,
    }
}
