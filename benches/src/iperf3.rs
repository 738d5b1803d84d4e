//! iperf3, where it is installed: what the tool that people measure TCP with moves over the same loopback.

use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

/// How long iperf3 sends, in seconds.
const SECONDS: &str = "2";

/// How many bytes per second one stream of iperf3 carries with writes and reads of `buffer` bytes.
///
/// # Errors
/// If iperf3 is not installed (`NotFound`), or does not do its work.
pub fn bytes_per_second(buffer: u32) -> io::Result<f64> {
    // A port that was free a moment ago: iperf3 cannot be asked for any.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port().to_string();
    let mut server = Server::start(&port)?;
    server.await_readiness()?;
    let (buffer, host) = (buffer.to_string(), Ipv4Addr::LOCALHOST.to_string());
    let output = Command::new("iperf3")
        .args(["--client", &host, "--port", &port, "--time", SECONDS, "--length", &buffer, "--json"])
        .output()?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    report["end"]["sum_received"]["bits_per_second"]
        .as_f64()
        .map(|bits| bits / 8.0)
        .ok_or_else(|| io::Error::other(format!("iperf3 reported no rate: {}", report["error"])))
}

/// A server that serves one client, and is gone with this value.
struct Server {
    child: Child,
}

impl Server {
    fn start(port: &str) -> io::Result<Server> {
        let child = Command::new("iperf3")
            .args(["--server", "--one-off", "--forceflush", "--bind", "127.0.0.1", "--port", port])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Server { child })
    }

    /// Reads up to the line that says that it listens.
    fn await_readiness(&mut self) -> io::Result<()> {
        let stdout = self.child.stdout.take().expect("it was piped");
        for line in BufReader::new(stdout).lines() {
            if line?.contains("listening") {
                return Ok(());
            }
        }
        Err(io::Error::other("iperf3's server ended before it listened"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has served its client has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
