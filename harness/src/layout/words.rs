//! The text form of a layout: what `--framing` takes, and what a replay token carries.
//!
//! The length field's word, and behind it, separated by commas, what is not as usual:
//! `u32be`, `u16le,max-frame=1024`, `u24be,gap=6`, `u32be,length-includes-header`, `varint`, `netstring`.

use std::fmt;
use std::str::FromStr;

use super::{Layout, LayoutError, LengthField};

/// Why words are no layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutWordsError {
    /// The first word names no length field.
    #[error(
        "`{0}` is no length field; wanted u8, u16be, u16le, u24be, u32be, u32le, u64be, u64le, varint or netstring"
    )]
    Field(String),
    /// A further word is no option of a layout.
    #[error(
        "`{0}` is no option of a layout; wanted max-frame=BYTES, offset=BYTES, gap=BYTES, adjustment=BYTES, length-includes-header or keeps-header"
    )]
    Option(String),
    /// An option's value is no number that it can have.
    #[error("`{0}` needs a whole number of bytes")]
    Number(String),
    /// The words are understood, and say what cannot be.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            LengthField::BigEndian { width: 1 } => f.write_str("u8")?,
            LengthField::BigEndian { width } => write!(f, "u{}be", u32::from(width) * 8)?,
            LengthField::LittleEndian { width } => write!(f, "u{}le", u32::from(width) * 8)?,
            LengthField::Varint => f.write_str("varint")?,
            LengthField::Decimal => f.write_str("netstring")?,
        }
        let numbers = [("offset", u64::from(self.offset)), ("gap", u64::from(self.gap))];
        for (name, value) in numbers.into_iter().filter(|(_, value)| *value > 0) {
            write!(f, ",{name}={value}")?;
        }
        if self.adjustment > 0 {
            write!(f, ",adjustment={}", self.adjustment)?;
        }
        if self.keeps_header {
            f.write_str(",keeps-header")?;
        }
        write!(f, ",max-frame={}", self.max_frame)
    }
}

impl FromStr for Layout {
    type Err = LayoutWordsError;

    /// The layout that the words say; options are applied in their order.
    ///
    /// # Errors
    /// The first word that is wrong, or why such a layout cannot be.
    fn from_str(text: &str) -> Result<Layout, LayoutWordsError> {
        let mut words = text.split(',').map(str::trim);
        let mut layout = Layout::try_of(field(words.next().unwrap_or(""))?)?;
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let number = || LayoutWordsError::Number(word.to_owned());
            layout = match name {
                "max-frame" => layout.try_max_frame(value.parse().map_err(|_| number())?)?,
                "offset" => layout.try_offset(value.parse().map_err(|_| number())?)?,
                "gap" => layout.try_gap(value.parse().map_err(|_| number())?)?,
                "adjustment" => layout.try_adjustment(value.parse().map_err(|_| number())?)?,
                "length-includes-header" if value.is_empty() => layout.try_length_includes_header()?,
                "keeps-header" if value.is_empty() => layout.try_keeps_header()?,
                _ => return Err(LayoutWordsError::Option(word.to_owned())),
            };
        }
        Ok(layout)
    }
}

/// The length field of that name: `u16be`, `u16le`, and any whole number of bytes up to eight between.
fn field(word: &str) -> Result<LengthField, LayoutWordsError> {
    let unknown = || LayoutWordsError::Field(word.to_owned());
    match word {
        "u8" => return Ok(LengthField::BigEndian { width: 1 }),
        "varint" => return Ok(LengthField::Varint),
        "netstring" => return Ok(LengthField::Decimal),
        _ => {}
    }
    let digits = word.strip_prefix('u').ok_or_else(unknown)?;
    let (digits, is_big) = match (digits.strip_suffix("be"), digits.strip_suffix("le")) {
        (Some(digits), _) => (digits, true),
        (_, Some(digits)) => (digits, false),
        _ => return Err(unknown()),
    };
    let bits: u8 = digits.parse().map_err(|_| unknown())?;
    let is_whole = bits.is_multiple_of(8)
        && (16..=64).contains(&bits)
        && !digits.starts_with('0')
        && !digits.starts_with('+');
    let width = bits / 8;
    match is_whole {
        false => Err(unknown()),
        true if is_big => Ok(LengthField::BigEndian { width }),
        true => Ok(LengthField::LittleEndian { width }),
    }
}
