//! Sound codecs under plans that no spec thought of: frames behind a loss, headers without their payload, any bytes; none is accused.

use std::sync::Arc;

use sockspec_harness::fuzz::execute::at_once;
use sockspec_harness::fuzz::mutate::{Focus, mutate};
use sockspec_harness::fuzz::novelty::Explorer;
use sockspec_harness::fuzz::tame;
use sockspec_harness::oracle::framing::exact_to_the_header;
use sockspec_harness::plan::{End, Feed, Operation, Plan, Script};
use sockspec_harness::subject::Kind;
use sockspec_harness::system::System;
use sockspec_harness::verdict::Verdict;

use crate::format::Format;
use crate::{sound, systems};

/// How many plans are grown for each build in each format.
const PLANS: u32 = 200;

#[test]
fn plans_grown_at_random_accuse_nobody() {
    let mut accused = Vec::new();
    for (name, build) in sound::BUILDS {
        for (word, format) in Format::all() {
            let [system, _] = systems(&format!("{name}-{word}"), &format, build(format.clone()));
            let focus = Focus { kind: Kind::Framing, layout: Some(&format.layout) };
            let mut explorer = Explorer::new(1, Vec::new());
            for _ in 0..PLANS {
                let plan = explorer.propose(|plan, draw| mutate(plan, &focus, draw));
                accused.extend(accusation(&system, &plan, Some(&mut explorer)));
            }
        }
    }
    assert!(accused.is_empty(), "accused {} times:\n{}", accused.len(), accused.join("\n"));
}

/// What a plan, made one that every conforming codec satisfies, has against one.
fn accusation(system: &Arc<dyn System>, plan: &Plan, explorer: Option<&mut Explorer>) -> Option<String> {
    let subject = system.subject();
    let plan = tame::framing(subject, plan);
    let trace = at_once(&mut *system.world(), &plan);
    if let Some(explorer) = explorer {
        explorer.learn(&plan, &trace);
    }
    let verdict = exact_to_the_header(subject, std::slice::from_ref(&plan), &[trace]);
    let Verdict::Fail(finding) = verdict else { return None };
    Some(format!("{}: wanted {}, saw {}, in\n{plan}", subject.id, finding.expected, finding.actual))
}

/// A step of a plan in few words.
enum Word {
    Encode(u64),
    Frame(u64),
    Header(u64),
    /// Feeds all but for so many bytes.
    Feed(u32),
}

use Word::{Encode, Feed as Fed, Frame, Header};

#[test]
fn plans_that_accused_sound_codecs_do_so_no_more() {
    let cases: [(&str, &str, &[Word]); 7] = [
        // Behind a loss the frame that is refused takes other frames along.
        ("goes_on", "u16be,max-frame=1000", &[Frame(256), Frame(1002), Fed(16), Frame(518), Fed(0)]),
        ("goes_on", "tiny", &[Frame(5), Fed(1), Header(2), Header(1), Frame(0), Fed(0)]),
        // A header without its payload takes frames along, and an empty one lies inside the refused frame as well as behind it.
        ("goes_on", "tiny", &[Frame(5), Header(2), Frame(0), Frame(3), Fed(0)]),
        ("goes_on", "tiny", &[Header(4), Frame(0), Frame(0), Frame(1), Frame(0), Fed(0)]),
        // What an encoder writes in the place of filler is read as a length behind a loss.
        ("patient", "around", &[Encode(1), Encode(2), Fed(2), Encode(2), Fed(0)]),
        // Bytes of a payload are read as the first bytes of a length that is too large.
        ("early", "varint", &[Encode(1), Encode(2), Encode(3), Fed(1), Encode(3), Fed(0)]),
        // A digit too many, and no colon yet.
        ("patient", "netstring", &[Header(99_999), Fed(1)]),
    ];
    for (build, word, words) in cases {
        let (_, make) = sound::BUILDS.iter().find(|(name, _)| *name == build).expect("a build of that name");
        let format = Format::all().into_iter().find(|(name, _)| *name == word).map(|(_, format)| format);
        let format = format.unwrap_or_else(|| Format::of(word.parse().expect("the words for a layout")));
        let [system, _] = systems(&format!("{build}-{word}"), &format, make(format.clone()));
        assert_eq!(accusation(&system, &plan(words), None), None);
    }
}

fn plan(words: &[Word]) -> Plan {
    let (client, peer) = (End::client(0), End::peer(0));
    let mut script = Script::new();
    for word in words {
        script = match *word {
            Encode(len) => {
                let payload = script.payload(client, len);
                script.step(client, Operation::Encode(payload))
            }
            Frame(len) => {
                let payload = script.payload(client, len);
                script.step(client, Operation::Frame(payload))
            }
            Header(value) => script.step(client, Operation::Header(value)),
            Fed(lost) => script.step(peer, Operation::Feed(Feed { lost, ..Feed::default() })),
        };
    }
    script.plan()
}
