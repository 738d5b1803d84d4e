//! The run itself: worker threads, the queue between them, and the watchdog over foreign calls.
//!
//! A worker whose foreign call does not return cannot be stopped; it is left behind, and another takes its place.
//! What is left of that system's cells is given up, since it would hang again.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::blank::{HANGS, blank_row, given_up_row};
use super::cell::{Cell, Filled, Pair, depart, fill, hung};
use super::event::Event;
use super::lab::{Bench, GIVEN_UP, Progress};
use super::row::{Report, Row, VerdictWord};
use super::settings::Settings;
use super::vain::{InVain, Pursuit, repeats};
use super::watch::{Watch, Watched};
use crate::drive::{Timing, silence_panics, words_of};
use crate::spec::Experiment;
use crate::system::System;
use crate::verdict::FailureKind;

/// How often the watchdog looks.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// How much stack a worker has: foreign code may be greedy.
pub(super) const STACK: usize = 8 << 20;

/// Runs every pair, tells `on_event` what happens, and returns the report.
///
/// It blocks until all is done, and works inside and outside a tokio runtime, since all driving is done on threads of its own.
/// Setting `interrupt` ends it soon; the report then holds the rows that were finished.
///
/// # Panics
/// If a spec or the harness itself panics: that is a bug of ours.
pub fn run(
    pairs: Vec<Pair>,
    settings: &Settings,
    interrupt: &Arc<AtomicBool>,
    on_event: &mut dyn FnMut(Event),
) -> Report {
    let cells =
        pairs.into_iter().map(|pair| Cell { pair, fixed: None, time: None, insists: false }).collect();
    report(fill_cells(cells, settings, interrupt, on_event), settings, interrupt)
}

/// Runs one experiment of one pair again, as it stands: it is not made smaller.
///
/// # Panics
/// If a spec or the harness itself panics: that is a bug of ours.
pub fn replay(
    pair: Pair,
    experiment: Experiment,
    settings: &Settings,
    interrupt: &Arc<AtomicBool>,
) -> Report {
    let settings = Settings { shrink: false, ..settings.clone() };
    let cell = Cell { pair, fixed: Some([experiment].into()), time: None, insists: false };
    report(fill_cells(vec![cell], &settings, interrupt, &mut |_| ()), &settings, interrupt)
}

/// Fills cells on worker threads.
pub(super) fn fill_cells(
    cells: Vec<Cell>,
    settings: &Settings,
    interrupt: &Arc<AtomicBool>,
    on_event: &mut dyn FnMut(Event),
) -> FilledCells {
    let began = Instant::now();
    on_event(Event::Started { rows: cells.len() });
    let (sender, messages) = mpsc::channel();
    let shared = Arc::new(Shared {
        queue: Mutex::new((0..cells.len()).collect()),
        cells,
        settings: settings.clone(),
        interrupt: Arc::clone(interrupt),
        given_up: Mutex::default(),
        in_vain: Mutex::default(),
    });
    let mut foreman = Foreman {
        shared,
        sender,
        messages,
        workers: BTreeMap::new(),
        hired: 0,
        rows: BTreeMap::new(),
        timing: Timing::default(),
        on_event,
    };
    foreman.work();
    foreman.close(began.elapsed())
}

/// The rows of a run by the index of their cell, and what the clock said.
pub(super) struct FilledCells {
    pub(super) rows: BTreeMap<usize, Row>,
    timing: Timing,
    elapsed: Duration,
}

/// Puts the rows of a run together.
fn report(filled: FilledCells, settings: &Settings, interrupt: &AtomicBool) -> Report {
    let mut rows: Vec<Row> = filled.rows.into_values().collect();
    rows.sort_by(|a, b| (&a.id, &a.system).cmp(&(&b.id, &b.system)));
    let cases = rows.iter().map(|row| row.cases).sum::<u64>();
    let seconds = filled.elapsed.as_secs_f64();
    let measurements = BTreeMap::from([
        ("seconds".to_owned(), seconds),
        ("driving_seconds".to_owned(), filled.timing.elapsed.as_secs_f64()),
        ("bytes".to_owned(), filled.timing.bytes as f64),
        ("cases_per_second".to_owned(), cases as f64 / seconds.max(1e-9)),
    ]);
    Report {
        seed: settings.seed,
        cannot_run: rows.iter().find(|row| row.cannot_run).and_then(|row| row.reason.clone()),
        rows,
        interrupted: interrupt.load(Ordering::Relaxed),
        stale: Vec::new(),
        is_strict: false,
        measurements,
    }
}

