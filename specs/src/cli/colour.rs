//! When to use colour, and which.

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use sockspec_harness::report::Palette;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

/// The choice for one run of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colours {
    pub(super) choice: ColorChoice,
}

impl Colours {
    /// What the option says; else what the environment says; else what each stream is good for.
    pub(super) fn chosen(option: Option<When>) -> Colours {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Colours {
            choice: choice(option, variable("NO_COLOR").is_some(), variable("CARGO_TERM_COLOR").as_deref()),
        }
    }
}

/// The rule: an option given by hand wins, then NO_COLOR, then what cargo was told.
///
/// The automatic choice is left to anstream, which heeds NO_COLOR, CLICOLOR, CLICOLOR_FORCE and dumb terminals.
fn choice(option: Option<When>, no_color: bool, cargo: Option<&str>) -> ColorChoice {
    match (option, cargo) {
        (Some(When::Always), _) => ColorChoice::Always,
        (Some(When::Never), _) => ColorChoice::Never,
        (None, Some("always")) if !no_color => ColorChoice::Always,
        (None, Some("never")) => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// The colours of the text report; what a stream cannot show is taken out when it is written.
pub(super) fn palette() -> Palette {
    let begin = |style: Style| style.render().to_string();
    let in_colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    Palette {
        good: begin(in_colour(AnsiColor::Green)),
        bad: begin(in_colour(AnsiColor::Red).bold()),
        doubtful: begin(in_colour(AnsiColor::Yellow)),
        aside: begin(Style::new().dimmed()),
        heading: begin(Style::new().bold()),
        end: anstyle::Reset.render().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use anstream::ColorChoice::{Always, Auto, Never};

    use super::{When, choice};

    #[test]
    fn what_is_said_by_hand_wins() {
        for (option, no_color, cargo, expected) in [
            (None, false, None, Auto),
            (Some(When::Always), true, Some("never"), Always),
            (Some(When::Never), false, Some("always"), Never),
            (Some(When::Auto), false, Some("always"), Auto),
            (None, false, Some("always"), Always),
            (None, true, Some("always"), Auto),
            (None, false, Some("never"), Never),
            (None, false, Some("sometimes"), Auto),
        ] {
            assert_eq!(choice(option, no_color, cargo), expected, "{option:?} {no_color} {cargo:?}");
        }
    }
}
