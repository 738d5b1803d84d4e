//! Temporary.
use super::*;
#[test]
fn trial() {
    let Ok(which) = std::env::var("TRIAL") else { return };
    let jobs = std::env::var("TRIAL_JOBS").ok().and_then(|j| j.parse().ok()).unwrap_or(NonZeroUsize::new(2).unwrap());
    let only = std::env::var("TRIAL_ONLY").ok();
    let whole = std::env::var("TRIAL_WHOLE").is_ok();
    let run = |name: String, check: Check, sound: bool, warns: &[&str]| {
        let check = match &only { Some(only) => check.only(only), None => check };
        let began = std::time::Instant::now();
        let report = check.jobs(jobs).run();
        let rows = |word| report.results().iter().filter(|r| r.verdict == word).map(|r| r.id.clone()).collect::<Vec<_>>().join(" ");
        let bad = if sound { false_alarm(&report, warns).is_some() } else { report.is_conformant() };
        println!("{:6.2}s {} {name}: fail [{}] warn [{}] inconclusive {}", began.elapsed().as_secs_f64(), if bad {"BAD"} else {"ok"},
            rows(VerdictWord::Fail), rows(VerdictWord::Warn), report.results().iter().filter(|r| r.verdict == VerdictWord::Inconclusive).count());
        if bad { println!("{report}"); }
        for r in report.results() { if r.verdict == VerdictWord::Inconclusive && sound { println!("   inconclusive {}: {:?}", r.id, r.reason); } }
    };
    for flaw in StreamFlaw::WRONG {
        let n = name(&format!("{flaw:?}"));
        if which == "wrong" || which.split(',').any(|w| w == n) {
            let flaw = *flaw;
            run(n.clone(), sockspec::stream(&n, move || async move { Ok(stream::bent::pair(flaw)) }), false, &[]);
        }
    }
    for number in 0..stream::sound::COUNT {
        let n = format!("s{number}");
        if which == "sound" || which.split(',').any(|w| w == n) {
            let sound = stream::sound::sound(number);
            let warns = sound.warns;
            let check = if whole { sound.check } else { sound.only.iter().fold(sound.check, |check, id| check.only(id)) };
            run(n, check, true, warns);
        }
    }
    for flaw in DatagramFlaw::WRONG {
        let n = name(&format!("{flaw:?}"));
        if which == "wrong-datagrams" || which.split(',').any(|w| w == n) {
            let flaw = *flaw;
            run(n.clone(), flaw.declared(sockspec::datagram(&n, move || async move { Ok(datagram::bent::pair(flaw)) })), false, &[]);
        }
    }
    for number in 0..datagram::sound::COUNT {
        if which == "sound-datagrams" {
            let (check, _) = datagram::sound::sound(number);
            run(format!("d{number}"), check, true, &[]);
        }
    }
}
