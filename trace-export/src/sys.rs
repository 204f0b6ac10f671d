//! The only unsafe code of this crate: the exit handler, a write to stderr that does not wait, signals, the user's number, a mapped file.
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

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use mapping::{Mapping, is_locked, lock};

/// A file in memory, for the crash recorder.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod mapping {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsRawFd as _, IntoRawFd as _, RawFd};
    use std::ptr::NonNull;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Release};

    /// Takes the file's lock, if nobody has it. It is let go of when the file, opened this time, is closed, or its process dies.
    pub(crate) fn lock(file: &File) -> bool {
        locking(file, libc::F_OFD_SETLK).is_some()
    }

    /// Whether somebody has it. Does not take it.
    pub(crate) fn is_locked(file: &File) -> bool {
        locking(file, libc::F_OFD_GETLK).is_some_and(|lock| libc::c_int::from(lock.l_type) != libc::F_UNLCK)
    }

    fn locking(file: &File, command: libc::c_int) -> Option<libc::flock> {
        // SAFETY: the structure lives through the call, and the file is open.
        unsafe {
            let mut lock: libc::flock = std::mem::zeroed();
            lock.l_type = libc::F_WRLCK as libc::c_short;
            (libc::fcntl(file.as_raw_fd(), command, &raw mut lock) == 0).then_some(lock)
        }
    }

    /// How often the system is asked for room while signals come in between.
    const TRIES: u32 = 16;
    /// The largest page that there is: what is mapped anew begins and ends with one.
    const LARGEST_PAGE: usize = 64 << 10;

    /// A file of which the first bytes, as many as [`grow`](Self::grow) said, are memory of this process, for as long as it lives.
    pub(crate) struct Mapping {
        base: NonNull<AtomicU64>,
        reserved: usize,
        /// Bytes of the file that have their place on the disk.
        grown: AtomicUsize,
        file: RawFd,
    }

    // SAFETY: the memory is atomic words, at an address that never changes.
    unsafe impl Send for Mapping {}
    // SAFETY: the same.
    unsafe impl Sync for Mapping {}

    impl Mapping {
        /// Of an empty file, which may grow up to `reserved` bytes: whole pages.
        pub(crate) fn new(file: File, reserved: usize) -> io::Result<Self> {
            let (read_write, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_NORESERVE);
            // SAFETY: a new mapping at an address of the system's choice. Of what lies behind the file's end only the address is used.
            let base = unsafe { libc::mmap(std::ptr::null_mut(), reserved, read_write, shared, file.as_raw_fd(), 0) };
            let base = NonNull::new(base).filter(|base| base.as_ptr() != libc::MAP_FAILED);
            let base = base.ok_or_else(io::Error::last_os_error)?.cast();
            Ok(Self { base, reserved, grown: AtomicUsize::new(0), file: file.into_raw_fd() })
        }

        /// Makes the file so many bytes longer, which get their place on the disk now: writing to them cannot fail later. Gives where
        /// they begin. One thread at a time.
        pub(crate) fn grow(&self, bytes: usize) -> io::Result<usize> {
            let start = self.grown.load(Acquire);
            let end =
                start.checked_add(bytes).filter(|end| *end <= self.reserved).ok_or(io::ErrorKind::FileTooLarge)?;
            let mut tries = 0;
            while let Err(error) = self.allocate(start, bytes) {
                tries += 1;
                // A signal came (fallocate(2)), which says nothing about the room.
                if error.kind() != io::ErrorKind::Interrupted || tries == TRIES {
                    return Err(error);
                }
            }
            self.grown.store(end, Release);
            Ok(start)
        }

        fn allocate(&self, start: usize, bytes: usize) -> io::Result<()> {
            // SAFETY: a structure that lives through the call, and a system call on a file that is open.
            let done = unsafe {
                let mut limit: libc::rlimit = std::mem::zeroed();
                // Beyond the limit, growing would be a signal that ends the program.
                if libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) == 0 && limit.rlim_cur < (start + bytes) as u64 {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                libc::fallocate(self.file, 0, start as libc::off_t, bytes as libc::off_t)
            };
            if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
        }

        /// So many words, from that byte on. `None`: the file does not have them.
        pub(crate) fn words(&self, start: usize, words: usize) -> Option<&'static [AtomicU64]> {
            let end = words.checked_mul(8).and_then(|bytes| bytes.checked_add(start));
            let has = start % 8 == 0 && end.is_some_and(|end| end <= self.grown.load(Acquire));
            // SAFETY: these words are mapped, aligned, backed by the file, and stay mapped until the process ends. All who have
            // them have shared references to atomics, whose bits may be any.
            has.then(|| unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(start / 8), words) })
        }

        /// In a forked child: the memory is the child's own from now on, with zeros in place of all but the ranges of bytes to `keep`. Calls
        /// only what a signal handler may.
        pub(crate) fn leave_to_parent(&self, keep: impl Iterator<Item = (usize, usize)>) {
            let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let base = self.base.as_ptr().cast::<u8>();
            let grown = self.grown.load(Acquire);
            // Not more than is needed: it counts against limits of the child's.
            let size = grown.next_multiple_of(LARGEST_PAGE).min(self.reserved);
            // SAFETY: new memory of the same size is filled and then takes the place of the mapping in one step; what lies behind is only
            // addresses, which nobody has. The child has one thread, and its references see the same words as before where they are
            // kept, or zeros, in memory as writable as before.
            unsafe {
                let read_write = libc::PROT_READ | libc::PROT_WRITE;
                let own = libc::mmap(std::ptr::null_mut(), size, read_write, private, -1, 0);
                let mut is_own = own != libc::MAP_FAILED;
                if is_own {
                    for (start, bytes) in keep.filter(|(start, bytes)| start + bytes <= grown) {
                        std::ptr::copy_nonoverlapping(base.add(start), own.cast::<u8>().add(start), bytes);
                    }
                    let how = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
                    is_own = libc::mremap(own, size, size, how, base.cast::<libc::c_void>()) != libc::MAP_FAILED;
                }
                if !is_own {
                    // Too little room for both. Without what was there, spans of the parent are not known here.
                    libc::mmap(base.cast(), size, read_write, private | libc::MAP_FIXED, -1, 0);
                }
                libc::munmap(base.add(size).cast(), self.reserved - size);
                // Or the parent's lock would outlive it.
                libc::close(self.file);
            }
        }
    }
}
