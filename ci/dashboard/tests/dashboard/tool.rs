//! Calling the program, in a directory of the test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A target directory with one file of each source, as their tools write them.
pub(crate) const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/run");

/// The moment and the commit of the run in the snapshots.
pub(crate) const RUN: [&str; 4] =
    ["--timestamp", "2026-11-22T14:43:18Z", "--commit", "0123456789abcdef0123456789abcdef01234567"];

const RUNS: &str = "cargo has built the program";
const UTF_8: &str = "paths and output are UTF-8";
const WRITABLE: &str = "the test's directory can be written to";

/// A directory that one test has for itself.
pub(crate) struct Scratch {
    path: PathBuf,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scratch {
    /// An empty directory; `name` must be the test's.
    pub(crate) fn new(name: &str) -> Scratch {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dashboard").join(name);
        if path.exists() {
            fs::remove_dir_all(&path).expect("what an earlier run left can be removed");
        }
        fs::create_dir_all(&path).expect("cargo gives tests a place to write to");
        Scratch { path }
    }

    /// The path of a file in it, as text.
    pub(crate) fn path(&self, name: &str) -> String {
        self.path.join(name).to_str().expect(UTF_8).to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Writes a file, and the directories that it lies in.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a directory")).expect(WRITABLE);
        fs::write(path, text).expect(WRITABLE);
    }

    /// Calls the program in this directory; in its output the directory is called `HERE`.
    pub(crate) fn call(&self, arguments: &[&str]) -> Said {
        self.said(&self.command(arguments).output().expect(RUNS))
    }

    /// Starts the program and does not wait for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> std::process::Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(RUNS)
    }

    /// Exports the fixtures of a whole run.
    pub(crate) fn export(&self, more: &[&str]) -> Said {
        self.call(&[&["export", "--target-dir", FIXTURES, "--out", "out"], &RUN[..], more].concat())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockspec-dashboard"));
        command.args(arguments).current_dir(&self.path).env_remove("CARGO_TARGET_DIR");
        command
    }

    fn said(&self, output: &Output) -> Said {
        let here = self.path.to_str().expect(UTF_8);
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .expect(UTF_8)
                .replace(here, "HERE")
                .replace(FIXTURES, "FIXTURES")
        };
        Said { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

impl Said {
    /// What was said, of a call that must have done what was asked.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self.stdout
    }
}
