//! Any text is a plan, or is refused.
#![no_main]

sockspec_fuzz::target!(PLAN_TEXT);
