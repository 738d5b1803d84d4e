//! What several runs come to together.

use super::CARRIED_BY_ALL;
use super::account::{Account, Sending};
use super::chance::{Try, pattern, runs_are_no_chance};
use super::departure::departure;
use crate::plan::{End, Operation, Plan};
use crate::subject::Subject;
use crate::trace::{Outcome, Stopped, Trace};
use crate::verdict::{FailureKind, Verdict};

/// What is to be said of an experiment by the rules that every datagram socket keeps.
pub fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let runs: Vec<(&Plan, &Trace)> = plans.iter().zip(traces).collect();
    let accounts: Vec<Account<'_>> = runs.iter().map(|(plan, trace)| Account::of(plan, trace)).collect();
    let mut booked = runs.iter().zip(&accounts);
    if let Some(finding) =
        booked.find_map(|((plan, trace), account)| departure(subject, plan, trace, account))
    {
        return Verdict::Fail(finding);
    }
    if let Some(reason) = runs.iter().find_map(|(plan, trace)| not_opened(plan, trace)) {
        return Verdict::CannotRun(reason);
    }
    if let Some(verdict) = losses(subject, &accounts).or_else(|| repeats(subject, &accounts)) {
        return verdict;
    }
    incomplete(&runs, &accounts).or_else(|| remark(&accounts)).unwrap_or(Verdict::Pass)
}

/// Why a run did not get to send anything, if so: what could not be opened.
pub fn not_opened(plan: &Plan, trace: &Trace) -> Option<String> {
    let last = trace.observations.last()?;
    let is_open = plan.steps.get(last.step as usize).is_some_and(|step| step.operation == Operation::Open);
    match (&last.outcome, trace.stopped) {
        (Outcome::Panicked(words), _) if is_open => {
            Some(format!("{} could not be opened: a panic: {words}", last.end))
        }
        (outcome, Some(Stopped::NotOpened)) => {
            let why = trace.unopened.clone().unwrap_or_else(|| errno_words(outcome));
            Some(format!("{} could not be opened: {why}", last.end))
        }
        _ => None,
    }
}

/// An outcome that is not the wanted one, in words.
pub fn errno_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Error(failure) => failure.to_string(),
        Outcome::Reset => "connection reset".to_owned(),
        Outcome::Silent => "it took longer than patience lasts".to_owned(),
        Outcome::NotWoken => "it was not woken".to_owned(),
        _ => "nothing was said of why".to_owned(),
    }
}

