//! Any text is a list of known failures, or is refused.
#![no_main]

sockspec_fuzz::target!(KNOWN_FAILING);
