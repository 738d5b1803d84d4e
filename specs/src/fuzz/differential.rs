//! Several codecs of one layout run the same plan, and must make the same of it.
//!
//! Here are the codecs that this package knows; `fuzz/` adds published ones, whose versions it pins, by [`add_published`].
//! Why not one system for each, judged alone: an oracle says what a rule forbids, and where it forbids nothing
//! two codecs that disagree still cannot talk to each other.

use std::sync::{Arc, OnceLock};

use sockspec_harness::codec::Codec;
use sockspec_harness::fuzz::execute::at_once;
use sockspec_harness::fuzz::mutate::Focus;
use sockspec_harness::fuzz::tame;
use sockspec_harness::layout::{Layout, LengthField};
use sockspec_harness::link::DirectCodec;
use sockspec_harness::oracle::framing::{exact, exact_to_the_header};
use sockspec_harness::plan::{Cuts, Operation, Plan};
use sockspec_harness::subject::{Capability, Kind, Subject};
use sockspec_harness::system::System;
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::Verdict;
use tokio_util::codec::LengthDelimitedCodec;

use crate::codec::TokioCodec;
use crate::systems::reference::factory;

/// The largest payload in bytes of the layouts that have one.
const LARGEST: u64 = 1 << 10;

static PUBLISHED: OnceLock<fn() -> Vec<DirectCodec>> = OnceLock::new();

/// Adds codecs to those that are compared; a codec is compared with those whose layout equals its own.
///
/// It counts if it is called before the first plan is run, and the first time only.
pub fn add_published(codecs: fn() -> Vec<DirectCodec>) {
    PUBLISHED.get_or_init(|| codecs);
}

/// Names of the codecs that are compared, those that are compared with each other side by side.
pub fn compared() -> Vec<Vec<&'static str>> {
    let name = |codec: &'static DirectCodec| codec.subject().id.as_str();
    groups().iter().map(|group| group.iter().map(name).collect()).collect()
}

/// Codecs of one layout.
type Group = Vec<DirectCodec>;

/// # Panics
/// If two codecs make something different of a plan: with the plan, and what each made of it.
pub(super) fn differential(bytes: &[u8]) {
    let plan = Plan::decode(bytes);
    if let Some(words) = disagreement(group_of(&plan), &plan) {
        panic!("{words}");
    }
}

/// What codecs of one layout disagree about, if they do.
fn disagreement(group: &[DirectCodec], plan: &Plan) -> Option<String> {
    let subject = group.first()?.subject();
    let plan = tame::framing(subject, plan);
    let made: Vec<Made> = group
        .iter()
        .map(|codec| Made::of(codec.subject(), &plan, &at_once(&mut *codec.world(), &plan)))
        .collect();
    let is_alike = |(index, one): (usize, &Made)| made[..index].iter().all(|other| one.agrees(other));
    if made.iter().enumerate().all(is_alike) {
        return None;
    }
    let line = |(codec, made): (&DirectCodec, &Made)| format!("  {}: {made:?}", codec.subject().id);
    let lines: Vec<String> = group.iter().zip(&made).map(line).collect();
    let layout = subject.layout.as_ref().map(Layout::to_string).unwrap_or_default();
    Some(format!(
        "wanted the same of every codec of {layout}, saw\n{}\nin the plan\n{plan}",
        lines.join("\n")
    ))
}

pub(super) fn focus(plan: &Plan) -> Focus<'static> {
    Focus { kind: Kind::Framing, layout: group_of(plan)[0].subject().layout.as_ref() }
}

/// The codecs that run a plan: the number of its first connection says which, as for the other targets of codecs.
fn group_of(plan: &Plan) -> &'static Group {
    let number = plan.steps.first().map_or(0, |step| usize::from(step.end.connection));
    &groups()[number % groups().len()]
}

fn groups() -> &'static [Group] {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let mut groups: Vec<Group> = Vec::new();
        let published = PUBLISHED.get().map_or_else(Vec::new, |codecs| codecs());
        for codec in own().into_iter().chain(published) {
            let same = |group: &&mut Group| group[0].subject().layout == codec.subject().layout;
            match groups.iter_mut().find(same) {
                Some(group) => group.push(codec),
                None => groups.push(vec![codec]),
            }
        }
        // What stands alone has nobody to differ from.
        groups.retain(|group| group.len() > 1);
        groups
    })
}

