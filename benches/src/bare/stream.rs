//! Pieces, connections and bulk over TCP, written by hand.

use std::io::{self, Read as _, Write as _};
use std::net::{self, Ipv4Addr, Shutdown};
use std::thread;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use sockspec_harness::plan::{DEFAULT_READ, slice};

/// A listener on a free port of loopback.
///
/// # Errors
/// What the kernel says.
pub async fn listener() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Two ends of one connection.
///
/// # Errors
/// What the kernel says.
pub async fn pair(listener: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (peer, _) = listener.accept().await?;
    Ok((client, peer))
}

/// Writes `pieces` pieces of `len` bytes (at most 65,536), each once the one before has been read.
///
/// # Errors
/// What the kernel says.
pub async fn exchange(pieces: u64, len: usize) -> io::Result<()> {
    let (mut client, mut peer) = pair(&listener().await?).await?;
    client.set_nodelay(true)?;
    let mut buffer = vec![0; DEFAULT_READ as usize];
    for piece in 0..pieces {
        client.write_all(slice(0, piece * len as u64, len)).await?;
        let mut left = len;
        while left > 0 {
            match peer.read(&mut buffer).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => left -= count,
            }
        }
    }
    Ok(())
}

/// Connects, accepts and closes `connections` times over one listener.
///
/// # Errors
/// What the kernel says.
pub async fn connections(connections: u64) -> io::Result<()> {
    let listener = listener().await?;
    for _ in 0..connections {
        pair(&listener).await?;
    }
    Ok(())
}

/// Copies `len` bytes over one connection, a thread to write and one to read, both by `buffer` bytes at a time; looks at none of them.
///
/// # Errors
/// What the kernel says.
///
/// # Panics
/// If no thread can be started.
pub fn bulk(len: u64, buffer: usize) -> io::Result<()> {
    let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut client = net::TcpStream::connect(listener.local_addr()?)?;
    let (mut peer, _) = listener.accept()?;
    let bytes = vec![0xA5; buffer];
    let mut read = vec![0; buffer];
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut left = len;
            while left > 0 {
                let next = left.min(bytes.len() as u64);
                client.write_all(&bytes[..next as usize])?;
                left -= next;
            }
            client.shutdown(Shutdown::Write)
        });
        let mut came = 0;
        loop {
            match peer.read(&mut read)? {
                0 => break,
                count => came += count as u64,
            }
        }
        writer.join().expect("the writer does not panic")?;
        if came == len { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    })
}
