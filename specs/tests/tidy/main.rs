//! The tree keeps its own rules: which room may use what, one list of each thing, nothing left lying about.
//!
//! Each checker is a pure function from text to complaints, and has canaries: planted bad text of which it must complain.
//! All complaints are listed at once, so that one run is enough to put everything right.

mod catalogue;
mod code;
mod documents;
mod files;
mod rooms;
mod snapshots;
mod tree;

use tree::Tree;

#[test]
fn the_tree_is_tidy() {
    let tree = Tree::read();
    assert!(tree.rust.len() > 30, "the walk found {} Rust files, which cannot be all", tree.rust.len());

    let mut complaints = Vec::new();
    for file in &tree.rust {
        complaints.extend(rooms::check(file));
        complaints.extend(files::check(file));
    }
    complaints.extend(catalogue::check_specs(&catalogue::shipped(), &catalogue::faults()));
    complaints.extend(catalogue::check_files(&tree.rust, &catalogue::shipped()));
    complaints.extend(snapshots::check(&tree.snapshots, &tree.rust));
    complaints.extend(documents::check_manifest(tree.text("Cargo.toml")));
    let alone = "ci/dashboard/Cargo.toml";
    complaints.extend(documents::check_alone(alone, tree.text(alone)));
    complaints.extend(documents::check_map(tree.text("ARCHITECTURE.md"), tree.text("harness/src/lib.rs")));
    complaints.extend(documents::check_commands(tree.text("README.md"), tree.text("ci/check.sh")));
    complaints.extend(documents::check_examples(&tree.documents, &tree.rust));
    complaints.extend(documents::check_links(&tree.documents, &tree));

    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
