//! The threads of a campaign: searches go round, a slice at a time, and a watchdog looks after foreign calls.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::search::{Came, Search};
use super::{Bounds, Campaign, CampaignEvent, Entrant, Tally, concluded};
use crate::drive::{silence_panics, words_of};
use crate::run::blank::blank_row;
use crate::run::cell::{Pair, depart, hung};
use crate::run::engine::{LOOK, STACK, lock};
use crate::run::lab::{Bench, Lab, Progress};
use crate::run::row::{Row, VerdictWord};
use crate::run::settings::Settings;
use crate::run::vain::{Pursuit, repeats};
use crate::run::watch::{Watch, Watched};
use crate::spec::Experiment;
use crate::verdict::FailureKind;

/// How long a search has a thread before the next one's turn comes: long beside a plan, short beside a campaign.
const SLICE: Duration = Duration::from_millis(100);

/// Searches every entrant in turn until the bounds are reached, tells `on_event` what happens, and returns what came of it.
///
/// It blocks, and works inside and outside a tokio runtime.
/// Setting `interrupt` ends it soon, with what was found until then.
///
/// # Panics
/// If a spec or the harness itself panics: that is a bug of ours.
pub fn campaign(
    entrants: Vec<Entrant>,
    bounds: Bounds,
    settings: &Settings,
    interrupt: &Arc<AtomicBool>,
    on_event: &mut dyn FnMut(CampaignEvent),
) -> Campaign {
    let began = Instant::now();
    let entrants: Vec<Arc<Entrant>> = entrants.into_iter().map(Arc::new).collect();
    let mut tallies: Vec<Tally> = entrants.iter().map(|_| Tally::default()).collect();
    let mut queue = VecDeque::new();
    for (index, entrant) in entrants.iter().enumerate() {
        match entrant.system.unavailable() {
            Some(reason) => tallies[index].obstacle = Some((VerdictWord::Skipped, reason)),
            None => queue.push_back(Search::new(index, Arc::clone(entrant), settings.seed)),
        }
    }
    let (sender, messages) = mpsc::channel();
    let jobs = settings.jobs.get().min(queue.len());
    let shared = Arc::new(Shared {
        queue: Mutex::new(queue),
        bounds,
        until: bounds.time.map(|time| began + time),
        settings: settings.clone(),
        interrupt: Arc::clone(interrupt),
    });
    let workers = BTreeMap::new();
    let mut foreman =
        Foreman { shared, sender, messages, workers, hired: 0, entrants: &entrants, tallies, on_event };
    foreman.work(jobs);
    let tallies = foreman.tallies;
    concluded(&entrants, tallies, settings, interrupt.load(Ordering::Relaxed), began.elapsed())
}

/// What foreman and workers share.
struct Shared {
    queue: Mutex<VecDeque<Search>>,
    bounds: Bounds,
    until: Option<Instant>,
    settings: Settings,
    interrupt: Arc<AtomicBool>,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) || self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// What workers tell the foreman, each with the number of the worker and that of the search.
enum Message {
    Came(usize, usize, Came),
    Went { worker: usize, search: usize, cases: u64 },
    Left(usize),
    Panicked(String),
}

/// The thread that watches and collects.
struct Foreman<'a> {
    shared: Arc<Shared>,
    sender: Sender<Message>,
    messages: Receiver<Message>,
    workers: BTreeMap<usize, (Arc<Watched>, Watch)>,
    hired: usize,
    entrants: &'a [Arc<Entrant>],
    tallies: Vec<Tally>,
    on_event: &'a mut dyn FnMut(CampaignEvent),
}

