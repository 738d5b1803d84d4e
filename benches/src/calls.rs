//! How many system calls a case makes, counted from outside by strace, and how many it needs.
//!
//! The process that is watched runs so many cases, and then another one twice as many; the difference is what the cases made,
//! without what it takes to start a process and a runtime.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, io, process};

use serde::Serialize;

use sockspec_harness::link::{Tcp, Udp};

use crate::{bare, ours, runtime};

/// The word with which a bench calls itself to be watched; what follows are the name of a path, a side and a number of cases.
pub const WATCHED: &str = "--watched";

/// How long the buffers of bulk are, in bytes.
const BULK_BUFFER: u32 = 256 << 10;

/// What is done over and over, and how many calls of the kernel it cannot do without.
pub struct CallPath {
    /// Its name, as in the table of ratios.
    pub name: &'static str,
    /// What one case is.
    pub case: &'static str,
    /// The calls that a case needs: each byte goes into the kernel once and comes out once.
    pub needs: u64,
    /// What they are.
    pub floor: &'static str,
    /// How many cases are run, and then twice as many.
    cases: u64,
    ours: fn(u64),
    bare: fn(u64),
}

/// The main paths.
pub const PATHS: &[CallPath] = &[
    CallPath {
        name: "lockstep/64",
        case: "piece",
        needs: 2,
        floor: "a send and a receive",
        cases: 1000,
        ours: |cases| driven(&tcp(), &ours::exchange(cases, 64)),
        bare: |cases| runtime().block_on(bare::stream::exchange(cases, 64)).expect("loopback works"),
    },
    CallPath {
        name: "lockstep/65536",
        case: "piece",
        needs: 2,
        floor: "a send and a receive",
        cases: 500,
        ours: |cases| driven(&tcp(), &ours::exchange(cases, 65_536)),
        bare: |cases| runtime().block_on(bare::stream::exchange(cases, 65_536)).expect("loopback works"),
    },
    CallPath {
        name: "connections",
        case: "connection",
        needs: 5,
        floor: "socket, connect, accept and two closes",
        cases: 200,
        ours: |cases| driven(&tcp(), &ours::connections(cases as u16)),
        bare: |cases| runtime().block_on(bare::stream::connections(cases)).expect("loopback works"),
    },
    CallPath {
        name: "bulk",
        case: "256 KiB",
        needs: 2,
        floor: "a send and a receive",
        cases: 2000,
        ours: |cases| driven(&tcp(), &ours::bulk(cases * u64::from(BULK_BUFFER), BULK_BUFFER)),
        bare: |cases| {
            bare::stream::bulk(cases * u64::from(BULK_BUFFER), BULK_BUFFER as usize).expect("loopback works")
        },
    },
    CallPath {
        name: "datagrams/64",
        case: "datagram",
        needs: 2,
        floor: "a send and a receive",
        cases: 1000,
        ours: |cases| driven(&udp(), &ours::datagrams(cases, 64)),
        bare: |cases| runtime().block_on(bare::datagram::exchange(cases, 64)).expect("loopback works"),
    },
    CallPath {
        name: "datagrams/65507",
        case: "datagram",
        needs: 2,
        floor: "a send and a receive",
        cases: 500,
        ours: |cases| driven(&udp(), &ours::datagrams(cases, 65_507)),
        bare: |cases| runtime().block_on(bare::datagram::exchange(cases, 65_507)).expect("loopback works"),
    },
];

/// What was counted of one path.
#[derive(Clone, Debug, Serialize)]
pub struct Count {
    /// The path's name.
    pub name: &'static str,
    /// What one case is.
    pub case: &'static str,
    /// The calls that a case needs.
    pub needs: u64,
    /// The calls that a case makes, in all.
    pub ours: f64,
    /// The same of the bare loop.
    pub bare: f64,
    /// The calls of which a case makes one or more in a hundred, by their names.
    pub ours_by_call: BTreeMap<String, f64>,
    /// The same of the bare loop.
    pub bare_by_call: BTreeMap<String, f64>,
}

impl Count {
    /// As a line of a table.
    pub fn line(&self) -> String {
        let names = |calls: &BTreeMap<String, f64>| -> String {
            let words: Vec<String> = calls.iter().map(|(name, count)| format!("{count:.2} {name}")).collect();
            words.join(", ")
        };
        let Count { name, case, needs, ours, bare, .. } = self;
        let (by_ours, by_bare) = (names(&self.ours_by_call), names(&self.bare_by_call));
        format!(
            "{name:<16} needs {needs}, makes {ours:.2} of a {case} ({by_ours}); a bare loop {bare:.2} ({by_bare})"
        )
    }
}

