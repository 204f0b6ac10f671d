//! The only unsafe code of this crate: the exit handler, a write to stderr that does not wait, signal masks.
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
