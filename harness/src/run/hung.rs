//! What is reported of a foreign call that does not return, or takes more memory than it may.
//!
//! Nothing is tried again: each try would leave another thread behind.
//! But what lies behind that call was never done, and what was never handed over cannot matter.

use super::cell::depart;
use super::crew::Stuck;
use super::row::{Row, VerdictWord};
use crate::drive::Position;
use crate::layout::Layout;
use crate::plan::{Operation, Plan, Schedule, Step};
use crate::spec::Experiment;
use crate::subject::Subject;
use crate::verdict::{FailureKind, Finding};

/// Makes a row say what did not return; if it is what makes a connection, no rule could be tried at all.
pub(super) fn write_down(row: &mut Row, stuck: Stuck, subject: &Subject) {
    let Position { plan, step, .. } = stuck.position;
    let step = stuck.experiment.plans.get(plan).and_then(|plan| plan.steps.get(step));
    let is_opening = step.is_some_and(|step| step.operation == Operation::Open);
    if is_opening && stuck.kind == FailureKind::NeverReturned {
        (row.verdict, row.cannot_run) = (VerdictWord::Inconclusive, true);
        row.reason = Some("it could not be opened: what makes its connections did not return".to_owned());
        return;
    }
    let (experiment, finding) = hung(stuck, subject);
    depart(row, subject, experiment, finding);
}

/// The experiment up to the call, and what is said of it.
fn hung(stuck: Stuck, subject: &Subject) -> (Experiment, Finding) {
    let Stuck { mut experiment, kind, position, is_call, .. } = stuck;
    let what = if is_call { "a call did not return" } else { "a task that it had started did not give way" };
    let place = cut_off(&mut experiment, position, subject.layout.as_ref()).unwrap_or_default();
    let finding = match kind {
        FailureKind::OutOfBudget => Finding {
            kind,
            expected: "memory in proportion to what is sent".into(),
            actual: format!("a call took more memory than its budget, and was stopped in it{place}"),
            difference: None,
        },
        _ => Finding {
            kind: FailureKind::NeverReturned,
            expected: "every call returns: ready, pending or with an error".into(),
            actual: format!("{what}{place}"),
            difference: None,
        },
    };
    (experiment, finding)
}

/// Leaves out what was never done, and says where that begins; `None` if it cannot be told, as where lanes go on at once.
fn cut_off(experiment: &mut Experiment, position: Position, layout: Option<&Layout>) -> Option<String> {
    if experiment.are_apart {
        experiment.plans.truncate(position.plan + 1);
    }
    let name =
        if experiment.plans.len() > 1 { format!("plan {}", position.plan + 1) } else { "the plan".into() };
    let plan = experiment.plans.get_mut(position.plan)?;
    if plan.schedule == Schedule::Concurrent || position.step >= plan.steps.len() {
        return None;
    }
    plan.steps.truncate(position.step + 1);
    if position.handed == 0 {
        return Some(format!(": the last step of {name}"));
    }
    if let Some(layout) = layout {
        leave_unlaid(plan, layout, position.handed);
    }
    let bytes = if position.handed == 1 { "byte" } else { "bytes" };
    Some(format!(": the last step of {name}, with {} {bytes} handed over", position.handed))
}

/// Leaves out what was laid behind the first `handed` bytes of the wire that the last step feeds, if nothing was fed before.
fn leave_unlaid(plan: &mut Plan, layout: &Layout, handed: u64) {
    let Some(connection) = plan.steps.last().map(|step| step.end.connection) else { return };
    let is_own = |step: &Step| step.end.connection == connection;
    let is_feed = |step: &Step| matches!(step.operation, Operation::Feed(_));
    let feeds = plan.steps.iter().filter(|step| is_own(step) && is_feed(step)).count();
    if feeds != 1 || !plan.steps.last().is_some_and(is_feed) {
        return;
    }
    let mut laid = 0u64;
    plan.steps.retain(|step| {
        let is_needed = !is_own(step) || is_feed(step) || laid < handed;
        laid = laid.saturating_add(if is_own(step) { laid_by(step, layout) } else { 0 });
        is_needed
    });
}

/// How many bytes a step lays, if it does as the layout has it.
fn laid_by(step: &Step, layout: &Layout) -> u64 {
    match &step.operation {
        Operation::Frame(payload) | Operation::Encode(payload) => layout.whole(payload.len()).unwrap_or(0),
        Operation::Header(value) => layout.head_within(*value).len() as u64,
        Operation::Raw(payload) => payload.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Stuck, hung};
    use crate::drive::Position;
    use crate::layout::Layout;
    use crate::plan::{Cuts, End, Feed, Operation, Plan, Script};
    use crate::spec::Experiment;
    use crate::subject::Subject;
    use crate::verdict::FailureKind;

    const PEER: End = End::peer(0);

    fn plan() -> Plan {
        let mut script = Script::new();
        for len in 2..300 {
            let payload = script.payload(End::client(0), len);
            script = script.step(End::client(0), Operation::Frame(payload));
        }
        let feed = Feed { cuts: Cuts::Every { len: 1, joined: false }, lost: 0 };
        script.step(PEER, Operation::Feed(feed)).step(PEER, Operation::FeedEnd).plan()
    }

    /// What is left of some plans whose call hung there, and what is said of it.
    fn left(experiment: Experiment, position: Position) -> (Vec<String>, String) {
        let subject = Subject::framing("codec", Layout::u16_be());
        let stuck = Stuck { index: 0, experiment, kind: FailureKind::NeverReturned, position, is_call: true };
        let (experiment, finding) = hung(stuck, &subject);
        (experiment.plans.iter().map(Plan::to_string).collect(), finding.actual)
    }

    #[test]
    fn what_was_never_done_and_never_handed_over_is_left_out() {
        let (plans, actual) = left(plan().into(), Position { plan: 0, step: 298, handed: 5 });
        let text = "\
client 0  frame pattern 1 from 0 len 2
client 0  frame pattern 1 from 2 len 3
peer 0    feed, cut every 1";
        assert_eq!(plans, [text]);
        assert_eq!(actual, "a call did not return: the last step of the plan, with 5 bytes handed over");
    }

    #[test]
    fn plans_behind_it_go_only_if_they_are_judged_apart() {
        let at = Position { plan: 1, step: 0, handed: 0 };
        let (plans, actual) = left(Experiment::apart(vec![plan(); 3]), at);
        assert_eq!((plans.len(), plans[1].lines().count()), (2, 1));
        assert_eq!(actual, "a call did not return: the last step of plan 2");
        let (plans, _) = left(Experiment::together(vec![plan(); 3]), at);
        assert_eq!((plans.len(), plans[1].lines().count(), plans[2].lines().count()), (3, 1, 300));
    }

    #[test]
    fn where_it_cannot_be_told_nothing_is_left_out() {
        let all = Position { plan: 0, step: usize::MAX, handed: 0 };
        assert_eq!(left(plan().into(), all).1, "a call did not return");
        let lanes = Script::open().concurrent().plan();
        assert_eq!(left(lanes.into(), Position { step: 0, ..all }).1, "a call did not return");
    }
}
