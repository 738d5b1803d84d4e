//! `tests/conformance.rs` of a project of your own: is my transport a byte stream, and my socket a datagram socket?

use std::io;

use sockspec::Capability;
use tokio::io::BufStream;
use tokio::net::{TcpListener, TcpStream, UnixDatagram};

/// Put yours in the place of this buffered TCP stream: anything that is `AsyncRead + AsyncWrite`.
async fn connected_pair() -> io::Result<(BufStream<TcpStream>, BufStream<TcpStream>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (peer, _) = listener.accept().await?;
    client.set_nodelay(true)?;
    peer.set_nodelay(true)?;
    Ok((BufStream::new(client), BufStream::new(peer)))
}

#[test]
fn my_transport_is_a_stream() {
    sockspec::stream("my-transport", connected_pair).run().assert_conformant();
}

#[test]
fn my_socket_keeps_datagrams_whole() {
    sockspec::datagram("my-socket", || async { UnixDatagram::pair() })
        .without(Capability::EmptyDatagram)
        .run()
        .assert_conformant();
}
