//! Datagrams sent and received by hand.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::UdpSocket;

use sockspec_harness::plan::slice;

/// Sends `count` datagrams of `len` bytes (at most 65,507), each once the one before has been received.
///
/// # Errors
/// What the kernel says.
pub async fn exchange(count: u64, len: usize) -> io::Result<()> {
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let to = peer.local_addr()?;
    let mut buffer = vec![0; 65_536];
    for _ in 0..count {
        client.send_to(slice(0, 0, len), to).await?;
        if peer.recv_from(&mut buffer).await?.0 != len {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(())
}
