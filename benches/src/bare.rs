//! What a hand would write without sockspec: the same pieces over the same sort of socket, with nothing watched and nothing compared.

use std::hint::black_box;
use std::io;
use std::net::Ipv4Addr;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

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

/// Decodes `wire` in every way in which it can be cut, with tokio-util's decoder called by hand; returns how many frames came out in all.
///
/// # Errors
/// What the decoder returned.
pub fn every_way(wire: &[u8]) -> io::Result<u64> {
    let mut frames = 0;
    let mut input = BytesMut::new();
    for mask in 0..1_u64 << (wire.len() - 1) {
        let mut codec = LengthDelimitedCodec::new();
        input.clear();
        let mut fed = 0;
        while fed < wire.len() {
            let behind = mask >> fed;
            let next = if behind == 0 { wire.len() } else { fed + behind.trailing_zeros() as usize + 1 }
                .min(wire.len());
            input.extend_from_slice(&wire[fed..next]);
            fed = next;
            while let Some(frame) = codec.decode(&mut input)? {
                frames += u64::from(!black_box(frame).is_empty());
            }
        }
        frames += u64::from(codec.decode_eof(&mut input)?.is_some());
    }
    Ok(frames)
}
