//! Settings of a plan as options of the kernel's sockets.

use std::io;

use socket2::SockRef;

use crate::plan::Setting;
use crate::system::unsupported;

/// Sets an option of a stream socket (socket(7), tcp(7)).
pub(super) fn apply_to_stream(socket: &SockRef<'_>, setting: Setting) -> io::Result<()> {
    match setting {
        Setting::Nagle(is_on) => socket.set_tcp_nodelay(!is_on),
        Setting::Cork(is_on) => set_cork(socket, is_on),
        Setting::SegmentSize(size) => set_segment_size(socket, size),
        Setting::ReceiveBuffer(_) | Setting::SendBuffer(_) => apply_to_buffers(socket, setting),
        Setting::PrivateMtu(_) => Err(unsupported("move a socket that exists into another network")),
    }
}

/// Sets the size of a buffer, which every sort of socket has (socket(7)).
pub(super) fn apply_to_buffers(socket: &SockRef<'_>, setting: Setting) -> io::Result<()> {
    match setting {
        Setting::ReceiveBuffer(size) => socket.set_recv_buffer_size(size as usize),
        Setting::SendBuffer(size) => socket.set_send_buffer_size(size as usize),
        _ => Err(unsupported("set this on a datagram socket")),
    }
}

#[cfg(target_os = "linux")]
fn set_cork(socket: &SockRef<'_>, is_on: bool) -> io::Result<()> {
    socket.set_tcp_cork(is_on)
}

#[cfg(not(target_os = "linux"))]
fn set_cork(_: &SockRef<'_>, _: bool) -> io::Result<()> {
    Err(unsupported("hold back partial segments: TCP_CORK is Linux's"))
}

#[cfg(target_os = "linux")]
fn set_segment_size(socket: &SockRef<'_>, size: u32) -> io::Result<()> {
    socket.set_tcp_mss(size)
}

#[cfg(not(target_os = "linux"))]
fn set_segment_size(_: &SockRef<'_>, _: u32) -> io::Result<()> {
    Err(unsupported("limit the segment size before connecting as Linux does"))
}
