//! Checks a transport, anything that is `AsyncRead + AsyncWrite`: `cargo run --example check_transport`.

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::io;
use std::process::ExitCode;

use sockspec::Capability;
use tokio::io::BufWriter;
use tokio::net::UnixStream;

fn main() -> ExitCode {
    let report = sockspec::stream("my-transport", connected_pair)
        // A buffer takes writes until it is full, whatever has been shut down below it.
        .without(Capability::RefusesWriteAfterShutdown)
        .run();
    println!("{report}");
    if report.is_conformant() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Two ends of one connection; they need not be of the same type.
async fn connected_pair() -> io::Result<(BufWriter<UnixStream>, UnixStream)> {
    let (near, far) = UnixStream::pair()?;
    Ok((BufWriter::new(near), far))
}
