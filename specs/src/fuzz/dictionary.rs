//! The dictionary of the targets that take plans: steps in the bytes of a plan, for engines whose own changes know no plans.

use std::fmt::Write;

use sockspec_harness::plan::{Cut, Cuts, End, Feed, Operation, Payload, Script};

/// The text of `fuzz/dict/plan.dict`, as libFuzzer reads it: a name and the bytes of one step, line by line.
pub fn plan_dictionary() -> String {
    let mut text =
        "# Steps of a plan, for the targets that take one; written by the example write_seeds.\n".to_owned();
    for (number, (end, operation)) in steps().into_iter().enumerate() {
        let plan = Script::new().step(end, operation).plan().encode();
        // The first byte says whether the steps wait for each other; an entry is what stands behind it.
        let Some((_, step)) = plan.split_first() else { continue };
        let bytes = step.iter().fold(String::new(), |mut bytes, byte| {
            let _ = write!(bytes, "\\x{byte:02x}");
            bytes
        });
        let _ = writeln!(text, "step_{number}=\"{bytes}\"");
    }
    text
}

/// Steps of each kind of system, with lengths and cuts at which programs break.
fn steps() -> Vec<(End, Operation)> {
    let (client, peer) = (End::client(0), End::peer(0));
    let cut = |at: u32, joined: bool| Cuts::At(vec![Cut { at, joined }]);
    let feed = |cuts: Cuts, lost: u32| Operation::Feed(Feed { cuts, lost });
    let mut steps = Vec::new();
    for len in [0, 1, 127, 128, 255, 256, 65_535] {
        let payload = || Script::new().payload(client, len);
        steps.push((client, Operation::Frame(payload())));
        steps.push((client, Operation::Encode(payload())));
        steps.push((client, Operation::Send(payload())));
        steps.push((client, Operation::SendDatagram { to: peer, payload: payload() }));
    }
    for cuts in
        [Cuts::None, cut(1, false), cut(2, true), cut(4, false), Cuts::Every { len: 1, joined: false }]
    {
        steps.push((peer, feed(cuts, 0)));
    }
    steps.extend([1, 4].map(|lost| (peer, feed(Cuts::None, lost))));
    steps.extend([0, 1 << 16, u64::MAX].map(|value| (client, Operation::Header(value))));
    steps.push((client, Operation::Raw(Payload::Literal(vec![0xFF; 4]))));
    steps.extend([Operation::FeedEveryWay, Operation::FeedEnd].map(|operation| (peer, operation)));
    steps.extend(
        [Operation::Open, Operation::ShutDown, Operation::Abort, Operation::Drop]
            .map(|operation| (client, operation)),
    );
    steps.extend([1, 65_507].map(|max| (peer, Operation::ReceiveDatagram { max })));
    steps
}
