//! What a short read leaves behind comes with the next.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{READS, in_turns, one_way, queued, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "stream/short-reads",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a read into a small buffer takes what fits and leaves the rest for the next read",
    clause: "A8; POSIX recv (of a stream no data is discarded), RFC 9293 §3.9.1.3",
    needs: Needs::STREAM,
    kills: &["one-byte-read", "boundary-sized-read", "message-reads"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let read = |script: Script, from, len, reads: &[u32]| script.cut(from, len, Cuts::None, reads.to_vec());
    // Each buffer against a write that fills it a few times and a byte.
    let mut experiments = one_way(subject, |script, from| {
        READS.into_iter().fold(script, |script, size| read(script, from, u64::from(size) * 4 + 1, &[size]))
    });
    // Buffers that fit the write exactly, or miss it by one.
    experiments.extend(one_way(subject, |script, from| {
        sizes().into_iter().fold(script, |script, len| {
            let exact = len as u32;
            let script = read(script, from, len, &[exact]);
            read(read(script, from, len, &[exact + 1]), from, len, &[exact.saturating_sub(1).max(1)])
        })
    }));
    // Large and small buffers in turns: what a small one leaves must not be lost to the large one behind it.
    experiments.extend(in_turns(subject, |script, from| {
        let cycles: [&[u32]; 9] = [
            &[1, 4096],
            &[4096, 1],
            &[1, 2, 3],
            &[7, 65_536],
            &[1023, 1025],
            &[1, 1, 5000],
            &[65_536, 1],
            &[16_384, 1, 1],
            &[2, 8191, 3, 4097],
        ];
        let script = cycles.iter().fold(script, |script, cycle| {
            let len = u64::from(cycle.iter().sum::<u32>()) * 20 + 11;
            read(script, from, len.min(150_000), cycle)
        });
        queued(script, from, [97; 7], 1)
    }));
    // Everything byte by byte, long enough to cross a page.
    experiments.extend(one_way(subject, |script, from| read(script, from, 4500, &[1])));
    experiments
}
