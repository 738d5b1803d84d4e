//! The work of a campaign: searches go round among the workers of a crew, a slice at a time.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use litemap::LiteMap;

use super::search::{Came, Search};
use super::{Bounds, Campaign, CampaignEvent, Entrant, Tally, concluded};
use crate::drive::runtime;
use crate::run::blank::blank_row;
use crate::run::cell::Pair;
use crate::run::crew::{Crew, Desk, News, Stuck, lock};
use crate::run::hung::write_down;
use crate::run::lab::{Bench, Lab, Progress};
use crate::run::row::{Row, VerdictWord};
use crate::run::settings::Settings;
use crate::run::vain::{Pursuit, repeats};
use crate::run::watch::Watched;
use crate::spec::Experiment;

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
    let jobs = settings.jobs.get().min(queue.len());
    let shared = Arc::new(Shared {
        queue: Mutex::new(queue),
        bounds,
        until: bounds.time.map(|time| began + time),
        settings: settings.clone(),
        interrupt: Arc::clone(interrupt),
        cases: entrants.iter().map(|_| AtomicU64::new(0)).collect(),
    });
    let on_threads = Arc::clone(&shared);
    let crew = Crew::new(jobs, settings.patience, move |desk| labour(&on_threads, desk));
    let proved = LiteMap::new();
    let mut foreman = Foreman { shared, crew, entrants: &entrants, tallies, proved, on_event };
    let refusal = foreman.work();
    let tallies = foreman.tallies;
    let mut campaign =
        concluded(&entrants, tallies, settings, interrupt.load(Ordering::Relaxed), began.elapsed());
    campaign.report.cannot_run = campaign.report.cannot_run.or(refusal);
    campaign
}

/// What foreman and workers share.
struct Shared {
    queue: Mutex<VecDeque<Search>>,
    bounds: Bounds,
    until: Option<Instant>,
    settings: Settings,
    interrupt: Arc<AtomicBool>,
    /// How many plans of each entrant have been run, also in a slice that never ends.
    cases: Vec<AtomicU64>,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) || self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// What workers tell the foreman, each with the number of the search.
enum Word {
    Came(usize, Came),
    /// A departure that is about to be made smaller.
    Proved(usize, Box<Row>),
    Went {
        search: usize,
        cases: u64,
    },
}

/// The thread that collects.
struct Foreman<'a> {
    shared: Arc<Shared>,
    crew: Crew<Word>,
    entrants: &'a [Arc<Entrant>],
    tallies: Vec<Tally>,
    /// The departures that are being made smaller, by the search.
    proved: LiteMap<usize, Box<Row>>,
    on_event: &'a mut dyn FnMut(CampaignEvent),
}

impl Foreman<'_> {
    /// Collects until the campaign is over; if it ends before that for want of a thread, says so.
    fn work(&mut self) -> Option<String> {
        let mut is_interrupting = false;
        while let Some(news) = self.crew.next() {
            match news {
                News::Told(Word::Came(search, came)) => {
                    self.proved.remove(&search);
                    self.note(search, came);
                }
                News::Told(Word::Proved(search, row)) => drop(self.proved.insert(search, row)),
                News::Told(Word::Went { search, cases }) => {
                    self.tallies[search].cases += cases;
                    (self.on_event)(CampaignEvent::Went { cases, kept: 0 });
                }
                News::LeftBehind(stuck) => self.give_up(stuck),
                News::Quiet => {}
            }
            if self.shared.interrupt.load(Ordering::Relaxed) && !is_interrupting {
                is_interrupting = true;
                (self.on_event)(CampaignEvent::Interrupting);
            }
        }
        let refusal = self.crew.refusal().filter(|_| !self.shared.is_over())?;
        let left = mem::take(&mut *lock(&self.shared.queue));
        left.iter().for_each(|search| self.note(search.index, Came::Obstacle(refusal.clone())));
        (!left.is_empty()).then_some(refusal)
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

    /// Ends the search of a system whose foreign call did not return, with that finding.
    fn give_up(&mut self, stuck: Stuck) {
        let search = stuck.index;
        let entrant = Arc::clone(&self.entrants[search]);
        // The plan that hangs has been run as well.
        self.tallies[search].cases = self.shared.cases[search].load(Ordering::Relaxed) + 1;
        if let Some(row) = self.proved.remove(&search) {
            self.note(search, Came::Departed(row));
        }
        let row = self.hung_row(&entrant, stuck);
        self.note(search, Came::Departed(Box::new(row)));
        self.note(search, Came::Obstacle("given up: a call of this system did not return".into()));
        let system = entrant.system.subject().id.clone();
        (self.on_event)(CampaignEvent::Abandoned { system });
    }

    fn hung_row(&self, entrant: &Entrant, stuck: Stuck) -> Row {
        let spec = entrant.judges.first().expect("an entrant has a judge");
        let mut row = blank_row(&Pair { spec, system: Arc::clone(&entrant.system) });
        (row.cases, row.segmentation) = (self.tallies[stuck.index].cases, None);
        let subject = entrant.system.subject();
        write_down(&mut row, stuck, subject);
        row
    }
}

