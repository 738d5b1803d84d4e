//! Reading the files that list known failures.

use std::path::{Path, PathBuf};

use sockspec_harness::run::KnownFailings;

use super::exit::Exit;
use super::refusal::{Refusal, words};

/// All the files' entries together.
pub(super) fn read(paths: &[PathBuf]) -> Result<KnownFailings, Refusal> {
    let mut all = KnownFailings::default();
    for path in paths {
        all.append(read_one(path)?);
    }
    Ok(all)
}

fn read_one(path: &Path) -> Result<KnownFailings, Refusal> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let sentence = format!("the list of known failures {name} could not be read: {}", words(&error));
        Refusal::new(Exit::Usage, sentence)
            .remedy("correct the path; the file holds lines like `tcp/nagle tcp-v4  # reason`, where the system may be left out")
    })?;
    KnownFailings::parse(&name, &text).map_err(|error| Refusal::new(Exit::Usage, error.to_string()))
}
