//! The replay token: one word that repeats one failure.
//!
//! It names the spec and the system, and carries the plans of the experiment that failed, so that it depends neither on a seed
//! nor on how plans are drawn: a token still means the same run when generators have changed.
//! It is made to be pasted: letters, digits, `-` and `_` only, so that no shell and no log harms it, and short.
//! It is read strictly: a token that was cut off or altered is refused with what is wrong, never run as something else.
//!
//! # The format
//! `sockspec1-` and, in URL-safe base 64 without padding (RFC 4648 §5), the length of the content, the content, and its CRC-32 in four bytes, the lowest first.
//! The content is the spec's id, the system's id and the layout's words (none, if the system has no layout), each behind its length, and then each plan in its byte format, behind its length.
//! Lengths are LEB128 numbers.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use thiserror::Error;

use crate::layout::{Layout, LayoutWordsError};
use crate::plan::varint::{self, Reader};
use crate::plan::{Plan, PlanBytesError};
use crate::subject::Subject;

/// What every token begins with: the word, and the version of the format.
const PREFIX: &str = "sockspec1-";

/// The longest token that is read, in bytes: far above what plans need, as their payloads are patterns.
pub const MAX_TOKEN: usize = 1 << 22;

/// The most bytes of a spec's id, of a system's id and of a layout.
const MAX_FIELD: u64 = 1024;

/// The length of the checksum in bytes.
const CHECKSUM: usize = 4;

/// The most plans of one experiment.
const MAX_PLANS: usize = 64;

/// What is to be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The id of the spec that judged; at most 1024 bytes.
    pub spec: String,
    /// The id of the system that was run; at most 1024 bytes.
    pub system: String,
    /// The layout of the system's frames, if it has one: what the plans do rests on it.
    pub layout: Option<Layout>,
    /// The plans of the experiment, in its order; at most 64, each of them valid.
    pub plans: Vec<Plan>,
}

/// Why a text is no token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It does not begin as a token does.
    #[error("wanted a token, which begins with `{PREFIX}`, saw `{seen}`")]
    NotAToken {
        /// How it begins.
        seen: String,
    },
    /// It is of another version.
    #[error("wanted a token of version 1, saw version {seen}: replay it with the sockspec that printed it")]
    Version {
        /// The version.
        seen: String,
    },
    /// It is longer than [`MAX_TOKEN`].
    #[error("wanted a token of at most {MAX_TOKEN} bytes, saw {seen}")]
    TooLong {
        /// Its length in bytes.
        seen: usize,
    },
    /// There is something in it that no token has.
    #[error("wanted letters, digits, `-` and `_` only, saw {seen:?} at byte {at} of the token")]
    Alphabet {
        /// What there is.
        seen: char,
        /// Where, in bytes from the first of the token.
        at: usize,
    },
    /// Its last letters give no whole byte.
    #[error("wanted letters that give whole bytes, saw a token that ends within one: its end is missing")]
    EndsWithinByte,
    /// It ends too soon.
    #[error("wanted a token of {wanted} bytes before encoding, saw {seen}: its end is missing")]
    Truncated {
        /// The length that it announces, in bytes.
        wanted: u64,
        /// The length that it has, in bytes.
        seen: u64,
    },
    /// There is something behind its end.
    #[error("wanted a token of {wanted} bytes before encoding, saw {seen}: there is more behind its end")]
    Trailing {
        /// The length that it announces, in bytes.
        wanted: u64,
        /// The length that it has, in bytes.
        seen: u64,
    },
    /// It was altered.
    #[error("wanted the checksum {wanted:08x}, saw {seen:08x}: the token was altered")]
    Checksum {
        /// The checksum of what it says.
        wanted: u32,
        /// The checksum that it carries.
        seen: u32,
    },
    /// One of the first fields is cut off or too long, or is no text where text is wanted.
    #[error("wanted {wanted}, saw none in the token")]
    Field {
        /// What the field should be.
        wanted: &'static str,
    },
    /// Its layout is none.
    #[error("the layout in the token is malformed: {0}")]
    Layout(LayoutWordsError),
    /// There are more plans than any experiment has.
    #[error("wanted at most {MAX_PLANS} plans in the token, saw more")]
    TooManyPlans,
    /// One of the plans is cut off.
    #[error("wanted a whole plan, saw the end of the token in plan {index}")]
    PlanTruncated {
        /// Which, counted from 0.
        index: usize,
    },
    /// One of the plans is not in its canonical encoding.
    #[error("plan {index} of the token is malformed: {source}")]
    Plan {
        /// Which, counted from 0.
        index: usize,
        /// What is wrong with it.
        source: PlanBytesError,
    },
    /// It says what a shorter token would say.
    #[error("wanted the token in its one form, saw it padded")]
    NotCanonical,
}

