//! A corpus on disk: a folder for each kind of system, in it a file for each plan, named by a hash of its bytes.
//!
//! A file is written beside its place and then moved there, so that whoever is killed leaves whole files only,
//! and two campaigns may share a folder. The bytes are those that the fuzz targets take, so that `cargo fuzz` can go on with them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sockspec_harness::plan::Plan;
use sockspec_harness::subject::Kind;

/// The longest file in bytes that is read: no plan that a campaign writes is a tenth of it.
const LONGEST: u64 = 1 << 20;

/// The most files that are read for one kind: beyond it a campaign would do nothing but read.
const MOST_FILES: usize = 100_000;

/// A folder of plans.
#[derive(Debug)]
pub struct Corpus {
    folder: PathBuf,
    /// What is there already, so that it is not written again.
    names: BTreeSet<(Kind, String)>,
}

impl Corpus {
    /// Opens a folder, and makes it if it is not there; that it can be written to is tried at once.
    ///
    /// # Errors
    /// If it cannot be made, read or written to.
    pub fn open(folder: &Path) -> io::Result<Corpus> {
        let corpus = Corpus { folder: folder.to_owned(), names: BTreeSet::new() };
        for kind in Kind::ALL {
            fs::create_dir_all(corpus.of(kind))?;
            let trial = corpus.of(kind).join(format!(".trial.{}", std::process::id()));
            File::create(&trial)?;
            fs::remove_file(&trial)?;
        }
        Ok(corpus)
    }

    /// The plans for systems of one kind, by the names of their files; what is hidden, too long or no file is passed over.
    ///
    /// # Errors
    /// If the folder or a file cannot be read.
    pub fn plans(&mut self, kind: Kind) -> io::Result<Vec<Plan>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.of(kind))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && fs::metadata(entry.path()).is_ok_and(|found| found.is_file()) {
                files.push((name, entry.path()));
            }
        }
        files.sort();
        files.truncate(MOST_FILES);
        let mut plans = Vec::new();
        for (name, path) in files {
            let mut bytes = Vec::new();
            File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 <= LONGEST {
                let plan = Plan::decode(&bytes);
                self.names.insert((kind, name_of(&plan.encode())));
                self.names.insert((kind, name));
                plans.push(plan);
            }
        }
        Ok(plans)
    }

    /// How many files lie in the folder itself, where nothing is read: a fuzzing engine's corpus looks like that.
    pub fn loose(&self) -> usize {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).take(MOST_FILES).count()
    }

    /// Keeps a plan; says whether it was not there.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub fn keep(&mut self, kind: Kind, plan: &Plan) -> io::Result<bool> {
        let bytes = plan.encode();
        let name = name_of(&bytes);
        if !self.names.insert((kind, name.clone())) {
            return Ok(false);
        }
        let folder = self.of(kind);
        let beside = folder.join(format!(".{name}.{}", std::process::id()));
        let written = File::create(&beside)
            .and_then(|mut file| file.write_all(&bytes))
            .and_then(|()| fs::rename(&beside, folder.join(name)));
        if written.is_err() {
            // On a full disk there is the file, and nothing in it.
            let _ = fs::remove_file(&beside);
        }
        written.map(|()| true)
    }

    fn of(&self, kind: Kind) -> PathBuf {
        self.folder.join(kind.word())
    }
}

/// The name of a file with these bytes: two hashes by FNV-1a of 64 bits, forwards and backwards, in hexadecimal.
///
/// Why not a cryptographic one: nobody gains by making two plans that share a name, and it would be the only use of its crate.
fn name_of(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let basis = 0xCBF2_9CE4_8422_2325;
    let (forwards, backwards) = (bytes.iter().fold(basis, step), bytes.iter().rev().fold(basis, step));
    format!("{forwards:016x}{backwards:016x}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sockspec_harness::plan::{End, Plan, Script};
    use sockspec_harness::subject::Kind;

    use super::Corpus;

    #[test]
    fn what_is_kept_is_there_the_next_time_and_once() {
        let folder = std::env::temp_dir().join(format!("sockspec-corpus-{}", std::process::id()));
        let plans: Vec<Plan> =
            (1..20).map(|len| Script::open().transfer(End::client(0), len).plan()).collect();
        let mut corpus = Corpus::open(&folder).unwrap();
        for plan in &plans {
            assert!(corpus.keep(Kind::Stream, plan).unwrap());
            assert!(!corpus.keep(Kind::Stream, plan).unwrap());
        }
        fs::write(folder.join("stream/.half"), [1]).unwrap();
        fs::write(folder.join("stream/long"), vec![0; 2 << 20]).unwrap();
        assert_eq!(corpus.loose(), 0);
        fs::write(folder.join("flat"), plans[0].encode()).unwrap();
        assert_eq!(corpus.loose(), 1);
        let mut again = Corpus::open(&folder).unwrap();
        let mut seen = again.plans(Kind::Stream).unwrap();
        assert_eq!(seen.len(), plans.len());
        seen.retain(|plan| !plans.contains(plan));
        assert_eq!(seen, []);
        assert!(!again.keep(Kind::Stream, &plans[3]).unwrap());
        assert_eq!(again.plans(Kind::Framing).unwrap(), []);
        fs::remove_dir_all(folder).unwrap();
    }
}
