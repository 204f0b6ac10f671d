//! The unit of sending, storing and counting.

use crate::bounds::BATCH_BYTES;
use crate::control::lock;
use crate::encode::field;
use std::ops::{Deref, RangeInclusive};
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::sync::{Arc, Mutex};
use trace_runtime::export::{Claims, Field, Fields};

/// An `ExportTraceServiceRequest`. Never changed once made.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) bytes: Bytes,
    pub(crate) spans: u64,
    /// With the crash recorder, and for the first destination alone: what is recovered goes there.
    claims: Option<Arc<Claimed>>,
}

/// Records that are found after a crash until all parts of their batch have an outcome, or nobody has them any more.
struct Claimed {
    claims: Mutex<Claims>,
    parts: AtomicUsize,
}

/// Memory of batches that are gone, for those to come. Fresh memory costs the system more than encoding a batch into it.
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// What is kept of it: as much as is on its way at once where a backend takes all there is.
const SPARE_BYTES: usize = 4 * BATCH_BYTES;
/// Smaller memory is cheap, and larger is rare.
const SPARE_SIZES: RangeInclusive<usize> = 64 << 10..=2 * BATCH_BYTES;

/// Empty memory with room for `len` bytes, used before if possible, and not much more than that.
pub(crate) fn memory(len: usize) -> Vec<u8> {
    // In steps of an eighth at most, so that batches of nearly one size use each other's, and none holds much more than it needs.
    let step = len.next_power_of_two() / 16;
    let len = if step == 0 { len } else { len.next_multiple_of(step) };
    let fits = |spare: &Vec<u8>| (len..=len + step).contains(&spare.capacity());
    // Not waited for: in a forked child another thread of the parent may hold it for ever.
    let used = SPARE.try_lock().ok().and_then(|mut spare| {
        let nth = spare.iter().position(fits)?;
        Some(spare.swap_remove(nth))
    });
    used.unwrap_or_else(|| Vec::with_capacity(len))
}

/// What is shared by all who send or store a batch.
#[derive(Clone)]
pub(crate) struct Bytes(Arc<Memory>);

struct Memory(Vec<u8>);

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Memory(bytes)))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.0
    }
}

impl Bytes {
    /// Whether both are the same batch's, and not only alike.
    #[cfg(feature = "sdk")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let mut memory = std::mem::take(&mut self.0);
        if let Ok(mut spare) = SPARE.try_lock() {
            if SPARE_SIZES.contains(&memory.capacity()) {
                // The latest are of the size that is wanted next.
                while spare.iter().map(Vec::capacity).sum::<usize>() + memory.capacity() > SPARE_BYTES {
                    spare.remove(0);
                }
                memory.clear();
                spare.push(memory);
            }
        }
    }
}

impl Batch {
    pub(crate) fn new(bytes: Vec<u8>, spans: u64) -> Self {
        Self { bytes: bytes.into(), spans, claims: None }
    }

    pub(crate) fn with(self, claims: Claims) -> Self {
        if claims.is_empty() {
            return self;
        }
        Self { claims: Some(Arc::new(Claimed { claims: Mutex::new(claims), parts: AtomicUsize::new(1) })), ..self }
    }

    pub(crate) fn without_claims(&self) -> Self {
        Self { claims: None, ..self.clone() }
    }

    /// It has its outcome: its spans are not to be found after a crash.
    pub(crate) fn settle(&self) {
        if let Some(claimed) = self.claims.as_ref().filter(|claimed| claimed.parts.fetch_sub(1, AcqRel) == 1) {
            drop(std::mem::take(&mut *lock(&claimed.claims)));
        }
    }

    /// A request for each half of the spans. `None` if there is nothing to halve.
    ///
    /// Spans are found by walking the message's framing; resource, scope and schema go to both halves.
    pub(crate) fn halves(&self) -> Option<[Self; 2]> {
        let middle = self.spans / 2;
        if middle == 0 {
            return None;
        }
        if let Some(claimed) = &self.claims {
            claimed.parts.fetch_add(1, AcqRel);
        }
        Some([self.part(0, middle), self.part(middle, self.spans)])
    }

    /// The spans from `from` up to `to`.
    fn part(&self, from: u64, to: u64) -> Self {
        let mut seen = 0;
        let mut bytes = Vec::with_capacity(self.bytes.len() / 2 + 1024);
        for resource_spans in messages(&self.bytes, 1) {
            let mut kept = Vec::with_capacity(resource_spans.len() / 2);
            let before = seen;
            for part in Fields(resource_spans) {
                match part {
                    (2, Field::Bytes(scope_spans)) => {
                        let scope_spans = spans_between(scope_spans, &mut seen, from, to);
                        if !scope_spans.is_empty() {
                            field(&mut kept, 0x12, &scope_spans);
                        }
                    }
                    other => copy(&mut kept, other),
                }
            }
            if before < to && seen > from {
                field(&mut bytes, 0x0a, &kept);
            }
        }
        Self { claims: self.claims.clone(), ..Self::new(bytes, to.min(seen).saturating_sub(from)) }
    }
}

/// The `ScopeSpans` with those spans, whose number goes on from `seen`. Empty if it has none of them.
fn spans_between(scope_spans: &[u8], seen: &mut u64, from: u64, to: u64) -> Vec<u8> {
    let (mut kept, mut any) = (Vec::with_capacity(scope_spans.len() / 2), false);
    for part in Fields(scope_spans) {
        match part {
            (2, Field::Bytes(span)) => {
                if (from..to).contains(seen) {
                    field(&mut kept, 0x12, span);
                    any = true;
                }
                *seen += 1;
            }
            other => copy(&mut kept, other),
        }
    }
    if any { kept } else { Vec::new() }
}

/// The messages in the fields of this number.
pub(crate) fn messages(bytes: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    Fields(bytes).filter_map(move |field| match field {
        (n, Field::Bytes(content)) if n == number => Some(content),
        _ => None,
    })
}

/// What is not spans here is text and messages, with numbers below 16.
fn copy(to: &mut Vec<u8>, (number, value): (u64, Field<'_>)) {
    if let (Ok(number @ 1..=15), Field::Bytes(content)) = (u8::try_from(number), value) {
        field(to, number << 3 | 2, content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_was_used_is_used_again_only_where_it_fits() {
        drop(Bytes::from(Vec::with_capacity(BATCH_BYTES)));
        assert!(memory(1 << 10).capacity() < 2 << 10, "a small batch does not hold much more than it needs");
        assert_eq!(memory(BATCH_BYTES - 1).capacity(), BATCH_BYTES);
    }
}
