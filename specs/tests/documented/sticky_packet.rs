//! Two writes, one read: what arrives?

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

pub(crate) fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;

    client.write_all(b"hello ")?;
    client.write_all(b"world ")?;

    let mut buffer = [0; 64];
    let len = server.read(&mut buffer)?;
    println!("{:?}", String::from_utf8_lossy(&buffer[..len]));
    Ok(())
}
