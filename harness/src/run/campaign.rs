//! A campaign: plans are changed at random, run and judged, and those whose traces show something new are changed further.
//!
//! Why not a run: a run asks each spec for its plans and is over when they are through; a campaign is over when its time is.
//! A finding of either is held to the same proof on the same bench, and ends in the same row with the same token.

mod foreman;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::blank::blank_row;
use super::cell::Pair;
use super::row::{Report, Row, VerdictWord};
use super::settings::Settings;
use crate::plan::Plan;
use crate::spec::Spec;
use crate::subject::Kind;
use crate::system::System;

pub use foreman::campaign;

/// A system that takes part in a campaign.
#[derive(Clone)]
pub struct Entrant {
    /// The system.
    pub system: Arc<dyn System>,
    /// What its traces are judged by, the most general first: a plan is charged to the first spec that it departs from.
    pub judges: Vec<&'static Spec>,
    /// The plans to begin with.
    pub corpus: Vec<Plan>,
}

/// When a campaign is over; without any bound, when it is interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// How long it may take in all.
    pub time: Option<Duration>,
    /// How many plans are run on each system.
    pub cases: Option<u64>,
}

/// Something that happened in a campaign.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CampaignEvent {
    /// So many more plans were run, and so many of them kept.
    Went {
        /// How many were run.
        cases: u64,
        /// How many showed something new.
        kept: u64,
    },
    /// A plan showed something new.
    Kept {
        /// The kind of system that it is for.
        kind: Kind,
        /// The plan.
        plan: Plan,
    },
    /// A departure that had not been seen before, made as small as could be.
    Found(Box<Row>),
    /// A foreign call did not return: its thread is left to itself, and its system is given up.
    Abandoned {
        /// The system whose call it was.
        system: String,
    },
    /// The campaign is being interrupted.
    Interrupting,
}

/// What came of one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// The system's id.
    pub system: String,
    /// Its kind.
    pub kind: Kind,
    /// How many plans were run.
    pub cases: u64,
    /// How many of them showed something new.
    pub kept: u64,
    /// Why it was not searched, or not to the end, if so.
    pub reason: Option<String>,
}

/// All that came of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// What came of each system, in the order of the entrants.
    pub searched: Vec<Searched>,
    /// One row for each spec, system and kind of failure, sorted by spec and system; the number of cases is how many it took.
    pub findings: Vec<Row>,
    /// One row for each judging spec and system, as a run has them, with the first finding of each.
    pub report: Report,
}

/// Why a system was not searched that nothing kept from it.
const NO_TURN: &str = "the campaign ended before its turn came";

/// What the workers found out of one entrant.
#[derive(Default)]
struct Tally {
    cases: u64,
    kept: u64,
    /// Why nothing was, or could be, run.
    obstacle: Option<(VerdictWord, String)>,
    findings: Vec<Row>,
}

/// Puts together what was found of each entrant.
fn concluded(
    entrants: &[Arc<Entrant>],
    tallies: Vec<Tally>,
    settings: &Settings,
    is_interrupted: bool,
    elapsed: Duration,
) -> Campaign {
    let mut campaign = Campaign {
        searched: Vec::new(),
        findings: Vec::new(),
        report: Report {
            seed: settings.seed,
            rows: Vec::new(),
            interrupted: is_interrupted,
            cannot_run: None,
            stale: Vec::new(),
            is_strict: false,
            measurements: BTreeMap::new(),
        },
    };
    for (entrant, mut tally) in entrants.iter().zip(tallies) {
        if tally.cases == 0 {
            tally.obstacle.get_or_insert_with(|| (VerdictWord::Skipped, NO_TURN.to_owned()));
        }
        campaign.report.rows.extend(rows(entrant, &tally));
        let subject = entrant.system.subject();
        campaign.searched.push(Searched {
            system: subject.id.clone(),
            kind: subject.kind,
            cases: tally.cases,
            kept: tally.kept,
            reason: tally.obstacle.map(|(_, reason)| reason),
        });
        campaign.findings.extend(tally.findings);
    }
    campaign.findings.sort_by(|a, b| key(a).cmp(&key(b)));
    let report = &mut campaign.report;
    report.rows.sort_by(|a, b| (&a.id, &a.system).cmp(&(&b.id, &b.system)));
    report.cannot_run = report.rows.iter().find(|row| row.cannot_run).and_then(|row| row.reason.clone());
    let sum = |count: fn(&Searched) -> u64| campaign.searched.iter().map(count).sum::<u64>() as f64;
    let (cases, kept, seconds) = (sum(|one| one.cases), sum(|one| one.kept), elapsed.as_secs_f64());
    report.measurements = BTreeMap::from([
        ("seconds".to_owned(), seconds),
        ("cases".to_owned(), cases),
        ("kept".to_owned(), kept),
        ("cases_per_second".to_owned(), cases / seconds.max(1e-9)),
    ]);
    campaign
}

fn key(row: &Row) -> (&str, &str, Option<crate::verdict::FailureKind>) {
    (&row.id, &row.system, row.departure.as_ref().map(|departure| departure.kind))
}

/// One row for each judge of an entrant.
fn rows(entrant: &Entrant, tally: &Tally) -> Vec<Row> {
    let row = |spec: &&'static Spec| {
        let found = tally.findings.iter().find(|row| row.id == spec.id);
        found.cloned().unwrap_or_else(|| {
            let blank = blank_row(&Pair { spec, system: Arc::clone(&entrant.system) });
            let (verdict, reason) = match &tally.obstacle {
                Some((verdict, reason)) => (*verdict, Some(reason.clone())),
                None => (VerdictWord::Pass, None),
            };
            let cannot_run = verdict == VerdictWord::Inconclusive && tally.cases == 0;
            Row { verdict, reason, cases: tally.cases, segmentation: None, cannot_run, ..blank }
        })
    };
    entrant.judges.iter().map(row).collect()
}
