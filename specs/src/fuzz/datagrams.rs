//! The kernel's UDP over loopback.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr};

use sockspec_harness::fuzz::execute::Lab;
use sockspec_harness::fuzz::mutate::Focus;
use sockspec_harness::fuzz::tame;
use sockspec_harness::link::Udp;
use sockspec_harness::plan::Plan;
use sockspec_harness::run::Row;
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::Kind;
use sockspec_harness::system::System;

use super::frames::of_specs;
use super::judged::examine;
use crate::{catalogue, datagram};

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// What serves all executions of a thread.
struct Bench {
    lab: Lab,
    system: Udp,
    spec: &'static Spec,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            lab: Lab::new().expect("a fuzzer has descriptors for a runtime"),
            system: Udp::new("udp-v4", IpAddr::V4(Ipv4Addr::LOCALHOST)),
            spec: catalogue::find("datagram/integrity")
                .expect("the spec that judges datagrams is in the catalogue"),
        }
    }
}

pub(super) fn udp(bytes: &[u8]) -> Option<Box<Row>> {
    let plan = Plan::decode(bytes);
    BENCH.with_borrow_mut(|bench| {
        let Bench { lab, system, spec } = bench.get_or_insert_with(Bench::new);
        let tame = |plan: &Plan| tame::datagram(system.subject(), plan);
        examine(spec, system.subject(), &plan, &tame, &mut |plan, patience| {
            lab.execute(&mut *system.world(), plan, patience)
        })
    })
}

pub(super) fn focus(_: &Plan) -> Focus<'static> {
    Focus { kind: Kind::Datagram, layout: None }
}

/// The specs' own plans for UDP, as far as they are short.
pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let udp = Udp::new("udp-v4", IpAddr::V4(Ipv4Addr::LOCALHOST));
    of_specs(datagram::SPECS.iter().copied(), udp.subject(), |plan| tame::of(udp.subject(), plan))
}
