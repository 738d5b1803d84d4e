//! Published codecs of one layout, held against each other.
#![no_main]

sockspec_fuzz::target!(FRAMING_DIFFERENTIAL);
