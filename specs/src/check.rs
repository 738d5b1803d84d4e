//! A check of one system against the catalogue, built step by step: what each of the front doors returns.

use std::env;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sockspec_harness::fault;
use sockspec_harness::run::{
    Existing, Glob, KnownFailings, Pair, Report, Selection, Settings, forgive, replay, run,
};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Guarantees, Subject};
use sockspec_harness::system::System;
use sockspec_harness::token::Token;
use sockspec_harness::verdict::Level;

use crate::catalogue;

/// What is added to the name of a codec that is driven inside `Framed` over loopback TCP.
pub(crate) const TCP: &str = "-tcp";

/// A check in the making: what is known of the system, and what is asked of the run.
///
/// The environment can add to it, so that a failing test is repeated without being edited:
/// `SOCKSPEC_SEED` and `SOCKSPEC_TIMEOUT` stand in for what the check does not say itself, `SOCKSPEC_RUN` narrows the specs
/// (several patterns, separated by commas), and `SOCKSPEC_REPLAY` repeats one case of the system that its token names.
#[must_use = "a check does nothing until it is run"]
pub struct Check {
    subject: Subject,
    systems: Box<dyn FnOnce(Subject) -> Vec<Arc<dyn System>>>,
    selection: Selection,
    settings: Settings,
    seed: Option<u64>,
    patience: Option<Duration>,
    known: KnownFailings,
    token: Option<Token>,
    is_strict: bool,
}

impl Check {
    /// Nothing is asked for yet; `systems` makes the systems once everything is known of the subject.
    pub(crate) fn new(
        subject: Subject,
        systems: impl FnOnce(Subject) -> Vec<Arc<dyn System>> + 'static,
    ) -> Check {
        Check {
            subject,
            systems: Box::new(systems),
            selection: Selection::default(),
            settings: Settings { cell_time: CELL_TIME, ..Settings::default() },
            seed: None,
            patience: None,
            known: KnownFailings::default(),
            token: None,
            is_strict: false,
        }
    }

    /// Declares that the system lacks a capability: the specs that need it are skipped.
    pub fn without(mut self, capability: Capability) -> Check {
        self.subject = self.subject.without(capability);
        self
    }

    /// Declares that the system has a capability which is not assumed of every system of its kind.
    pub fn with(mut self, capability: Capability) -> Check {
        self.subject = self.subject.with([capability]);
        self
    }

    /// Declares that something cannot be known of the system: the specs that rest on it are skipped.
    ///
    /// A codec that hands its work to another thread gives no evidence of allocations and of processor time.
    pub fn without_evidence(mut self, evidence: EvidenceKind) -> Check {
        self.subject = self.subject.unseen(evidence);
        self
    }

    /// Says what the system promises, where it is not what every system of its kind promises.
    pub fn guarantees(mut self, guarantees: Guarantees) -> Check {
        self.subject.guarantees = guarantees;
        self
    }

    /// All choice comes from this seed; the default is a fixed constant.
    pub fn seed(mut self, seed: u64) -> Check {
        self.seed = Some(seed);
        self
    }

    /// Runs only the specs that match a pattern like `stream/*`; several calls add up.
    ///
    /// # Panics
    /// If the pattern is malformed.
    #[track_caller]
    pub fn only(mut self, pattern: &str) -> Check {
        self.selection.run.push(glob(pattern));
        self
    }

    /// Leaves out the specs that match a pattern; several calls add up.
    ///
    /// # Panics
    /// If the pattern is malformed.
    #[track_caller]
    pub fn skip(mut self, pattern: &str) -> Check {
        self.selection.skip.push(glob(pattern));
        self
    }

    /// Runs only the specs of this level and those above it.
    pub fn level(mut self, level: Level) -> Check {
        self.selection.level = Some(level);
        self
    }

    /// How long one wait may last before it counts as silence; 2 s if not said.
    pub fn timeout(mut self, patience: Duration) -> Check {
        self.patience = Some(patience);
        self
    }

    /// On how many threads specs run at once; as many as the machine has cores if not said.
    pub fn jobs(mut self, jobs: NonZeroUsize) -> Check {
        self.settings.jobs = jobs;
        self
    }

    /// Expects a spec to fail, for a reason; when it passes, the expectation is stale, and that is a failure.
    pub fn known_failing(mut self, id: &str, reason: &str) -> Check {
        self.known.add(id, reason);
        self
    }

    /// Runs only the case of a replay token.
    ///
    /// # Panics
    /// If the token is malformed.
    #[track_caller]
    pub fn replay(mut self, token: &str) -> Check {
        self.token = Some(parse_token(token));
        self
    }

    /// Makes warnings and inconclusive rows failures, too.
    pub fn strict(mut self) -> Check {
        self.is_strict = true;
        self
    }

    /// The check of one spec alone; `None` if the environment asks for a replay of something else.
    pub(crate) fn of_one_spec(self, id: &str) -> Option<Check> {
        if let Some(token) = variable("SOCKSPEC_REPLAY") {
            let token = parse_token(&token);
            let name = &self.subject.id;
            let is_ours =
                token.system.strip_prefix(name.as_str()).is_some_and(|rest| ["", TCP].contains(&rest));
            if token.spec != id || !is_ours {
                return None;
            }
        }
        Some(self.only(id))
    }

