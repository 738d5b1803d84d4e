//! The smallest world that conforms: connections, listeners and datagrams in memory, with real wakers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll, Waker};

use crate::fault::around::{Answered, counted, done, failed, joined};
use crate::plan::{End, Setting};
use crate::subject::Kind;
use crate::system::{Address, Answer, Call, World};
use crate::trace::{Counters, TcpInfo};

/// How many bytes wait, unread, at an end before its peer has to wait.
pub(super) const ROOM: usize = 1 << 16;

/// The largest datagram in bytes.
pub(super) const LARGEST: usize = 65_507;

pub(super) struct Memory {
    kind: Kind,
    pipes: BTreeMap<End, Pipe>,
    boxes: BTreeMap<End, Mailbox>,
    addresses: BTreeMap<End, u16>,
    listening: BTreeSet<End>,
    connected: BTreeMap<End, End>,
    /// What was set shows in counters that have nothing to say here.
    settings: TcpInfo,
}

/// What comes to one end of a stream.
#[derive(Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    has_ended: bool,
    is_reset: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// What comes to one end of datagrams.
#[derive(Default)]
struct Mailbox {
    letters: VecDeque<(End, Vec<u8>)>,
    drops: u64,
    is_refused: bool,
    reader: Option<Waker>,
}

impl Memory {
    pub(super) fn boxed(kind: Kind) -> Box<dyn World> {
        Box::new(Memory {
            kind,
            pipes: BTreeMap::new(),
            boxes: BTreeMap::new(),
            addresses: BTreeMap::new(),
            listening: BTreeSet::new(),
            connected: BTreeMap::new(),
            settings: TcpInfo::default(),
        })
    }

    fn bind(&mut self, end: End) -> Answered {
        if self.addresses.contains_key(&end) {
            return failed(ErrorKind::InvalidInput);
        }
        self.addresses.insert(end, 40_000 + self.addresses.len() as u16);
        done()
    }

    fn join(&mut self, end: End, other: End) {
        for (end, other) in [(end, other), (other, end)] {
            let _ = self.bind(end);
            self.connected.insert(end, other);
            self.pipes.insert(end, Pipe::default());
        }
    }

    fn connect(&mut self, end: End, to: End) -> Answered {
        if self.kind == Kind::Datagram {
            let _ = self.bind(end);
            self.connected.insert(end, to);
            return done();
        }
        if !self.listening.contains(&to) {
            return failed(ErrorKind::ConnectionRefused);
        }
        self.join(end, end.other());
        self.addresses.insert(end.other(), self.addresses[&to]);
        done()
    }

