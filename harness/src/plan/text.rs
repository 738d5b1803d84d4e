//! The text form of plans: what a failure report shows, and what a person can write or change by hand.
//!
//! One line a step: who acts, then what is done.
//! A plan whose lanes go on at once begins with the line `concurrent`.
//!
//! ```
//! # use sockspec_harness::plan::{Cut, Cuts, End, Plan, Script};
//! let cuts = Cuts::At(vec![Cut { at: 1, joined: false }, Cut { at: 3, joined: true }]);
//! let plan = Script::open().cut(End::client(0), 4096, cuts, vec![1, 7]).finish(End::client(0)).plan();
//! let text = "\
//! client 0  open
//! client 0  transfer pattern 1 from 0 len 4096, cut at 1 3+, reads 1 7
//! client 0  shut down
//! peer 0    receive to the end, buffer 65536";
//! assert_eq!(plan.to_string(), text);
//! assert_eq!(text.parse(), Ok(plan));
//! ```
//!
//! - A literal payload is written as in Rust, `"ab\x00"`; all but printable ASCII is escaped.
//! - `cycle "ab" len 5` is the same bytes over and over: `"ababa"`.
//! - A `+` behind a cut says that it is joined.
//! - Four and more cuts at equal distances are written as a run, of sixteen at most: `1..9` is each place from 1 to 9, `8..64/8+` each eighth, joined.
//!   Pieces that are equal throughout are written `cut every 8` or `cut every 8 joined`.
//! - Behind these may stand `reads 1 7` (the sizes of the read buffers, in turn), `slices 3` (buffers a vectored write) and `reader waits`.
//!
//! Every valid plan comes back from its text; blank lines and the number of spaces do not matter.

mod line;
mod parse;
mod runs;

use std::fmt;

use thiserror::Error;

use super::{Cuts, Operation, Payload, Plan, Schedule, Setting, Step, Transfer};

/// Where a text is no plan, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: wanted {wanted}, saw {seen}")]
pub struct PlanTextError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// What could have stood there.
    pub wanted: String,
    /// What stood there, shortened if it is long.
    pub seen: String,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        if self.schedule == Schedule::Concurrent {
            f.write_str("concurrent")?;
            between = "\n";
        }
        for step in &self.steps {
            write!(f, "{between}{step}")?;
            between = "\n";
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<9} {}", self.end.to_string(), self.operation)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operation::Configure(setting) => write!(f, "configure {setting}"),
            Operation::Open => f.write_str("open"),
            Operation::Bind => f.write_str("bind"),
            Operation::Listen => f.write_str("listen"),
            Operation::Connect(to) => write!(f, "connect to {to}"),
            Operation::Accept(from) => write!(f, "accept from {from}"),
            Operation::Name => f.write_str("name"),
            Operation::Transfer(transfer) => write!(f, "transfer {transfer}"),
            Operation::Send(payload) => write!(f, "send {payload}"),
            Operation::Fill(payload) => write!(f, "fill {payload}"),
            Operation::Receive { len: u64::MAX, max } => write!(f, "receive to the end, buffer {max}"),
            Operation::Receive { len, max } => write!(f, "receive {len}, buffer {max}"),
            Operation::PollReceive { max } => write!(f, "poll receive, buffer {max}"),
            Operation::PollSend(payload) => write!(f, "poll send {payload}"),
            Operation::Flush => f.write_str("flush"),
            Operation::ShutDown => f.write_str("shut down"),
            Operation::Abort => f.write_str("abort"),
            Operation::Drop => f.write_str("drop"),
            Operation::SendDatagram { payload, to } => write!(f, "send datagram {payload} to {to}"),
            Operation::ReceiveDatagram { max } => write!(f, "receive datagram, buffer {max}"),
            Operation::PollDatagram { max } => write!(f, "poll datagram, buffer {max}"),
            Operation::AwaitQueue { len } => write!(f, "await queue {len}"),
            Operation::Count => f.write_str("count"),
            Operation::Encode(payload) => write!(f, "encode {payload}"),
            Operation::Frame(payload) => write!(f, "frame {payload}"),
            Operation::Header(value) => write!(f, "header {value}"),
            Operation::Raw(payload) => write!(f, "raw {payload}"),
            Operation::Feed(feed) => {
                f.write_str("feed")?;
                if feed.lost > 0 {
                    write!(f, " all but {}", feed.lost)?;
                }
                if feed.cuts != Cuts::None {
                    write!(f, ", {}", feed.cuts)?;
                }
                Ok(())
            }
            Operation::FeedEveryWay => f.write_str("feed every way"),
            Operation::FeedEnd => f.write_str("feed end"),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |is_on: &bool| if *is_on { "on" } else { "off" };
        match self {
            Setting::Nagle(is_on) => write!(f, "nagle {}", on(is_on)),
            Setting::Cork(is_on) => write!(f, "cork {}", on(is_on)),
            Setting::ReceiveBuffer(len) => write!(f, "receive buffer {len}"),
            Setting::SendBuffer(len) => write!(f, "send buffer {len}"),
            Setting::SegmentSize(len) => write!(f, "segment size {len}"),
            Setting::PrivateMtu(len) => write!(f, "private mtu {len}"),
        }
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Payload::Literal(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Payload::Pattern { key, offset, len } => write!(f, "pattern {key} from {offset} len {len}"),
            Payload::Cycle(cycle) => {
                write!(f, "cycle \"{}\" len {}", cycle.unit().escape_ascii(), cycle.len())
            }
        }
    }
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.payload)?;
        if self.cuts != Cuts::None {
            write!(f, ", {}", self.cuts)?;
        }
        if !self.reads.is_empty() {
            f.write_str(", reads")?;
            self.reads.iter().try_for_each(|read| write!(f, " {read}"))?;
        }
        if self.slices > 0 {
            write!(f, ", slices {}", self.slices)?;
        }
        if self.reader_waits {
            f.write_str(", reader waits")?;
        }
        Ok(())
    }
}

impl fmt::Display for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cuts::None => f.write_str("uncut"),
            Cuts::Every { len, joined } => {
                write!(f, "cut every {len}{}", if *joined { " joined" } else { "" })
            }
            Cuts::At(cuts) => {
                f.write_str("cut at")?;
                runs::write(f, cuts)
            }
        }
    }
}
