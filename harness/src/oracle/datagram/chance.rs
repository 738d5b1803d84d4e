//! Whether chance explains what became of some datagrams, given what became of the others.

use litemap::LiteMap;

use crate::plan::End;

/// Below this probability chance is no explanation.
const EXCLUDED: f64 = 1e-9;

/// One try: a datagram that was taken, and whether the thing in question (a loss, a repeat) befell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Try {
    /// Who sent it.
    pub(super) from: End,
    /// To whom.
    pub(super) to: End,
    /// Its length in bytes.
    pub(super) len: u64,
    /// Whether its receiver had begun to wait, and given up, since it last received.
    pub(super) follows_abandoned: bool,
    /// Whether it befell this one.
    pub(super) is_struck: bool,
}

/// What all the struck ones have in common that no accident explains, in words; `None` if there is nothing.
pub(super) fn pattern(tries: &[Try]) -> Option<String> {
    let whole = Tally::of(tries.iter());
    if whole.struck == 0 {
        return None;
    }
    let stands_out = |tally: Tally| tally.is_all_struck() && tally.is_no_chance_within(whole);
    let mut ways: Vec<(End, End)> = tries.iter().map(|one| (one.from, one.to)).collect();
    ways.sort_unstable();
    ways.dedup();
    for (from, to) in ways.iter().copied() {
        let on_way = || tries.iter().filter(move |one| one.from == from && one.to == to);
        if stands_out(Tally::of(on_way())) {
            return Some(format!("everything from {from} to {to}"));
        }
    }
    let abandoned = Tally::of(tries.iter().filter(|one| one.follows_abandoned));
    if stands_out(abandoned) {
        return Some("every datagram that followed an abandoned receive".to_owned());
    }
    let mut scopes = vec![(String::new(), tries.to_vec())];
    scopes.extend(ways.into_iter().map(|(from, to)| {
        let on_way = tries.iter().filter(|one| one.from == from && one.to == to).copied().collect();
        (format!(" from {from} to {to}"), on_way)
    }));
    scopes.into_iter().find_map(|(scope, tries)| by_len(&tries, &stands_out).map(|words| words + &scope))
}

/// The lengths that were struck, if all of one length were, or all up to one, or all from one on.
fn by_len(tries: &[Try], stands_out: &impl Fn(Tally) -> bool) -> Option<String> {
    let mut by_len: LiteMap<u64, Tally> = LiteMap::new();
    for one in tries {
        by_len.entry(one.len).or_default().add(one);
    }
    if let Some((len, _)) = by_len.iter().find(|(_, tally)| stands_out(**tally)) {
        return Some(format!("every datagram of {len} bytes"));
    }
    let up_to = extreme(by_len.iter());
    if let Some((len, _)) = up_to.filter(|(_, tally)| stands_out(*tally)) {
        return Some(format!("every datagram of at most {len} bytes"));
    }
    let from = extreme(by_len.iter().rev());
    from.filter(|(_, tally)| stands_out(*tally))
        .map(|(len, _)| format!("every datagram of {len} bytes or more"))
}

/// How far the struck lengths reach from one side, and how many tries they are.
fn extreme<'a>(lens: impl Iterator<Item = (&'a u64, &'a Tally)>) -> Option<(u64, Tally)> {
    let mut reached = None;
    for (len, tally) in lens.take_while(|(_, tally)| tally.is_all_struck()) {
        let before = reached.map_or(Tally::default(), |(_, before)| before);
        reached =
            Some((*len, Tally { tried: before.tried + tally.tried, struck: before.struck + tally.struck }));
    }
    reached
}

/// Whether chance, which struck so many of the others, cannot have struck so many in a row as each of `runs` says, somewhere among `tries`.
///
/// That such a finding is repeated before it counts says nothing here: a system that loses by a seed of its own loses the same again.
pub(super) fn runs_are_no_chance(runs: &[usize], tries: &[Try]) -> bool {
    let whole = Tally::of(tries.iter());
    let all: usize = runs.iter().sum();
    let rate = Tally { tried: all, struck: all }.rate_of_others(whole);
    let places = whole.tried.max(1) as f64;
    let chances = runs.iter().map(|run| places * rate.powi(i32::try_from(*run).unwrap_or(i32::MAX)));
    !runs.is_empty() && chances.map(|chance| chance.min(1.0)).product::<f64>() < EXCLUDED
}

/// How many were tried, and how many of them were struck.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    tried: usize,
    struck: usize,
}

