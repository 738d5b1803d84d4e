//! Fuzzing a codec or a transport of one's own from a test: what is sound passes, what is broken is found, and its token repeats it.

use std::fs;
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sockspec::harness::fault::{Faulty, find};
use sockspec::harness::link::StreamPair;
use sockspec::harness::plan::{End, Script};
use sockspec::harness::run::{Bounds, Campaign, CampaignEvent, Entrant, Settings, VerdictWord, campaign};
use sockspec::harness::subject::Subject;
use sockspec::harness::system::{System, World};
use sockspec::harness::verdict::FailureKind;
use sockspec::{Capability, Layout};
use tokio::io::duplex;
use tokio_util::codec::{Decoder, Encoder};

/// A length of two bytes, and so many bytes; where the header lies across two reads behind the first frame, a byte of it is lost.
#[derive(Default)]
struct Hasty {
    is_sound: bool,
    given: u32,
    header: Option<u16>,
}

impl Decoder for Hasty {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        if self.header.is_none() && input.len() == 1 && self.given > 0 && !self.is_sound {
            input.clear();
        }
        if self.header.is_none() && input.len() >= 2 {
            self.header = Some(input.get_u16());
        }
        let Some(len) = self.header.filter(|len| input.len() >= usize::from(*len)) else { return Ok(None) };
        (self.header, self.given) = (None, self.given + 1);
        Ok(Some(input.split_to(len.into())))
    }

    fn decode_eof(&mut self, input: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        let frame = self.decode(input)?;
        if frame.is_none() && (self.header.is_some() || !input.is_empty()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(frame)
    }
}

impl Encoder<Bytes> for Hasty {
    type Error = io::Error;

    fn encode(&mut self, payload: Bytes, output: &mut BytesMut) -> io::Result<()> {
        let len = u16::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        output.put_u16(len);
        output.put(payload);
        Ok(())
    }
}

fn check(is_sound: bool) -> sockspec::harness::run::Report {
    sockspec::framing("hasty", Layout::u16_be(), move || Hasty { is_sound, ..Hasty::default() })
        .fuzz_cases(120)
}

#[test]
fn a_sound_codec_passes_and_a_broken_one_is_found_with_a_token_that_repeats_it() {
    let sound = check(true);
    sound.assert_conformant();
    assert!(sound.results().iter().all(|row| row.cases >= 120), "{sound}");
    let broken = check(false);
    assert!(!broken.is_conformant());
    let row = broken.results().iter().find(|row| row.verdict == VerdictWord::Fail).expect("a failing row");
    assert_eq!(row.id, "framing/every-split");
    let token = row.replay.as_deref().expect("a failure has a token");
    let replayed = |is_sound| {
        let make = move || Hasty { is_sound, ..Hasty::default() };
        sockspec::framing("hasty", Layout::u16_be(), make).replay(token).fuzz(Duration::from_secs(60))
    };
    assert!(!replayed(false).is_conformant());
    replayed(true).assert_conformant();
}

#[test]
fn a_known_failure_of_no_spec_is_stale() {
    let check = |id| {
        let make = || Hasty { is_sound: true, ..Hasty::default() };
        sockspec::framing("hasty", Layout::u16_be(), make).known_failing(id, "x").fuzz_cases(20)
    };
    assert_eq!(check("framing/nope").stale.len(), 1);
    check("framing/every-split").assert_conformant();
}

#[test]
fn the_same_seed_finds_the_same() {
    let verdicts = || {
        let report = check(false);
        let rows = report.results().iter().filter(|row| row.system == "hasty");
        rows.map(|row| (row.id.clone(), row.verdict, row.cases, row.replay.clone())).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(), verdicts());
}

