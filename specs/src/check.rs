//! A check of one system against the catalogue, built step by step: what each of the front doors returns.

use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sockspec_harness::run::{
    Bounds, Glob, KnownFailings, Report, Selection, Settings, UnmatchedSort, parse_seed,
};
use sockspec_harness::subject::{Capability, EvidenceKind, Guarantees, Subject};
use sockspec_harness::system::System;
use sockspec_harness::token::Token;
use sockspec_harness::verdict::Level;

use self::ready::Ready;
use crate::catalogue;
use crate::token_file;

mod ready;

/// What is added to the name of a codec that is driven inside `Framed` over loopback TCP.
pub(crate) const TCP: &str = "-tcp";

/// A check in the making: what is known of the system, and what is asked of the run.
///
/// The environment can add to it, so that a failing test is repeated without being edited:
/// `SOCKSPEC_SEED` and `SOCKSPEC_TIMEOUT` stand in for what the check does not say itself, `SOCKSPEC_RUN` narrows the specs
/// (several patterns, separated by commas), and `SOCKSPEC_REPLAY` repeats one case of the system that its token names;
/// it is a token, or the name of a file that holds one.
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
    corpus: Option<PathBuf>,
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
            corpus: None,
            is_strict: false,
        }
    }

    /// Declares that the system lacks a capability: the specs that need it are skipped.
    pub fn without(mut self, capability: Capability) -> Check {
        self.subject = self.subject.without(capability);
        self
    }

    /// Declares that the system has a capability which is not assumed of every system of its kind.
    ///
    /// # Panics
    /// For [`Capability::Abort`]: there is no call by which an end of yours could be made to tear its connection down.
    #[track_caller]
    pub fn with(mut self, capability: Capability) -> Check {
        assert!(
            capability != Capability::Abort,
            "abort cannot be tried on ends of your own: no call of theirs does it"
        );
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

    /// Runs only on the systems whose names match a pattern; several calls add up.
    ///
    /// A codec is two systems: `NAME` is the codec called directly, `NAME-tcp` the same codec over loopback TCP.
    ///
    /// # Panics
    /// If the pattern is malformed; [`run`](Check::run) panics if it matches no system of the check.
    #[track_caller]
    pub fn on(mut self, pattern: &str) -> Check {
        self.selection.systems.push(glob(pattern));
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
            let token = token_of(&token);
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
    pub fn run(self) -> Report {
        self.ready().run()
    }

    /// Fuzzes the system for so long: plans are changed at random, and those whose traces show something new are changed further.
    ///
    /// What is found is held to the same proof as what [`run`](Check::run) finds, made as small as could be, and reported in the same way:
    /// a row for each spec whose oracle holds for any plan, with the first departure from it.
    /// It blocks, inside a runtime or outside, and takes as many threads as [`jobs`](Check::jobs) says.
    /// A token of what was found is replayed here as in a run, so `SOCKSPEC_REPLAY=TOKEN cargo test NAME` repeats it.
    ///
    /// ```
    /// # fn main() {
    /// use std::time::Duration;
    /// use sockspec::Layout;
    /// use tokio_util::codec::LengthDelimitedCodec;
    ///
    /// sockspec::framing("my-codec", Layout::u32_be(), LengthDelimitedCodec::new)
    ///     .known_failing("framing/end-after-header", "it takes an end behind a header for a clean one")
    ///     .fuzz(Duration::from_millis(200))
    ///     .assert_conformant();
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`run`](Check::run), and if the [`corpus`](Check::corpus) cannot be read or written.
    #[track_caller]
    pub fn fuzz(self, time: Duration) -> Report {
        assert!(!time.is_zero(), "a campaign wants some time, like Duration::from_secs(30)");
        self.ready().fuzz(Bounds { time: Some(time), cases: None })
    }

    /// As [`fuzz`](Check::fuzz), with so many plans on each system and without a clock: for a codec the same seed finds the same.
    ///
    /// # Panics
    /// As [`fuzz`](Check::fuzz).
    #[track_caller]
    pub fn fuzz_cases(self, cases: u64) -> Report {
        assert!(cases > 0, "a campaign wants some cases, like 10_000");
        self.ready().fuzz(Bounds { time: None, cases: Some(cases) })
    }

    /// Keeps what shows something new when it is [fuzzed](Check::fuzz) in a folder, and goes on from there the next time.
    ///
    /// The folder is made if it is not there. Its files are plans in the bytes that the fuzz targets take, in a folder for each kind of system.
    pub fn corpus(mut self, folder: impl Into<PathBuf>) -> Check {
        self.corpus = Some(folder.into());
        self
    }

    /// The check with all that is needed to begin.
    #[track_caller]
    fn ready(mut self) -> Ready {
        self.heed_environment();
        let ids: Vec<&str> = catalogue::specs().map(|spec| spec.id).collect();
        let systems = (self.systems)(self.subject);
        let named: Vec<&str> = systems.iter().map(|system| system.subject().id.as_str()).collect();
        if let Some(slip) = self.selection.unmatched(&ids, &named) {
            match slip.sort {
                UnmatchedSort::System => {
                    panic!(
                        "no system of this check matches `{}`; it has {}",
                        slip.pattern,
                        named.join(" and ")
                    )
                }
                _ => panic!("no spec matches `{}`; `sockspec list` shows what there is", slip.pattern),
            }
        }
        let mut token = self.token;
        if token.is_none()
            && let Some(word) = variable("SOCKSPEC_REPLAY")
        {
            token = Some(token_of(&word)).filter(|token| named.contains(&token.system.as_str()));
        }
        Ready {
            systems,
            selection: self.selection,
            settings: self.settings,
            known: self.known,
            token,
            corpus: self.corpus,
            is_strict: self.is_strict,
        }
    }

    /// Takes what the environment says, where the check itself says nothing.
    #[track_caller]
    fn heed_environment(&mut self) {
        if let Some(seed) = self.seed {
            self.settings.seed = seed;
        } else if let Some(word) = variable("SOCKSPEC_SEED") {
            match parse_seed(&word) {
                Some(seed) => self.settings.seed = seed,
                None => panic!("SOCKSPEC_SEED is {word}, neither a whole number nor `random`"),
            }
        }
        if let Some(patience) = self.patience {
            self.settings.patience = patience;
        } else if let Some(word) = variable("SOCKSPEC_TIMEOUT") {
            match sockspec_harness::run::parse_duration(&word) {
                Some(patience) => self.settings.patience = patience,
                None => panic!("SOCKSPEC_TIMEOUT is {word}, not a time like 500ms or 2s"),
            }
        }
        if let Some(patterns) = variable("SOCKSPEC_RUN") {
            // They narrow what the check asks for: a spec must match both.
            let mut narrower = Vec::new();
            for pattern in patterns.split(',') {
                narrower.push(glob(pattern.trim()));
            }
            if let Some(slip) =
                narrower.iter().find(|glob| !catalogue::specs().any(|spec| glob.matches(spec.id)))
            {
                panic!("SOCKSPEC_RUN: no spec matches `{slip}`; `sockspec list` shows what there is");
            }
            let asked = self.selection.clone();
            self.selection.run = catalogue::specs()
                .filter(|spec| asked.takes_spec(spec) && narrower.iter().any(|glob| glob.matches(spec.id)))
                .map(|spec| glob(spec.id))
                .collect();
            if self.selection.run.is_empty() {
                self.selection.skip = vec![glob("**")];
            }
        }
    }
}

/// How long the cases of one spec may take together: a fast system needs a tenth of it, a slow one is judged by what it managed.
const CELL_TIME: Duration = Duration::from_secs(5);

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|word| !word.is_empty())
}

#[track_caller]
fn glob(pattern: &str) -> Glob {
    match pattern.parse() {
        Ok(glob) => glob,
        Err(error) => panic!("{error}"),
    }
}

/// The token that a word is, or that stands in the file of that name.
#[track_caller]
fn token_of(word: &str) -> Token {
    let path = Path::new(word);
    if word.parse::<Token>().is_err() && path.is_file() {
        match token_file::read(path) {
            Ok(token) => return token,
            Err(error) => panic!("SOCKSPEC_REPLAY: {word}: {error}"),
        }
    }
    parse_token(word)
}

#[track_caller]
fn parse_token(token: &str) -> Token {
    match token.parse() {
        Ok(token) => token,
        Err(error) => panic!("the replay token is malformed: {error}"),
    }
}
