//! Any text is a replay token in its one form, or is refused.
#![no_main]

sockspec_fuzz::target!(TOKEN);