impl Tally {
    fn of<'a>(tries: impl Iterator<Item = &'a Try>) -> Tally {
        let mut tally = Tally::default();
        tries.for_each(|one| tally.add(one));
        tally
    }

    fn add(&mut self, one: &Try) {
        self.tried += 1;
        self.struck += usize::from(one.is_struck);
    }

    fn is_all_struck(self) -> bool {
        self.tried > 0 && self.struck == self.tried
    }

    /// How likely one of the others is struck, guarded as by Laplace's rule of succession against having tried few.
    fn rate_of_others(self, whole: Tally) -> f64 {
        let (tried, struck) =
            (whole.tried.saturating_sub(self.tried), whole.struck.saturating_sub(self.struck));
        (struck as f64 + 1.0) / (tried as f64 + 2.0)
    }

    /// Whether chance cannot have struck all of these: dealt out blindly among the whole, as many blows as there were
    /// would hardly ever meet every one of them (Fisher's exact test).
    ///
    /// Why not by the rate of the others? Because that is low by selection where few were tried: the struck ones were picked out of them.
    fn is_no_chance_within(self, whole: Tally) -> bool {
        let chances = (0..self.tried).map(|index| {
            whole.struck.saturating_sub(index) as f64 / whole.tried.saturating_sub(index).max(1) as f64
        });
        let has_come = whole.struck < whole.tried;
        let chance = if has_come {
            chances.product()
        } else {
            0.5_f64.powi(self.tried.try_into().unwrap_or(i32::MAX))
        };
        chance < EXCLUDED
    }
}

#[cfg(test)]
mod tests {
    use super::{Try, pattern, runs_are_no_chance};
    use crate::plan::{Draw, End};

    fn tries(lens: impl Iterator<Item = u64>, mut is_struck: impl FnMut(usize, u64) -> bool) -> Vec<Try> {
        lens.enumerate()
            .map(|(index, len)| Try {
                from: End::client(0),
                to: End::peer(0),
                len,
                follows_abandoned: index % 9 == 4,
                is_struck: is_struck(index, len),
            })
            .collect()
    }

    /// Ten lengths, each tried about thirty times, at places without a period.
    fn lens() -> impl Iterator<Item = u64> {
        let mut draw = Draw::new(1, &["lens"]);
        (0..300).map(move |_| draw.between(0, 9))
    }

    #[test]
    fn what_has_a_system_to_it_is_named() {
        assert_eq!(pattern(&tries(lens(), |_, _| false)), None);
        assert_eq!(pattern(&tries(lens(), |_, len| len == 3)).as_deref(), Some("every datagram of 3 bytes"));
        assert_eq!(
            pattern(&tries(lens(), |index, _| index % 9 == 4)).as_deref(),
            Some("every datagram that followed an abandoned receive")
        );
        assert_eq!(
            pattern(&tries(lens(), |_, _| true)).as_deref(),
            Some("everything from client 0 to peer 0")
        );
        // Each length tried twice: only together do they stand out.
        let twice = || (0..200).map(|index| index % 100 * 5);
        assert_eq!(
            pattern(&tries(twice(), |_, len| len >= 450)).as_deref(),
            Some("every datagram of 450 bytes or more")
        );
        assert_eq!(
            pattern(&tries(twice(), |_, len| len <= 40)).as_deref(),
            Some("every datagram of at most 40 bytes")
        );
    }

    #[test]
    fn losses_without_a_system_are_left_alone() {
        for one_in in [2, 3, 10, 100] {
            assert_eq!(pattern(&tries(lens(), |index, _| index % one_in == 0)), None, "every {one_in}th");
            for seed in 0..500 {
                let mut draw = Draw::new(seed, &["loss"]);
                let lossy = tries(lens(), |_, _| draw.one_in(one_in as u64));
                assert_eq!(pattern(&lossy), None, "one in {one_in}, seed {seed}");
            }
        }
    }

    #[test]
    fn a_run_of_losses_needs_a_length_that_chance_does_not_reach() {
        let sound = tries(lens(), |index, _| index >= 294);
        assert!(runs_are_no_chance(&[6], &sound));
        assert!(runs_are_no_chance(&[3, 3], &sound));
        assert!(!runs_are_no_chance(&[3], &sound));
        assert!(!runs_are_no_chance(&[], &sound));
        let poor = tries(lens(), |index, _| index >= 294 || index % 10 == 0);
        assert!(!runs_are_no_chance(&[3, 3], &poor));
    }
}
