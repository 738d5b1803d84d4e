mod blocking;
mod polled;
mod slice;

pub(crate) use blocking::{Blocking, Supply};
pub(crate) use polled::{Pipe, Polled};
pub(crate) use slice::{Lack, Sliced};
