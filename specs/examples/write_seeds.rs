//! Writes the seeds of every fuzz target into the folder `fuzz/seeds`, or into another, and the dictionary of plans
//! beside it, as `dict/plan.dict`: `cargo run -p sockspec --example write_seeds`.
//!
//! Files of earlier seeds that are none any more are removed, so that the folder holds the seeds and nothing else.
//! A test compares the folder with what this would write.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sockspec::fuzz::{TARGETS, plan_dictionary};

fn main() -> io::Result<()> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let folder = env::args_os().nth(1).map_or(ours, PathBuf::from);
    for target in TARGETS {
        write(&folder.join(target.name), &target.seeds())?;
    }
    let dictionaries = folder.join("../dict");
    fs::create_dir_all(&dictionaries)?;
    fs::write(dictionaries.join("plan.dict"), plan_dictionary())
}

/// Makes a folder hold exactly these files; one without files is not made.
fn write(folder: &Path, seeds: &[(String, Vec<u8>)]) -> io::Result<()> {
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !seeds.iter().any(|(name, _)| entry.file_name() == name.as_str()) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    if seeds.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    seeds.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}
