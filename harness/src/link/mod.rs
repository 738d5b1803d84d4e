//! The kernel's sockets, and a user's own pair, as systems: the only room that touches sockets.
