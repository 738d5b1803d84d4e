//! Reading the trace of a datagram socket.
