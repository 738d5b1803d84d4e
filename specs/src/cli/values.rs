//! What the values of options mean, with a sentence for each way to get one wrong.

use std::ffi::{OsStr, OsString};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use sockspec_harness::run::{Glob, GlobError, parse_duration, parse_seed};

/// The most worker threads: beyond it a machine runs out of other things first.
const MOST_JOBS: usize = 1024;

/// The longest that one wait may be told to last.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

/// The longest campaign: six weeks.
const LONGEST_CAMPAIGN: Duration = Duration::from_secs(60_000 * 60);

/// The most that times can be stretched.
const LARGEST_SCALE: f64 = 1000.0;

/// A format of report files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportKind {
    Json,
    Junit,
    Markdown,
}

impl ReportKind {
    const ALL: [ReportKind; 3] = [ReportKind::Json, ReportKind::Junit, ReportKind::Markdown];

    /// The word that `--report` takes.
    pub(super) fn word(self) -> &'static str {
        match self {
            ReportKind::Json => "json",
            ReportKind::Junit => "junit",
            ReportKind::Markdown => "markdown",
        }
    }
}

/// A report file that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportFile {
    pub(super) kind: ReportKind,
    pub(super) path: PathBuf,
}

/// A seed: a whole number, or `random`.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    parse_seed(text).ok_or_else(|| format!("wanted a whole number from 0 to {}, or `random`", u64::MAX))
}

/// A pattern of ids; blanks around it are a list's that was written with them.
pub(super) fn glob(text: &str) -> Result<Glob, GlobError> {
    text.trim().parse()
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    match word.bytes().all(is_plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A number of worker threads.
pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let number: Option<NonZeroUsize> = text.parse().ok();
    number
        .filter(|number| number.get() <= MOST_JOBS)
        .ok_or_else(|| format!("wanted a whole number from 1 to {MOST_JOBS}"))
}

/// A number of cases.
pub(super) fn cases(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| format!("wanted a whole number from 1 to {}", u64::MAX))
}

/// How long one wait may last.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|duration| (Duration::from_millis(1)..=LONGEST_TIMEOUT).contains(duration))
        .ok_or_else(|| "wanted a time from 1ms to 60m, like 500ms, 2s or 1m".into())
}

/// How long a campaign may take.
pub(super) fn campaign_time(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|duration| (Duration::from_millis(1)..=LONGEST_CAMPAIGN).contains(duration))
        .ok_or_else(|| "wanted a time from 1ms to 60000m, like 30s or 10m".into())
}

/// By what times are stretched.
pub(super) fn scale(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| (0.01..=LARGEST_SCALE).contains(number))
        .ok_or_else(|| format!("wanted a number from 0.01 to {LARGEST_SCALE}"))
}

/// A format and a path, with `=` between.
pub(super) fn report_file(text: OsString) -> Result<ReportFile, String> {
    let known = ReportKind::ALL.map(ReportKind::word).join(", ");
    let (kind, path) =
        split(&text).ok_or_else(|| format!("wanted KIND=PATH, where KIND is one of {known}"))?;
    let Some(kind) = ReportKind::ALL.into_iter().find(|known| kind == known.word()) else {
        return Err(format!("there is no report format {:?}; there are {known}", kind.to_string_lossy()));
    };
    if path.is_empty() {
        return Err(format!("wanted a path behind `{}=`", kind.word()));
    }
    Ok(ReportFile { kind, path: path.into() })
}

/// What stands before the first `=` and what behind it; a path need not be Unicode.
fn split(text: &OsStr) -> Option<(&OsStr, &OsStr)> {
    let bytes = text.as_encoded_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=')?;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some((OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..])))
    }
    #[cfg(not(unix))]
    {
        let (kind, path) = text.to_str()?.split_at(at);
        Some((OsStr::new(kind), OsStr::new(&path[1..])))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ReportKind, cases, jobs, quoted, report_file, scale, seed, timeout};

    #[test]
    fn a_seed_is_a_number_or_random() {
        assert_eq!(seed("0"), Ok(0));
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "-1", "+1", "1.5", "0x10", "Random", "18446744073709551616"] {
            assert!(seed(text).is_err(), "{text}");
        }
        assert_ne!(seed("random").expect("it is a seed"), seed("random").expect("it is a seed"));
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (word, expected) in [
            ("corpus/tcp-v4", "corpus/tcp-v4"),
            ("", "''"),
            ("my corpus", "'my corpus'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(jobs("3").unwrap().get(), 3);
        assert!(["0", "-1", "1025", "many", ""].iter().all(|text| jobs(text).is_err()));
        assert_eq!(cases("3000").unwrap().get(), 3000);
        assert!(["0", "-1", "x", ""].iter().all(|text| cases(text).unwrap_err().starts_with("wanted")));
        assert_eq!(scale("0.5"), Ok(0.5));
        assert!(["0", "-1", "NaN", "inf", "1001", ""].iter().all(|text| scale(text).is_err()));
        assert_eq!(timeout("2s").unwrap().as_secs(), 2);
        assert!(["0s", "2x", "61m", "-1s", ""].iter().all(|text| timeout(text).is_err()));
    }

    #[test]
    fn a_report_file_has_a_format_that_exists_and_a_path() {
        let file = report_file("json=a=b.json".into()).unwrap();
        assert_eq!((file.kind, file.path.as_path()), (ReportKind::Json, Path::new("a=b.json")));
        for (text, said) in [
            ("json", "wanted KIND=PATH"),
            ("html=x", "there is no report format \"html\"; there are json, junit, markdown"),
            ("junit=", "wanted a path"),
        ] {
            let error = report_file(text.into()).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
