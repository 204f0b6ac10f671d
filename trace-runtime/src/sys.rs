//! The only unsafe code of this crate: reading the processor's tick counter, fetching cache lines, asking the operating system for
//! randomness and for large pages, seeing words as slots, and registering the fork handler.
#![allow(unsafe_code)]

use crate::slot::Slot;
use std::hash::{BuildHasher, RandomState};
use std::mem::MaybeUninit;
use std::sync::atomic::AtomicU64;

// Functions of every libc, declared here: the crate that declares all of them is not worth a dependency.
#[cfg(all(unix, not(miri)))]
unsafe extern "C" {
    #[cfg(target_os = "linux")]
    fn getrandom(buffer: *mut std::ffi::c_void, len: usize, flags: std::ffi::c_uint) -> isize;
    #[cfg(target_os = "linux")]
    fn madvise(start: *mut std::ffi::c_void, len: usize, advice: std::ffi::c_int) -> std::ffi::c_int;
    fn pthread_atfork(
        before: Option<unsafe extern "C" fn()>,
        in_parent: Option<unsafe extern "C" fn()>,
        in_child: Option<unsafe extern "C" fn()>,
    ) -> std::ffi::c_int;
}

/// Whether [`ticks`] can be used: x86-64 Linux whose kernel itself keeps time by the counter.
///
/// The kernel checks the counter for drift between cores and across sleep states, so its choice is
/// taken over instead of repeated: one small read of sysfs, once a process.
#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
pub(crate) fn ticks_usable() -> bool {
    std::fs::read("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        .is_ok_and(|name| name.trim_ascii() == b"tsc")
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(miri))))]
pub(crate) fn ticks_usable() -> bool {
    false
}

/// The processor's tick counter. Meaningful only where [`ticks_usable`] said so.
#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
#[inline(always)]
pub(crate) fn ticks() -> u64 {
    // SAFETY: RDTSC exists on every x86-64 processor and touches no memory.
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(miri))))]
pub(crate) fn ticks() -> u64 {
    0
}

/// Fetches the cache line of a word that is about to be written: if another processor has it, the write would have to wait for that.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
pub(crate) fn fetch_to_write(word: &AtomicU64) {
    // SAFETY: a hint, which changes no memory and no register. Processors that do not know it do nothing.
    unsafe { core::arch::asm!("prefetchw [{}]", in(reg) word, options(readonly, nostack, preserves_flags)) };
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
pub(crate) fn fetch_to_write(_word: &AtomicU64) {}

/// As many slots as lie in these words, from the first cache line on.
pub(crate) fn as_slots(words: &'static [AtomicU64]) -> &'static [Slot] {
    // SAFETY: a slot is `repr(C)` and has nothing but atomic integers, without padding (its size is the sum of theirs), so any words
    // are slots, and both may be written through shared references. `align_to` sees to alignment and length.
    unsafe { words.align_to::<Slot>() }.1
}

/// Asks for large pages for memory that is about to be written: of many open spans, each lies on a page of its own otherwise, and the
/// processor looks up more pages than it remembers. The system may not care.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn on_large_pages<T>(memory: &mut [MaybeUninit<T>]) {
    const PAGE: usize = 4096;
    const LARGE: usize = 2 << 20;
    const MADV_HUGEPAGE: std::ffi::c_int = 14;
    let range = memory.as_mut_ptr_range();
    let start = range.start.addr().next_multiple_of(PAGE);
    let len = range.end.addr().saturating_sub(start);
    if len >= 2 * LARGE {
        // SAFETY: the range is that of memory which is there, `memory` up to the end of its last page. The advice changes on what pages
        // that lies, not what is in it, so whoever else has a part of it sees no difference.
        unsafe { madvise(range.start.map_addr(|_| start).cast(), len, MADV_HUGEPAGE) };
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) fn on_large_pages<T>(_memory: &mut [MaybeUninit<T>]) {}

/// 128 bits of randomness from the operating system, also right in a forked child.
pub(crate) fn entropy() -> [u64; 2] {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        let mut bytes = [0u8; 16];
        // SAFETY: the pointer and the length describe `bytes`, which outlives the call.
        let got = unsafe { getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
        if usize::try_from(got) == Ok(bytes.len()) {
            let (low, high) = bytes.split_at(8);
            let word = |half: &[u8]| half.iter().fold(0, |word, b| word << 8 | u64::from(*b));
            return [word(low), word(high)];
        }
    }
    // The standard library's hash keys come from the operating system too; the address and the
    // time tell two threads and a forked child apart.
    let here = std::ptr::from_ref(&()).addr() as u64 ^ u64::from(std::process::id());
    let keys = RandomState::new();
    [keys.hash_one((here, 1)), keys.hash_one((here, 2, std::time::Instant::now()))]
}

/// Runs `in_child` in every forked child, before `fork` returns there.
#[cfg(all(unix, not(miri)))]
pub(crate) fn on_fork(in_child: extern "C" fn()) {
    // SAFETY: the handler is a plain function that lives as long as the program. It stores to
    // atomics and thread-local cells without destructors, and takes no lock.
    unsafe { pthread_atfork(None, None, Some(fork_handler(in_child))) };
}

#[cfg(all(unix, not(miri)))]
fn fork_handler(handler: extern "C" fn()) -> unsafe extern "C" fn() {
    handler
}

#[cfg(not(all(unix, not(miri))))]
pub(crate) fn on_fork(_in_child: extern "C" fn()) {}
