//! The bodies hold for plans grown as a fuzzer grows them, and the canary does not.

use std::panic::catch_unwind;

use sockspec_harness::fuzz::execute::at_once;
use sockspec_harness::plan::{Draw, End, Feed, Operation, Plan, Script};
use sockspec_harness::trace::Outcome;

use super::{CANARY, TARGETS, Target};

/// Grows plans from nothing and from the seeds, and gives the bytes of each to `use_bytes`.
fn grown(target: &Target, count: u32, mut use_bytes: impl FnMut(&[u8])) {
    let mut draw = Draw::new(1, &["grown", target.name]);
    let mut plans = vec![Plan::default()];
    plans.extend(target.seeds().iter().map(|(_, seed)| Plan::decode(seed)));
    for _ in 0..count {
        let mut plan = draw.pick(&plans).clone();
        target.mutate_plan(&mut plan, &mut draw);
        use_bytes(&plan.encode());
        if plans.len() < 400 {
            plans.push(plan);
        } else {
            let at = draw.between(0, 399) as usize;
            plans[at] = plan;
        }
    }
}

#[test]
fn sound_systems_satisfy_every_plan_that_grows() {
    for target in TARGETS.into_iter().filter(|target| target.focus.is_some() && target.name != CANARY.name) {
        let is_memory = target.name.starts_with("framing");
        grown(target, if is_memory { 6000 } else { 800 }, |bytes| target.body(bytes));
    }
}

#[test]
fn seeds_are_named_once_and_satisfied() {
    for target in TARGETS {
        let seeds = target.seeds();
        for (index, (name, bytes)) in seeds.iter().enumerate() {
            assert!(!seeds[..index].iter().any(|(other, _)| other == name), "{}/{name}", target.name);
            target.body(bytes);
        }
        assert_eq!(seeds.is_empty(), target.name == CANARY.name, "{}", target.name);
    }
}

#[test]
fn a_wire_too_long_to_be_fed_in_every_way_is_fed_in_one() {
    let mut script = Script::new();
    let payload = script.payload(End::client(0), 300);
    let plan = script
        .step(End::client(0), Operation::Frame(payload))
        .step(End::peer(0), Operation::FeedEveryWay)
        .step(End::peer(0), Operation::Feed(Feed::default()))
        .plan();
    let systems = crate::systems::systems();
    let reference = systems.iter().find(|system| system.subject().id == "reference-u32be");
    let mut world = reference.expect("the reference codec is shipped").world();
    let trace = at_once(&mut *world, &plan);
    assert_eq!(trace.of_step(2).collect::<Vec<_>>(), [&Outcome::Frames { count: 1 }]);
}

#[test]
fn words_of_any_sort_are_read_or_refused() {
    for target in TARGETS.into_iter().filter(|target| target.focus.is_none()) {
        let mut draw = Draw::new(2, &["words", target.name]);
        let seeds = target.seeds();
        for _ in 0..3000 {
            let mut bytes = draw.pick(&seeds).1.clone();
            for _ in 0..draw.between(1, 4) {
                let at = draw.between(0, bytes.len() as u64) as usize;
                match draw.between(0, 2) {
                    0 if at < bytes.len() => bytes[at] = draw.between(0, 255) as u8,
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    _ => bytes.insert(at, *draw.pick(b"0123456789,=:/*?#+ \n-xabmshu\xFF")),
                }
            }
            target.body(&bytes);
        }
    }
}

#[test]
fn the_canary_falls_with_a_report_and_a_token() {
    let mut fallen = None;
    sockspec_harness::drive::silence_panics();
    grown(&CANARY, 4000, |bytes| {
        if fallen.is_none() {
            fallen = catch_unwind(|| CANARY.body(bytes)).err();
        }
    });
    let words = fallen.expect("it falls within some thousand executions");
    let words = words.downcast_ref::<String>().expect("a panic in words");
    assert!(words.contains("framing/every-split"), "{words}");
    assert!(words.contains("replay token: sockspec1-"), "{words}");
}
