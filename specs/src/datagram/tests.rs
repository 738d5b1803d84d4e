//! What the specs of `datagram/*` say of traces written by hand.
