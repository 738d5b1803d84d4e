//! `stream/turn-taking`: question and answer, many times over one connection.
//!
//! A transport that forgets something when the direction changes passes every test that sends one way only.

use sockspec_harness::oracle;
use sockspec_harness::plan::{Cuts, Draw, End, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "stream/turn-taking",
    // How strongly it binds the kernel's own sockets, and then everything else.
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "each direction carries exactly its own bytes, however often the two take turns",
    clause: "RFC 9293 §2.2, §3.4",
    // Guarantees decide whether it is about a system at all; a capability or evidence that is lacking skips it, with the reason.
    needs: Needs::STREAM,
    // Each of these must make it fail: `sockspec mutants` and `cargo test` look.
    kills: &["drop-byte", "peer-direction-only"],
    experiments,
    judge,
};

/// How often each end speaks.
const TURNS: usize = 32;

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let byte_by_byte = Cuts::Every { len: 1, joined: false };
    let mut script = Script::open();
    for _ in 0..TURNS {
        // All choice comes from the draw, and so from the seed.
        let len = draw.length(1, 64);
        script = script.cut(End::client(0), len, byte_by_byte.clone(), Vec::new());
        script = script.cut(End::peer(0), len, byte_by_byte.clone(), Vec::new());
    }
    vec![script.finish_both(0).plan().into()]
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    oracle::stream::exact(plans, traces)
}
