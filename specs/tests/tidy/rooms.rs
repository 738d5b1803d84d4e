//! Which room may use what: the walls of the architecture, as data.

use crate::code::{blank, named};
use crate::tree::File;

/// A wall: what may not be named, and where.
struct Wall {
    /// What the wall is for.
    why: &'static str,
    /// The rooms that it is about, as beginnings of paths.
    rooms: &'static [&'static str],
    /// The rooms that it is not about, though they lie in those.
    except: &'static [&'static str],
    /// What may not be named there, itself and all below it.
    paths: &'static [&'static str],
    /// Whether the tests inside those rooms may name it all the same.
    spares_tests: bool,
}

/// The rooms that only turn values into values.
const PURE: &[&str] = &[
    "harness/src/plan",
    "harness/src/oracle",
    "harness/src/verdict",
    "harness/src/trace",
    "harness/src/spec.rs",
    "harness/src/subject",
    "harness/src/shrink",
    "harness/src/token",
];

/// The rooms in which the rules are.
const GROUPS: &[&str] = &["specs/src/stream/", "specs/src/tcp/", "specs/src/datagram/", "specs/src/udp/"];

/// Polling a world by hand, for the tests of systems: a bound on them is a clock.
const BY_HAND: &str = "harness/src/link/by_hand.rs";

const SOURCES: &[&str] = &["harness/src/", "specs/src/"];

const WALLS: &[Wall] = &[
    Wall {
        why: "planning and judging know neither sockets nor drivers",
        rooms: PURE,
        except: &[],
        paths: &["crate::link", "crate::machine", "crate::drive", "crate::run", "crate::fault"],
        spares_tests: false,
    },
    Wall {
        why: "planning and judging do no input or output and read no clock",
        rooms: PURE,
        except: &[],
        paths: &[
            "std::net",
            "std::time::Instant",
            "std::time::SystemTime",
            "std::fs",
            "std::env",
            "std::process",
            "std::thread",
            "tokio",
            "socket2",
        ],
        spares_tests: false,
    },
    Wall {
        why: "a spec does no input or output and knows no clock",
        rooms: GROUPS,
        except: &[],
        paths: &[
            "std::net",
            "std::time",
            "std::fs",
            "std::env",
            "std::process",
            "std::thread",
            "std::os",
            "tokio",
            "socket2",
            "libc",
            "crate::link",
            "crate::machine",
            "crate::drive",
            "crate::run",
            "crate::cli",
        ],
        spares_tests: false,
    },
    Wall {
        why: "driving knows no system, no rule and no report",
        rooms: &["harness/src/drive"],
        except: &[],
        paths: &[
            "crate::link",
            "crate::fault",
            "crate::oracle",
            "crate::spec",
            "crate::run",
            "crate::report",
        ],
        spares_tests: false,
    },
    Wall {
        why: "a system knows neither who drives nor who judges it",
        rooms: &["harness/src/link", "harness/src/fault", "harness/src/system.rs"],
        except: &[],
        paths: &["crate::drive", "crate::oracle", "crate::spec", "crate::run", "crate::report"],
        spares_tests: false,
    },
    Wall {
        why: "a fault breaks any world, whatever it is made of",
        rooms: &["harness/src/fault"],
        except: &[],
        paths: &["crate::link", "crate::machine", "tokio::net"],
        spares_tests: false,
    },
    Wall {
        why: "running knows nothing of reporting",
        rooms: &["harness/src/"],
        except: &["harness/src/report"],
        paths: &["crate::report"],
        spares_tests: true,
    },
    Wall {
        why: "a report is rendered from values alone",
        rooms: &["harness/src/report"],
        except: &[],
        paths: &[
            "crate::link",
            "crate::machine",
            "crate::drive",
            "crate::fault",
            "crate::system",
            "std::fs",
            "std::env",
            "std::process",
            "std::thread",
            "tokio",
        ],
        spares_tests: false,
    },
    Wall {
        why: "only link and machine touch sockets",
        rooms: SOURCES,
        except: &["harness/src/link", "harness/src/machine"],
        paths: &[
            "tokio::net",
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::os::unix::net",
            "socket2",
            "libc::socket",
            "libc::socketpair",
            "libc::connect",
            "libc::bind",
            "libc::listen",
            "libc::accept",
            "libc::accept4",
            "libc::send",
            "libc::sendto",
            "libc::sendmsg",
            "libc::recv",
            "libc::recvfrom",
            "libc::recvmsg",
            "libc::getsockopt",
            "libc::setsockopt",
        ],
        spares_tests: false,
    },
    Wall {
        why: "only the driver, the run and whoever heeds Ctrl-C read the clock",
        rooms: SOURCES,
        except: &["harness/src/drive", "harness/src/run", "specs/src/cli/interrupt.rs", BY_HAND],
        paths: &["std::time::Instant", "std::time::SystemTime", "tokio::time"],
        spares_tests: true,
    },
    Wall {
        why: "what is exported was measured by others: the dashboard runs nothing and connects to nothing",
        rooms: &["ci/dashboard/src/"],
        except: &[],
        paths: &["std::net", "std::os", "std::thread", "tokio", "socket2", "libc"],
        spares_tests: false,
    },
    Wall {
        why: "formats and pages are made of values alone",
        rooms: &["ci/dashboard/src/format/", "ci/dashboard/src/page/", "ci/dashboard/src/measure.rs"],
        except: &[],
        paths: &[
            "std::fs",
            "std::io",
            "std::env",
            "std::process",
            "std::time",
            "crate::source",
            "crate::commit",
        ],
        spares_tests: false,
    },
    Wall {
        why: "of the dashboard, only the moment of a run reads the clock, and only the commit asks git",
        rooms: &["ci/dashboard/src/"],
        except: &["ci/dashboard/src/moment.rs", "ci/dashboard/src/commit.rs"],
        paths: &["std::time", "std::process::Command"],
        spares_tests: false,
    },
    Wall {
        why: "nobody sleeps to synchronise",
        rooms: &["harness/", "specs/", "benches/", "fuzz/", "ci/"],
        except: &[],
        paths: &["std::thread::sleep", "thread::sleep"],
        spares_tests: false,
    },
];

