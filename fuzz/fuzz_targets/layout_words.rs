//! Any text is a layout, or is refused.
#![no_main]

sockspec_fuzz::target!(LAYOUT_WORDS);
