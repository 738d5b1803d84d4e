//! Ctrl-C: the first ends the run with a report of what ran, the second ends the program.
//! SIGTERM, and SIGHUP unless it is ignored, count as one: who ends a job or closes a terminal gets the report, too.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use sockspec_harness::machine::hangup;

use super::exit::Exit;

/// What comes so soon behind the first signal is the same: timeout(1) sends one to its child, and then to all of its group.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// What ends a run early.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    stop: Arc<AtomicBool>,
    signalled: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens for Ctrl-C from now on; `temporary` files go if the program is ended at once.
    pub(super) fn listen(temporary: Vec<PathBuf>) -> Interrupt {
        let interrupt = Interrupt::default();
        let heard = interrupt.clone();
        // Where signals cannot be had, Ctrl-C ends the program without a report, as it does everywhere.
        let first = OnceLock::new();
        let handler = move || {
            heard.stop.store(true, Ordering::Relaxed);
            let is_again = first.get_or_init(Instant::now).elapsed() >= SAME_SIGNAL;
            if heard.signalled.swap(true, Ordering::Relaxed) && is_again {
                for path in &temporary {
                    let _ = std::fs::remove_file(path);
                }
                std::process::exit(Exit::Interrupted.code().into());
            }
        };
        let _ = hangup::stays_ignored(|| ctrlc::set_handler(handler));
        interrupt
    }

    /// The flag that runs obey.
    pub(super) fn flag(&self) -> &Arc<AtomicBool> {
        &self.stop
    }

    /// Ends the run without anyone having pressed anything.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_signalled(&self) -> bool {
        self.signalled.load(Ordering::Relaxed)
    }
}