/// The verdict on what did not come, where loss is permitted and not counted, if no accident explains it.
fn losses(subject: &Subject, accounts: &[Account<'_>]) -> Option<Verdict> {
    if subject.guarantees.lossless {
        return None;
    }
    let largest = subject.guarantees.max_message.unwrap_or_else(|| largest_that_came(accounts));
    let mut rests_on_waiting = false;
    let mut tries = Vec::new();
    for account in accounts {
        for (index, sending) in account.sendings.iter().enumerate() {
            let is_within = sending.payload.len() <= largest;
            if !sending.is_owed() || !is_within || account.drops(sending.to).is_some() {
                continue;
            }
            if let Some(fate) = fate(account, index) {
                rests_on_waiting |= fate == Fate::Awaited;
                tries.push(tried(sending, fate != Fate::Came));
            }
        }
    }
    let kind = if rests_on_waiting { FailureKind::Stalled } else { FailureKind::Lost };
    if let Some(lost) = pattern(&tries) {
        let expected = "losses, if any, to befall datagrams of any sort";
        return Some(Verdict::fail(
            kind,
            expected,
            format!("{lost} was taken and did not come, the others did"),
        ));
    }
    let runs: Vec<(End, usize)> = accounts.iter().filter_map(last_run).filter(|(_, run)| *run > 0).collect();
    let lens: Vec<usize> = runs.iter().map(|(_, run)| *run).collect();
    let (end, _) = runs.first()?;
    runs_are_no_chance(&lens, &tries).then(|| {
        Verdict::fail(
            FailureKind::Stalled,
            format!("{end} to receive most of what is sent to it"),
            "from some datagram on nothing came any more, though sends were taken",
        )
    })
}

/// The length of the largest datagram that came, or of what every system carries, if that is more.
///
/// Where no largest is declared, this may be the largest that there is room for on the way: what is larger is lost every time, and rightly.
fn largest_that_came(accounts: &[Account<'_>]) -> u64 {
    let came = accounts.iter().flat_map(|account| &account.sendings).filter(|one| one.came > 0);
    came.map(|one| one.payload.len().max(CARRIED_BY_ALL)).max().unwrap_or(u64::MAX)
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It was received.
    Came,
    /// Many that were sent after it were received.
    Overtaken,
    /// It was waited for in vain.
    Awaited,
}

/// What became of a datagram, if that can be said.
fn fate(account: &Account<'_>, index: usize) -> Option<Fate> {
    let sending = &account.sendings[index];
    if sending.came > 0 {
        return Some(Fate::Came);
    }
    if account.may_be_refused(index) {
        return None;
    }
    if account.is_overtaken(index) {
        return Some(Fate::Overtaken);
    }
    account.fell_silent_after(sending.to, sending.step).then_some(Fate::Awaited)
}

/// The end that fell silent, and how many of the last datagrams that it was owed, one after the other, did not come.
fn last_run(account: &Account<'_>) -> Option<(End, usize)> {
    let silent = account.receivings.iter().rfind(|one| one.outcome == Some(&Outcome::Silent))?;
    if account.drops(silent.end).is_some() {
        return None;
    }
    let owed = account.sendings.iter().rev().filter(|one| {
        one.to == silent.end && one.is_owed() && (one.step < silent.step || !account.is_in_lock_step())
    });
    Some((silent.end, owed.take_while(|one| one.came == 0).count()))
}

/// The verdict on what came more than once, where that is permitted, if no accident explains it.
fn repeats(subject: &Subject, accounts: &[Account<'_>]) -> Option<Verdict> {
    if subject.guarantees.lossless || subject.is_kernel {
        return None;
    }
    let came = accounts.iter().flat_map(|account| &account.sendings).filter(|one| one.came > 0);
    let tries: Vec<Try> = came.map(|one| tried(one, one.came > 1)).collect();
    pattern(&tries).map(|repeated| {
        let expected = "repeats, if any, to befall datagrams of any sort";
        Verdict::fail(FailureKind::Repeated, expected, format!("{repeated} came more than once"))
    })
}

fn tried(sending: &Sending<'_>, is_struck: bool) -> Try {
    Try {
        from: sending.from,
        to: sending.to,
        len: sending.payload.len(),
        follows_abandoned: sending.follows_abandoned,
        is_struck,
    }
}

/// Why it cannot be told, if the runs ended too early.
fn incomplete(runs: &[(&Plan, &Trace)], accounts: &[Account<'_>]) -> Option<Verdict> {
    let mut silent = 0;
    for ((_, trace), account) in runs.iter().zip(accounts) {
        let bound = trace.observations.iter().find_map(|seen| match seen.outcome {
            Outcome::BoundReached(bound) => Some(bound),
            _ => None,
        });
        if let Some(bound) = bound {
            return Some(Verdict::Inconclusive(format!("a bound was reached: {bound}")));
        }
        match trace.stopped {
            Some(Stopped::Interrupted) => {
                return Some(Verdict::Inconclusive("the run was interrupted".to_owned()));
            }
            Some(Stopped::OutOfTime) => {
                return Some(Verdict::Inconclusive("its time was up before its last step".to_owned()));
            }
            _ => {}
        }
        let has_counted = |end| account.drops(end).is_some();
        let is_silent = |outcome: Option<&Outcome>| outcome == Some(&Outcome::Silent);
        let receives = account.receivings.iter().any(|one| is_silent(one.outcome) && !has_counted(one.end));
        let sends = account.sendings.iter().any(|one| is_silent(one.outcome));
        silent += usize::from(receives || sends);
    }
    // One run of several may end early by a loss, or for want of room; what it did not try, the others did.
    (silent > 0 && silent == runs.len()).then(|| {
        Verdict::Inconclusive(
            "every run fell silent before its last step: datagrams were lost, or had no room".to_owned(),
        )
    })
}

/// What is to be said beside a pass.
fn remark(accounts: &[Account<'_>]) -> Option<Verdict> {
    let has_dropped = |account: &Account<'_>| {
        account.sendings.iter().any(|one| account.drops(one.to).is_some_and(|drops| drops > 0))
    };
    if accounts.iter().any(has_dropped) {
        return Some(remarked("datagrams were dropped, and counted"));
    }
    let has_lost = |account: &Account<'_>| {
        (0..account.sendings.len()).any(|index| {
            account.sendings[index].is_owed() && fate(account, index).is_some_and(|fate| fate != Fate::Came)
        })
    };
    if accounts.iter().any(has_lost) {
        return Some(remarked(
            "datagrams were lost, as this system may, and no sort of them more than others",
        ));
    }
    let mut sendings = accounts.iter().flat_map(|account| &account.sendings);
    let is_refused =
        |one: &Sending<'_>| one.is_between_open_ends && matches!(one.outcome, Some(Outcome::Error(_)));
    sendings
        .any(is_refused)
        .then(|| remarked("some lengths were refused, as a system may that declares no largest"))
}

fn remarked(words: &str) -> Verdict {
    Verdict::PassWithReason(words.to_owned())
}
