//! The bodies of the fuzz targets: what must hold of any bytes.
//!
//! Most bodies take bytes as a plan, make it one that a conforming system satisfies, run it, and have it judged by the spec
//! whose oracle is the most general of its group; so a finding is a failing row with a token like any other.
//! A body that finds something panics with that row: that is how a fuzzer is told.
//! `Target::examine` gives the row itself, from the file that the fuzzer left.
//!
//! They are functions of a library, so that `fuzz/` has a line for each, and tests and benches run them on stable Rust.

mod canary;
mod corpus;
mod crash;
mod datagrams;
mod dictionary;
mod differential;
mod entrant;
mod frames;
mod judged;
mod streams;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sockspec_harness::fuzz::mutate::{Focus, mutate, mutate_bytes};
use sockspec_harness::plan::{Draw, Plan};
use sockspec_harness::run::Row;
use sockspec_harness::system::System;

pub use canary::executions_until_canary_falls;
pub use corpus::Corpus;
pub use crash::Crash;
pub use dictionary::plan_dictionary;
pub use differential::{add_published, compared};
pub use entrant::{JUDGES, entrant, entrants};

/// One fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of its file in `fuzz/fuzz_targets`, and of its folders of seeds and regressions.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub rule: &'static str,
    /// Whether it holds of some bytes.
    trial: Trial,
    /// What a plan is for whose bytes these are; `None` where bytes are no plan.
    focus: Option<fn(&Plan) -> Focus<'static>>,
    /// The seeds, by name.
    seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// How it is tried whether what must hold of some bytes does.
#[derive(Clone, Copy, Debug)]
enum Trial {
    /// Panics if it does not hold.
    Held(fn(&[u8])),
    /// The row of the departure, if it does not hold.
    Judged(fn(&[u8]) -> Option<Box<Row>>),
}

/// Every target, in the order in which lists show them; the canary is last.
pub const TARGETS: [&Target; 14] = [
    &PLAN_DECODE,
    &FRAMING_REFERENCE,
    &FRAMING_TOKIO_UTIL,
    &FRAMING_DIFFERENTIAL,
    &STREAM_TCP_NEW,
    &STREAM_TCP_KEPT,
    &DATAGRAM_UDP,
    &TOKEN,
    &PLAN_TEXT,
    &KNOWN_FAILING,
    &LAYOUT_WORDS,
    &GLOB,
    &DURATION,
    &CANARY,
];

/// Any bytes are a plan with one canonical form.
pub const PLAN_DECODE: Target = Target {
    name: "plan_decode",
    rule: "any bytes say a plan, and the canonical bytes of a plan say that plan and no other",
    trial: Trial::Held(sockspec_harness::fuzz::plan_decode),
    focus: None,
    seeds: words::plans,
};

/// The reference codec in each of its layouts.
pub const FRAMING_REFERENCE: Target = Target {
    name: "framing_reference",
    rule: "the reference codec departs from no rule of framing, whatever is laid on the wire and wherever it is cut",
    trial: Trial::Judged(frames::reference),
    focus: Some(frames::reference_focus),
    seeds: frames::seeds,
};

/// tokio-util's `LengthDelimitedCodec` in each of its layouts.
pub const FRAMING_TOKIO_UTIL: Target = Target {
    name: "framing_tokio_util",
    rule: "LengthDelimitedCodec departs from no rule of framing but the one about an end behind a header",
    trial: Trial::Judged(frames::tokio_util),
    focus: Some(frames::tokio_util_focus),
    seeds: frames::seeds,
};

/// Several codecs of one layout, published ones among them.
pub const FRAMING_DIFFERENTIAL: Target = Target {
    name: "framing_differential",
    rule: "codecs of one layout make the same of the same bytes, wherever these are cut",
    trial: Trial::Held(differential::differential),
    focus: Some(differential::focus),
    seeds: frames::seeds,
};

/// TCP over loopback, with a new connection for each execution.
pub const STREAM_TCP_NEW: Target = Target {
    name: "stream_tcp_new",
    rule: "the kernel's TCP loses, adds and reorders nothing from the opening of a connection to its end",
    trial: Trial::Judged(streams::new),
    focus: Some(streams::focus),
    seeds: streams::seeds,
};

