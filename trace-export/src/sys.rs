//! The only unsafe code of this crate: registering the exit handler.
#![allow(unsafe_code)]

/// Runs `handler` when the program ends by returning from `main` or by `exit`. `false` if it could not be registered.
pub(crate) fn at_exit(handler: extern "C" fn()) -> bool {
    // SAFETY: the handler is a plain function that lives as long as the program, and unwinding out of it aborts.
    unsafe { libc::atexit(handler) == 0 }
}
