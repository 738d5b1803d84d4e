//! A planted bug that must be found: this target is sound when it falls.
#![no_main]

sockspec_fuzz::target!(CANARY);
