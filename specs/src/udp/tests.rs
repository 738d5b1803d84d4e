//! What the specs of `udp/*` say of traces written by hand.
