//! The only unsafe code of this crate: the exit handler, a write to stderr that does not wait, signals, the user's number.
#![allow(unsafe_code)]

use std::io;
use std::time::Duration;

/// Runs `handler` when the program ends by returning from `main` or by `exit`. `false` if it could not be registered.
pub(crate) fn at_exit(handler: extern "C" fn()) -> bool {
    // SAFETY: the handler is a plain function that lives as long as the program, and unwinding out of it aborts.
    unsafe { libc::atexit(handler) == 0 }
}

/// Writes some of `bytes` to stderr once it takes something. `Ok(0)`: it did not in time.
#[cfg(unix)]
pub(crate) fn write_stderr(bytes: &[u8], within: Duration) -> io::Result<usize> {
    let mut stderr = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    let millis = i32::try_from(within.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one `pollfd` that lives through the call.
    let ready = unsafe { libc::poll(&raw mut stderr, 1, millis) };
    if ready < 0 {
        return Err(io::Error::last_os_error());
    }
    if ready == 0 {
        return Ok(0);
    }
    // A pipe that is writable takes this much without waiting (POSIX, PIPE_BUF).
    let bytes = &bytes[..bytes.len().min(libc::PIPE_BUF)];
    // SAFETY: the pointer and length describe `bytes`.
    let written = unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(written).map_err(|_| io::Error::last_os_error())
}

#[cfg(not(unix))]
pub(crate) fn write_stderr(bytes: &[u8], _within: Duration) -> io::Result<usize> {
    io::Write::write(&mut io::stderr(), bytes)
}

/// Runs `f` with all signals blocked, so that a thread it starts takes none that the program waits for.
#[cfg(unix)]
pub(crate) fn without_signals<R>(f: impl FnOnce() -> R) -> R {
    // SAFETY: both sets are filled by the calls before they are read, and live through them.
    let previous = unsafe {
        let mut all = std::mem::zeroed();
        let mut previous = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL] {
            libc::sigdelset(&raw mut all, fault);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut previous);
        previous
    };
    let result = f();
    // SAFETY: restores the mask read above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const previous, std::ptr::null_mut()) };
    result
}

#[cfg(not(unix))]
pub(crate) fn without_signals<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// The user whose rights the process has.
#[cfg(unix)]
pub(crate) fn user() -> u32 {
    // SAFETY: has no arguments and does not fail.
    unsafe { libc::geteuid() }
}

#[cfg(unix)]
pub(crate) use signals::{end_by, handle_end_signals, signal_stream};

/// `SIGTERM` and `SIGINT`: the handler writes the signal's number into a stream, and a thread reads it.
#[cfg(unix)]
mod signals {
    use std::io;
    use std::os::fd::IntoRawFd as _;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

    /// Where the handler writes, in the process with this number. Elsewhere, as in a forked child, nobody reads.
    static STREAM: AtomicI32 = AtomicI32::new(-1);
    static PROCESS: AtomicI32 = AtomicI32::new(0);

    extern "C" fn handler(signal: libc::c_int) {
        // SAFETY: only functions that POSIX allows in a handler, and `errno` is as it was.
        unsafe {
            let stream = STREAM.swap(-1, SeqCst);
            let byte = signal as u8;
            let is_ours = stream >= 0 && PROCESS.load(SeqCst) == libc::getpid();
            let written = is_ours && libc::write(stream, (&raw const byte).cast(), 1) == 1;
            // A second signal, or nobody who waits: as if there were no handler.
            if !written {
                end_by(byte);
            }
        }
    }

    /// Takes over the two signals where nobody has.
    pub(crate) fn handle_end_signals() {
        for signal in [libc::SIGTERM, libc::SIGINT] {
            // SAFETY: both structures live through the calls, and the handler through the program.
            unsafe {
                let mut present: libc::sigaction = std::mem::zeroed();
                let known = libc::sigaction(signal, std::ptr::null(), &raw mut present) == 0;
                if known && present.sa_sigaction == libc::SIG_DFL {
                    let mut ours: libc::sigaction = std::mem::zeroed();
                    ours.sa_sigaction = handler as extern "C" fn(libc::c_int) as usize;
                    ours.sa_flags = libc::SA_RESTART;
                    libc::sigaction(signal, &raw const ours, std::ptr::null_mut());
                }
            }
        }
    }

    /// From which the next signal of this process can be read.
    pub(crate) fn signal_stream() -> io::Result<UnixStream> {
        let (reader, writer) = UnixStream::pair()?;
        writer.set_nonblocking(true)?;
        PROCESS.store(std::process::id() as i32, SeqCst);
        // Stays open as long as the process.
        STREAM.store(writer.into_raw_fd(), SeqCst);
        Ok(reader)
    }

    /// Ends the process as the signal does where there is no handler.
    pub(crate) fn end_by(signal: u8) {
        // SAFETY: plain system calls on a set that is filled before it is read.
        unsafe {
            libc::signal(signal.into(), libc::SIG_DFL);
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, signal.into());
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
            libc::raise(signal.into());
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn handle_end_signals() {}

#[cfg(not(unix))]
pub(crate) fn signal_stream() -> io::Result<io::Empty> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
pub(crate) fn end_by(_signal: u8) {}
