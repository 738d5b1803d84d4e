//! How a campaign goes: on stderr, and only on a terminal.

use std::fmt;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use sockspec_harness::run::CampaignEvent;

/// A line that follows a campaign.
///
/// It is redrawn when something has happened, as it does many times a second; drawing it on a thread of its own would ask for one more.
pub(super) struct Progress {
    bar: ProgressBar,
    kept: u64,
    found: u64,
}

impl Progress {
    /// A line, or nothing if `quiet` or if stderr is no terminal.
    pub(super) fn new(quiet: bool) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{elapsed} {human_pos} cases, {rate}, {wide_msg}")
            .expect("the template is a constant with known keys")
            .with_key("rate", |state: &ProgressState, line: &mut dyn fmt::Write| {
                let _ = write!(line, "{}/s", HumanCount(state.per_sec() as u64));
            });
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        let progress = Progress { bar, kept: 0, found: 0 };
        progress.count();
        progress
    }

    /// Shows what happened.
    pub(super) fn follow(&mut self, event: &CampaignEvent) {
        match event {
            CampaignEvent::Went { cases, kept } => {
                self.kept += kept;
                self.bar.inc(*cases);
                self.count();
            }
            CampaignEvent::Found(row) => {
                self.found += 1;
                self.bar.println(format!("found {} on {}", row.id, row.system));
                self.count();
            }
            CampaignEvent::Abandoned { system } => {
                self.bar.println(format!("a call of {system} did not return: its thread is left to itself"));
            }
            CampaignEvent::Interrupting => {
                self.bar.println("interrupted: waiting for what is under way; Ctrl-C again ends at once");
            }
            _ => {}
        }
    }

    fn count(&self) {
        self.bar.set_message(format!("{} kept, {} found", self.kept, self.found));
    }

    /// Takes the line away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
