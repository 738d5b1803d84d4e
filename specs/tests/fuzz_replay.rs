//! Seeds and regressions of the fuzz targets, replayed without a fuzzer; and that the folder `fuzz` holds what the library says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sockspec::fuzz::{TARGETS, Target, find, plan_dictionary};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a folder by name, in order; none if there is no such folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.expect("an entry of the folder").path())
        .map(|path| (name_of(&path), fs::read(&path).expect("a file of the folder")))
        .collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("an entry has a name").to_string_lossy().into_owned()
}

/// The names of what lies in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| name_of(&entry.expect("an entry of the folder").path())).collect()
}

#[test]
fn the_seeds_are_what_the_specs_say() {
    for target in TARGETS {
        let mut wanted = target.seeds();
        wanted.sort();
        let seen = files(&fuzz().join("seeds").join(target.name));
        let differing: Vec<&String> = wanted
            .iter()
            .filter(|seed| !seen.contains(seed))
            .chain(seen.iter().filter(|seed| !wanted.contains(seed)))
            .map(|(name, _)| name)
            .collect();
        assert!(
            differing.is_empty(),
            "fuzz/seeds/{} differs in {differing:?}: cargo run -p sockspec --example write_seeds",
            target.name
        );
    }
}

#[test]
fn every_seed_is_satisfied() {
    replay("seeds");
}

#[test]
fn every_regression_is_satisfied() {
    replay("regressions");
}

/// Runs every file of every target; a panic names the file.
fn replay(folder: &str) {
    for name in names(&fuzz().join(folder)).into_iter().filter(|name| !name.contains('.')) {
        let target: &Target =
            find(&name).unwrap_or_else(|| panic!("fuzz/{folder}/{name}: there is no such target"));
        for (file, bytes) in files(&fuzz().join(folder).join(&name)) {
            let result = std::panic::catch_unwind(|| target.body(&bytes));
            assert!(result.is_ok(), "fuzz/{folder}/{name}/{file}: {} does not hold", target.rule);
        }
    }
}

#[test]
fn every_target_has_its_line_and_its_binary() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest of fuzz");
    let mut wanted = BTreeSet::new();
    for target in TARGETS {
        let name = target.name;
        wanted.insert(format!("{name}.rs"));
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n")),
            "{name}"
        );
        let source = fs::read_to_string(fuzz().join("fuzz_targets").join(format!("{name}.rs")));
        let line = format!("sockspec_fuzz::target!({});", name.to_uppercase());
        assert!(source.is_ok_and(|source| source.contains(&line)), "{name}: wanted `{line}`");
    }
    assert_eq!(names(&fuzz().join("fuzz_targets")), wanted);
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}

#[test]
fn dictionaries_are_of_targets() {
    let dictionaries = names(&fuzz().join("dict"));
    assert!(!dictionaries.is_empty());
    for name in dictionaries.into_iter().filter(|name| name != "plan.dict") {
        let target = name.strip_suffix(".dict").and_then(find);
        assert!(target.is_some(), "fuzz/dict/{name} is of no target");
    }
}

#[test]
fn the_dictionary_of_plans_says_steps_as_they_are_written() {
    let seen = fs::read_to_string(fuzz().join("dict/plan.dict")).expect("there is one for plans");
    assert_eq!(seen, plan_dictionary(), "cargo run -p sockspec --example write_seeds");
}
