//! Any bytes at all are a plan, and a plan is its canonical bytes.
#![no_main]

sockspec_fuzz::target!(PLAN_DECODE);
