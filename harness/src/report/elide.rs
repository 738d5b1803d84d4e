//! Long plans made short enough to read: the middle goes, and what went is counted.

/// The most lines of a plan that a report shows.
const MOST_LINES: usize = 24;

/// How many of them come from the plan's beginning; failures show at the end, but the set-up is what a reader needs to follow.
const FIRST_LINES: usize = 14;

/// The most characters of one line that a report shows.
const LONGEST_LINE: usize = 160;

/// The lines of a plan's text form; the middle is left out if there are many.
pub fn elided(text: &str) -> Vec<String> {
    let lines: Vec<String> = text.lines().map(short).collect();
    if lines.len() <= MOST_LINES {
        return lines;
    }
    let last_lines = MOST_LINES - FIRST_LINES - 1;
    let left_out = lines.len() - FIRST_LINES - last_lines;
    let (first, last) = (&lines[..FIRST_LINES], &lines[lines.len() - last_lines..]);
    let note = format!("… {left_out} lines left out; too many to show …");
    [first, &[note], last].concat()
}

/// A line with its middle left out if it is long, as with a cut after every byte.
fn short(line: &str) -> String {
    let len = line.chars().count();
    if len <= LONGEST_LINE {
        return line.to_owned();
    }
    let kept = LONGEST_LINE * 2 / 5;
    let head: String = line.chars().take(kept).collect();
    let tail: String = line.chars().skip(len - kept).collect();
    format!("{head} … {} characters … {tail}", len - 2 * kept)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, MOST_LINES, elided, short};

    fn lines(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("client 0: send {n}")).collect()
    }

    #[test]
    fn a_short_plan_is_shown_whole() {
        for count in [0, 1, MOST_LINES] {
            assert_eq!(elided(&lines(count).join("\n")), lines(count));
        }
    }

    #[test]
    fn a_long_plan_loses_its_middle_and_says_how_much() {
        let lines = lines(100);
        let shown = elided(&lines.join("\n"));
        assert_eq!(shown.len(), MOST_LINES);
        assert_eq!((shown.first(), shown.last()), (lines.first(), lines.last()));
        let left_out = lines.len() - (MOST_LINES - 1);
        assert!(shown.contains(&format!("… {left_out} lines left out; too many to show …")));
    }

    #[test]
    fn a_long_line_keeps_both_ends() {
        let line = format!("begin {} end", "é".repeat(1000));
        let shown = short(&line);
        assert!(shown.starts_with("begin ") && shown.ends_with(" end"), "{shown}");
        assert!(shown.chars().count() <= LONGEST_LINE, "{shown}");
    }
}
