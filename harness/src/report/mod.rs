//! Rendering a finished run: the same rows as text, JSON, JUnit or Markdown.
//!
//! Rendering is a pure function of the [`Report`](crate::run::Report); nothing here prints, writes a file or reads the clock.
//! The text form, and `Report: Serialize`, cost no dependency; the formats that do are behind features of their own.

mod elide;
mod hexdump;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "junit")]
mod junit;
mod markdown;
mod palette;
#[cfg(test)]
pub(crate) mod sample;
mod schema;
mod text;

pub use elide::elided;
pub use hexdump::Hexdump;
#[cfg(feature = "json")]
pub use json::json;
#[cfg(feature = "junit")]
pub use junit::junit;
pub use markdown::{LONGEST_MARKDOWN, markdown};
pub use palette::{Palette, Role};
pub use schema::{SCHEMA, TOOL, Tool};
pub use text::{Detail, ReplayLine, Text, in_full, share};
