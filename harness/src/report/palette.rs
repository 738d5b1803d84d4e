//! The colours of the text report, as data: what is put before a word and what behind it.
//!
//! The library renders without any; whoever prints to a terminal brings the escape sequences.

use std::fmt;

use crate::run::VerdictWord;

/// What a piece of text is, of which its colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It held.
    Good,
    /// It did not hold.
    Bad,
    /// It should have held, or cannot be told.
    Doubtful,
    /// It matters little.
    Aside,
    /// It heads what follows.
    Heading,
}

/// The text that begins each role, and the text that ends any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// Begins [`Role::Good`].
    pub good: String,
    /// Begins [`Role::Bad`].
    pub bad: String,
    /// Begins [`Role::Doubtful`].
    pub doubtful: String,
    /// Begins [`Role::Aside`].
    pub aside: String,
    /// Begins [`Role::Heading`].
    pub heading: String,
    /// Ends each of them.
    pub end: String,
}

impl Palette {
    /// No colour at all.
    pub const PLAIN: Palette = Palette {
        good: String::new(),
        bad: String::new(),
        doubtful: String::new(),
        aside: String::new(),
        heading: String::new(),
        end: String::new(),
    };

    /// The text in the colour of its role.
    pub fn paint<'a>(&'a self, role: Role, text: impl fmt::Display + 'a) -> impl fmt::Display + 'a {
        let begin = match role {
            Role::Good => &self.good,
            Role::Bad => &self.bad,
            Role::Doubtful => &self.doubtful,
            Role::Aside => &self.aside,
            Role::Heading => &self.heading,
        };
        Painted { begin, text, end: &self.end }
    }
}

impl Role {
    /// The role of a verdict's word.
    pub fn of(verdict: VerdictWord) -> Role {
        match verdict {
            VerdictWord::Pass => Role::Good,
            VerdictWord::Fail => Role::Bad,
            VerdictWord::Warn | VerdictWord::Inconclusive | VerdictWord::Known => Role::Doubtful,
            VerdictWord::Skipped => Role::Aside,
        }
    }
}

/// A text between its colour's beginning and end; width and fill apply to the text alone.
struct Painted<'a, T> {
    begin: &'a str,
    text: T,
    end: &'a str,
}

impl<T: fmt::Display> fmt::Display for Painted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.begin)?;
        self.text.fmt(f)?;
        f.write_str(self.end)
    }
}
