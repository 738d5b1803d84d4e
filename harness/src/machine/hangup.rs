//! The signal of a terminal that goes away (SIGHUP): whoever was told to ignore it goes on ignoring it.

/// Calls `install`, which may handle the signal from then on, and has it ignored again if it was ignored before, as nohup(1) asks.
#[cfg(unix)]
pub fn stays_ignored<T>(install: impl FnOnce() -> T) -> T {
    let mut before = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: no new action is given, and the one that stands is written where it is told to.
    let is_known = unsafe { libc::sigaction(libc::SIGHUP, std::ptr::null(), before.as_mut_ptr()) } == 0;
    // SAFETY: it was zeroed, which is an action like any other.
    let before = unsafe { before.assume_init() };
    let installed = install();
    if is_known && before.sa_sigaction == libc::SIG_IGN {
        // SAFETY: ignoring a signal calls nobody.
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
    }
    installed
}

/// Calls `install`: there is no such signal.
#[cfg(not(unix))]
pub fn stays_ignored<T>(install: impl FnOnce() -> T) -> T {
    install()
}
