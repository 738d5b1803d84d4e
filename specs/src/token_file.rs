//! A replay token in a file, for those that are too long for a line.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sockspec_harness::token::{MAX_TOKEN, Token, TokenError};

/// The most bytes of a file with a token: the token, and room for remarks.
const LONGEST_FILE: u64 = MAX_TOKEN as u64 + (1 << 16);

/// Why there is no token in a file; lines are counted from 1.
#[derive(Debug)]
pub enum TokenFileError {
    /// The file cannot be read.
    Unread(io::Error),
    /// There is no token in it.
    Empty,
    /// What stands in that line is no token.
    Malformed(usize, TokenError),
    /// There is something behind the token, in that line.
    Trailing(usize),
}

impl std::error::Error for TokenFileError {}

impl fmt::Display for TokenFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenFileError::Unread(error) => error.fmt(f),
            TokenFileError::Empty => f.write_str("there is no token in it"),
            TokenFileError::Malformed(line, error) => write!(f, "line {line}: {error}"),
            TokenFileError::Trailing(line) => write!(f, "line {line}: there is something behind the token"),
        }
    }
}

/// The token in a file, which besides it holds only blank lines and lines that begin with `#`.
///
/// # Errors
/// If the file cannot be read, or holds no token or more than one.
pub fn read(path: &Path) -> Result<Token, TokenFileError> {
    let text = contents(path).map_err(TokenFileError::Unread)?;
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let (number, line) = lines.next().ok_or(TokenFileError::Empty)?;
    let token = line.parse().map_err(|error| TokenFileError::Malformed(number, error))?;
    match lines.next() {
        Some((number, _)) => Err(TokenFileError::Trailing(number)),
        None => Ok(token),
    }
}

/// The text of a file that is not endless.
fn contents(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is longer than {LONGEST_FILE} bytes, which no token is"),
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use sockspec_harness::token::Token;

    use super::read;

    #[test]
    fn a_file_holds_one_token_and_remarks() {
        let (spec, system) = ("stream/lossless".into(), "duplex".into());
        let token = Token { spec, system, layout: None, plans: Vec::new() };
        let path = env::temp_dir().join(format!("sockspec-token-{}", process::id()));
        let seen = |text: String| {
            fs::write(&path, text).expect("there is room for a line");
            read(&path).map_err(|error| error.to_string())
        };
        assert_eq!(seen(format!("# from the nightly run\n\n{token}\n")).as_ref(), Ok(&token));
        assert_eq!(seen("# nothing\n".into()), Err("there is no token in it".into()));
        let twice = seen(format!("{token}\n\n{token}"));
        assert_eq!(twice, Err("line 3: there is something behind the token".into()));
        assert!(seen("\nsockspec1-!".into()).is_err_and(|words| words.starts_with("line 2: wanted ")));
        fs::remove_file(&path).expect("it was written");
        assert!(read(&path).is_err());
    }
}
