//! In place of the crash recorder where there is none: 64-bit Linux has it.

use crate::batch::Batch;
use crate::config::Route;
use crate::diag::Problem;
use crate::lane::Lane;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) struct CrashFile(Infallible);

#[derive(Default)]
pub(crate) struct Progress;

#[derive(Default)]
pub(crate) struct Crash {
    pub(crate) file: Option<&'static CrashFile>,
}

pub(crate) struct Found {
    pub(crate) damaged: u64,
    pub(crate) damaged_parts: u64,
}

impl CrashFile {
    pub(crate) fn take_short(&self) -> bool {
        match self.0 {}
    }
}

impl Progress {
    pub(crate) fn wait(&self, _within: Duration) -> bool {
        true
    }

    pub(crate) fn stop(&self, _end: Instant) {}
}

impl Crash {
    pub(crate) fn begin(dir: Option<PathBuf>, _routes: &mut [Route], _resource: &[u8]) -> Self {
        if dir.is_some() {
            Problem::default().say("no crash recorder, spans are in ordinary memory: only 64-bit Linux has it");
        }
        Self::default()
    }

    pub(crate) fn recover(&'static self, _lane: &'static Lane, _progress: &'static Progress) {}

    pub(crate) fn end(&self) {}
}

impl Found {
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged + self.damaged_parts > 0
    }
}

pub(crate) fn is_held(_path: &Path) -> bool {
    false
}

pub(crate) fn created(_name: &str) -> Option<u64> {
    None
}

pub(crate) fn requests(_file: File) -> io::Result<(Vec<Batch>, Found)> {
    Err(io::Error::new(ErrorKind::Unsupported, "crash files are read on 64-bit Linux only"))
}