impl Foreman<'_> {
    fn work(&mut self, jobs: usize) {
        for _ in 0..jobs {
            self.hire();
        }
        let mut is_interrupting = false;
        while !self.workers.is_empty() {
            match self.messages.recv_timeout(LOOK) {
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => self.look_after_workers(),
                Err(RecvTimeoutError::Disconnected) => unreachable!("the foreman holds a sender itself"),
            }
            if self.shared.interrupt.load(Ordering::Relaxed) && !is_interrupting {
                is_interrupting = true;
                (self.on_event)(CampaignEvent::Interrupting);
            }
        }
    }

    fn hire(&mut self) {
        let number = self.hired;
        self.hired += 1;
        let watched = Arc::new(Watched::default());
        let (shared, sender) = (Arc::clone(&self.shared), self.sender.clone());
        let on_thread = Arc::clone(&watched);
        let thread = thread::Builder::new().name(format!("sockspec fuzzer {number}")).stack_size(STACK);
        let started = thread.spawn(move || {
            silence_panics();
            on_thread.starts();
            let work = AssertUnwindSafe(|| labour(number, &shared, &on_thread, &sender));
            let farewell = match panic::catch_unwind(work) {
                Ok(()) => Message::Left(number),
                Err(payload) => Message::Panicked(words_of(&*payload)),
            };
            // Nobody listens any more if the foreman itself has panicked.
            let _ = sender.send(farewell);
        });
        if started.is_ok() {
            self.workers.insert(number, (watched, Watch::default()));
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Came(worker, search, came) if self.workers.contains_key(&worker) => {
                self.note(search, came);
            }
            Message::Went { worker, search, cases } if self.workers.contains_key(&worker) => {
                self.tallies[search].cases += cases;
                (self.on_event)(CampaignEvent::Went { cases, kept: 0 });
                self.look_after_workers();
            }
            Message::Left(worker) => {
                self.workers.remove(&worker);
            }
            Message::Panicked(words) => panic!("a bug of sockspec: {words}"),
            // A worker that was left behind came back after all: its system has been given up.
            Message::Came(..) | Message::Went { .. } => {}
        }
    }

    fn note(&mut self, search: usize, came: Came) {
        let tally = &mut self.tallies[search];
        match came {
            Came::New(plan) => {
                tally.kept += 1;
                let kind = self.entrants[search].system.subject().kind;
                (self.on_event)(CampaignEvent::Went { cases: 0, kept: 1 });
                (self.on_event)(CampaignEvent::Kept { kind, plan });
            }
            Came::Departed(row) => {
                (self.on_event)(CampaignEvent::Found(row.clone()));
                tally.findings.push(*row);
            }
            Came::Obstacle(reason) => tally.obstacle = Some((VerdictWord::Inconclusive, reason)),
            Came::Nothing | Came::Interrupted => {}
        }
    }

    /// Leaves behind every worker whose foreign call does not return; its search ends with that finding.
    fn look_after_workers(&mut self) {
        let patience = self.shared.settings.patience;
        let stuck: Vec<(usize, FailureKind)> = self
            .workers
            .iter_mut()
            .filter_map(|(number, (watched, watch))| Some((*number, watch.look(watched, patience)?)))
            .collect();
        for (number, kind) in stuck {
            let Some((watched, _)) = self.workers.remove(&number) else { continue };
            let Some((search, experiment)) = watched.current() else { continue };
            let entrant = Arc::clone(&self.entrants[search]);
            let row = self.hung_row(search, &entrant, experiment, kind);
            self.note(search, Came::Departed(Box::new(row)));
            self.note(search, Came::Obstacle("given up: a call of this system did not return".into()));
            let system = entrant.system.subject().id.clone();
            (self.on_event)(CampaignEvent::Abandoned { system });
            self.hire();
        }
    }

    fn hung_row(&self, search: usize, entrant: &Entrant, experiment: Experiment, kind: FailureKind) -> Row {
        let spec = entrant.judges.first().expect("an entrant has a judge");
        let mut row = blank_row(&Pair { spec, system: Arc::clone(&entrant.system) });
        (row.cases, row.segmentation) = (self.tallies[search].cases.max(1), None);
        depart(&mut row, entrant.system.subject(), experiment, hung(kind));
        row
    }
}

/// What a worker does until nothing is left to search or the campaign is over.
fn labour(number: usize, shared: &Shared, watched: &Arc<Watched>, sender: &Sender<Message>) {
    let tell = |message| {
        // The foreman is gone only when the process is going down.
        let _ = sender.send(message);
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let reason = format!("no runtime could be made: {error}");
            while let Some(search) = lock(&shared.queue).pop_front() {
                tell(Message::Came(number, search.index, Came::Obstacle(reason.clone())));
            }
            return;
        }
    };
    while !shared.is_over() {
        let Some(mut search) = lock(&shared.queue).pop_front() else { return };
        let progress = Turn { watched, index: search.index };
        let (settings, interrupt) = (&shared.settings, &*shared.interrupt);
        let bench = Bench {
            pursue: &|| Pursuit::Repeat(repeats(settings.patience)),
            settings,
            pulse: &watched.pulse,
            interrupt,
            progress: &progress,
        };
        let entrant = Arc::clone(&search.entrant);
        let lab = Lab { system: &*entrant.system, bench: &bench, runtime: &runtime, time: settings.patience };
        if turn(number, &mut search, &lab, shared, &tell) {
            lock(&shared.queue).push_back(search);
        }
    }
}

/// One turn of a search; whether it goes on.
fn turn(number: usize, search: &mut Search, lab: &Lab<'_>, shared: &Shared, tell: &dyn Fn(Message)) -> bool {
    let (began, cases) = (Instant::now(), search.cases);
    let mut goes_on = true;
    while goes_on && began.elapsed() < SLICE && !shared.is_over() {
        if shared.bounds.cases.is_some_and(|most| search.cases >= most) {
            goes_on = false;
            break;
        }
        let came = search.step(lab);
        goes_on = !matches!(came, Came::Obstacle(_) | Came::Interrupted);
        if !matches!(came, Came::Nothing) {
            tell(Message::Came(number, search.index, came));
        }
    }
    tell(Message::Went { worker: number, search: search.index, cases: search.cases - cases });
    goes_on
}

/// Shows the watchdog which plan of which search is under way.
struct Turn<'a> {
    watched: &'a Watched,
    index: usize,
}

impl Progress for Turn<'_> {
    fn begins(&self, experiment: &Experiment) {
        self.watched.begins(self.index, experiment);
    }
}
