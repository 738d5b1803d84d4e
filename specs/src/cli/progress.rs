//! The progress bar: on stderr, and only on a terminal.

use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sockspec_harness::run::Event;

/// A bar that follows a run.
pub(super) struct Progress {
    bar: ProgressBar,
    under_way: BTreeSet<(String, String)>,
}

impl Progress {
    /// A bar, or nothing if `quiet` or if stderr is no terminal.
    pub(super) fn new(quiet: bool) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}")
            .expect("the template is a constant with known keys");
        Progress {
            bar: ProgressBar::with_draw_target(Some(0), target).with_style(style),
            under_way: BTreeSet::new(),
        }
    }

    /// Shows what happened.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::Started { rows } => self.bar.set_length(*rows as u64),
            Event::RowStarted { id, system } => {
                self.under_way.insert((id.clone(), system.clone()));
                self.name_one();
            }
            Event::RowFinished(row) => {
                self.under_way.remove(&(row.id.clone(), row.system.clone()));
                self.bar.inc(1);
                self.name_one();
            }
            Event::Abandoned { system } => {
                self.bar.println(format!("a call of {system} did not return: its thread is left to itself"));
            }
            Event::Interrupting => {
                self.bar.println("interrupted: waiting for what is under way; Ctrl-C again ends at once");
            }
            _ => {}
        }
    }

    /// Names one of the rows under way, always the one that comes first, so that a slow one is seen.
    fn name_one(&self) {
        let text = self.under_way.first().map_or(String::new(), |(id, system)| format!("{id} on {system}"));
        self.bar.set_message(text);
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
