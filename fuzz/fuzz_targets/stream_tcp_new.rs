//! TCP over loopback, a new connection for each execution.
#![no_main]

sockspec_fuzz::target!(STREAM_TCP_NEW);
