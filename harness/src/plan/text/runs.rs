//! Lists of cuts: long ones are written as runs of equal distances, so that a report stays readable.

use std::fmt;

use super::line::Line;
use crate::plan::{Cut, MAX_CUTS, PlanTextError};

/// How many cuts at equal distances are worth being written as a run.
const SHORTEST_RUN: usize = 4;

/// How many cuts one run says at most: a plan takes no more memory than a small multiple of its text.
const LONGEST_RUN: usize = 16;

/// Writes the cuts with a space before each, those at equal distances together.
pub(super) fn write(f: &mut fmt::Formatter<'_>, mut cuts: &[Cut]) -> fmt::Result {
    while let Some(first) = cuts.first() {
        let len = leading_run(cuts).min(LONGEST_RUN);
        let plus = if first.joined { "+" } else { "" };
        if len < SHORTEST_RUN {
            write!(f, " {}{plus}", first.at)?;
            cuts = &cuts[1..];
            continue;
        }
        write!(f, " {}..{}", first.at, cuts[len - 1].at)?;
        match cuts[1].at - first.at {
            1 => f.write_str(plus)?,
            distance => write!(f, "/{distance}{plus}")?,
        }
        cuts = &cuts[len..];
    }
    Ok(())
}

/// How many of the leading cuts are alike and rise by the same distance.
fn leading_run(cuts: &[Cut]) -> usize {
    let distance = |pair: &[Cut]| pair[1].at.checked_sub(pair[0].at).filter(|distance| *distance > 0);
    let goes_on = |pair: &&[Cut]| {
        pair[1].joined == cuts[0].joined && distance(pair).is_some() && distance(pair) == distance(&cuts[..2])
    };
    1 + cuts.windows(2).take_while(goes_on).count()
}

/// The cuts up to a comma or the end of the line.
pub(super) fn parse(line: &mut Line<'_>, cuts_left: &mut usize) -> Result<Vec<Cut>, PlanTextError> {
    let mut cuts: Vec<Cut> = Vec::new();
    while !line.peek().is_empty() {
        let before = cuts.last().map_or(0, |cut| cut.at);
        let Some(run) = Run::parse(line, before) else {
            let next = before.saturating_add(1);
            let wanted = format!("a cut behind {before}, such as `{next}`, `{next}+` or `{next}..{next}`");
            return Err(line.error(wanted));
        };
        if run.count() > LONGEST_RUN {
            return Err(line.error(format!("at most {LONGEST_RUN} cuts in a run")));
        }
        *cuts_left = cuts_left
            .checked_sub(run.count())
            .ok_or_else(|| line.error(format!("at most {MAX_CUTS} cuts in the plan")))?;
        cuts.extend(run.cuts());
        line.word();
    }
    Ok(cuts)
}

/// Cuts at equal distances.
struct Run {
    first: u32,
    last: u32,
    distance: u32,
    joined: bool,
}

impl Run {
    /// The cuts that the next word says (`9`, `9+`, `1..9`, `8..64/8+`), if they lie behind `before`.
    fn parse(line: &Line<'_>, before: u32) -> Option<Run> {
        let word = line.peek();
        let (word, joined) = word.strip_suffix('+').map_or((word, false), |word| (word, true));
        let (first, rest) = word.split_once("..").unwrap_or((word, word));
        let (last, distance) = rest.split_once('/').unwrap_or((rest, "1"));
        let run = Run {
            first: line.parsed(first)?,
            last: line.parsed(last)?,
            distance: line.parsed(distance)?,
            joined,
        };
        let is_run = run.first > before && run.last >= run.first && run.distance > 0;
        (is_run && (run.last - run.first).is_multiple_of(run.distance)).then_some(run)
    }

    fn count(&self) -> usize {
        ((self.last - self.first) / self.distance) as usize + 1
    }

    fn cuts(&self) -> impl Iterator<Item = Cut> {
        (self.first..=self.last).step_by(self.distance as usize).map(|at| Cut { at, joined: self.joined })
    }
}

#[cfg(test)]
mod tests {
    use super::LONGEST_RUN;
    use crate::plan::{Cut, Cuts, End, MAX_CUTS, Plan, Script};

    #[test]
    fn long_lists_of_cuts_stay_short() {
        let at = |at: Vec<u32>, joined| at.into_iter().map(move |at| Cut { at, joined });
        let cuts: Vec<Cut> = at((1..40).collect(), false)
            .chain(at(vec![5000, 6500, 7000], true))
            .chain(at((8000..8100).step_by(8).collect(), true))
            .collect();
        let text = Cuts::At(cuts.clone()).to_string();
        assert_eq!(text, "cut at 1..16 17..32 33..39 5000+ 6500+ 7000+ 8000..8096/8+");
        let plan = Script::new().cut(End::client(0), 9999, Cuts::At(cuts), Vec::new()).plan();
        assert_eq!(plan.to_string().parse(), Ok(plan));
        let uncut = Script::new().cut(End::client(0), 9, Cuts::At(Vec::new()), vec![3]).plan();
        assert_eq!(uncut.to_string().parse(), Ok(uncut));
    }

    #[test]
    fn a_plan_has_a_bound_for_its_cuts_however_many_runs_say_them() {
        let runs = |count: usize| {
            let runs = (0..count).map(|run| format!(" {}..{}", 16 * run + 1, 16 * run + 16));
            format!("client 0 transfer pattern 1 from 0 len 9, cut at{}", runs.collect::<String>())
        };
        assert!(runs(MAX_CUTS / LONGEST_RUN).parse::<Plan>().is_ok());
        let error = runs(MAX_CUTS / LONGEST_RUN + 1).parse::<Plan>().unwrap_err().to_string();
        assert!(error.contains("at most 1048576 cuts in the plan"), "{error}");
    }

    #[test]
    fn runs_that_say_nothing_are_refused() {
        for cuts in [
            "0",
            "3 2",
            "0..4",
            "5..4",
            "1..8/2",
            "1..9/0",
            "1..",
            "..9",
            "1..9/",
            "+",
            "1++",
            "1..17",
            "-1",
            "4294967296",
        ] {
            let text = format!("client 0 transfer \"ab\", cut at {cuts}");
            assert!(text.parse::<Plan>().is_err(), "{text}");
        }
    }
}