#[test]
fn transports_and_sockets_pass_whatever_they_lack() {
    let pipe = || async { Ok(tokio::io::duplex(64)) };
    sockspec::stream("pipe", pipe).fuzz_cases(150).assert_conformant();
    let lacking =
        sockspec::stream("pipe", pipe).without(Capability::HalfClose).without(Capability::VectoredWrite);
    lacking.without(Capability::EmptyRead).fuzz_cases(150).assert_conformant();
    let pair = || async { tokio::net::UnixDatagram::pair() };
    sockspec::datagram("pair", pair).fuzz_cases(150).assert_conformant();
    let lacking = sockspec::datagram("pair", pair).without(Capability::EmptyDatagram);
    lacking.without(Capability::DatagramTruncation).fuzz_cases(150).assert_conformant();
}

#[test]
fn a_corpus_is_kept_and_taken_up_again() {
    let folder = std::env::temp_dir().join(format!("sockspec-door-{}", std::process::id()));
    let pipe = || sockspec::stream("pipe", || async { Ok(tokio::io::duplex(64)) }).corpus(&folder);
    let count = || fs::read_dir(folder.join("stream")).expect("the folder is there").count();
    pipe().fuzz_cases(60).assert_conformant();
    let first = count();
    assert!(first > 10, "{first}");
    pipe().fuzz_cases(60 + first as u64).assert_conformant();
    assert!(count() >= first);
    fs::remove_dir_all(folder).expect("the folder can be removed");
}

fn pipe() -> Arc<dyn System> {
    let systems = sockspec::systems::systems();
    systems.into_iter().find(|system| system.subject().id == "duplex").expect("it is shipped")
}

fn broken_pipe(fault: &str) -> Arc<dyn System> {
    Arc::new(Faulty::new(pipe(), find(fault).expect("there is such a fault")))
}

fn entrant(system: Arc<dyn System>) -> Entrant {
    sockspec::fuzz::entrant(&system, Vec::new()).expect("streams are judged")
}

#[test]
fn a_call_that_does_not_return_is_found_and_ends_the_search() {
    let bounds = Bounds { time: None, cases: Some(1000) };
    let (entrants, interrupt) = (vec![entrant(broken_pipe("spins"))], Arc::new(AtomicBool::new(false)));
    // It never returns, however long it is waited for.
    let settings = Settings { patience: Duration::from_millis(500), ..Settings::default() };
    let done = campaign(entrants, bounds, &settings, &interrupt, &mut |_| ());
    assert_eq!(done.findings.len(), 1, "{:?}", done.findings);
    assert!(done.searched[0].cases < 1000);
}

/// Departs from a rule in its first world; making the second takes more memory than there is, and never returns.
struct DepartsThenHangs {
    broken: Arc<dyn System>,
    made: AtomicU32,
    hangs: Sender<()>,
}

impl System for DepartsThenHangs {
    fn subject(&self) -> &Subject {
        self.broken.subject()
    }

    fn world(&self) -> Box<dyn World> {
        if self.made.fetch_add(1, Ordering::Relaxed) > 0 {
            self.hangs.send(()).expect("somebody waits for it");
            black_box(Vec::<u8>::with_capacity(1 << 30));
        }
        self.broken.world()
    }
}

/// Whoever follows the campaign is so slow that all of it lies in the queue when the watchdog first looks:
/// what other searches told, the departure, and behind it nothing but a thread that does not come back.
#[test]
fn what_was_found_before_a_call_that_does_not_return_is_not_lost_with_its_thread() {
    let (hangs, hung) = channel();
    let broken = broken_pipe("swap-bytes");
    let system = Arc::new(DepartsThenHangs { broken, made: AtomicU32::new(0), hangs });
    let corpus = vec![Script::open().transfer(End::client(0), 300).transfer(End::client(0), 300).plan()];
    let entrants = vec![entrant(pipe()), entrant(pipe()), Entrant { corpus, ..entrant(system) }];
    let bounds = Bounds { time: None, cases: Some(2) };
    let settings = Settings { jobs: NonZeroUsize::MIN, shrink: false, ..Settings::default() };
    let mut has_waited = false;
    let mut follow = |_: CampaignEvent| {
        if !has_waited {
            hung.recv().expect("the second world is asked for");
            has_waited = true;
        }
        // The thread is stopped a few instructions behind its word.
        (0..100).for_each(|_| thread::yield_now());
    };
    let done = campaign(entrants, bounds, &settings, &Arc::new(AtomicBool::new(false)), &mut follow);
    let kinds: Vec<FailureKind> =
        done.findings.iter().filter_map(|row| Some(row.departure.as_ref()?.kind)).collect();
    assert_eq!(kinds, [FailureKind::Reordered, FailureKind::OutOfBudget]);
}