/// Counts the calls of a path; `program` is what calls [`run_watched`] when it finds [`WATCHED`] among its arguments.
///
/// # Errors
/// `NotFound` if strace is not installed; what it says if it may not watch.
pub fn count(program: &Path, path: &CallPath) -> io::Result<Count> {
    let ours_by_call = each(program, path, "ours")?;
    let bare_by_call = each(program, path, "bare")?;
    let sum = |calls: &BTreeMap<String, f64>| calls.values().sum();
    Ok(Count {
        name: path.name,
        case: path.case,
        needs: path.needs,
        ours: sum(&ours_by_call),
        bare: sum(&bare_by_call),
        ours_by_call: seldom_left_out(ours_by_call),
        bare_by_call: seldom_left_out(bare_by_call),
    })
}

/// Runs what is watched: the arguments behind [`WATCHED`] are the name of a path, a side and a number of cases.
///
/// # Errors
/// If there is no such path or side, or no number.
pub fn run_watched(words: &[String]) -> io::Result<()> {
    let [name, side, cases] = words else { return Err(io::ErrorKind::InvalidInput.into()) };
    let path = PATHS.iter().find(|path| path.name == name).ok_or(io::ErrorKind::InvalidInput)?;
    let cases = cases.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
    match side.as_str() {
        "ours" => (path.ours)(cases),
        "bare" => (path.bare)(cases),
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    }
    Ok(())
}

/// What one case makes of each call.
fn each(program: &Path, path: &CallPath, side: &str) -> io::Result<BTreeMap<String, f64>> {
    let once = watch(program, path.name, side, path.cases)?;
    let twice = watch(program, path.name, side, path.cases * 2)?;
    let more = |(name, count): (String, u64)| {
        let before = once.get(&name).copied().unwrap_or(0);
        (name, count.saturating_sub(before) as f64 / path.cases as f64)
    };
    Ok(twice.into_iter().map(more).collect())
}

/// How often the process made each call.
fn watch(program: &Path, name: &str, side: &str, cases: u64) -> io::Result<BTreeMap<String, u64>> {
    let table = env::temp_dir().join(format!("sockspec-calls-{}", process::id()));
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-o"]).arg(&table).arg("--").arg(program);
    strace.args([WATCHED, name, side, &cases.to_string()]);
    let output = strace.stdin(Stdio::null()).output()?;
    let text = fs::read_to_string(&table);
    // It is not there if strace could not begin.
    let _ = fs::remove_file(&table);
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let first = words.lines().next().unwrap_or("strace said nothing").to_owned();
        return Err(io::Error::other(first));
    }
    summary(&text?)
}

/// The summary of strace: the fourth column is how often, and the last is which; errors in between are there only where there were any.
fn summary(text: &str) -> io::Result<BTreeMap<String, u64>> {
    let unlike = || io::Error::other("strace's summary is not as it is known");
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_row = words.first().is_some_and(|word| word.parse::<f64>().is_ok());
        if !is_row || words.last() == Some(&"total") {
            continue;
        }
        let count = words.get(3).and_then(|word| word.parse().ok()).ok_or_else(unlike)?;
        counts.insert((*words.last().ok_or_else(unlike)?).to_owned(), count);
    }
    if counts.is_empty() { Err(unlike()) } else { Ok(counts) }
}

/// Less than this of a call in each case is by the way: the memory that a longer plan needs, and such.
const BY_THE_WAY: f64 = 0.01;

fn seldom_left_out(mut calls: BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    calls.retain(|_, count| *count >= BY_THE_WAY);
    calls
}

fn tcp() -> Tcp {
    Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into())
}

fn udp() -> Udp {
    Udp::new("udp-v4", Ipv4Addr::LOCALHOST.into())
}

fn driven(system: &dyn sockspec_harness::system::System, plan: &sockspec_harness::plan::Plan) {
    drop(runtime().block_on(ours::run(system, plan)));
}

#[cfg(test)]
mod tests {
    use super::{PATHS, run_watched, summary};

    #[test]
    fn a_summary_is_read_with_errors_and_without() {
        let text = "% time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- ----------------\n \
            60.00    0.000006           3         2           sendto\n \
            40.00    0.000004           1         4         1 recvfrom\n\
            ------ ----------- ----------- --------- --------- ----------------\n\
            100.00    0.000010           1         6         1 total\n";
        let counts = summary(text).expect("it is a summary");
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("recvfrom".into(), 4), ("sendto".into(), 2)]);
        assert!(summary("strace: exec: Exec format error").is_err());
    }

    #[test]
    fn every_path_can_be_run_on_both_sides() {
        for path in PATHS {
            for side in ["ours", "bare"] {
                run_watched(&[path.name, side, "2"].map(str::to_owned)).expect("it is a path");
            }
        }
        assert!(run_watched(&["bulk", "theirs", "2"].map(str::to_owned)).is_err());
    }
}
