//! tokio-util's `LengthDelimitedCodec` in twelve layouts, over memory.
#![no_main]

sockspec_fuzz::target!(FRAMING_TOKIO_UTIL);