/// Words with an exclamation mark that print.
const PRINTING: &[&str] = &["println!", "print!", "eprintln!", "eprint!", "dbg!"];

/// The rooms that may print.
const PRINTERS: &[&str] = &["specs/src/main.rs", "specs/src/cli", "specs/src/report", "harness/src/report"];

/// Complains of what the file names though its room may not.
pub(crate) fn check(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    let walls: Vec<&Wall> = WALLS.iter().filter(|wall| wall.stands_around(&file.path)).collect();
    for named in named(&file.path, &file.text) {
        for wall in walls.iter().filter(|wall| !(wall.spares_tests && named.in_tests)) {
            if wall.paths.iter().any(|path| named.is_within(path)) {
                complaints.push(format!("{}:{}: {}: {}", file.path, named.line, wall.why, named.path));
            }
        }
    }
    for (index, line) in blank(&file.text).lines().enumerate() {
        let place = format!("{}:{}", file.path, index + 1);
        // A name that a fuzzing engine looks for is no code.
        let is_name = line.trim() == "#[unsafe(no_mangle)]" && file.path.starts_with("fuzz/");
        if has_word(line, "unsafe") && !is_name && !file.path.starts_with("harness/src/machine") {
            complaints.push(format!("{place}: unsafe code belongs into harness/src/machine"));
        }
        let prints = PRINTING.iter().any(|word| has_word(line, word));
        let may_print = PRINTERS.iter().any(|room| file.path.starts_with(room));
        if prints && !may_print && SOURCES.iter().any(|room| file.path.starts_with(room)) {
            complaints.push(format!("{place}: only the command line and the report print"));
        }
    }
    complaints
}

impl Wall {
    fn stands_around(&self, path: &str) -> bool {
        self.rooms.iter().any(|room| path.starts_with(room))
            && !self.except.iter().any(|room| path.starts_with(room))
    }
}

