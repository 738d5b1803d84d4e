//! Reading and writing whole files: what is missing is no error, what is half there never appears.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::natural;
use crate::refusal::Refusal;

/// The bytes of a file; nothing if it is not there.
///
/// # Errors
/// If it is there and cannot be read.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Refusal> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::denied(path, "read", &error, "give a file that this user may read")),
    }
}

/// Every file called `name` below `directory`, in the order in which people count; none if the directory is not there.
///
/// Links are not followed, so there is no way round and round.
///
/// # Errors
/// If a directory cannot be listed.
pub(crate) fn find(directory: &Path, name: &str) -> Result<Vec<PathBuf>, Refusal> {
    let is_named = |path: &Path| path.file_name().is_some_and(|found| found == name);
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(next) = waiting.pop() {
        let listed = list(&next)?;
        waiting.extend(listed.directories);
        found.extend(listed.files.into_iter().filter(|path| is_named(path)));
    }
    found.sort_by_key(|path| natural::key(&path.to_string_lossy()));
    Ok(found)
}

/// The files in `directory` that end in `.extension`, sorted; none if the directory is not there.
///
/// # Errors
/// If the directory cannot be listed.
pub(crate) fn with_extension(directory: &Path, extension: &str) -> Result<Vec<PathBuf>, Refusal> {
    let mut files = list(directory)?.files;
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    Ok(files)
}

/// What a directory holds.
#[derive(Default)]
struct Listed {
    directories: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

fn list(directory: &Path) -> Result<Listed, Refusal> {
    match entries(directory) {
        Ok(listed) => Ok(listed),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Listed::default()),
        Err(error) => {
            let remedy = "give a directory that this user may list";
            Err(Refusal::denied(directory, "listed as a directory", &error, remedy))
        }
    }
}

fn entries(directory: &Path) -> io::Result<Listed> {
    let mut listed = Listed::default();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            listed.directories.push(entry.path());
        } else if kind.is_file() {
            listed.files.push(entry.path());
        }
    }
    Ok(listed)
}

/// Writes a file as a whole, directories and all: a reader sees the old one or the new one.
///
/// # Errors
/// If the place does not let us.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Refusal> {
    let write = || -> io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        fs::write(&beside, text)?;
        fs::rename(&beside, path)
    };
    write()
        .map_err(|error| Refusal::denied(path, "written", &error, "give a place that this user may write to"))
}
