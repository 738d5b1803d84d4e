//! Why nothing came of it: a sentence that names the file, and what helps.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Why a command was not obeyed; lower case, no full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// A file that is there is not what it should be.
    #[error("{place}: {sentence}")]
    Malformed { place: String, sentence: String, remedy: String },
    /// The machine does not let us.
    #[error("{place}: {sentence}")]
    CannotRun { place: String, sentence: String, remedy: String },
}

impl Refusal {
    /// `place` holds what cannot be understood.
    pub(crate) fn malformed(place: impl Display, sentence: impl Display, remedy: &str) -> Refusal {
        Refusal::Malformed {
            place: place.to_string(),
            sentence: sentence.to_string(),
            remedy: remedy.to_owned(),
        }
    }

    /// What was to be done with `place` cannot be done here.
    pub(crate) fn cannot_run(place: impl Display, sentence: impl Display, remedy: &str) -> Refusal {
        Refusal::CannotRun {
            place: place.to_string(),
            sentence: sentence.to_string(),
            remedy: remedy.to_owned(),
        }
    }

    /// The system did not let us do what `wish` says to `path`.
    pub(crate) fn denied(path: &Path, wish: &str, error: &io::Error, remedy: &str) -> Refusal {
        let text = error.to_string();
        // The number of the error says nothing that its words do not.
        let words = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        Refusal::cannot_run(path.display(), format!("it cannot be {wish}: {words}"), remedy)
    }

    /// What helps.
    pub(crate) fn remedy(&self) -> &str {
        match self {
            Refusal::Malformed { remedy, .. } | Refusal::CannotRun { remedy, .. } => remedy,
        }
    }

    /// 2 for what cannot be understood, 3 for what cannot be done, as everywhere in sockspec.
    pub(crate) fn exit(&self) -> ExitCode {
        match self {
            Refusal::Malformed { .. } => ExitCode::from(2),
            Refusal::CannotRun { .. } => ExitCode::from(3),
        }
    }
}
