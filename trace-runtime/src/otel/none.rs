//! Without the feature `otel`: no foreign code makes anything current.

use crate::ctx::Place;
use crate::snapshot::Snapshot;
use crate::span::Started;
use crate::thread::Thread;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[inline(always)]
pub(crate) fn is_elsewhere(_: &Thread) -> bool {
    false
}

#[inline(always)]
pub(crate) fn elsewhere(_: &Thread) -> Option<Snapshot> {
    None
}

#[inline(always)]
pub(crate) fn entered(_: &Thread, _: u16, _: Entry<'_>) -> bool {
    false
}

/// What makes a span current.
#[derive(Clone, Copy)]
pub(crate) enum Entry<'a> {
    Once,
    Again(#[expect(dead_code, reason = "there is nothing to keep")] Option<&'a Kept>),
    Shared,
}

/// What a future keeps from poll to poll.
pub(crate) struct Kept;

#[expect(clippy::unused_self, reason = "the same methods as where there is something to keep")]
impl Kept {
    pub(crate) const NONE: Self = Self;

    #[inline(always)]
    pub(crate) fn is_some(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn keep(&mut self, _: u32) {}

    #[inline(always)]
    pub(crate) fn end(&mut self, _: &Started) {}
}

#[inline(always)]
pub(crate) fn may_decide() -> bool {
    false
}

#[inline(always)]
pub(crate) fn is_plainly_here(_: &Thread) -> bool {
    true
}

#[inline(always)]
pub(crate) fn is_plain_here(_: &Thread) -> bool {
    true
}

#[inline(always)]
pub(crate) fn entered_here(_: &Thread, _: u16) {}

#[inline(always)]
pub(crate) fn left(_: &Thread, _: Place, _: bool) {}

#[inline(always)]
pub(crate) fn is_suppressed(_: &Thread) -> bool {
    false
}

/// What panics in here ends here.
pub(crate) fn contained<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}

#[inline(always)]
pub(crate) fn is_exact() -> bool {
    false
}
