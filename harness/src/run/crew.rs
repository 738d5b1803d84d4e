//! The worker threads of a run or a campaign, what they tell, and the watchdog over their foreign calls.
//!
//! A worker whose foreign call does not return cannot be stopped; it is left behind, and another takes its place.
//! All that it told before that call is heard before it is dismissed, and nothing that it tells afterwards.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use litemap::LiteMap;

use super::watch::{Complaint, Watch, Watched};
use crate::drive::{Position, silence_panics, words_of};
use crate::spec::Experiment;
use crate::verdict::FailureKind;

/// How often the watchdog looks while nobody tells anything.
const LOOK: Duration = Duration::from_millis(50);

/// How much stack a worker has: foreign code may be greedy.
const STACK: usize = 8 << 20;

/// Workers that do the same labour until nothing is left of it; `T` is what they tell.
pub(super) struct Crew<T> {
    labour: Arc<Labour<T>>,
    patience: Duration,
    /// How many are to be at work.
    wanted: usize,
    at_work: LiteMap<usize, (Arc<Watched>, Watch)>,
    hired: usize,
    /// Why the last that was to be hired was not.
    refusal: Option<io::Error>,
    sender: Sender<Message<T>>,
    messages: Receiver<Message<T>>,
    pub(super) stack: usize,
}

/// What every worker does until nothing is left of it.
type Labour<T> = dyn Fn(&Desk<T>) + Send + Sync;

/// Where one worker works.
pub(super) struct Desk<T> {
    /// What it shows to the watchdog.
    pub(super) watched: Arc<Watched>,
    number: usize,
    sender: Sender<Message<T>>,
}

impl<T> Desk<T> {
    /// Tells the foreman something.
    pub(super) fn tell(&self, word: T) {
        // The foreman is gone only when the process is going down.
        let _ = self.sender.send(Message::Word(self.number, word));
    }

    /// Takes work, or hands over what came of it; `None` once this worker has been left behind and replaced, when nobody listens to it any more.
    ///
    /// Whoever is at it is not dismissed meanwhile, so that nothing is taken by a worker that is not heard.
    pub(super) fn unless_dismissed<R>(&self, act: impl FnOnce() -> R) -> Option<R> {
        let is_dismissed = lock(&self.watched.is_dismissed);
        (!*is_dismissed).then(act)
    }
}

/// What there is to know of a crew.
pub(super) enum News<T> {
    /// One of the workers tells something.
    Told(T),
    /// A worker was left behind.
    LeftBehind(Stuck),
    /// Nothing has happened for a while.
    Quiet,
}

/// A foreign call that does not return.
pub(super) struct Stuck {
    /// What the worker was at, by the number under which it [began](Watched::begins) it.
    pub(super) index: usize,
    /// The experiment that the call is part of.
    pub(super) experiment: Experiment,
    /// Whether it takes too long or too much memory.
    pub(super) kind: FailureKind,
    /// Where in the experiment it was made.
    pub(super) position: Position,
    /// Whether it is a call of the driver, and not a task that the system has started.
    pub(super) is_call: bool,
}

enum Message<T> {
    Word(usize, T),
    /// The watchdog's own, so that it comes behind all that the worker had told when it was found stuck.
    IsStuck(usize, Complaint),
    Leaves(usize),
    Panicked(String),
}