    /// Runs the check; it blocks, inside a runtime or outside.
    ///
    /// # Panics
    /// If a pattern given to [`only`](Check::only) or a replayed spec does not exist, if a replay token was made with another layout,
    /// or if an environment variable is malformed.
    #[track_caller]
    pub fn run(mut self) -> Report {
        self.heed_environment();
        let ids: Vec<&str> = catalogue::specs().map(|spec| spec.id).collect();
        if let Some(slip) = self.selection.unmatched(&ids, &[]) {
            panic!("no spec matches `{}`; `sockspec list` shows what there is", slip.pattern);
        }
        let systems = (self.systems)(self.subject);
        let interrupt = Arc::new(AtomicBool::new(false));
        let named: Vec<String> = systems.iter().map(|system| system.subject().id.clone()).collect();
        let token = self.token.or_else(|| {
            let token = variable("SOCKSPEC_REPLAY").map(|token| parse_token(&token));
            token.filter(|token| named.contains(&token.system))
        });
        let mut report = match token {
            Some(token) => {
                let spec = catalogue::find(&token.spec).unwrap_or_else(|| {
                    panic!("the replay token names the spec {}, which does not exist", token.spec)
                });
                let system = systems.into_iter().find(|system| system.subject().id == token.system);
                let system = system.unwrap_or_else(|| {
                    panic!(
                        "the replay token names the system {}; this check has {}",
                        token.system,
                        named.join(" and ")
                    )
                });
                if let Some(difference) = token.differing_layout(system.subject()) {
                    panic!("{difference}: replay it with that layout");
                }
                replay(Pair { spec, system }, Experiment { plans: token.plans }, &self.settings, &interrupt)
            }
            None => {
                let pairs = systems.iter().flat_map(|system| {
                    let subject = system.subject();
                    let concerned = catalogue::specs().filter(|spec| spec.needs.concern(subject));
                    let taken = concerned.filter(|spec| self.selection.takes(spec, subject));
                    taken.map(|spec| Pair { spec, system: Arc::clone(system) }).collect::<Vec<_>>()
                });
                let mut pairs: Vec<Pair> = pairs.collect();
                // Of specs that would wait in vain, only the first few are pursued: let them be those that are about it.
                pairs.sort_by_key(|pair| !is_about_waiting(pair.spec));
                run(pairs, &self.settings, &interrupt, &mut |_| ())
            }
        };
        let exists = Existing {
            specs: ids.into_iter().collect(),
            systems: named.iter().map(String::as_str).collect(),
        };
        forgive(&mut report, &self.known, &KnownFailings::default(), &exists);
        report.is_strict = self.is_strict;
        report
    }

    /// Takes what the environment says, where the check itself says nothing.
    #[track_caller]
    fn heed_environment(&mut self) {
        let seed = self.seed.or_else(|| variable("SOCKSPEC_SEED").map(|word| number("SOCKSPEC_SEED", &word)));
        self.settings.seed = seed.unwrap_or(self.settings.seed);
        let patience = self.patience.or_else(|| {
            let word = variable("SOCKSPEC_TIMEOUT")?;
            let parsed = sockspec_harness::run::parse_duration(&word);
            Some(parsed.unwrap_or_else(|| panic!("SOCKSPEC_TIMEOUT is {word}, not a time like 500ms or 2s")))
        });
        self.settings.patience = patience.unwrap_or(self.settings.patience);
        if let Some(patterns) = variable("SOCKSPEC_RUN") {
            // They narrow what the check asks for: a spec must match both.
            let patterns: Vec<Glob> = patterns.split(',').map(|pattern| glob(pattern.trim())).collect();
            let asked = self.selection.clone();
            self.selection.run = catalogue::specs()
                .filter(|spec| asked.takes_spec(spec) && patterns.iter().any(|glob| glob.matches(spec.id)))
                .map(|spec| glob(spec.id))
                .collect();
            if self.selection.run.is_empty() {
                self.selection.skip = vec![glob("**")];
            }
        }
    }
}

/// Whether a spec is about waiting: it claims to catch a fault that is noticed by a wait which comes to nothing.
fn is_about_waiting(spec: &Spec) -> bool {
    spec.kills.iter().filter_map(|id| fault::find(id)).any(|fault| fault.is_waited_for)
}

/// How long the cases of one spec may take together: a fast system needs a tenth of it, a slow one is judged by what it managed.
const CELL_TIME: Duration = Duration::from_secs(5);

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|word| !word.is_empty())
}

#[track_caller]
fn number(name: &str, word: &str) -> u64 {
    word.parse().unwrap_or_else(|_| panic!("{name} is {word}, not a whole number"))
}

#[track_caller]
fn glob(pattern: &str) -> Glob {
    pattern.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn parse_token(token: &str) -> Token {
    token.parse().unwrap_or_else(|error| panic!("the replay token is malformed: {error}"))
}
