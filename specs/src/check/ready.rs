//! A check that is ready to begin: it is run, replayed or fuzzed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sockspec_harness::fault;
use sockspec_harness::run::{
    Bounds, CampaignEvent, Existing, KnownFailings, Pair, Report, Selection, Settings, campaign, forgive,
    forgive_found, replay, run,
};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::system::System;
use sockspec_harness::token::Token;

use crate::catalogue;
use crate::fuzz::{Corpus, entrants};

/// A check with its systems made and the environment heeded.
pub(super) struct Ready {
    pub(super) systems: Vec<Arc<dyn System>>,
    pub(super) selection: Selection,
    pub(super) settings: Settings,
    pub(super) known: KnownFailings,
    pub(super) token: Option<Token>,
    pub(super) corpus: Option<PathBuf>,
    pub(super) is_strict: bool,
}

impl Ready {
    /// Runs what is selected, or replays the token.
    #[track_caller]
    pub(super) fn run(mut self) -> Report {
        let mut report = match self.token.take() {
            Some(token) => self.replay(token),
            None => run(self.pairs(), &self.settings, &never(), &mut |_| ()),
        };
        forgive(&mut report, &self.known, &KnownFailings::default(), &self.existing());
        report.is_strict = self.is_strict;
        report
    }

    /// Fuzzes the systems, or replays the token.
    #[track_caller]
    pub(super) fn fuzz(self, bounds: Bounds) -> Report {
        if self.token.is_some() {
            return self.run();
        }
        // Without closures, whose panics would be at their own line.
        let mut corpus = None;
        if let Some(folder) = &self.corpus {
            corpus = Some(open(folder));
        }
        let entrants = match entrants(&self.systems, &self.selection, corpus.as_mut()) {
            Ok(entrants) => entrants,
            Err(error) => panic!("the corpus cannot be read: {error}"),
        };
        let mut unwritten = None;
        let interrupt = never();
        let mut done = campaign(entrants, bounds, &self.settings, &interrupt, &mut |event| {
            if let CampaignEvent::Kept { kind, plan } = event
                && let Some(corpus) = &mut corpus
                && let Err(error) = corpus.keep(kind, &plan)
            {
                unwritten = Some(error);
            }
        });
        if let Some(error) = unwritten {
            panic!("a plan could not be written to the corpus: {error}");
        }
        forgive_found(&mut done, &self.known, &KnownFailings::default(), &self.existing());
        done.report.is_strict = self.is_strict;
        done.report
    }

    /// What the list of known failures may name.
    fn existing(&self) -> Existing<'_> {
        Existing {
            specs: catalogue::specs().map(|spec| spec.id).collect(),
            systems: self.systems.iter().map(|system| system.subject().id.as_str()).collect(),
        }
    }

    fn pairs(&self) -> Vec<Pair> {
        let of_system = |system: &Arc<dyn System>| {
            let subject = system.subject();
            let concerned = catalogue::specs().filter(|spec| spec.needs.concern(subject));
            let taken = concerned.filter(|spec| self.selection.takes(spec, subject));
            taken.map(|spec| Pair { spec, system: Arc::clone(system) }).collect::<Vec<_>>()
        };
        let mut pairs: Vec<Pair> = self.systems.iter().flat_map(of_system).collect();
        // Of specs that would wait in vain, only the first few are pursued: let them be those that are about it.
        pairs.sort_by_key(|pair| !is_about_waiting(pair.spec));
        pairs
    }

    #[track_caller]
    fn replay(&self, token: Token) -> Report {
        let Some(spec) = catalogue::find(&token.spec) else {
            panic!("the replay token names the spec {}, which does not exist", token.spec)
        };
        let Some(system) = self.systems.iter().find(|system| system.subject().id == token.system) else {
            let named: Vec<&str> = self.systems.iter().map(|system| system.subject().id.as_str()).collect();
            panic!(
                "the replay token names the system {}; this check has {}",
                token.system,
                named.join(" and ")
            )
        };
        if let Some(difference) = token.differing_layout(system.subject()) {
            panic!("{difference}: replay it with that layout");
        }
        let pair = Pair { spec, system: Arc::clone(system) };
        replay(pair, Experiment::together(token.plans), &self.settings, &never())
    }
}

/// Whether a spec is about waiting: it claims to catch a fault that is noticed by a wait which comes to nothing.
fn is_about_waiting(spec: &Spec) -> bool {
    spec.kills.iter().filter_map(|id| fault::find(id)).any(|fault| fault.is_waited_for)
}

/// Nobody interrupts a check: it ends by itself.
fn never() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

#[track_caller]
fn open(folder: &Path) -> Corpus {
    match Corpus::open(folder) {
        Ok(corpus) => corpus,
        Err(error) => {
            panic!("the corpus {} cannot be opened for reading and writing: {error}", folder.display())
        }
    }
}
