//! Any text is a pattern for ids, or is refused.
#![no_main]

sockspec_fuzz::target!(GLOB);