/// Whether `word` stands in `line` with no word character before it, nor behind it.
fn has_word(line: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let behind = line[at + word.len()..].chars().next();
        !line[..at].ends_with(is_word) && !behind.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::File;

    fn complaints(path: &str, text: &str) -> usize {
        check(&File::planted(path, text)).len()
    }

    #[test]
    fn planted_breaches_are_seen() {
        let breaches = [
            ("harness/src/plan/draw.rs", "use std::{fmt, time::Instant};", 2),
            ("harness/src/oracle/stream.rs", "use super::super::link::Tcp;", 1),
            ("harness/src/trace.rs", "fn f() { crate::drive::drive(); }", 1),
            ("harness/src/verdict/mod.rs", "async fn f() { tokio::task::yield_now().await }", 1),
            ("harness/src/spec.rs", "use crate::run;", 1),
            ("harness/src/run/cell.rs", "use tokio::net::TcpStream;", 1),
            ("harness/src/run/cell.rs", "use tokio::{io, net::{TcpStream, UdpSocket}};", 2),
            ("harness/src/fault/stream.rs", "use crate::link::Tcp;", 1),
            ("harness/src/drive/mod.rs", "use crate::spec::Spec;", 1),
            ("harness/src/link/tcp.rs", "use crate::{plan::End, drive::drive};", 1),
            ("harness/src/run/engine.rs", "use crate::report::json;", 1),
            ("harness/src/report/json.rs", "use std::fs; use crate::drive::Limits;", 2),
            ("specs/src/systems.rs", "use socket2::Socket;", 1),
            ("harness/src/system.rs", "fn f() { unsafe { libc::socket(0, 0, 0) } }", 2),
            ("harness/src/drive/mod.rs", "fn f() { std::thread::sleep(d); }", 1),
            ("harness/src/drive/mod.rs", "fn f() { thread::sleep(d); }", 1),
            ("harness/src/drive/mod.rs", "fn f() { println!(\"x\"); }", 1),
            ("specs/src/catalogue.rs", "fn f() { let t = std::time::SystemTime::now(); }", 1),
            ("specs/src/tcp/nagle.rs", "use std::time::Duration;", 1),
            ("specs/src/udp/may_lose.rs", "use sockspec_harness::link::Udp;", 1),
            ("benches/benches/lockstep.rs", "unsafe fn f() {}", 1),
            ("fuzz/src/lib.rs", "unsafe extern \"C\" fn f() {}", 1),
            ("specs/src/fuzz/mod.rs", "#[unsafe(no_mangle)]\nextern \"C\" fn f() {}", 1),
            ("ci/dashboard/src/source/mod.rs", "use std::net::TcpStream;", 1),
            ("ci/dashboard/src/page/html.rs", "use std::fs; use crate::source::gather;", 2),
            ("ci/dashboard/src/export.rs", "use std::time::SystemTime; use std::process::Command;", 2),
            ("ci/dashboard/tests/dashboard/history.rs", "fn f() { std::thread::sleep(d); }", 1),
        ];
        for (path, text, expected) in breaches {
            assert_eq!(complaints(path, text), expected, "{path}: {text}");
        }
    }

    #[test]
    fn what_is_allowed_is_left_alone() {
        let allowed = [
            ("harness/src/link/tcp.rs", "use tokio::net::TcpStream; use socket2::Socket;"),
            ("harness/src/machine/clock.rs", "// SAFETY: none\nunsafe {}"),
            ("fuzz/src/lib.rs", "#[unsafe(no_mangle)]\nextern \"C\" fn f() {}"),
            ("harness/src/drive/mod.rs", "use std::time::Instant;"),
            ("harness/src/system.rs", "use std::net::SocketAddr;"),
            (
                "harness/src/plan/mod.rs",
                "//! tokio::net\nuse std::io; const S: &str = \"tokio::net println!\";",
            ),
            ("harness/src/run/known.rs", "#[cfg(test)]\nmod tests {\n    use crate::report::sample;\n}"),
            ("harness/src/trace.rs", "fn f() { libc::EMFILE; }"),
            ("specs/src/cli/mod.rs", "fn f() { println!(\"x\"); }"),
            ("specs/src/stream/ordered.rs", "use sockspec_harness::plan::Script;"),
            ("specs/src/stream/ordered.rs", "let unsafe_name = run;"),
            ("ci/dashboard/src/moment.rs", "use std::time::SystemTime;"),
            ("ci/dashboard/src/main.rs", "use std::process::ExitCode;"),
        ];
        for (path, text) in allowed {
            assert_eq!(complaints(path, text), 0, "{path}: {text}");
        }
    }
}
