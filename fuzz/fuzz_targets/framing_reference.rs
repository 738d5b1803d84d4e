//! The reference codec in ten layouts, over memory.
#![no_main]

sockspec_fuzz::target!(FRAMING_REFERENCE);