#[test]
fn what_is_proved_is_not_lost_if_something_smaller_hangs() {
    let (hangs, _hung) = channel();
    let broken = broken_pipe("swap-bytes");
    let system = Arc::new(DepartsThenHangs { broken, made: AtomicU32::new(0), hangs });
    let corpus = vec![Script::open().transfer(End::client(0), 300).transfer(End::client(0), 300).plan()];
    let entrants = vec![Entrant { corpus, ..entrant(system) }];
    let bounds = Bounds { time: None, cases: Some(9) };
    let done =
        campaign(entrants, bounds, &Settings::default(), &Arc::new(AtomicBool::new(false)), &mut |_| ());
    let kinds: Vec<FailureKind> =
        done.findings.iter().filter_map(|row| Some(row.departure.as_ref()?.kind)).collect();
    assert_eq!(kinds, [FailureKind::Reordered, FailureKind::OutOfBudget]);
    assert_eq!((done.searched[0].cases, done.report.cannot_run), (1, None));
}

#[test]
fn a_campaign_that_has_no_time_for_a_system_says_so() {
    let bounds = Bounds { time: Some(Duration::ZERO), cases: None };
    let interrupt = Arc::new(AtomicBool::new(false));
    let done = campaign(vec![entrant(pipe())], bounds, &Settings::default(), &interrupt, &mut |_| ());
    assert!(done.searched[0].reason.is_some());
    assert!(done.report.rows.iter().all(|row| row.verdict == VerdictWord::Skipped), "{:?}", done.report.rows);
}

#[test]
fn a_corpus_that_takes_all_the_cases_there_are_leaves_room_for_new_plans() {
    let corpus = vec![Script::open().transfer(End::client(0), 9).plan(); 1000];
    let entrants = vec![Entrant { corpus, ..entrant(pipe()) }];
    let bounds = Bounds { time: None, cases: Some(600) };
    let interrupt = Arc::new(AtomicBool::new(false));
    let done = campaign(entrants, bounds, &Settings::default(), &interrupt, &mut |_| ());
    // The one plan shows something new but once.
    assert!(done.searched[0].kept > 1, "{:?}", done.searched);
}

/// What a short campaign says of pipes of which those are made that `is_made` says, by number.
fn campaign_on_pipes(is_made: fn(u32) -> bool) -> Campaign {
    let made = AtomicU32::new(0);
    let factory = move || {
        let is_made = is_made(made.fetch_add(1, Ordering::Relaxed));
        async move { if is_made { Ok(duplex(1000)) } else { Err(io::ErrorKind::AddrInUse.into()) } }
    };
    let system: Arc<dyn System> = Arc::new(StreamPair::new(Subject::stream("pipe"), factory));
    let bounds = Bounds { time: None, cases: Some(400) };
    let settings =
        Settings { patience: Duration::from_millis(10), jobs: NonZeroUsize::MIN, ..Settings::default() };
    campaign(vec![entrant(system)], bounds, &settings, &Arc::new(AtomicBool::new(false)), &mut |_| ())
}

#[test]
fn a_system_that_cannot_be_opened_for_a_while_rests_and_is_taken_up_again() {
    let done = campaign_on_pipes(|number| !(5..60).contains(&number));
    assert_eq!((done.searched[0].cases, &done.searched[0].reason), (400, &None));
    assert_eq!(done.report.cannot_run, None);
    for is_made in [|_| false, |number| number < 5] {
        let done = campaign_on_pipes(is_made);
        let reason = done.searched[0].reason.as_deref().unwrap_or_default();
        assert!(reason.contains("could not be opened"), "{:?}", done.searched);
    }
}
