//! The kill matrix as data: which spec caught which fault on which system.

use std::collections::BTreeSet;

use serde::Serialize;

/// Which faults were caught, and which were not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KillMatrix {
    /// One entry for each fault and system, sorted by both ids.
    pub matrix: Vec<Killed>,
    /// The faults that no spec caught on any system, sorted.
    pub survivors: Vec<String>,
    /// The specs that caught no fault at all, sorted.
    pub idle_specs: Vec<String>,
    /// Whether it could not be filled to the end for want of something of this machine: what, and what helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cannot_run: Option<String>,
}

/// One fault in one system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Killed {
    /// The fault's id.
    pub fault: String,
    /// The id of the system that it broke.
    pub system: String,
    /// The specs that caught it, sorted.
    pub killed_by: Vec<String>,
    /// The specs that were run on it and say that they catch it, sorted.
    pub declared_by: Vec<String>,
}

impl Killed {
    /// A fault of which nothing has been run yet.
    pub(super) fn by_nobody(fault: &str, system: &str) -> Killed {
        let (fault, system) = (fault.to_owned(), system.to_owned());
        Killed { fault, system, killed_by: Vec::new(), declared_by: Vec::new() }
    }
}

/// A spec that was to be run on a fault in a system, and was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) fault: &'static str,
    pub(super) system: String,
    pub(super) spec: &'static str,
}

/// A spec that says it catches a fault and does so on no system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EmptyClaim {
    /// The fault's id.
    pub fault: String,
    /// The spec's id.
    pub spec: String,
}

impl KillMatrix {
    /// Works out what survived and who idled, and sorts everything; `specs` are the specs that were run.
    pub fn of<'a>(
        entries: impl IntoIterator<Item = Killed>,
        specs: impl IntoIterator<Item = &'a str>,
    ) -> KillMatrix {
        let mut matrix: Vec<Killed> = entries.into_iter().collect();
        for entry in &mut matrix {
            entry.killed_by.sort();
            entry.declared_by.sort();
        }
        matrix.sort();
        let is_killed = |entry: &&Killed| !entry.killed_by.is_empty();
        let killed: BTreeSet<&str> =
            matrix.iter().filter(is_killed).map(|entry| entry.fault.as_str()).collect();
        let faults: BTreeSet<&str> = matrix.iter().map(|entry| entry.fault.as_str()).collect();
        let survivors = faults.difference(&killed).map(|fault| fault.to_string()).collect();
        let killers: BTreeSet<&str> =
            matrix.iter().flat_map(|entry| &entry.killed_by).map(String::as_str).collect();
        let specs: BTreeSet<&str> = specs.into_iter().collect();
        let idle_specs = specs.difference(&killers).map(|spec| spec.to_string()).collect();
        KillMatrix { matrix, survivors, idle_specs, cannot_run: None }
    }

    /// Leaves out what cannot be said, since so much was left to run: who was not tried has not survived, idled or claimed too much.
    pub(super) fn without(mut self, left: &[Left]) -> KillMatrix {
        let is_left =
            |fault: &str, spec: &str| left.iter().any(|left| left.fault == fault && left.spec == spec);
        self.survivors.retain(|fault| left.iter().all(|left| left.fault != fault));
        self.idle_specs.retain(|spec| left.iter().all(|left| left.spec != spec));
        for Killed { fault, killed_by, declared_by, .. } in &mut self.matrix {
            declared_by.retain(|spec| killed_by.contains(spec) || !is_left(fault, spec));
        }
        let has_run = |entry: &Killed| {
            !(entry.killed_by.is_empty() && entry.declared_by.is_empty())
                || left.iter().all(|left| (left.fault, &left.system) != (&entry.fault, &entry.system))
        };
        self.matrix.retain(has_run);
        self
    }

    /// What specs claim to catch and catch on none of the systems they were run on, sorted.
    pub fn empty_claims(&self) -> Vec<EmptyClaim> {
        let mut claimed = BTreeSet::new();
        let mut kept = BTreeSet::new();
        for Killed { fault, killed_by, declared_by, .. } in &self.matrix {
            claimed.extend(declared_by.iter().map(|spec| (fault, spec)));
            kept.extend(killed_by.iter().map(|spec| (fault, spec)));
        }
        claimed
            .difference(&kept)
            .map(|(fault, spec)| EmptyClaim { fault: fault.to_string(), spec: spec.to_string() })
            .collect()
    }

    /// Whether every fault was caught, every spec caught one, and every claim is true: what was not run says nothing of it.
    pub fn is_sound(&self) -> bool {
        self.survivors.is_empty() && self.idle_specs.is_empty() && self.empty_claims().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{EmptyClaim, KillMatrix, Killed, Left};

    fn killed(fault: &str, system: &str, killed_by: &[&str], declared_by: &[&str]) -> Killed {
        let owned = |ids: &[&str]| ids.iter().map(|id| id.to_string()).collect();
        Killed {
            fault: fault.into(),
            system: system.into(),
            killed_by: owned(killed_by),
            declared_by: owned(declared_by),
        }
    }

    #[test]
    fn what_survived_and_who_idled_is_worked_out() {
        let matrix = KillMatrix::of(
            [
                killed("drop", "tcp-v6", &[], &["b/b", "a/a"]),
                killed("drop", "tcp-v4", &["b/b", "a/a"], &["a/a"]),
                killed("flip", "tcp-v4", &[], &["a/a"]),
            ],
            ["a/a", "b/b", "c/c"],
        );
        assert_eq!(matrix.matrix[0], killed("drop", "tcp-v4", &["a/a", "b/b"], &["a/a"]));
        assert_eq!(matrix.survivors, ["flip"]);
        assert_eq!(matrix.idle_specs, ["c/c"]);
        assert_eq!(matrix.empty_claims(), [EmptyClaim { fault: "flip".into(), spec: "a/a".into() }]);
        assert!(!matrix.is_sound());
    }

    #[test]
    fn of_what_was_not_run_nothing_is_said() {
        let left = |fault, system: &str, spec| Left { fault, system: system.into(), spec };
        let entries = [
            killed("drop", "tcp-v4", &["a/a"], &["a/a", "b/b"]),
            killed("flip", "tcp-v4", &[], &["b/b"]),
            killed("flip", "tcp-v6", &[], &["b/b"]),
            killed("swap", "tcp-v4", &[], &["c/c"]),
        ];
        let left = [left("drop", "tcp-v4", "b/b"), left("flip", "tcp-v6", "b/b")];
        let matrix = KillMatrix::of(entries, ["a/a", "b/b", "c/c"]).without(&left);
        assert_eq!(matrix.survivors, ["swap"]);
        assert_eq!(matrix.idle_specs, ["c/c"]);
        assert_eq!(matrix.empty_claims(), [EmptyClaim { fault: "swap".into(), spec: "c/c".into() }]);
        let faults: Vec<&str> = matrix.matrix.iter().map(|entry| entry.fault.as_str()).collect();
        assert_eq!(faults, ["drop", "flip", "swap"]);
    }

    #[test]
    fn a_matrix_in_which_everything_is_caught_is_sound() {
        let matrix = KillMatrix::of([killed("drop", "tcp-v4", &["a/a"], &["a/a"])], ["a/a"]);
        assert!(matrix.is_sound());
    }
}
