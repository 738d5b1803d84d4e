//! The bodies hold for plans grown as a fuzzer grows them, and the canary does not.

use std::panic::catch_unwind;

use sockspec_harness::fuzz::novelty::Explorer;
use sockspec_harness::plan::{Draw, Plan};

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
        grown(target, if is_memory { 6000 } else { 800 }, target.body);
    }
}

#[test]
fn seeds_are_named_once_and_satisfied() {
    for target in TARGETS {
        let seeds = target.seeds();
        for (index, (name, bytes)) in seeds.iter().enumerate() {
            assert!(!seeds[..index].iter().any(|(other, _)| other == name), "{}/{name}", target.name);
            (target.body)(bytes);
        }
        assert_eq!(seeds.is_empty(), target.name == CANARY.name, "{}", target.name);
    }
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
            (target.body)(&bytes);
        }
    }
}

#[test]
fn the_canary_falls_with_a_report_and_a_token() {
    let mut fallen = None;
    sockspec_harness::drive::silence_panics();
    grown(&CANARY, 4000, |bytes| {
        if fallen.is_none() {
            fallen = catch_unwind(|| (CANARY.body)(bytes)).err();
        }
    });
    let words = fallen.expect("it falls within some thousand executions");
    let words = words.downcast_ref::<String>().expect("a panic in words");
    assert!(words.contains("framing/every-split"), "{words}");
    assert!(words.contains("replay token: sockspec1-"), "{words}");
}

/// How many executions it takes from nothing until the canary falls.
fn executions_until_it_falls(seed: u64) -> u32 {
    let codecs = super::canary::codecs();
    let mut explorer = Explorer::new(seed, Vec::new());
    for count in 1.. {
        let plan = explorer.propose(|plan, draw| {
            CANARY.mutate_plan(plan, draw);
        });
        let (trace, has_fallen) = codecs.probe(&plan);
        if has_fallen {
            return count;
        }
        explorer.learn(plan, &trace);
    }
    unreachable!("the canary falls in the end")
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the median is the result, and a test that passes shows it on demand"
)]
fn the_canary_falls_from_an_empty_corpus_within_its_bound() {
    let mut counts: Vec<u32> = (0..10).map(executions_until_it_falls).collect();
    counts.sort_unstable();
    let median = (counts[4] + counts[5]) / 2;
    println!("the canary falls after {median} executions in the median of {counts:?}");
    assert!(median < 200, "{counts:?}");
}