/// What foreman and workers share.
struct Shared {
    cells: Vec<Cell>,
    queue: Mutex<VecDeque<usize>>,
    settings: Settings,
    interrupt: Arc<AtomicBool>,
    /// Systems that hung, each with the first cell in which one of its calls did not return.
    given_up: Mutex<BTreeMap<usize, usize>>,
    /// Which cells failed by waiting in vain.
    in_vain: Mutex<InVain>,
}

impl Shared {
    /// What to do about a finding of a cell that rests on having waited.
    fn pursuit(&self, index: usize) -> Pursuit {
        let (cell, patience) = (&self.cells[index], self.settings.patience);
        if cell.insists || !self.settings.gives_up {
            return Pursuit::Repeat(repeats(patience));
        }
        lock(&self.in_vain).pursuit(identity(&cell.pair.system), index, patience)
    }

    /// The first failure ends a run that is to fail fast.
    fn end_if_failed(&self, row: &Row) {
        if self.settings.fail_fast && row.verdict == VerdictWord::Fail {
            lock(&self.queue).clear();
        }
    }

    /// Remembers a cell that failed by waiting in vain.
    fn remember(&self, index: usize, row: &Row) {
        let kind = row.departure.as_ref().map(|departure| departure.kind);
        if kind.is_some_and(FailureKind::depends_on_patience) {
            lock(&self.in_vain).add(identity(&self.cells[index].pair.system), index);
        }
    }
}

/// What workers tell the foreman.
enum Message {
    Began(usize, usize),
    Filled(usize, usize, Box<Filled>),
    Left(usize),
    Panicked(String),
}

/// The thread that hands out work, watches and collects.
struct Foreman<'a> {
    shared: Arc<Shared>,
    sender: Sender<Message>,
    messages: Receiver<Message>,
    workers: BTreeMap<usize, (Arc<Watched>, Watch)>,
    hired: usize,
    rows: BTreeMap<usize, Row>,
    timing: Timing,
    on_event: &'a mut dyn FnMut(Event),
}