/// TCP over loopback, on a connection that serves many executions.
pub const STREAM_TCP_KEPT: Target = Target {
    name: "stream_tcp_kept",
    rule: "the kernel's TCP loses, adds and reorders nothing on a connection that goes on and on",
    trial: Trial::Judged(streams::kept),
    focus: Some(streams::focus),
    seeds: streams::seeds,
};

/// UDP over loopback.
pub const DATAGRAM_UDP: Target = Target {
    name: "datagram_udp",
    rule: "the kernel's UDP delivers datagrams whole, unchanged and once, or counts what it drops",
    trial: Trial::Judged(datagrams::udp),
    focus: Some(datagrams::focus),
    seeds: datagrams::seeds,
};

/// Replay tokens.
pub const TOKEN: Target = Target {
    name: "token",
    rule: "any text is a replay token with one form, or is refused",
    trial: Trial::Held(words::token),
    focus: None,
    seeds: words::tokens,
};

/// The text form of plans.
pub const PLAN_TEXT: Target = Target {
    name: "plan_text",
    rule: "any text is a plan whose text says that plan, or is refused",
    trial: Trial::Held(words::plan_text),
    focus: None,
    seeds: words::plan_texts,
};

/// Lists of known failures.
pub const KNOWN_FAILING: Target = Target {
    name: "known_failing",
    rule: "any text is a list of known failures, or is refused with its line",
    trial: Trial::Held(words::known_failing),
    focus: None,
    seeds: words::known_failings,
};

/// The words for a layout.
pub const LAYOUT_WORDS: Target = Target {
    name: "layout_words",
    rule: "any text is a layout whose words say that layout, and which reads the frames it writes, or is refused",
    trial: Trial::Held(words::layout_words),
    focus: None,
    seeds: words::layouts,
};

/// Patterns for ids.
pub const GLOB: Target = Target {
    name: "glob",
    rule: "any two lines are a pattern and an id to match, or the pattern is refused with its column",
    trial: Trial::Held(words::glob),
    focus: None,
    seeds: words::globs,
};

/// Durations.
pub const DURATION: Target = Target {
    name: "duration",
    rule: "any text is a duration, or is refused",
    trial: Trial::Held(words::duration),
    focus: None,
    seeds: words::durations,
};

/// A planted bug that must be found.
pub const CANARY: Target = Target {
    name: "canary",
    rule: "a decoder that loses its place at a header cut in two is found: this target must fall",
    trial: Trial::Judged(canary::canary),
    focus: Some(canary::focus),
    seeds: Vec::new,
};

impl Target {
    /// What a fuzzer runs.
    ///
    /// # Panics
    /// If what must hold does not hold of these bytes: with the report and its replay token, if they say a plan.
    pub fn body(&self, bytes: &[u8]) {
        match self.trial {
            Trial::Held(held) => held(bytes),
            Trial::Judged(judged) => {
                if let Some(row) = judged(bytes) {
                    panic!("{}", judged::in_words(&row));
                }
            }
        }
    }

    /// The seeds by name, as they lie in `fuzz/seeds`: written from plans and texts of this library, and the same each time.
    pub fn seeds(&self) -> Vec<(String, Vec<u8>)> {
        (self.seeds)()
    }

    /// Changes bytes for the next execution: as a plan if they are one, and as the fuzzer does by itself (`plain`) if they are not.
    ///
    /// The first `size` of `data` are changed to at most `max_size`; answers the new size.
    pub fn mutate(
        &self,
        data: &mut [u8],
        size: usize,
        max_size: usize,
        seed: u32,
        plain: fn(&mut [u8], usize, usize) -> usize,
    ) -> usize {
        match self.focus {
            Some(focus) => mutate_bytes(data, size, max_size, seed, focus, plain),
            None => plain(data, size, max_size),
        }
    }

    /// Changes a plan as [`Target::mutate`] changes its bytes; false where bytes are no plan.
    pub fn mutate_plan(&self, plan: &mut Plan, draw: &mut Draw) -> bool {
        let Some(focus) = self.focus else { return false };
        let focus = focus(plan);
        mutate(plan, &focus, draw);
        true
    }
}

/// A system that only the targets run, by its name: a token of what they found is replayed on it.
pub fn system(id: &str) -> Option<Arc<dyn System>> {
    let codecs = [frames::references(), frames::length_delimited(), canary::codecs()];
    codecs.into_iter().find_map(|codecs| codecs.find(id))
}

/// The target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
