//! The exact versions of the packages that hang here, as the lock file has them.

/// The version of a package that this one depends on.
///
/// # Panics
/// If the lock file cannot be read, or this package does not depend on that one.
pub fn version(package: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    let lock = std::fs::read_to_string(path).expect("the workspace has a lock file");
    let this = block(&lock, env!("CARGO_PKG_NAME")).next().expect("the lock file knows its own packages");
    // An entry names a version only where the lock file has several of the package.
    let entry = this.lines().map(|line| line.trim().trim_matches([',', '"']));
    let mut entry = entry.map(|line| line.split_once(' ').unwrap_or((line, "")));
    // They are sorted: of two that this one depends on, the newer comes last.
    let named = entry.rfind(|(name, _)| *name == package);
    let (_, version) = named.unwrap_or_else(|| panic!("the gallery does not depend on {package}"));
    if !version.is_empty() {
        return version.to_owned();
    }
    let block = block(&lock, package).next().expect("what is depended on is locked");
    let version = block.lines().find_map(|line| line.strip_prefix("version = "));
    version.expect("every locked package has a version").trim_matches('"').to_owned()
}

/// The parts of the lock file that are about packages of that name.
fn block<'a>(lock: &'a str, package: &str) -> impl Iterator<Item = &'a str> {
    let name = format!("name = \"{package}\"");
    lock.split("[[package]]").filter(move |block| block.lines().any(|line| line == name))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_version_depended_on_is_told_from_others_that_are_locked() {
        // postcard brings an older cobs, tokio-netstring an older tokio-util.
        for (package, major) in [("cobs", "0.5."), ("tokio-util", "0.7."), ("thrift", "0.")] {
            assert!(version(package).starts_with(major), "{package} {}", version(package));
        }
    }

    #[test]
    #[should_panic(expected = "does not depend on")]
    fn a_package_that_is_not_depended_on_has_no_version() {
        version("serde_yaml");
    }
}
