//! Any bytes at all are a plan, and a plan is its canonical bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sockspec_harness::fuzz::plan_decode(bytes));
