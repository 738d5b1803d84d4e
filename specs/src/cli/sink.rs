//! Report files: opened before the run, so that a path that cannot be written is known before anything has run,
//! and put in place whole, so that a reader never sees half a report.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sockspec_harness::report::{self, ReplayLine};
use sockspec_harness::run::Report;

use super::exit::Exit;
use super::output::Output;
use super::refusal::{Refusal, words};
use super::values::{ReportFile, ReportKind};

/// How many files of killed runs are passed over, until a name is free.
const MOST_LEFT_BEHIND: u32 = 1000;

/// A report file that waits for its report.
pub(super) struct Sink {
    kind: ReportKind,
    /// The path as the user wrote it.
    path: PathBuf,
    target: Target,
}

/// How the report gets there.
enum Target {
    /// The program's own standard output: opening its path anew would write over what is there.
    Stdout,
    /// A file beside the path, which takes the path's place in the end.
    Replaced { temporary: Temporary, place: PathBuf },
    /// The path itself: a pipe, a device, or a file in a directory where no other can be made.
    InPlace(File),
}

/// A file that goes when it is dropped before it was put in place.
struct Temporary {
    path: PathBuf,
    file: File,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // It is gone already if it was put in place.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes every report file; one that fails keeps no other from being written.
pub(super) fn write_all(sinks: Vec<Sink>, report: &Report, output: &Output) -> bool {
    let mut all_written = true;
    for sink in sinks {
        if let Err(refusal) = sink.write(report) {
            output.refuse(&refusal);
            all_written = false;
        }
    }
    all_written
}

impl Sink {
    /// Opens each path once.
    pub(super) fn open_all(wanted: &[ReportFile]) -> Result<Vec<Sink>, Refusal> {
        for (index, file) in wanted.iter().enumerate() {
            let is_stream = fs::metadata(&file.path).is_ok_and(|found| !found.is_file());
            if !is_stream && wanted[..index].iter().any(|other| other.path == file.path) {
                let sentence = format!("two reports would go to {}", file.path.display());
                return Err(Refusal::new(Exit::Usage, sentence).remedy("give each a path of its own"));
            }
        }
        wanted.iter().map(Sink::open).collect()
    }

    /// Opens the path.
    pub(super) fn open(wanted: &ReportFile) -> Result<Sink, Refusal> {
        let ReportFile { kind, path } = wanted;
        let target = target(path).map_err(|error| {
            let sentence =
                format!("the {} report {} cannot be written: {}", kind.word(), path.display(), words(&error));
            Refusal::new(Exit::CannotRun, sentence).remedy(remedy(path, &error))
        })?;
        Ok(Sink { kind: *kind, path: path.clone(), target })
    }

    /// The temporary file, if there is one.
    pub(super) fn temporary(&self) -> Option<PathBuf> {
        match &self.target {
            Target::Replaced { temporary, .. } => Some(temporary.path.clone()),
            _ => None,
        }
    }

    /// Writes the report, whole or not at all where the place allows it.
    pub(super) fn write(self, report: &Report) -> Result<(), Refusal> {
        let text = match self.kind {
            ReportKind::Json => report::json(report),
            ReportKind::Junit => report::junit(report, ReplayLine::Command),
            ReportKind::Markdown => report::markdown(report, ReplayLine::Command),
        };
        let (kind, path) = (self.kind.word(), self.path.display().to_string());
        put(self.target, text.as_bytes()).map_err(|error| {
            let sentence = format!("the {kind} report {path} could not be written: {}", words(&error));
            Refusal::new(Exit::CannotRun, sentence).remedy("make room, or give another path, and run again")
        })
    }
}

/// Opens what the path stands for.
fn target(path: &Path) -> io::Result<Target> {
    if ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|stdout| path == Path::new(stdout)) {
        return Ok(Target::Stdout);
    }
    match fs::metadata(path) {
        Ok(found) if found.is_file() => existing(path),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // Neither truncated nor created: it is a pipe, a device or a socket.
        Ok(_) => Ok(Target::InPlace(OpenOptions::new().write(true).open(path)?)),
        // A link to a file that is not there yet: the file is made where the link points.
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() => {
            Ok(Target::InPlace(File::create(path)?))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Target::Replaced { temporary: beside(path)?, place: path.to_owned() })
        }
        Err(error) => Err(error),
    }
}

/// A file that is there: its permission to be written is asked for, and its own permissions are kept.
fn existing(path: &Path) -> io::Result<Target> {
    let in_place = OpenOptions::new().write(true).open(path)?;
    // Behind a link the file itself is replaced, and the link stays.
    let place = fs::canonicalize(path)?;
    let Ok(temporary) = beside(&place) else { return Ok(Target::InPlace(in_place)) };
    // Where permissions cannot be copied, the default ones are no reason not to report.
    let _ = in_place.metadata().and_then(|found| temporary.file.set_permissions(found.permissions()));
    Ok(Target::Replaced { temporary, place })
}

