//! Any text is a duration, or is refused.
#![no_main]

sockspec_fuzz::target!(DURATION);
