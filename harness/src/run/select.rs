//! Which pairs of spec and system a run is about.

use crate::run::Glob;
use crate::spec::Spec;
use crate::subject::Subject;
use crate::verdict::Level;

/// What was asked for; nothing asked for is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Specs to run; all of them if there is no pattern.
    pub run: Vec<Glob>,
    /// Specs to leave out, whatever `run` says.
    pub skip: Vec<Glob>,
    /// Systems to run them on; all of them if there is no pattern.
    pub systems: Vec<Glob>,
    /// The weakest level to run; those above it run too.
    pub level: Option<Level>,
}

/// A pattern that means nothing that exists, which is more likely a slip than a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// What it should have matched.
    pub sort: UnmatchedSort,
    /// The pattern.
    pub pattern: String,
}

/// What a pattern should have matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnmatchedSort {
    /// A spec to run.
    Run,
    /// A spec to leave out.
    Skip,
    /// A system.
    System,
}

impl Selection {
    /// The first pattern that matches none of these ids.
    ///
    /// It is asked of everything there is, not of what is left by the other patterns, so that the answer names the slip.
    pub fn unmatched(&self, specs: &[&str], systems: &[&str]) -> Option<Unmatched> {
        let sorts = [
            (UnmatchedSort::Run, &self.run, specs),
            (UnmatchedSort::Skip, &self.skip, specs),
            (UnmatchedSort::System, &self.systems, systems),
        ];
        sorts.into_iter().find_map(|(sort, globs, ids)| {
            let glob = globs.iter().find(|glob| !ids.iter().any(|id| glob.matches(id)))?;
            Some(Unmatched { sort, pattern: glob.to_string() })
        })
    }

    /// Whether the spec is asked for on some system.
    pub fn takes_spec(&self, spec: &Spec) -> bool {
        let strongest = spec.level.min(spec.level_elsewhere);
        self.takes_id(spec.id) && self.takes_level(strongest)
    }

    /// Whether the system is asked for.
    pub fn takes_system(&self, id: &str) -> bool {
        self.systems.is_empty() || self.systems.iter().any(|glob| glob.matches(id))
    }

    /// Whether the pair is asked for: the level that counts is the one that binds this subject.
    pub fn takes(&self, spec: &Spec, subject: &Subject) -> bool {
        self.takes_id(spec.id) && self.takes_system(&subject.id) && self.takes_level(spec.level_for(subject))
    }

    fn takes_id(&self, id: &str) -> bool {
        let wanted = self.run.is_empty() || self.run.iter().any(|glob| glob.matches(id));
        wanted && !self.skip.iter().any(|glob| glob.matches(id))
    }

    fn takes_level(&self, level: Level) -> bool {
        self.level.is_none_or(|weakest| level <= weakest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Selection, UnmatchedSort};
    use crate::run::Glob;
    use crate::spec::{Needs, Spec};
    use crate::subject::Subject;
    use crate::verdict::{Level, Verdict};

    fn spec(id: &'static str, level: Level, level_elsewhere: Level) -> Spec {
        Spec {
            id,
            level,
            level_elsewhere,
            rule: "",
            clause: "",
            needs: Needs::STREAM,
            kills: &[],
            experiments: |_, _| Vec::new(),
            judge: |_, _, _| Verdict::Pass,
        }
    }

    fn globs(patterns: &[&str]) -> Vec<Glob> {
        patterns.iter().map(|pattern| pattern.parse().unwrap()).collect()
    }

    #[test]
    fn skip_wins_over_run() {
        let selection =
            Selection { run: globs(&["tcp/*"]), skip: globs(&["**/nagle"]), ..Selection::default() };
        let subject = Subject::stream("pipe");
        assert!(selection.takes(&spec("tcp/refused", Level::Must, Level::Must), &subject));
        assert!(!selection.takes(&spec("tcp/nagle", Level::Must, Level::Must), &subject));
        assert!(!selection.takes(&spec("udp/empty", Level::Must, Level::Must), &subject));
    }

    #[test]
    fn the_level_that_counts_is_the_one_that_binds_the_subject() {
        let selection = Selection { level: Some(Level::Must), ..Selection::default() };
        let spec = spec("stream/x", Level::Must, Level::Should);
        let user = Subject::stream("user");
        let kernel = Subject { is_kernel: true, ..Subject::stream("kernel") };
        assert!(selection.takes(&spec, &kernel));
        assert!(!selection.takes(&spec, &user));
        assert!(selection.takes_spec(&spec));
    }

    #[test]
    fn a_level_takes_those_above_it() {
        let subject = Subject::stream("pipe");
        for (weakest, taken) in [
            (Level::Must, [true, false, false]),
            (Level::Should, [true, true, false]),
            (Level::May, [true; 3]),
        ] {
            let selection = Selection { level: Some(weakest), ..Selection::default() };
            let seen = [Level::Must, Level::Should, Level::May]
                .map(|level| selection.takes(&spec("a/b", level, level), &subject));
            assert_eq!(seen, taken);
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_named() {
        let specs = ["tcp/nagle", "udp/empty"];
        let selection = Selection {
            run: globs(&["tcp/*"]),
            skip: globs(&["tcp/nagel"]),
            systems: globs(&["quic"]),
            level: None,
        };
        let unmatched = selection.unmatched(&specs, &["tcp-v4"]).unwrap();
        assert_eq!((unmatched.sort, unmatched.pattern.as_str()), (UnmatchedSort::Skip, "tcp/nagel"));
        let selection = Selection { skip: Vec::new(), ..selection };
        let unmatched = selection.unmatched(&specs, &["tcp-v4"]).unwrap();
        assert_eq!((unmatched.sort, unmatched.pattern.as_str()), (UnmatchedSort::System, "quic"));
        assert_eq!(selection.unmatched(&specs, &["quic"]), None);
        assert_eq!(Selection::default().unmatched(&[], &[]), None);
    }
}
