//! Hand-written traces, and what is to be said of them.
