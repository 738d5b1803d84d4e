//! Executable specs for the rules that every network program relies on.
