//! One named test for each spec and each system of this machine.
//!
//! The names are `group/name::system`, so that a filter picks a group, a rule or a system.
//! A pair that the rule is not about is not there; one that this machine or the system cannot try is listed as ignored,
//! and says the reason when it is run all the same.
//! Why not `#[test]` functions: the list is the catalogue times the systems, and would have to be kept in a second place.
