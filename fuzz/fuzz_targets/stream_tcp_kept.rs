//! TCP over loopback, one connection for many executions.
#![no_main]

sockspec_fuzz::target!(STREAM_TCP_KEPT);
