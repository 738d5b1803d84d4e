//! What is said about the code still holds of it: the manifest's reasons, the map, the commands, the links.

use crate::tree::{File, Tree};

/// Complains of dependencies and members without a word on what they buy.
pub(crate) fn check_manifest(manifest: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut section = "";
    let mut before = "";
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            section = line;
        } else if let Some((name, value)) = line.split_once('=') {
            let is_member_of_ours = value.contains("path =");
            if section == "[workspace.dependencies]" && !is_member_of_ours && !before.starts_with('#') {
                let name = name.trim();
                complaints.push(format!("Cargo.toml:{}: {name} has no comment above it", index + 1));
            }
        } else if section == "[workspace]" && line.trim_start().starts_with('"') && !line.contains('#') {
            complaints.push(format!("Cargo.toml:{}: a member without its reason", index + 1));
        }
        before = line;
    }
    complaints
}

/// Complains of what a package that stands alone depends on of ours.
pub(crate) fn check_alone(path: &str, manifest: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut is_listing = false;
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            is_listing = line.contains("dependencies");
        }
        let is_ours = line.starts_with("sockspec") || line.contains("path =");
        if is_listing && (is_ours || line.starts_with("[") && line.contains("sockspec")) {
            complaints
                .push(format!("{path}:{}: it stands alone, and depends on a package of ours", index + 1));
        }
    }
    complaints
}

/// Complains of modules of the harness that the architecture does not name.
pub(crate) fn check_map(architecture: &str, library: &str) -> Vec<String> {
    let modules = library
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let missing = modules.filter(|module| !architecture.contains(&format!("`{module}`")));
    missing.map(|module| format!("ARCHITECTURE.md: it does not name `{module}` of the harness")).collect()
}

/// The two commands that a newcomer types.
const COMMANDS: [&str; 2] = ["cargo test --workspace", "cargo run --release -- run"];

/// Complains if the commands of the README are not the ones that CI runs.
pub(crate) fn check_commands(readme: &str, stages: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for command in COMMANDS {
        for (path, text) in [("README.md", readme), ("ci/check.sh", stages)] {
            if !text.lines().any(|line| line.trim().trim_start_matches("$ ") == command) {
                complaints.push(format!("{path}: no line says `{command}`"));
            }
        }
    }
    complaints
}

/// Where the examples of the documents are compiled and run.
const EXAMPLES: &str = "specs/tests/documented/";

/// Complains of examples in documents that are not compiled and run, word for word.
pub(crate) fn check_examples(documents: &[File], sources: &[File]) -> Vec<String> {
    let examples: Vec<&File> = sources
        .iter()
        .filter(|file| file.path.starts_with(EXAMPLES) && !file.path.ends_with("/main.rs"))
        .collect();
    let mut complaints = Vec::new();
    for document in documents {
        for block in blocks(&document.text) {
            if !examples.iter().any(|example| example.text.trim() == block.trim()) {
                let first = block.lines().next().unwrap_or_default();
                complaints.push(format!("{}: no file of {EXAMPLES} is the block `{first}`", document.path));
            }
        }
    }
    for example in examples {
        let is_shown =
            |document: &File| blocks(&document.text).any(|block| block.trim() == example.text.trim());
        if !documents.iter().any(is_shown) {
            complaints.push(format!("{}: no document shows it", example.path));
        }
    }
    complaints
}

/// The blocks of Rust in a document.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next())
}

/// Complains of links between documents that lead nowhere.
pub(crate) fn check_links(documents: &[File], tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for document in documents {
        let directory = document.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        for link in links(&document.text) {
            if !tree.has(&format!("{directory}/{link}")) && !tree.has(link) {
                complaints.push(format!("{}: the link {link} leads nowhere", document.path));
            }
        }
    }
    complaints
}

/// The targets of links that lead to files.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.map(|target| target.split('#').next().unwrap_or(target))
}

#[cfg(test)]
mod tests {
    use super::{check_alone, check_commands, check_examples, check_manifest, check_map, links};
    use crate::tree::File;

    #[test]
    fn a_planted_dependency_without_its_reason_is_seen() {
        let manifest = "[workspace]\nmembers = [\n    \"harness\", # the machine\n    \"specs\",\n]\n\
            [workspace.dependencies]\nours = { path = \"ours\" }\n# Sums.\ncrc = \"1\"\nmystery = \"2\"\n\
            [profile.release]\ndebug = true\n";
        assert_eq!(
            check_manifest(manifest),
            ["Cargo.toml:4: a member without its reason", "Cargo.toml:10: mystery has no comment above it"]
        );
    }

    #[test]
    fn a_planted_dependency_of_what_stands_alone_is_seen() {
        let manifest = "[package]\nname = \"sockspec-alone\"\n[dependencies]\nclap.workspace = true\n";
        assert!(check_alone("a", manifest).is_empty());
        for ours in ["sockspec.workspace = true", "x = { path = \"../x\" }", "[dev-dependencies.sockspec]"] {
            assert_eq!(check_alone("a", &format!("{manifest}{ours}\n")).len(), 1, "{ours}");
        }
    }

    #[test]
    fn a_planted_module_that_the_map_lacks_is_seen() {
        let library = "//! Map.\n/// Plans.\npub mod plan;\nmod token;\npub use plan::Plan;\n";
        assert_eq!(check_map("`plan` and token", library).len(), 1);
        assert!(check_map("`plan` and `token`", library).is_empty());
    }

    #[test]
    fn a_command_that_ci_does_not_run_is_seen() {
        let both = "$ cargo test --workspace\n  cargo run --release -- run\n";
        assert!(check_commands(both, both).is_empty());
        assert_eq!(check_commands(both, "cargo test --workspace --quiet").len(), 2);
    }

    #[test]
    fn an_example_that_is_not_run_is_seen() {
        let document =
            |block| [File::planted("README.md", &format!("Look:\n```rust\n{block}\n```\nThere.\n"))];
        let sources = [
            File::planted("specs/tests/documented/main.rs", "mod a;"),
            File::planted("specs/tests/documented/a.rs", "fn a() {}\n"),
        ];
        assert!(check_examples(&document("fn a() {}"), &sources).is_empty());
        assert_eq!(check_examples(&document("fn b() {}"), &sources).len(), 2);
    }

    #[test]
    fn links_to_files_are_found() {
        let text = "[a](b.md#c) [d](https://e) [f](#g) [h](i/j.rs)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["b.md", "i/j.rs"]);
    }
}
