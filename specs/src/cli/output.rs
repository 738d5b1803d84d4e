//! The two streams that people and programs read.

use std::io::{self, Write};

use anstream::AutoStream;

use super::colour::Colours;
use super::exit::Exit;
use super::refusal::{Refusal, words};

/// Where everything is printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    colours: Colours,
}

impl Output {
    pub(super) fn new(colours: &Colours) -> Output {
        Output { colours: *colours }
    }

    /// Writes to stdout, without the colours it cannot show.
    ///
    /// A reader that has gone (`| head`) has all it wanted: that is no error.
    pub(super) fn print(&self, text: &str) -> Result<(), Refusal> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.colours.choice);
        match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let sentence = format!("standard output could not be written: {}", words(&error));
                Err(Refusal::new(Exit::CannotRun, sentence).remedy("give it a place with room"))
            }
            _ => Ok(()),
        }
    }

    /// Writes to stderr; when nobody can be told, nobody is.
    pub(super) fn tell(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr().lock(), self.colours.choice);
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    /// Says why a command was not obeyed.
    pub(super) fn refuse(&self, refusal: &Refusal) {
        let palette = super::colour::palette();
        let error = palette.paint(sockspec_harness::report::Role::Bad, "error");
        let mut text = format!("{error}: {}\n", refusal.sentence);
        if let Some(remedy) = &refusal.remedy {
            let tip = palette.paint(sockspec_harness::report::Role::Heading, "tip");
            text.push_str(&format!("  {tip}: {remedy}\n"));
        }
        self.tell(&text);
    }
}

/// Prints what the parser has to say, and returns the exit code: 0 for help and version that were asked for, 3 if they cannot be printed, else 2.
pub(super) fn usage(error: &clap::Error) -> u8 {
    // The parser prints to the right stream by itself; a reader that is gone has all it wanted.
    let is_lost = error.print().is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    match () {
        () if error.use_stderr() => Exit::Usage.code(),
        () if is_lost => Exit::CannotRun.code(),
        () => Exit::Held.code(),
    }
}