    fn write(&mut self, cx: &Context<'_>, end: End, bytes: &[u8]) -> Answered {
        let Some(other) = self.connected.get(&end) else { return failed(ErrorKind::NotConnected) };
        let Some(pipe) = self.pipes.get_mut(other) else { return failed(ErrorKind::NotConnected) };
        if pipe.has_ended || pipe.is_reset {
            return failed(ErrorKind::BrokenPipe);
        }
        let len = bytes.len().min(ROOM - pipe.bytes.len());
        if len == 0 && !bytes.is_empty() {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        pipe.bytes.extend(&bytes[..len]);
        wake(&mut pipe.reader);
        counted(len)
    }

    fn read(&mut self, cx: &Context<'_>, end: End, buffer: &mut [u8]) -> Answered {
        let Some(pipe) = self.pipes.get_mut(&end) else { return failed(ErrorKind::NotConnected) };
        if buffer.is_empty() {
            return counted(0);
        }
        if pipe.is_reset {
            return failed(ErrorKind::ConnectionReset);
        }
        let len = buffer.len().min(pipe.bytes.len());
        if len == 0 && !pipe.has_ended {
            pipe.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        for (place, byte) in buffer.iter_mut().zip(pipe.bytes.drain(..len)) {
            *place = byte;
        }
        wake(&mut pipe.writer);
        counted(len)
    }

    fn leave(&mut self, end: End, change: fn(&mut Pipe)) -> Answered {
        if let Some(pipe) = self.connected.get(&end).and_then(|other| self.pipes.get_mut(other)) {
            change(pipe);
            wake(&mut pipe.reader);
        }
        done()
    }

    fn send(&mut self, end: End, to: End, bytes: &[u8]) -> Answered {
        if bytes.len() > LARGEST {
            return Poll::Ready(Err(io::Error::from_raw_os_error(libc::EMSGSIZE)));
        }
        let _ = self.bind(end);
        let own = self.boxes.entry(end).or_default();
        if std::mem::take(&mut own.is_refused) {
            return failed(ErrorKind::ConnectionRefused);
        }
        if !self.addresses.contains_key(&to) {
            own.is_refused = self.connected.contains_key(&end);
        } else if self.connected.get(&to).is_none_or(|friend| *friend == end) {
            let letters = self.boxes.entry(to).or_default();
            let len: usize = letters.letters.iter().map(|(_, bytes)| bytes.len()).sum();
            if len + bytes.len() > 2 * ROOM {
                letters.drops += 1;
            } else {
                letters.letters.push_back((end, bytes.to_vec()));
                wake(&mut letters.reader);
            }
        }
        counted(bytes.len())
    }

    fn receive(&mut self, cx: &Context<'_>, end: End, buffer: &mut [u8]) -> Answered {
        let letters = self.boxes.entry(end).or_default();
        if std::mem::take(&mut letters.is_refused) {
            return failed(ErrorKind::ConnectionRefused);
        }
        let Some((from, bytes)) = letters.letters.pop_front() else {
            letters.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let len = bytes.len().min(buffer.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        Poll::Ready(Ok(Answer::Datagram { len, from: self.address(from) }))
    }

    fn address(&self, end: End) -> Option<Address> {
        self.addresses.get(&end).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, *port)).into())
    }

    fn name(&self, end: End) -> Answered {
        let peer = self.connected.get(&end).and_then(|other| self.address(*other));
        let local = self.address(end).unwrap_or(Address::Unnamed);
        Poll::Ready(Ok(Answer::Names { local, peer }))
    }

    fn configure(&mut self, setting: Setting) -> Answered {
        match setting {
            Setting::Nagle(nagle) => self.settings.unacked = u64::from(nagle),
            Setting::Cork(cork) => self.settings.bytes_not_sent = u64::from(cork),
            Setting::SegmentSize(size) => self.settings.segment_size = u64::from(size),
            _ => return failed(ErrorKind::Unsupported),
        }
        done()
    }
}

impl World for Memory {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Answered {
        match call {
            Call::Configure(setting) => self.configure(setting),
            Call::Open => {
                self.join(end, end.other());
                done()
            }
            Call::Bind => self.bind(end),
            Call::Listen => {
                self.listening.insert(end);
                done()
            }
            Call::Connect(to) => self.connect(end, to),
            Call::Accept(_) if self.connected.contains_key(&end) => done(),
            Call::Accept(_) => Poll::Pending,
            Call::Name => self.name(end),
            Call::Write(bytes) => self.write(cx, end, bytes),
            Call::WriteVectored(slices) => self.write(cx, end, &joined(slices)),
            Call::Read(buffer) => self.read(cx, end, buffer),
            Call::Flush => done(),
            Call::ShutDown | Call::Drop => self.leave(end, |pipe| pipe.has_ended = true),
            Call::Abort => self.leave(end, |pipe| pipe.is_reset = true),
            Call::SendTo(to, bytes) => self.send(end, to, bytes),
            Call::ReceiveFrom(buffer) => self.receive(cx, end, buffer),
            Call::Encode(_) | Call::Push(_) | Call::Pull | Call::PullEnd | Call::Way { .. } => {
                failed(ErrorKind::Unsupported)
            }
        }
    }

    fn counters(&mut self, end: End) -> Counters {
        let tcp = TcpInfo { state: u8::from(self.connected.contains_key(&end)), ..self.settings };
        let drops = self.boxes.get(&end).map(|letters| letters.drops);
        Counters { tcp: Some(tcp), drops, ..Counters::default() }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
