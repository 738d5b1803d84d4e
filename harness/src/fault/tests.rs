//! Every fault changes something that can be seen, and nothing else does.