/// The reference in the layouts that published codecs have, and tokio-util's codec, which is a dependency here.
fn own() -> Group {
    let layouts = [
        ("u32be", Layout::u32_be().max_frame(LARGEST)),
        ("u16le", Layout::u16_le()),
        ("varint", Layout::varint().max_frame(LARGEST)),
        ("u64be-unbounded", Layout::u64_be().max_frame(u64::MAX)),
        ("varint-unbounded", Layout::varint().max_frame(u64::MAX)),
    ];
    let reference = |(word, layout): (&str, Layout)| {
        DirectCodec::new(Subject::framing(format!("reference-{word}"), layout.clone()), factory(&layout))
    };
    let mut own: Group = layouts.into_iter().map(reference).collect();
    own.push(delimited("tokio-util-u32be", Layout::u32_be().max_frame(LARGEST), || {
        LengthDelimitedCodec::builder().max_frame_length(LARGEST as usize).new_codec()
    }));
    own.push(delimited("tokio-util-u16le", Layout::u16_le(), || {
        LengthDelimitedCodec::builder().little_endian().length_field_length(2).new_codec()
    }));
    // A payload that is too long with its header is taken by the encoder and refused by the decoder, which is known of it;
    // and without a maximum of one's own, its decoder refuses the two largest lengths that the field can say.
    let with_header = Layout::u16_le().length_includes_header().max_field(LARGEST);
    let with_header = Subject::framing("tokio-util-with-header", with_header).without(Capability::Encodes);
    own.push(DirectCodec::new(
        with_header,
        Arc::new(|| {
            let mut builder = LengthDelimitedCodec::builder();
            builder.little_endian().length_field_length(2).length_adjustment(-2);
            Box::new(TokioCodec(builder.max_frame_length(LARGEST as usize).new_codec()))
        }),
    ));
    own
}

fn delimited(
    id: &str,
    layout: Layout,
    make: impl Fn() -> LengthDelimitedCodec + Send + Sync + 'static,
) -> DirectCodec {
    let make = move || Box::new(TokioCodec(make())) as Box<dyn Codec>;
    DirectCodec::new(Subject::framing(id, layout), Arc::new(make))
}

/// What a codec made of a plan, without what codecs may choose: the words of an error, how soon a refusal comes, and what follows it.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    /// What its encoder emitted for each payload in bytes; `None` where it refused.
    encoded: Vec<Option<u64>>,
    /// What its decoder did; `None` where the bytes leave that to codecs.
    decoded: Option<Decoded>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Decoded {
    /// The frames that came out as they were laid, and when they were due.
    frames: u64,
    /// What else came out before it refused or the stream ended.
    besides: Vec<Outcome>,
    /// Cuts with which the wire, fed in every way, gave something else.
    differing: Vec<Option<Cuts>>,
    ending: Ending,
}

/// How a decoder ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ending {
    /// It has neither refused anything nor seen an end.
    #[default]
    Open,
    Clean,
    Refused,
    /// Cleanly right behind a header: a rule of its own, which published codecs are known to break.
    CleanBehindHeader,
}

impl Made {
    fn of(subject: &Subject, plan: &Plan, trace: &Trace) -> Made {
        let (mut encoded, mut decoded) = (Vec::new(), Decoded::default());
        for seen in &trace.observations {
            match &seen.outcome {
                Outcome::Encoded { len, .. } => encoded.push(Some(*len)),
                Outcome::EncodeRefused { .. } => encoded.push(None),
                _ if decoded.ending != Ending::Open => {}
                Outcome::Frames { count } => decoded.frames += count,
                Outcome::EveryWay { differing, .. } => decoded.differing.push(differing.clone()),
                Outcome::Refused { .. } => decoded.ending = Ending::Refused,
                Outcome::End => decoded.ending = Ending::Clean,
                Outcome::Done => {}
                other => decoded.besides.push(other.clone()),
            }
        }
        if decoded.ending == Ending::Clean && is_excused_end(subject, plan, trace) {
            decoded.ending = Ending::CleanBehindHeader;
        }
        Made { encoded, decoded: (!is_at_will(subject, plan)).then_some(decoded) }
    }