impl Foreman<'_> {
    fn work(&mut self) {
        let jobs = self.shared.settings.jobs.get().min(self.shared.cells.len());
        for _ in 0..jobs {
            self.hire();
        }
        let mut is_interrupting = false;
        while !self.workers.is_empty() {
            match self.messages.recv_timeout(LOOK) {
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("the foreman holds a sender itself"),
            }
            self.look_after_workers();
            if self.shared.interrupt.load(Ordering::Relaxed) && !is_interrupting {
                is_interrupting = true;
                (self.on_event)(Event::Interrupting);
            }
        }
    }

    /// Starts a worker.
    fn hire(&mut self) {
        let number = self.hired;
        self.hired += 1;
        let watched = Arc::new(Watched::default());
        let (shared, sender) = (Arc::clone(&self.shared), self.sender.clone());
        let on_thread = Arc::clone(&watched);
        let thread = thread::Builder::new().name(format!("sockspec worker {number}")).stack_size(STACK);
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
            Message::Began(worker, cell) if self.workers.contains_key(&worker) => {
                let pair = &self.shared.cells[cell].pair;
                let (id, system) = (pair.spec.id.to_owned(), pair.system.subject().id.clone());
                (self.on_event)(Event::RowStarted { id, system });
            }
            Message::Filled(worker, cell, filled) if self.workers.contains_key(&worker) => {
                let (row, timing) = *filled;
                self.timing.elapsed += timing.elapsed;
                self.timing.bytes += timing.bytes;
                if let Some(row) = row {
                    self.finish(cell, row);
                }
            }
            Message::Left(worker) => {
                self.workers.remove(&worker);
            }
            Message::Panicked(words) => panic!("a bug of sockspec: {words}"),
            // A worker that was left behind after all came back: its cell has its verdict already.
            Message::Began(..) | Message::Filled(..) => {}
        }
    }

    /// Keeps a row.
    fn finish(&mut self, cell: usize, row: Row) {
        self.shared.end_if_failed(&row);
        (self.on_event)(Event::RowFinished(Box::new(row.clone())));
        self.rows.insert(cell, row);
    }

    /// Leaves behind every worker whose foreign call does not return.
    fn look_after_workers(&mut self) {
        let patience = self.shared.settings.patience;
        let stuck: Vec<(usize, FailureKind)> = self
            .workers
            .iter_mut()
            .filter_map(|(number, (watched, watch))| Some((*number, watch.look(watched, patience)?)))
            .collect();
        if !stuck.is_empty() {
            // What such a worker said of earlier cells may still lie in the queue, and is not to be lost with it.
            while let Ok(message) = self.messages.try_recv() {
                self.hear(message);
            }
        }
        for (number, kind) in stuck {
            let Some((watched, _)) = self.workers.get(&number) else { continue };
            // One whose cell has its row by now has come back after all.
            let current = watched.current().filter(|(cell, _)| !self.rows.contains_key(cell));
            let Some((cell, experiment)) = current else { continue };
            self.workers.remove(&number);
            let row = self.hung_row(cell, experiment, kind);
            let system = row.system.clone();
            let hanging = identity(&self.shared.cells[cell].pair.system);
            let mut given_up = lock(&self.shared.given_up);
            given_up.entry(hanging).and_modify(|first| *first = cell.min(*first)).or_insert(cell);
            drop(given_up);
            (self.on_event)(Event::Abandoned { system });
            self.finish(cell, row);
            self.hire();
        }
    }

    /// The row of a cell whose foreign call did not return.
    fn hung_row(&self, cell: usize, experiment: Experiment, kind: FailureKind) -> Row {
        let pair = &self.shared.cells[cell].pair;
        let mut row = blank_row(pair);
        depart(&mut row, pair.system.subject(), experiment, hung(kind));
        row
    }

    /// Ends the work. Whichever cells of a hanging system happened to be under way on other threads,
    /// the rows are as if one thread had run them all in order.
    fn close(self, elapsed: Duration) -> FilledCells {
        let given_up = lock(&self.shared.given_up).clone();
        let in_vain = lock(&self.shared.in_vain);
        let mut rows = self.rows;
        if self.shared.settings.fail_fast {
            // What other threads had begun behind the first failure is as if it had not been.
            let first = rows.iter().find(|(_, row)| row.verdict == VerdictWord::Fail).map(|(cell, _)| *cell);
            rows.retain(|cell, _| first.is_none_or(|first| *cell <= first));
        }
        for (cell, row) in &mut rows {
            let Cell { pair, insists, .. } = &self.shared.cells[*cell];
            let system = identity(&pair.system);
            if *insists {
                continue;
            }
            if given_up.get(&system).is_some_and(|first| cell > first) {
                *row = given_up_row(pair, HANGS);
            } else if !self.shared.settings.gives_up {
                continue;
            } else if in_vain.is_beyond(system, *cell) || row.reason.as_deref() == Some(GIVEN_UP) {
                *row = given_up_row(pair, GIVEN_UP);
            }
        }
        FilledCells { rows, timing: self.timing, elapsed }
    }
}

/// What tells one system from another, even if they share a name, as a mutant does with its base.
fn identity(system: &Arc<dyn System>) -> usize {
    Arc::as_ptr(system).cast::<()>() as usize
}

/// What a worker does until the queue is empty.
fn labour(number: usize, shared: &Shared, watched: &Arc<Watched>, sender: &Sender<Message>) {
    let tell = |message| {
        // The foreman is gone only when the process is going down.
        let _ = sender.send(message);
    };
    while !shared.interrupt.load(Ordering::Relaxed) {
        let Some(index) = lock(&shared.queue).pop_front() else { return };
        let cell = &shared.cells[index];
        tell(Message::Began(number, index));
        let is_given_up = lock(&shared.given_up).contains_key(&identity(&cell.pair.system));
        let filled = if is_given_up && !cell.insists {
            (Some(given_up_row(&cell.pair, HANGS)), Timing::default())
        } else {
            let bench = Bench {
                pursue: &|| shared.pursuit(index),
                settings: &shared.settings,
                pulse: &watched.pulse,
                interrupt: &shared.interrupt,
                progress: &CellProgress { watched, index },
            };
            fill(cell, &bench)
        };
        if let (Some(row), _) = &filled {
            shared.remember(index, row);
            // Here as well, or the next cell would be begun before the foreman has heard of it.
            shared.end_if_failed(row);
        }
        tell(Message::Filled(number, index, Box::new(filled)));
    }
}

/// Shows the watchdog which experiment of which cell is under way.
struct CellProgress<'a> {
    watched: &'a Watched,
    index: usize,
}

impl Progress for CellProgress<'_> {
    fn begins(&self, experiment: &Experiment) {
        self.watched.begins(self.index, experiment);
    }
}

/// A lock whose holder has panicked still guards whole data: every change under it is a single assignment.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