impl Token {
    /// What differs between the layout that the token was made with and `subject`'s, in one sentence, if something does.
    ///
    /// The plans of another layout would do something else than what they are to repeat.
    pub fn differing_layout(&self, subject: &Subject) -> Option<String> {
        let words = |layout: &Option<Layout>| layout.as_ref().map_or("none".to_owned(), Layout::to_string);
        let is_same = self.layout == subject.layout;
        (!is_same).then(|| {
            let (wanted, seen) = (words(&self.layout), words(&subject.layout));
            format!("the token was made with the layout {wanted}, and {} has {seen}", subject.id)
        })
    }

    /// The token as text, unless it would be refused.
    pub fn readable(&self) -> Option<String> {
        let text = self.to_string();
        (text.parse().as_ref() == Ok(self)).then_some(text)
    }

    /// What is encoded: the content behind its length, with its checksum.
    fn to_bytes(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let mut put = |field: &[u8]| {
            varint::put(&mut content, field.len() as u64);
            content.extend_from_slice(field);
        };
        put(self.spec.as_bytes());
        put(self.system.as_bytes());
        put(self.layout.as_ref().map(Layout::to_string).unwrap_or_default().as_bytes());
        self.plans.iter().for_each(|plan| put(&plan.encode()));
        let mut bytes = Vec::new();
        varint::put(&mut bytes, content.len() as u64);
        bytes.extend_from_slice(&content);
        bytes.extend_from_slice(&crc32fast::hash(&content).to_le_bytes());
        bytes
    }

