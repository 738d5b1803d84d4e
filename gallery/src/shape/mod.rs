//! Shapes of codecs that the front door of `sockspec` has no wrapper of its own for.

mod blocking;
mod polled;
mod slice;

pub(crate) use blocking::{Blocking, Supply};
pub(crate) use polled::{Pipe, Polled};
pub(crate) use slice::{Lack, Sliced};
