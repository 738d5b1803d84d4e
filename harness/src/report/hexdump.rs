//! The bytes that were wrong beside the bytes that were right, with every differing byte marked.

use std::fmt;

use crate::report::{Palette, Role};
use crate::trace::Difference;

/// How many bytes a line shows.
const BYTES_PER_LINE: usize = 16;

/// A difference, shown as two windows on the same offsets; every line is indented by the same margin.
pub struct Hexdump<'a> {
    /// What differs.
    pub difference: &'a Difference,
    /// What stands before every line.
    pub margin: &'a str,
    /// Its colours.
    pub palette: &'a Palette,
}

impl fmt::Display for Hexdump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hexdump { difference, margin, .. } = self;
        let at = difference.at;
        writeln!(f, "{margin}first difference at byte {at} ({at:#x})")?;
        if difference.expected.is_empty() {
            writeln!(f, "{margin}expected: nothing, since no more had been sent")?;
        }
        if difference.actual.is_empty() {
            writeln!(f, "{margin}actual: nothing came")?;
        }
        let longest = difference.expected.len().max(difference.actual.len());
        for start in (0..longest).step_by(BYTES_PER_LINE) {
            self.block(f, start)?;
        }
        self.origin(f)
    }
}

impl Hexdump<'_> {
    /// The lines of up to sixteen offsets: expected, actual, and the marks below them.
    fn block(&self, f: &mut fmt::Formatter<'_>, start: usize) -> fmt::Result {
        let Difference { expected, actual, .. } = self.difference;
        let differs: Vec<bool> =
            (start..start + BYTES_PER_LINE).map(|i| expected.get(i) != actual.get(i)).collect();
        self.line(f, "expected", expected, start, &differs, Role::Good)?;
        self.line(f, "actual", actual, start, &differs, Role::Bad)?;
        if !differs.contains(&true) {
            return Ok(());
        }
        let marks: String = differs.iter().map(|differs| if *differs { "^^ " } else { "   " }).collect();
        let indent = "expected".len() + self.offset_width() + 5;
        writeln!(f, "{}{:indent$}{}", self.margin, "", self.palette.paint(Role::Bad, marks.trim_end()))
    }

    /// One side's line: its name, the offset, the bytes, and what of them is printable.
    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        bytes: &[u8],
        start: usize,
        differs: &[bool],
        role: Role,
    ) -> fmt::Result {
        let bytes = bytes.get(start..).unwrap_or_default();
        let bytes = &bytes[..bytes.len().min(BYTES_PER_LINE)];
        if bytes.is_empty() {
            return Ok(());
        }
        let offset = self.difference.at.wrapping_add(start as u64);
        let width = self.offset_width();
        write!(f, "{}{name:<8}  {offset:0width$x}  ", self.margin)?;
        for (byte, differs) in bytes.iter().zip(differs) {
            let hex = format!("{byte:02x}");
            if *differs {
                write!(f, " {}", self.palette.paint(role, hex))?;
            } else {
                write!(f, " {hex}")?;
            }
        }
        let gap = (BYTES_PER_LINE - bytes.len()) * 3 + 2;
        let printable: String = bytes.iter().map(|byte| printable(*byte)).collect();
        writeln!(f, "{:gap$}|{printable}|", "")
    }

    /// How many digits the offsets take: eight, and more from four gigabytes on.
    fn offset_width(&self) -> usize {
        let last = self.difference.at.saturating_add(Difference::WINDOW as u64);
        format!("{last:08x}").len()
    }

    /// Where the bytes that came do stand, if that is known: it tells a swap from a flip at a glance.
    fn origin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(stands_at) = self.difference.stands_at {
            writeln!(
                f,
                "{}the bytes that came are those sent at byte {stands_at} ({stands_at:#x})",
                self.margin
            )?;
        }
        if let Some(end) = self.difference.belongs_to {
            writeln!(f, "{}the bytes that came were sent by {end}", self.margin)?;
        }
        Ok(())
    }
}

/// The character of a byte that has one of a column's width.
fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}

#[cfg(test)]
mod tests {
    use super::Hexdump;
    use crate::plan::End;
    use crate::report::Palette;
    use crate::trace::Difference;

    fn dump(difference: &Difference) -> String {
        Hexdump { difference, margin: "  ", palette: &Palette::PLAIN }.to_string()
    }

    #[test]
    fn every_differing_byte_is_marked() {
        let expected: Vec<u8> = (0x40..0x60).collect();
        let mut actual = expected.clone();
        actual[0] = 0xFF;
        actual[2] = 0;
        let difference = Difference {
            at: 4096,
            expected,
            actual,
            stands_at: Some(5000),
            belongs_to: Some(End::client(1)),
        };
        insta::assert_snapshot!("hexdump_of_flipped_bytes", dump(&difference));
    }

    #[test]
    fn a_side_without_bytes_says_why() {
        let difference =
            Difference { at: 3, expected: vec![1, 2], actual: vec![], stands_at: None, belongs_to: None };
        insta::assert_snapshot!("hexdump_of_missing_bytes", dump(&difference));
        let difference =
            Difference { at: 3, expected: vec![], actual: vec![7; 17], stands_at: None, belongs_to: None };
        insta::assert_snapshot!("hexdump_of_invented_bytes", dump(&difference));
    }
}
