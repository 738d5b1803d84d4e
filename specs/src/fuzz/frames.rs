//! Codecs over memory, held against the layout: nothing waits, so an execution costs some microseconds.
//!
//! The number of the connection on which a plan begins says in which of the layouts it is run,
//! so that one corpus serves all of them and a fuzzer goes from one to another by changing one number.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sockspec_harness::codec::Codec;
use sockspec_harness::fuzz::execute::at_once;
use sockspec_harness::fuzz::mutate::Focus;
use sockspec_harness::fuzz::tame;
use sockspec_harness::layout::{Layout, LengthField};
use sockspec_harness::link::DirectCodec;
use sockspec_harness::plan::{Draw, Plan};
use sockspec_harness::run::{DEFAULT_SEED, Row};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Capability, Kind, Subject};
use sockspec_harness::system::System;
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::Verdict;
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::codec::length_delimited::Builder;

use super::judged::examine;
use crate::codec::{Decodes, TokioCodec};
use crate::systems::reference::factory;
use crate::{catalogue, framing as group};

/// The most plans of one spec that become seeds: those of a group resemble each other.
const SEEDS_OF_A_SPEC: usize = 3;

/// The longest seed in bytes.
const LONGEST_SEED: usize = 600;

/// The largest payload in bytes where the layout's own limit would only make executions long.
const LARGEST: u64 = 4096;

/// A codec under fuzzing: its systems, one for each layout, and what judges them.
pub(super) struct Codecs {
    systems: Vec<Arc<DirectCodec>>,
    spec: &'static Spec,
}

impl Codecs {
    /// The codecs of these systems, judged by the spec of that id.
    pub(super) fn new(systems: Vec<DirectCodec>, id: &str) -> Codecs {
        let spec = catalogue::find(id).expect("the spec that judges codecs is in the catalogue");
        Codecs { systems: systems.into_iter().map(Arc::new).collect(), spec }
    }

    /// The system of that name.
    pub(super) fn find(&self, id: &str) -> Option<Arc<dyn System>> {
        let found = self.systems.iter().find(|system| system.subject().id == id)?;
        Some(Arc::clone(found) as Arc<dyn System>)
    }

    /// The system that runs a plan.
    fn system_of(&self, plan: &Plan) -> &DirectCodec {
        let number = plan.steps.first().map_or(0, |step| usize::from(step.end.connection));
        &self.systems[number % self.systems.len()]
    }

    /// What a plan is for.
    pub(super) fn focus(&'static self, plan: &Plan) -> Focus<'static> {
        Focus { kind: Kind::Framing, layout: Some(layout_of(self.system_of(plan))) }
    }

    /// Runs a plan once: what was seen, and whether it departed from the rule.
    pub(super) fn probe(&self, plan: &Plan) -> (Trace, bool) {
        let system = self.system_of(plan);
        let plan = tame::framing(system.subject(), plan);
        let trace = at_once(&mut *system.world(), &plan);
        let verdict = (self.spec.judge)(system.subject(), &[plan], std::slice::from_ref(&trace));
        (trace, matches!(verdict, Verdict::Fail(_)))
    }

    /// Runs the plan that the bytes say, and has it judged.
    pub(super) fn examine(&self, bytes: &[u8]) -> Option<Box<Row>> {
        let plan = Plan::decode(bytes);
        let system = self.system_of(&plan);
        let tame = |plan: &Plan| tame::framing(system.subject(), plan);
        let mut execute = |plan: &Plan, _: Duration| at_once(&mut *system.world(), plan);
        examine(self.spec, system.subject(), &plan, &tame, &mut execute)
    }
}

fn layout_of(system: &DirectCodec) -> &Layout {
    system.subject().layout.as_ref().expect("a system of framing has a layout")
}

pub(super) fn reference(bytes: &[u8]) -> Option<Box<Row>> {
    references().examine(bytes)
}

pub(super) fn reference_focus(plan: &Plan) -> Focus<'static> {
    references().focus(plan)
}

/// The reference codec keeps even the rule that widely used codecs break.
pub(super) fn references() -> &'static Codecs {
    static CODECS: OnceLock<Codecs> = OnceLock::new();
    CODECS.get_or_init(|| {
        let layouts = [
            ("u32be", Layout::u32_be().max_frame(1 << 16)),
            ("netstring", Layout::netstring().max_frame(1000)),
            ("u16le", Layout::u16_le()),
            ("varint", Layout::varint().max_frame(1 << 15)),
            ("u8", Layout::u8()),
            ("u16be", Layout::u16_be()),
            ("u24be", Layout::u24_be().max_frame(LARGEST)),
            ("u32le", Layout::u32_le().max_frame(LARGEST)),
            ("u64be", Layout::u64_be().max_frame(LARGEST)),
            ("u64le", Layout::u64_le().max_frame(LARGEST)),
        ];
        let system = |(word, layout): (&str, Layout)| {
            DirectCodec::new(Subject::framing(format!("reference-{word}"), layout.clone()), factory(&layout))
        };
        Codecs::new(layouts.into_iter().map(system).collect(), "framing/end-after-header")
    })
}

