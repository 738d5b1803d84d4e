//! The files of the tree, read once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One text file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Its path from the root of the tree, with forward slashes.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) text: String,
}

impl File {
    /// A file that is on no disk: what canaries are made of.
    #[cfg(test)]
    pub(crate) fn planted(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Everything that is checked.
pub(crate) struct Tree {
    root: PathBuf,
    /// Every Rust source.
    pub(crate) rust: Vec<File>,
    /// Every accepted snapshot.
    pub(crate) snapshots: Vec<File>,
    /// Every Markdown document.
    pub(crate) documents: Vec<File>,
    others: BTreeMap<String, String>,
}

impl Tree {
    /// Walks the tree that this package lies in.
    pub(crate) fn read() -> Tree {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut tree = Tree {
            root: root.clone(),
            rust: Vec::new(),
            snapshots: Vec::new(),
            documents: Vec::new(),
            others: BTreeMap::new(),
        };
        tree.walk(&root, "");
        tree
    }

    /// The text of a file; of one that is missing there is none, of which every checker complains in its own words.
    pub(crate) fn text(&self, path: &str) -> &str {
        let listed = self.rust.iter().chain(&self.documents).find(|file| file.path == path);
        let text = listed.map(|file| &file.text).or_else(|| self.others.get(path));
        text.map_or("", String::as_str)
    }

    /// Whether there is such a file or directory.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    fn walk(&mut self, directory: &Path, prefix: &str) {
        let entries = fs::read_dir(directory).expect("a directory of the tree can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        for name in names {
            let path = format!("{prefix}{name}");
            let place = directory.join(&name);
            if place.is_dir() {
                let is_generated =
                    name == "target" || ["fuzz/corpus", "fuzz/artifacts"].contains(&path.as_str());
                if !is_generated && name != ".git" {
                    self.walk(&place, &format!("{path}/"));
                }
            } else {
                self.keep(path, &place);
            }
        }
    }

    fn keep(&mut self, path: String, place: &Path) {
        let extension = place.extension().map(|extension| extension.to_string_lossy().into_owned());
        let Some(extension) = extension else { return };
        if !["rs", "snap", "md", "toml", "sh"].contains(&extension.as_str()) {
            return;
        }
        let text = fs::read_to_string(place).unwrap_or_else(|error| panic!("{path}: {error}"));
        match extension.as_str() {
            "rs" => self.rust.push(File { path, text }),
            "snap" => self.snapshots.push(File { path, text }),
            "md" => self.documents.push(File { path, text }),
            _ => {
                self.others.insert(path, text);
            }
        }
    }
}
