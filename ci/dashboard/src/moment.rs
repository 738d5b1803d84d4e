//! When a run was, to the second: the only room that reads the clock.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in universal time, written as `2026-11-22T14:43:18Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    seconds: u64,
}

impl Moment {
    /// This very second.
    pub(crate) fn now() -> Moment {
        // A clock before 1970 is set wrong, and 1970 is as good as anything it says.
        Moment::of(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Seconds since 1970.
    pub(crate) fn seconds(self) -> u64 {
        self.seconds
    }

    /// The day alone: `2026-11-22`.
    pub(crate) fn day(self) -> String {
        self.to_string().chars().take_while(|c| *c != 'T').collect()
    }

    /// The day and the minute: `2026-11-22 14:43`.
    pub(crate) fn minute(self) -> String {
        self.to_string().chars().take("2026-11-22T14:43".len()).collect::<String>().replace('T', " ")
    }

    fn of(since_1970: Duration) -> Moment {
        Moment { seconds: since_1970.as_secs() }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.seconds)).fmt(f)
    }
}

impl FromStr for Moment {
    type Err = String;

    /// Reads RFC 3339 in universal time; fractions of a second are dropped.
    fn from_str(text: &str) -> Result<Moment, String> {
        let refused = || format!("`{text}` is no time like 2026-11-22T14:43:18Z");
        let time = humantime::parse_rfc3339(text).map_err(|_| refused())?;
        time.duration_since(UNIX_EPOCH).map(Moment::of).map_err(|_| refused())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn moments_are_read_as_they_are_written() {
        let moment: Moment = "2026-11-22T14:43:18.5Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T14:43:18Z");
        assert_eq!(moment.minute(), "2026-11-22 14:43");
        assert_eq!((moment.day(), moment.seconds()), ("2026-11-22".to_owned(), 1_795_358_598));
        for wrong in ["", "yesterday", "2026-11-22", "2026-11-22T14:43:18+01:00", "1969-12-31T23:59:59Z"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }
}