/// What a worker does until nothing is left to search or the campaign is over.
fn labour(shared: &Shared, desk: &Desk<Word>) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(reason) => {
            while let Some(search) = lock(&shared.queue).pop_front() {
                desk.tell(Word::Came(search.index, Came::Obstacle(reason.clone())));
            }
            return;
        }
    };
    while !shared.is_over() {
        let next = desk.unless_dismissed(|| next(&mut lock(&shared.queue)));
        let mut search = match next {
            Some(Next::Turn(search)) => search,
            Some(Next::AllRest) => {
                thread::park_timeout(SLICE);
                continue;
            }
            Some(Next::Nothing) | None => return,
        };
        let progress = Turn { watched: &desk.watched, index: search.index };
        let (settings, interrupt) = (&shared.settings, &*shared.interrupt);
        let bench = Bench {
            pursue: &|| Pursuit::Repeat(repeats(settings.patience)),
            settings,
            pulse: &desk.watched.pulse,
            interrupt,
            progress: &progress,
        };
        let entrant = Arc::clone(&search.entrant);
        let lab = Lab { system: &*entrant.system, bench: &bench, runtime: &runtime, time: settings.patience };
        if turn(&mut search, &lab, shared, desk) {
            // The search of a worker that was left behind has ended with that.
            desk.unless_dismissed(|| lock(&shared.queue).push_back(search));
        }
    }
}

/// Whose turn it is.
enum Next {
    Turn(Search),
    /// There are some, and none of them can be run for now.
    AllRest,
    Nothing,
}

/// Takes the first search that does not rest.
fn next(queue: &mut VecDeque<Search>) -> Next {
    match queue.iter_mut().position(|search| !search.rests()).map(|place| queue.remove(place)) {
        Some(Some(search)) => Next::Turn(search),
        _ if queue.is_empty() => Next::Nothing,
        _ => Next::AllRest,
    }
}

/// One turn of a search; whether it goes on.
fn turn(search: &mut Search, lab: &Lab<'_>, shared: &Shared, desk: &Desk<Word>) -> bool {
    let (began, cases, search_index) = (Instant::now(), search.cases, search.index);
    let mut goes_on = true;
    while goes_on && began.elapsed() < SLICE && !shared.is_over() && !search.rests() {
        if shared.bounds.cases.is_some_and(|most| search.cases >= most) {
            goes_on = false;
            break;
        }
        let came = search.step(lab, &mut |row| desk.tell(Word::Proved(search_index, row)));
        shared.cases[search_index].store(search.cases, Ordering::Relaxed);
        goes_on = !matches!(came, Came::Obstacle(_) | Came::Interrupted);
        if !matches!(came, Came::Nothing) {
            desk.tell(Word::Came(search.index, came));
        }
    }
    desk.tell(Word::Went { search: search.index, cases: search.cases - cases });
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Mutex};

    use litemap::LiteMap;

    use super::{Foreman, Search, Shared, labour};
    use crate::link::Duplex;
    use crate::run::campaign::{Bounds, Entrant, Tally};
    use crate::run::crew::Crew;
    use crate::run::row::VerdictWord;
    use crate::run::settings::Settings;

    #[test]
    fn a_campaign_without_a_thread_says_so_of_every_system() {
        let entrant =
            |id| Entrant { system: Arc::new(Duplex::new(id)), judges: Vec::new(), corpus: Vec::new() };
        let entrants = ["a", "b"].map(|id| Arc::new(entrant(id)));
        let search = |(index, entrant): (usize, &Arc<Entrant>)| Search::new(index, Arc::clone(entrant), 1);
        let shared = Arc::new(Shared {
            queue: Mutex::new(entrants.iter().enumerate().map(search).collect()),
            bounds: Bounds::default(),
            until: None,
            settings: Settings::default(),
            interrupt: Arc::new(AtomicBool::new(false)),
            cases: Vec::new(),
        });
        let on_threads = Arc::clone(&shared);
        let mut crew = Crew::new(2, shared.settings.patience, move |desk| labour(&on_threads, desk));
        crew.stack = usize::MAX / 4;
        let tallies = vec![Tally::default(), Tally::default()];
        let proved = LiteMap::new();
        let on_event = &mut |_| ();
        let mut foreman = Foreman { shared, crew, entrants: &entrants, tallies, proved, on_event };
        let refusal = foreman.work().expect("no thread can be had");
        assert!(refusal.starts_with("no thread could be started"), "{refusal}");
        let obstacle = Some((VerdictWord::Inconclusive, refusal));
        assert!(foreman.tallies.iter().all(|tally| tally.obstacle == obstacle));
    }
}
