//! The run itself: a queue of cells, a crew that fills them, and the rows that come of it.
//!
//! When a foreign call does not return, what is left of that system's cells is given up, since it would hang again.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::blank::{HANGS, blank_row, given_up_row};
use super::cell::{Cell, Filled, Pair, fill};
use super::crew::{Crew, Desk, News, Stuck, lock};
use super::event::Event;
use super::hung::write_down;
use super::lab::{Bench, GIVEN_UP, Progress};
use super::row::{Report, Row, VerdictWord};
use super::settings::Settings;
use super::vain::{InVain, Pursuit, repeats};
use super::watch::Watched;
use crate::drive::Timing;
use crate::spec::Experiment;
use crate::system::System;
use crate::verdict::FailureKind;

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
    let mut foreman = Foreman::new(cells, settings, interrupt, on_event);
    foreman.work();
    foreman.close(began.elapsed())
}

/// The rows of a run by the index of their cell, and what the clock said.
pub(super) struct FilledCells {
    pub(super) rows: BTreeMap<usize, Row>,
    /// Why some of them could not be filled for want of a thread, if so.
    pub(super) refusal: Option<String>,
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

    /// Whether a row ends the run: the first failure does, of a run that is to fail fast.
    fn is_last(&self, row: &Row) -> bool {
        let Settings { fail_fast, excused, .. } = &self.settings;
        *fail_fast && row.verdict == VerdictWord::Fail && !excused.covers(&row.id, &row.system)
    }

    fn end_if_last(&self, row: &Row) {
        if self.is_last(row) {
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

/// What workers tell the foreman of a cell.
enum Word {
    Began(usize),
    Filled(usize, Box<Filled>),
}

/// The thread that hands out work and collects.
struct Foreman<'a> {
    shared: Arc<Shared>,
    crew: Crew<Word>,
    rows: BTreeMap<usize, Row>,
    timing: Timing,
    refusal: Option<String>,
    on_event: &'a mut dyn FnMut(Event),
}

impl<'a> Foreman<'a> {
    fn new(
        cells: Vec<Cell>,
        settings: &Settings,
        interrupt: &Arc<AtomicBool>,
        on_event: &'a mut dyn FnMut(Event),
    ) -> Foreman<'a> {
        let jobs = settings.jobs.get().min(cells.len());
        let shared = Arc::new(Shared {
            queue: Mutex::new((0..cells.len()).collect()),
            cells,
            settings: settings.clone(),
            interrupt: Arc::clone(interrupt),
            given_up: Mutex::default(),
            in_vain: Mutex::default(),
        });
        let on_threads = Arc::clone(&shared);
        let crew = Crew::new(jobs, settings.patience, move |desk| labour(&on_threads, desk));
        Foreman { shared, crew, rows: BTreeMap::new(), timing: Timing::default(), refusal: None, on_event }
    }

    fn work(&mut self) {
        let mut is_interrupting = false;
        while let Some(news) = self.crew.next() {
            match news {
                News::Told(word) => self.hear(word),
                News::LeftBehind(stuck) => self.give_up(stuck),
                News::Quiet => {}
            }
            if self.shared.interrupt.load(Ordering::Relaxed) && !is_interrupting {
                is_interrupting = true;
                (self.on_event)(Event::Interrupting);
            }
        }
        if let Some(reason) = self.crew.refusal() {
            self.leave_undone(&reason);
        }
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Began(cell) => {
                let pair = &self.shared.cells[cell].pair;
                let (id, system) = (pair.spec.id.to_owned(), pair.system.subject().id.clone());
                (self.on_event)(Event::RowStarted { id, system });
            }
            Word::Filled(cell, filled) => {
                let (row, timing) = *filled;
                self.timing.elapsed += timing.elapsed;
                self.timing.bytes += timing.bytes;
                if let Some(row) = row {
                    self.finish(cell, row);
                }
            }
        }
    }

