//! Reading the trace of a stream.
