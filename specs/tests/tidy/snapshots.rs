//! Every accepted snapshot belongs to an assertion that is still there.
//!
//! Why not `cargo insta test --unreferenced=reject`: this needs no tool that is not there already, and no second run of the tests.

use crate::tree::File;

/// Complains of snapshots that no test can refer to.
pub(crate) fn check(snapshots: &[File], sources: &[File]) -> Vec<String> {
    snapshots.iter().filter_map(|snapshot| orphan(snapshot, sources)).collect()
}

fn orphan(snapshot: &File, sources: &[File]) -> Option<String> {
    let path = &snapshot.path;
    let Some(source) = snapshot.text.lines().find_map(|line| line.strip_prefix("source: ")) else {
        return Some(format!("{path}: it does not say which source it belongs to"));
    };
    let source = source.trim().trim_matches('"');
    let Some(file) = sources.iter().find(|file| file.path == source) else {
        return Some(format!("{path}: its source {source} is gone"));
    };
    let (directory, _) = source.rsplit_once('/').unwrap_or_default();
    if !path.starts_with(&format!("{directory}/snapshots/")) {
        return Some(format!("{path}: it does not lie beside its source {source}"));
    }
    let name = name_of(path);
    let given = format!("\"{name}\"");
    let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
    let functions = [format!("fn {unnumbered}("), format!("fn test_{unnumbered}(")];
    let is_referenced = file.text.contains(&given) || functions.iter().any(|name| file.text.contains(name));
    (!is_referenced).then(|| format!("{path}: nothing in {source} refers to it"))
}

/// The name that the assertion gave: behind the module's path, before a suffix.
fn name_of(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".snap");
    let name = file.rsplit("__").next().unwrap_or(file);
    name.split('@').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::File;

    fn complaints(path: &str, source: &str) -> usize {
        let snapshot = File::planted(path, &format!("---\nsource: {source}\nexpression: x\n---\nx\n"));
        let text = "fn kills() { insta::assert_snapshot!(\"matrix\", x); }\nfn test_list() {}";
        check(&[snapshot], &[File::planted("specs/tests/mutants.rs", text)]).len()
    }

    #[test]
    fn snapshots_that_are_referred_to_are_left_alone() {
        for name in ["mutants__matrix", "mutants__matrix@small", "mutants__kills-2", "a__b__list"] {
            let path = format!("specs/tests/snapshots/{name}.snap");
            assert_eq!(complaints(&path, "specs/tests/mutants.rs"), 0, "{name}");
        }
    }

    #[test]
    fn planted_orphans_are_seen() {
        let source = "specs/tests/mutants.rs";
        assert_eq!(complaints("specs/tests/snapshots/mutants__gone.snap", source), 1);
        assert_eq!(complaints("specs/tests/snapshots/mutants__matrix.snap", "specs/tests/gone.rs"), 1);
        assert_eq!(complaints("harness/src/snapshots/mutants__matrix.snap", source), 1);
        assert_eq!(check(&[File::planted("a.snap", "no header")], &[]).len(), 1);
    }
}