    /// Keeps a row.
    fn finish(&mut self, cell: usize, row: Row) {
        self.shared.end_if_last(&row);
        (self.on_event)(Event::RowFinished(Box::new(row.clone())));
        self.rows.insert(cell, row);
    }

    /// Gives up a system whose foreign call did not return.
    fn give_up(&mut self, stuck: Stuck) {
        let cell = stuck.index;
        let row = self.hung_row(stuck);
        let system = row.system.clone();
        let hanging = identity(&self.shared.cells[cell].pair.system);
        lock(&self.shared.given_up)
            .entry(hanging)
            .and_modify(|first| *first = cell.min(*first))
            .or_insert(cell);
        (self.on_event)(Event::Abandoned { system });
        self.finish(cell, row);
    }

    /// Says of every cell that is left why nobody is there to fill it, unless the run was to end there anyway.
    fn leave_undone(&mut self, reason: &str) {
        if self.shared.interrupt.load(Ordering::Relaxed) {
            return;
        }
        let left = mem::take(&mut *lock(&self.shared.queue));
        for cell in left {
            let row = given_up_row(&self.shared.cells[cell].pair, reason);
            self.refusal = Some(reason.to_owned());
            self.finish(cell, Row { cannot_run: true, ..row });
        }
    }

    /// The row of a cell whose foreign call did not return.
    fn hung_row(&self, stuck: Stuck) -> Row {
        let pair = &self.shared.cells[stuck.index].pair;
        let subject = pair.system.subject();
        let mut row = blank_row(pair);
        write_down(&mut row, stuck, subject);
        row
    }

    /// Ends the work. Whichever cells of a hanging system happened to be under way on other threads,
    /// the rows are as if one thread had run them all in order.
    fn close(self, elapsed: Duration) -> FilledCells {
        let given_up = lock(&self.shared.given_up).clone();
        let in_vain = lock(&self.shared.in_vain);
        let mut rows = self.rows;
        // What other threads had begun behind the last row is as if it had not been.
        let last = rows.iter().find(|(_, row)| self.shared.is_last(row)).map(|(cell, _)| *cell);
        if let Some(last) = last {
            rows.retain(|cell, _| *cell <= last);
        }
        for (cell, row) in &mut rows {
            let Cell { pair, insists, .. } = &self.shared.cells[*cell];
            let system = identity(&pair.system);
            // What the run ended with was seen, and nothing was run in its stead.
            if *insists || Some(*cell) == last {
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
        FilledCells { rows, refusal: self.refusal, timing: self.timing, elapsed }
    }
}

/// What tells one system from another, even if they share a name, as a mutant does with its base.
fn identity(system: &Arc<dyn System>) -> usize {
    Arc::as_ptr(system).cast::<()>() as usize
}

/// What a worker does until the queue is empty.
fn labour(shared: &Shared, desk: &Desk<Word>) {
    while !shared.interrupt.load(Ordering::Relaxed) {
        let next = desk.unless_dismissed(|| lock(&shared.queue).pop_front());
        let Some(index) = next.flatten() else { return };
        let cell = &shared.cells[index];
        desk.tell(Word::Began(index));
        let is_given_up = lock(&shared.given_up).contains_key(&identity(&cell.pair.system));
        let filled = if is_given_up && !cell.insists {
            (Some(given_up_row(&cell.pair, HANGS)), Timing::default())
        } else {
            let bench = Bench {
                pursue: &|| shared.pursuit(index),
                settings: &shared.settings,
                pulse: &desk.watched.pulse,
                interrupt: &shared.interrupt,
                progress: &CellProgress { watched: &desk.watched, index },
            };
            fill(cell, &bench)
        };
        // What a worker finds that was left behind in this cell is not heard, so nothing may follow from it.
        desk.unless_dismissed(|| {
            if let (Some(row), _) = &filled {
                shared.remember(index, row);
                // Here as well, or the next cell would be begun before the foreman has heard of it.
                shared.end_if_last(row);
            }
            desk.tell(Word::Filled(index, Box::new(filled)));
        });
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

#[cfg(test)]
mod tests;
