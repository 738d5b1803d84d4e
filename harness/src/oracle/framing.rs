//! Reading the trace of a codec.
