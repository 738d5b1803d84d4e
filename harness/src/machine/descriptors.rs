//! How many descriptors this process may have, and has.
//!
//! Plans with many connections are sized by it, and running out of them is told apart from a system that fails.

/// How many descriptors this process may have at once (`RLIMIT_NOFILE`, POSIX getrlimit); `None` if there is no limit, or none is known.
#[cfg(unix)]
pub fn limit() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit writes into the structure that it is given, which outlives the call.
    let result = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    (result == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// How many descriptors this process may have at once; not known on this system.
#[cfg(not(unix))]
pub fn limit() -> Option<u64> {
    None
}

/// How many descriptors are open now; `None` where the system has no list of them (`/proc/self/fd`, `/dev/fd`).
pub fn open() -> Option<u64> {
    let list = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    let entries = std::fs::read_dir(list).ok()?.count() as u64;
    // Reading the list takes one.
    Some(entries.saturating_sub(1))
}

/// How many more descriptors can be opened; `None` if that is not known.
pub fn free() -> Option<u64> {
    Some(limit()?.saturating_sub(open()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{free, limit, open};

    #[test]
    fn a_process_has_at_least_its_standard_streams_and_stays_below_its_limit() {
        let limit = limit().unwrap_or(u64::MAX);
        let open = open().unwrap();
        assert!((3..=limit).contains(&open), "{open} of {limit}");
        assert!(free().is_none_or(|free| free < limit));
    }
}