pub(super) fn tokio_util(bytes: &[u8]) -> Option<Box<Row>> {
    length_delimited().examine(bytes)
}

pub(super) fn tokio_util_focus(plan: &Plan) -> Focus<'static> {
    length_delimited().focus(plan)
}

/// Each layout that tokio-util's codec can be made for.
pub(super) fn length_delimited() -> &'static Codecs {
    static CODECS: OnceLock<Codecs> = OnceLock::new();
    CODECS.get_or_init(|| {
        let plain = |word, layout: Layout| {
            let layout = if layout.largest() > LARGEST { layout.max_frame(LARGEST) } else { layout };
            let (field, largest) = (layout.field(), layout.largest() as usize);
            delimited(word, layout, move || {
                let mut builder = with_field(field);
                builder.max_frame_length(largest);
                builder
            })
        };
        let systems = vec![
            plain("u32be", Layout::u32_be()),
            plain("u8", Layout::u8()),
            plain("u16be", Layout::u16_be()),
            plain("u16le", Layout::u16_le()),
            plain("u24be", Layout::u24_be()),
            plain("u24le", Layout::of(LengthField::LittleEndian { width: 3 })),
            plain("u32le", Layout::u32_le()),
            plain("u64be", Layout::u64_be()),
            plain("u64le", Layout::u64_le()),
            delimited("with-header", Layout::u32_be().length_includes_header().max_field(LARGEST), || {
                let mut builder = LengthDelimitedCodec::builder();
                builder.length_adjustment(-4).max_frame_length(LARGEST as usize);
                builder
            }),
            decoding("keeps-header", Layout::u32_be().max_frame(LARGEST).keeps_header(), || {
                let mut builder = LengthDelimitedCodec::builder();
                builder.length_adjustment(4).num_skip(0).max_frame_length(LARGEST as usize);
                builder
            }),
            decoding("offset-and-gap", Layout::u16_be().offset(2).gap(3).max_frame(LARGEST), || {
                let mut builder = LengthDelimitedCodec::builder();
                builder.length_field_offset(2).length_field_length(2).num_skip(7);
                builder.max_frame_length(LARGEST as usize);
                builder
            }),
        ];
        Codecs::new(systems, "framing/every-split")
    })
}

fn with_field(field: LengthField) -> Builder {
    let mut builder = LengthDelimitedCodec::builder();
    match field {
        LengthField::LittleEndian { width } => builder.little_endian().length_field_length(width.into()),
        LengthField::BigEndian { width } => builder.length_field_length(width.into()),
        LengthField::Varint | LengthField::Decimal => &mut builder,
    };
    builder
}

fn delimited(
    word: &str,
    layout: Layout,
    builder: impl Fn() -> Builder + Send + Sync + 'static,
) -> DirectCodec {
    let make = move || Box::new(TokioCodec(builder().new_codec())) as Box<dyn Codec>;
    DirectCodec::new(Subject::framing(format!("tokio-util-{word}"), layout), Arc::new(make))
}

/// A codec whose encoder writes something else than its decoder reads, by design: a header is its user's to write.
fn decoding(
    word: &str,
    layout: Layout,
    builder: impl Fn() -> Builder + Send + Sync + 'static,
) -> DirectCodec {
    let make = move || Box::new(Decodes(builder().new_codec())) as Box<dyn Codec>;
    let subject = Subject::framing(format!("tokio-util-{word}"), layout).without(Capability::Encodes);
    DirectCodec::new(subject, Arc::new(make))
}

/// The specs' own plans for the reference codec in its first layout, as far as they are short.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let system = &references().systems[0];
    of_specs(group::SPECS.iter().copied(), system.subject(), |plan| tame::framing(system.subject(), plan))
}

/// Some plans of each spec that applies, tame, by the spec's name and a number.
pub(super) fn of_specs(
    specs: impl IntoIterator<Item = &'static Spec>,
    subject: &Subject,
    tame: impl Fn(&Plan) -> Plan,
) -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<(String, Vec<u8>)> = Vec::new();
    for spec in specs {
        if spec.needs.lacking(subject).is_some() || !spec.needs.concern(subject) {
            continue;
        }
        let mut draw = Draw::new(DEFAULT_SEED, &[spec.id, &subject.id]);
        let mut number = 0;
        for plan in (spec.experiments)(subject, &mut draw).iter().flat_map(|experiment| &experiment.plans) {
            let bytes = tame(plan).encode();
            if number < SEEDS_OF_A_SPEC
                && bytes.len() <= LONGEST_SEED
                && !seeds.iter().any(|(_, seed)| *seed == bytes)
            {
                seeds.push((format!("{}-{number}", spec.id.replace('/', "-")), bytes));
                number += 1;
            }
        }
    }
    seeds
}