impl<T: Send + 'static> Crew<T> {
    /// So many workers, who are hired once the first news are asked for.
    ///
    /// A call that sleeps for several times the `patience` is taken for one that does not return.
    pub(super) fn new(
        wanted: usize,
        patience: Duration,
        labour: impl Fn(&Desk<T>) + Send + Sync + 'static,
    ) -> Crew<T> {
        let (sender, messages) = mpsc::channel();
        Crew {
            labour: Arc::new(labour),
            patience,
            wanted,
            at_work: LiteMap::new(),
            hired: 0,
            refusal: None,
            sender,
            messages,
            stack: STACK,
        }
    }

    /// Waits for the next news; `None` once nobody is at work any more.
    ///
    /// Whoever was left behind is replaced in the next call, so that what is to be done about it can be done before.
    ///
    /// # Panics
    /// If a worker panicked outside of a foreign call: that is a bug of ours.
    pub(super) fn next(&mut self) -> Option<News<T>> {
        loop {
            self.fill_up();
            if self.at_work.is_empty() {
                return None;
            }
            self.look();
            match self.messages.recv_timeout(LOOK) {
                Ok(message) => {
                    if let Some(news) = self.hear(message) {
                        return Some(news);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Some(News::Quiet),
                Err(RecvTimeoutError::Disconnected) => unreachable!("the crew holds a sender itself"),
            }
        }
    }

    /// Why there is nobody at work though there should be; `None` if all went of their own accord.
    pub(super) fn refusal(&self) -> Option<String> {
        let error = self.refusal.as_ref().filter(|_| self.at_work.len() < self.wanted)?;
        Some(format!(
            "no thread could be started: {error}: is there room for one more (ulimit -u, ulimit -v)?"
        ))
    }

    /// Hires as many as are wanted, or as can be had: while some are at work, the others are tried for again and again.
    fn fill_up(&mut self) {
        self.refusal = None;
        while self.at_work.len() < self.wanted && self.refusal.is_none() {
            self.refusal = self.hire().err();
        }
    }

    /// Starts a worker.
    fn hire(&mut self) -> io::Result<()> {
        let (number, watched) = (self.hired, Arc::new(Watched::default()));
        let desk = Desk { watched: Arc::clone(&watched), number, sender: self.sender.clone() };
        let labour = Arc::clone(&self.labour);
        let thread = thread::Builder::new().name(format!("sockspec worker {number}")).stack_size(self.stack);
        thread.spawn(move || {
            silence_panics();
            desk.watched.starts();
            let farewell = match panic::catch_unwind(AssertUnwindSafe(|| labour(&desk))) {
                Ok(()) => Message::Leaves(number),
                Err(payload) => Message::Panicked(words_of(&*payload)),
            };
            // Nobody listens any more if the foreman itself has panicked.
            let _ = desk.sender.send(farewell);
        })?;
        self.hired += 1;
        self.at_work.insert(number, (watched, Watch::default()));
        Ok(())
    }

    /// Puts a note behind all that lies in the queue for each worker whose call does not return.
    fn look(&mut self) {
        for (number, (watched, watch)) in &mut self.at_work {
            if let Some(complaint) = watch.look(watched, self.patience) {
                self.sender
                    .send(Message::IsStuck(*number, complaint))
                    .expect("the crew holds the receiver itself");
            }
        }
    }

    fn hear(&mut self, message: Message<T>) -> Option<News<T>> {
        match message {
            Message::Word(worker, word) => self.at_work.contains_key(&worker).then_some(News::Told(word)),
            Message::IsStuck(worker, complaint) => self.leave_behind(worker, complaint).map(News::LeftBehind),
            Message::Leaves(worker) => {
                // One that was left behind and came back after all has been replaced, and is wanted no more.
                self.wanted -= usize::from(self.at_work.remove(&worker).is_some());
                None
            }
            Message::Panicked(words) => panic!("a bug of sockspec: {words}"),
        }
    }

    /// Dismisses a worker, unless its call has returned after all.
    fn leave_behind(&mut self, worker: usize, complaint: Complaint) -> Option<Stuck> {
        let (watched, _) = self.at_work.get(&worker)?;
        let mut is_dismissed = lock(&watched.is_dismissed);
        if !complaint.holds(watched) {
            return None;
        }
        let (index, experiment) = watched.current()?;
        let position = watched.pulse.position();
        let (kind, is_call) = (complaint.kind, complaint.is_of_call());
        *is_dismissed = true;
        drop(is_dismissed);
        self.at_work.remove(&worker);
        Some(Stuck { index, experiment, kind, position, is_call })
    }
}

/// A lock whose holder has panicked still guards whole data: every change under it is a single assignment.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::{Crew, Desk, News, lock};
    use crate::plan::Plan;
    use crate::spec::Experiment;

    /// What a crew told until it was through, and what its workers were left behind in.
    fn all_of<T: Send + 'static>(crew: &mut Crew<T>) -> (Vec<T>, Vec<usize>) {
        let (mut told, mut left) = (Vec::new(), Vec::new());
        while let Some(news) = crew.next() {
            match news {
                News::Told(word) => told.push(word),
                News::LeftBehind(stuck) => left.push(stuck.index),
                News::Quiet => {}
            }
        }
        (told, left)
    }

    fn patience() -> Duration {
        Duration::from_millis(5)
    }

    #[test]
    fn every_word_is_heard_and_everybody_leaves() {
        let left = Mutex::new((0..100).collect::<Vec<u32>>());
        let mut crew = Crew::new(3, Duration::from_secs(60), move |desk: &Desk<u32>| {
            while let Some(number) = { lock(&left).pop() } {
                desk.tell(number);
            }
        });
        let (mut told, left) = all_of(&mut crew);
        told.sort_unstable();
        assert_eq!((told, left), ((0..100).collect(), Vec::new()));
        assert_eq!(crew.refusal(), None);
    }

    #[test]
    fn what_was_told_before_the_call_that_hangs_is_heard_and_what_is_told_after_it_is_not() {
        let (release, released) = channel::<()>();
        let (goes, gone) = channel::<()>();
        let roles = (Mutex::new(Some((released, goes))), Mutex::new(Some((release, gone))));
        let mut crew = Crew::new(1, patience(), move |desk: &Desk<&str>| {
            let (hanging, replacement) = &roles;
            if let Some((released, goes)) = { lock(hanging).take() } {
                desk.watched.begins(7, &Experiment::from(Plan::default()));
                (0..3).for_each(|_| desk.tell("before"));
                desk.watched
                    .pulse
                    .guard(|| released.recv())
                    .expect("nothing panics")
                    .expect("it is released");
                desk.tell("after");
                drop(goes);
            } else if let Some((release, gone)) = { lock(replacement).take() } {
                release.send(()).expect("the other waits for it");
                gone.recv().expect_err("nothing is sent");
                desk.tell("replaced");
            }
        });
        let mut heard = Vec::new();
        while let Some(news) = crew.next() {
            match news {
                News::Told(word) => heard.push(word.to_owned()),
                News::LeftBehind(stuck) => heard.push(format!("left behind in {}", stuck.index)),
                News::Quiet => {}
            }
        }
        assert_eq!(heard, ["before", "before", "before", "left behind in 7", "replaced"]);
    }

    #[test]
    fn whoever_comes_back_after_it_was_left_behind_takes_nothing_more() {
        let (release, released) = channel::<()>();
        let (goes, gone) = channel::<()>();
        let roles = (Mutex::new(Some((released, goes))), Mutex::new(Some((release, gone))));
        let left = Mutex::new((0..100).rev().collect::<Vec<u32>>());
        let mut crew = Crew::new(1, patience(), move |desk: &Desk<u32>| {
            let (hanging, replacement) = &roles;
            let mut goes = None;
            while let Some(number) = desk.unless_dismissed(|| lock(&left).pop()).flatten() {
                if let Some((released, signal)) = { lock(hanging).take() } {
                    desk.watched.begins(7, &Experiment::from(Plan::default()));
                    let came = desk.watched.pulse.guard(|| released.recv());
                    came.expect("nothing panics").expect("it is released");
                    goes = Some(signal);
                } else if let Some((release, gone)) = { lock(replacement).take() } {
                    release.send(()).expect("the other waits for it");
                    gone.recv().expect_err("nothing is sent");
                }
                desk.tell(number);
            }
            drop(goes);
        });
        let (told, left) = all_of(&mut crew);
        assert_eq!((told, left), ((1..100).collect(), vec![7]));
    }

    #[test]
    #[should_panic(expected = "a bug of sockspec: no such thing")]
    fn a_panic_of_a_worker_is_a_bug_of_ours() {
        all_of(&mut Crew::new(1, patience(), |_: &Desk<()>| panic!("no such thing")));
    }

    #[test]
    fn a_crew_that_cannot_be_hired_says_why() {
        let mut crew = Crew::new(2, patience(), |desk: &Desk<()>| desk.tell(()));
        crew.stack = usize::MAX / 4;
        assert!(crew.next().is_none());
        let refusal = crew.refusal().expect("nobody is at work");
        assert!(refusal.starts_with("no thread could be started: "), "{refusal}");
    }

    #[test]
    fn whoever_cannot_be_hired_is_done_without_while_others_are_at_work() {
        let mut crew = Crew::new(2, patience(), |desk: &Desk<()>| desk.tell(()));
        crew.hire().expect("there is room for a thread");
        crew.stack = usize::MAX / 4;
        assert_eq!(all_of(&mut crew), (vec![()], Vec::new()));
    }
}
