//! A receiver whose connections go wrong in ways that HTTP has no word for.

use crate::receiver::{Receiver, read_spans};
use socket2::SockRef;
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: its spans are kept, and the answer is 200.
    None,
    /// The connection is reset when so many bytes of it were read.
    ResetInRequest(usize),
    /// Its spans are kept, but the connection is reset after so many bytes of the answer.
    ResetInResponse(usize),
    /// Nobody reads it.
    Deaf,
    /// It is read and never answered.
    Silent,
    /// One byte of an answer each second.
    Trickle,
    /// An answer whose headers never end, as fast as they are taken.
    EndlessHeaders,
    /// Such an answer, with a pause between headers.
    SlowHeaders,
    /// An answer with this status and a body of 1 GiB. The spans are kept if it is 200.
    Huge(u16),
    /// The same, in chunks, so that nothing says how long it is.
    HugeInChunks(u16),
}

/// What [`Fault::None`] answers.
pub const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
const GIB: usize = 1 << 30;

/// The receiver; its threads live as long as the test process.
#[derive(Clone)]
pub struct Raw {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Has what was accepted.
    receiver: Receiver,
    script: Box<dyn Fn(usize) -> Fault + Send + Sync>,
    begun: AtomicUsize,
    written: AtomicU64,
}

impl Raw {
    /// Listens on a free port of 127.0.0.1. The nth request, from 0, gets the fault that `script` says.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn start(script: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        // Little is under way then that nobody has read. Connections inherit it.
        SockRef::from(&listener).set_send_buffer_size(4 << 10).expect("a size");
        let shared = Shared {
            receiver: Receiver::start(),
            script: Box::new(script),
            begun: AtomicUsize::new(0),
            written: AtomicU64::new(0),
        };
        let raw = Self { address, shared: Arc::new(shared) };
        let server = raw.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                // A connection that breaks is what this is for.
                std::thread::spawn(move || server.serve(stream));
            }
        });
        raw
    }

    /// The base endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived and was kept.
    pub fn receiver(&self) -> &Receiver {
        &self.shared.receiver
    }

    /// Requests that began.
    pub fn begun(&self) -> usize {
        self.shared.begun.load(Relaxed)
    }

    /// Bytes of bodies of 1 GiB that the other side took, or that are on their way to it.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Relaxed)
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        while stream.peek(&mut [0])? > 0 {
            let fault = (self.shared.script)(self.shared.begun.fetch_add(1, Relaxed));
            match fault {
                Fault::ResetInRequest(bytes) => {
                    io::copy(&mut (&stream).take(bytes as u64), &mut io::sink())?;
                    return reset(stream);
                }
                Fault::Deaf => loop {
                    std::thread::park();
                },
                _ => {}
            }
            let Some((request, spans)) = read_spans(&mut BufReader::new(&stream))? else { break };
            let keeps =
                matches!(fault, Fault::None | Fault::ResetInResponse(_) | Fault::Huge(200) | Fault::HugeInChunks(200));
            if keeps {
                self.shared.receiver.keep(request, spans);
            }
            if let Fault::ResetInResponse(bytes) = fault {
                (&stream).write_all(&GOOD[..bytes])?;
                return reset(stream);
            }
            self.answer(&stream, fault)?;
        }
        Ok(())
    }

    fn answer(&self, mut stream: &TcpStream, fault: Fault) -> io::Result<()> {
        const PART: usize = 1 << 10;
        match fault {
            // Until the other side gives up.
            Fault::Silent => io::copy(&mut stream, &mut io::sink()).map(|_| ()),
            Fault::Trickle => GOOD.iter().try_for_each(|byte| {
                stream.write_all(&[*byte])?;
                std::thread::sleep(Duration::from_secs(1));
                Ok(())
            }),
            Fault::EndlessHeaders | Fault::SlowHeaders => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
                loop {
                    stream.write_all(b"x-more: and more\r\n")?;
                    if fault == Fault::SlowHeaders {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                }
            }
            Fault::Huge(status) => {
                write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {GIB}\r\n\r\n")?;
                self.body(stream, &[b'x'; PART])
            }
            Fault::HugeInChunks(status) => {
                write!(stream, "HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\n\r\n")?;
                let chunk = format!("{PART:x}\r\n{}\r\n", "x".repeat(PART));
                self.body(stream, chunk.as_bytes())
            }
            _ => stream.write_all(GOOD),
        }
    }

    fn body(&self, mut stream: &TcpStream, part: &[u8]) -> io::Result<()> {
        let written = &self.shared.written;
        while written.load(Relaxed) < GIB as u64 {
            stream.write_all(part)?;
            written.fetch_add(part.len() as u64, Relaxed);
        }
        Ok(())
    }
}

/// Ends a connection with RST instead of FIN.
fn reset(stream: TcpStream) -> io::Result<()> {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    drop(stream);
    Ok(())
}