    fn from_content(content: &[u8]) -> Result<Token, TokenError> {
        let mut reader = Reader::new(content);
        let spec = text(&mut reader, "a spec's id of at most 1024 bytes")?;
        let system = text(&mut reader, "a system's id of at most 1024 bytes")?;
        let layout = match text(&mut reader, "a layout of at most 1024 bytes")?.as_str() {
            "" => None,
            words => Some(words.parse().map_err(TokenError::Layout)?),
        };
        let mut plans = Vec::new();
        while reader.left() > 0 {
            let index = plans.len();
            if index == MAX_PLANS {
                return Err(TokenError::TooManyPlans);
            }
            let len = reader.number();
            if len > reader.left() as u64 {
                return Err(TokenError::PlanTruncated { index });
            }
            let plan = Plan::decode_strict(reader.take(len));
            plans.push(plan.map_err(|source| TokenError::Plan { index, source })?);
        }
        Ok(Token { spec, system, layout, plans })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", BASE64URL_NOPAD.encode(&self.to_bytes()))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    /// The token that `text` is, to the letter.
    ///
    /// # Errors
    /// If it is none, with the first thing that is wrong with it.
    fn from_str(text: &str) -> Result<Token, TokenError> {
        if text.len() > MAX_TOKEN {
            return Err(TokenError::TooLong { seen: text.len() });
        }
        let encoded = without_prefix(text)?;
        let bytes = decoded(encoded)?;
        let token = Token::from_content(content(&bytes)?)?;
        if token.to_bytes() == bytes { Ok(token) } else { Err(TokenError::NotCanonical) }
    }
}

fn without_prefix(text: &str) -> Result<&str, TokenError> {
    if let Some(encoded) = text.strip_prefix(PREFIX) {
        return Ok(encoded);
    }
    let version = text.strip_prefix("sockspec").and_then(|rest| rest.split_once('-'));
    match version {
        Some((version, _)) if is_version(version) => Err(TokenError::Version { seen: version.to_owned() }),
        _ => Err(TokenError::NotAToken { seen: text.chars().take(PREFIX.len()).collect() }),
    }
}

fn is_version(text: &str) -> bool {
    (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn decoded(encoded: &str) -> Result<Vec<u8>, TokenError> {
    let foreign =
        encoded.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    if let Some((at, seen)) = foreign {
        return Err(TokenError::Alphabet { seen, at: PREFIX.len() + at });
    }
    // With the alphabet in order, only the last letters can be wrong: they give no whole byte.
    BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| TokenError::EndsWithinByte)
}

/// The content, if it is as long as announced and unaltered.
fn content(bytes: &[u8]) -> Result<&[u8], TokenError> {
    let mut reader = Reader::new(bytes);
    let len = reader.number();
    let wanted = len.saturating_add(reader.position() as u64 + CHECKSUM as u64);
    let seen = bytes.len() as u64;
    match seen.cmp(&wanted) {
        Ordering::Less => return Err(TokenError::Truncated { wanted, seen }),
        Ordering::Greater => return Err(TokenError::Trailing { wanted, seen }),
        Ordering::Equal => {}
    }
    let content = reader.take(len);
    let carried = reader.take(CHECKSUM as u64).try_into().map_or(0, u32::from_le_bytes);
    let wanted = crc32fast::hash(content);
    if carried == wanted { Ok(content) } else { Err(TokenError::Checksum { wanted, seen: carried }) }
}

fn field<'a>(reader: &mut Reader<'a>, wanted: &'static str) -> Result<&'a [u8], TokenError> {
    let len = reader.number();
    if len > MAX_FIELD || len > reader.left() as u64 {
        return Err(TokenError::Field { wanted });
    }
    Ok(reader.take(len))
}

fn text(reader: &mut Reader<'_>, wanted: &'static str) -> Result<String, TokenError> {
    String::from_utf8(field(reader, wanted)?.to_vec()).map_err(|_| TokenError::Field { wanted })
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::{MAX_PLANS, MAX_TOKEN, PREFIX, Token, TokenError};
    use crate::layout::Layout;
    use crate::plan::samples::{any_bytes, any_plan};
    use crate::plan::{Cut, Cuts, Draw, End, Plan, PlanBytesError, Script};

    fn token() -> Token {
        let cuts = Cuts::At(vec![Cut { at: 57, joined: false }]);
        let plan = Script::open().cut(End::client(0), 100, cuts, Vec::new()).plan();
        Token { spec: "stream/half-close".into(), system: "tcp-ipv4".into(), layout: None, plans: vec![plan] }
    }

    fn encoded(content: &[u8]) -> String {
        let mut bytes = Vec::new();
        crate::plan::varint::put(&mut bytes, content.len() as u64);
        bytes.extend(content);
        bytes.extend(crc32fast::hash(content).to_le_bytes());
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
    }

    #[test]
    fn a_typical_token_is_short_and_stays_the_same_for_good() {
        let text = token().to_string();
        assert_eq!(text, "sockspec1-KBFzdHJlYW0vaGFsZi1jbG9zZQh0Y3AtaXB2NAALAAEAAgYAAmQAAXJqUv_O");
        assert_eq!(text.parse(), Ok(token()));
    }

    #[test]
    fn every_token_comes_back_from_its_text() {
        let mut draw = Draw::new(1, &["token"]);
        let layouts = [None, Some(Layout::varint()), Some(Layout::u32_le().gap(3).max_frame(99))];
        for _ in 0..1000 {
            let token = Token {
                spec: String::from_utf8_lossy(&any_bytes(&mut draw, 30)).into_owned(),
                system: "é".repeat(draw.between(0, 9) as usize),
                layout: draw.pick(&layouts).clone(),
                plans: (0..draw.between(0, 4)).map(|_| any_plan(&mut draw)).collect(),
            };
            assert_eq!(token.to_string().parse(), Ok(token));
        }
    }

    #[test]
    fn whatever_is_cut_off_added_or_altered_is_refused() {
        let text = token().to_string();
        for len in 0..text.len() {
            assert!(text[..len].parse::<Token>().is_err(), "{}", &text[..len]);
        }
        for at in 0..text.len() {
            for letter in ["A", "b", "7", "_", "é", ""] {
                let altered = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
                assert!(altered == text || altered.parse::<Token>().is_err(), "{altered}");
            }
        }
        for more in ["A", "AA", "AAA", "AAAA", "=", "\n"] {
            assert!(format!("{text}{more}").parse::<Token>().is_err(), "{more}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let text = token().to_string();
        let len = text.len();
        let error = |text: &str| text.parse::<Token>().unwrap_err();
        assert_eq!(error("hello"), TokenError::NotAToken { seen: "hello".into() });
        assert_eq!(error("sockspec-x"), TokenError::NotAToken { seen: "sockspec-x".into() });
        assert_eq!(error("sockspec2-AAAA"), TokenError::Version { seen: "2".into() });
        assert_eq!(error(&"A".repeat(MAX_TOKEN + 1)), TokenError::TooLong { seen: MAX_TOKEN + 1 });
        assert_eq!(
            error(&text.replace(&text[20..21], "é")),
            TokenError::Alphabet { seen: 'é', at: text.find(&text[20..21]).unwrap_or_default() }
        );
        assert_eq!(error(&text[..len - 4]), TokenError::Truncated { wanted: 45, seen: 42 });
        assert_eq!(error(&format!("{text}AAAA")), TokenError::Trailing { wanted: 45, seen: 48 });
        assert_eq!(error(&text[..len - 3]), TokenError::EndsWithinByte);
        assert!(matches!(error(&format!("{}AAAA", &text[..len - 4])), TokenError::Checksum { .. }));
        assert_eq!(
            error(&encoded(&[3, b'a'])),
            TokenError::Field { wanted: "a spec's id of at most 1024 bytes" }
        );
        assert_eq!(
            error(&encoded(&[0, 1, 0xFF])),
            TokenError::Field { wanted: "a system's id of at most 1024 bytes" }
        );
        assert!(matches!(error(&encoded(&[0, 0, 2, b'u', b'9'])), TokenError::Layout(_)));
        // `u8` alone is understood, and is not the one form of its layout.
        assert_eq!(error(&encoded(&[0, 0, 2, b'u', b'8'])), TokenError::NotCanonical);
        assert_eq!(error(&encoded(&[0, 0, 0, 9, 0])), TokenError::PlanTruncated { index: 0 });
        let not_canonical = TokenError::Plan { index: 1, source: PlanBytesError::NotCanonical { at: 0 } };
        assert_eq!(error(&encoded(&[0, 0, 0, 1, 0, 1, 2])), not_canonical);
        assert_eq!(
            error(&encoded(&[&[0, 0, 0][..], &[1, 0].repeat(MAX_PLANS + 1)].concat())),
            TokenError::TooManyPlans
        );
        assert_eq!(error(&encoded(&[0x80, 0, 0, 0])), TokenError::NotCanonical);
    }

    #[test]
    fn no_text_at_all_makes_it_panic() {
        let mut draw = Draw::new(2, &["token"]);
        for _ in 0..5000 {
            let noise = any_bytes(&mut draw, 60);
            let _ = String::from_utf8_lossy(&noise).parse::<Token>();
            let _ = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&noise)).parse::<Token>();
            if let Ok(token) = encoded(&noise).parse::<Token>() {
                assert_eq!(token.to_string(), encoded(&noise));
            }
        }
    }

    #[test]
    fn a_plan_of_many_cuts_is_still_a_token() {
        let cuts = Cuts::At((1..60_000).map(|at| Cut { at, joined: at % 3 == 0 }).collect());
        let plan: Plan = Script::open().cut(End::client(0), 60_000, cuts, vec![7]).plan();
        let token = Token { plans: vec![plan], ..token() };
        assert_eq!(token.to_string().parse(), Ok(token));
    }
}