/// A new file in the same directory, hidden, and named after the process so that two runs do not meet.
///
/// In a container every run may be the same process, and one that was killed has left its file: the next gets another name.
fn beside(path: &Path) -> io::Result<Temporary> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut taken = None;
    for number in 0..MOST_LEFT_BEHIND {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{number}", std::process::id()));
        let path = path.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok(Temporary { path, file }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}

/// Writes the text to where it belongs.
fn put(target: Target, text: &[u8]) -> io::Result<()> {
    match target {
        Target::Stdout => {
            let mut stdout = io::stdout().lock();
            gone_is_fine(stdout.write_all(text).and_then(|()| stdout.flush()))
        }
        Target::InPlace(mut file) => {
            if file.metadata()?.is_file() {
                file.set_len(0)?;
            }
            gone_is_fine(file.write_all(text).and_then(|()| file.flush()))
        }
        Target::Replaced { mut temporary, place } => {
            temporary.file.write_all(text)?;
            // A full disk may be noticed only now.
            temporary.file.sync_all()?;
            fs::rename(&temporary.path, place)
        }
    }
}

/// A reader that has gone has all it wanted.
fn gone_is_fine(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// What helps against that error.
fn remedy(path: &Path, error: &io::Error) -> String {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match error.kind() {
        io::ErrorKind::NotFound => format!("make the directory first: mkdir -p {}", directory.display()),
        io::ErrorKind::IsADirectory => "name a file in that directory".into(),
        io::ErrorKind::NotADirectory => {
            format!("{} is no directory: name a file in one", directory.display())
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("name a file in a directory that you may write to; {} is not", directory.display())
        }
        _ => "give another path; nothing has been run".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::PathBuf;

    use sockspec_harness::run::Report;

    use super::Sink;
    use crate::cli::exit::Exit;
    use crate::cli::values::{ReportFile, ReportKind};

    /// A directory of its own for each test, which goes with it.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("sockspec-sink-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Scratch(path)
        }

        fn file(&self, name: &str) -> ReportFile {
            ReportFile { kind: ReportKind::Json, path: self.0.join(name) }
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn report() -> Report {
        Report {
            seed: 1,
            rows: Vec::new(),
            interrupted: false,
            cannot_run: None,
            stale: Vec::new(),
            is_strict: false,
            measurements: BTreeMap::new(),
        }
    }

    #[test]
    fn a_new_file_appears_whole_and_nothing_else_stays() {
        let scratch = Scratch::new("new");
        let sink = Sink::open(&scratch.file("a.json")).unwrap();
        assert!(!scratch.file("a.json").path.exists());
        sink.write(&report()).unwrap();
        assert_eq!(scratch.names(), ["a.json"]);
        assert!(fs::read_to_string(scratch.file("a.json").path).unwrap().contains("sockspec.report.v1"));
    }

    #[test]
    fn an_old_file_stays_until_there_is_a_report() {
        let scratch = Scratch::new("old");
        fs::write(scratch.file("a.json").path, "old").unwrap();
        drop(Sink::open(&scratch.file("a.json")).unwrap());
        assert_eq!(fs::read_to_string(scratch.file("a.json").path).unwrap(), "old");
        Sink::open(&scratch.file("a.json")).unwrap().write(&report()).unwrap();
        assert_eq!(scratch.names(), ["a.json"]);
        assert_ne!(fs::read_to_string(scratch.file("a.json").path).unwrap(), "old");
    }

    #[test]
    fn what_a_killed_run_left_behind_is_in_nobodys_way() {
        let scratch = Scratch::new("killed");
        let left = Sink::open(&scratch.file("a.json")).unwrap();
        let hidden = scratch.names();
        Sink::open(&scratch.file("a.json")).unwrap().write(&report()).unwrap();
        let mut names = scratch.names();
        names.retain(|name| !hidden.contains(name));
        assert_eq!(names, ["a.json"]);
        drop(left);
        assert_eq!(scratch.names(), ["a.json"]);
    }

    #[test]
    fn two_reports_do_not_go_to_one_file() {
        let scratch = Scratch::new("twice");
        let Err(refusal) = Sink::open_all(&[scratch.file("a"), scratch.file("a")]) else {
            panic!("both were opened")
        };
        assert_eq!(refusal.exit, Exit::Usage);
        assert!(scratch.names().is_empty());
        assert_eq!(Sink::open_all(&[scratch.file("a"), scratch.file("b")]).unwrap().len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let scratch = Scratch::new("link");
        for present in [true, false] {
            let (link, file) = (format!("link-{present}"), format!("file-{present}"));
            if present {
                fs::write(scratch.file(&file).path, "old").unwrap();
            }
            std::os::unix::fs::symlink(scratch.file(&file).path, scratch.file(&link).path).unwrap();
            Sink::open(&scratch.file(&link)).unwrap().write(&report()).unwrap();
            assert!(fs::symlink_metadata(scratch.file(&link).path).unwrap().is_symlink());
            assert!(fs::read_to_string(scratch.file(&file).path).unwrap().contains("sockspec.report.v1"));
        }
    }

    #[test]
    fn a_path_that_cannot_be_written_is_refused_with_a_remedy() {
        let scratch = Scratch::new("refused");
        for (file, remedy) in [("missing/a.json", "mkdir -p"), ("", "name a file in that directory")] {
            let Err(refusal) = Sink::open(&scratch.file(file)) else { panic!("{file} was opened") };
            assert_eq!(refusal.exit, Exit::CannotRun);
            assert!(refusal.remedy.unwrap().contains(remedy), "{file}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told() {
        let file = ReportFile { kind: ReportKind::Json, path: "/dev/full".into() };
        let refusal = Sink::open(&file).unwrap().write(&report()).unwrap_err();
        assert_eq!(refusal.exit, Exit::CannotRun);
        assert!(refusal.sentence.contains("/dev/full could not be written: no space left"), "{refusal:?}");
    }
}