    fn agrees(&self, other: &Made) -> bool {
        let as_it_should = |decoded: &Option<Decoded>| {
            decoded.as_ref().map(|decoded| match decoded.ending {
                Ending::CleanBehindHeader => Ending::Refused,
                ending => ending,
            })
        };
        let besides = |made: &Made| {
            made.decoded.as_ref().map(|it| (it.frames, it.besides.clone(), it.differing.clone()))
        };
        self.encoded == other.encoded
            && as_it_should(&self.decoded) == as_it_should(&other.decoded)
            && besides(self) == besides(other)
    }
}

/// Whether bytes may say a length in a form that codecs may take or refuse: a varint has many for one length.
///
/// So it is of raw bytes, and of frames behind a loss or behind a header of something else, which are read as they were not laid.
fn is_at_will(subject: &Subject, plan: &Plan) -> bool {
    let field = subject.layout.as_ref().map(Layout::field);
    if !matches!(field, Some(LengthField::Varint | LengthField::Decimal)) {
        return false;
    }
    let mut is_shifted = false;
    plan.steps.iter().any(|step| match &step.operation {
        Operation::Raw(payload) => !payload.is_empty(),
        Operation::Frame(_) | Operation::Encode(_) => is_shifted,
        Operation::Header(_) => std::mem::replace(&mut is_shifted, true),
        Operation::Feed(feed) => {
            is_shifted |= feed.lost > 0;
            false
        }
        _ => false,
    })
}

fn is_excused_end(subject: &Subject, plan: &Plan, trace: &Trace) -> bool {
    let (plans, traces) = (std::slice::from_ref(plan), std::slice::from_ref(trace));
    exact(subject, plans, traces) == Verdict::Pass
        && exact_to_the_header(subject, plans, traces) != Verdict::Pass
}

#[cfg(test)]
mod tests {
    use sockspec_harness::fuzz::execute::at_once;
    use sockspec_harness::layout::Layout;
    use sockspec_harness::link::DirectCodec;
    use sockspec_harness::plan::{End, Feed, Operation, Plan, Script};
    use sockspec_harness::system::System;
    use tokio_util::codec::LengthDelimitedCodec;

    use super::{Ending, LARGEST, Made, compared, delimited, disagreement, groups};

    fn endings(plan: &Plan) -> Vec<(Ending, u64)> {
        let made = |codec: &DirectCodec| {
            let made = Made::of(codec.subject(), plan, &at_once(&mut *codec.world(), plan));
            made.decoded.map(|decoded| (decoded.ending, decoded.frames)).expect("no byte is at will")
        };
        groups()[0].iter().map(made).collect()
    }

    /// Two frames of that length, of which the last `lost` bytes never come.
    fn two(len: u64, lost: u32) -> Plan {
        let mut script = Script::new();
        for _ in 0..2 {
            let payload = script.payload(End::client(0), len);
            script = script.step(End::client(0), Operation::Frame(payload));
        }
        let script = script.step(End::peer(0), Operation::Feed(Feed { lost, ..Feed::default() }));
        script.step(End::peer(0), Operation::FeedEnd).plan()
    }

    #[test]
    fn a_departure_that_is_known_is_no_disagreement() {
        assert_eq!(compared()[0], ["reference-u32be", "tokio-util-u32be"]);
        assert_eq!(endings(&two(10, 10)), [(Ending::Refused, 1), (Ending::CleanBehindHeader, 1)]);
        assert_eq!(disagreement(&groups()[0], &two(10, 10)), None);
        assert_eq!(endings(&two(10, 9)), [(Ending::Refused, 1); 2]);
        assert_eq!(endings(&two(10, 0)), [(Ending::Clean, 2); 2]);
    }

    #[test]
    fn codecs_that_make_something_else_of_a_frame_disagree() {
        let make =
            |most: u64| move || LengthDelimitedCodec::builder().max_frame_length(most as usize).new_codec();
        let layout = Layout::u32_be().max_frame(LARGEST);
        let group =
            [delimited("one", layout.clone(), make(LARGEST)), delimited("other", layout, make(LARGEST - 1))];
        assert_eq!(disagreement(&group, &two(LARGEST - 1, 0)), None);
        let words = disagreement(&group, &two(LARGEST, 0)).expect("one takes what the other refuses");
        assert!(words.contains("other: ") && words.contains("Refused"), "{words}");
    }
}
