//! UDP over loopback.
#![no_main]

sockspec_fuzz::target!(DATAGRAM_UDP);
