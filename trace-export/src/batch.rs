//! The unit of sending, storing and counting.

use crate::control::lock;
use crate::encode::field;
use crate::memory::Bytes;
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
