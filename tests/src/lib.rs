//! What the tests share.

pub mod batch_file;
pub mod built;
pub mod drive;
pub mod faults;
pub mod grpc;
pub mod outside;
pub mod place;
pub mod raw;
pub mod receiver;
pub mod relay;
pub mod rotel;
pub mod sink;
pub mod small_disk;
pub mod spooler;
pub mod tls;
pub mod tool;
pub mod twice;
pub mod yielded;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// For tests of one file that switch what is the process's: one at a time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The code in the README and in `docs/TESTING.md` compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../docs/TESTING.md")]
pub struct Readme;
