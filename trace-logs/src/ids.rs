//! The ids of the current span, for text.

use std::fmt;
use trace_runtime::{CurrentSpan, SpanId, TraceId};

/// The key of the trace id.
pub(crate) const TRACE_ID: &str = "trace_id";
/// The key of the span id.
pub(crate) const SPAN_ID: &str = "span_id";

/// The ids of the innermost span of this thread, also if it is not sampled: then they are those of its local root. About 1 ns.
///
/// ```
/// use trace_runtime::{capture::Capture, trace};
/// #[trace]
/// fn work() -> String {
///     format!("[{}] about to begin", trace_logs::ids())
/// }
/// # let _spans = Capture::start();
/// assert!(work().starts_with("[trace_id="));
/// assert_eq!(trace_logs::ids().to_string(), "", "outside of spans there is nothing to say");
/// ```
pub fn ids() -> Ids {
    Ids(trace_runtime::current().map(|span: CurrentSpan| (span.trace_id(), span.span_id())))
}

/// What [`ids`] gives. Prints as `trace_id=` with 32 digits, a space and `span_id=` with 16 digits, or as nothing outside of spans.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ids(pub(crate) Option<(TraceId, SpanId)>);

impl Ids {
    /// The trace. `None` outside of spans.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.0.map(|(trace, _)| trace)
    }

    /// The span. `None` outside of spans.
    pub fn span_id(&self) -> Option<SpanId> {
        self.0.map(|(_, span)| span)
    }

    #[cfg(feature = "log")]
    pub(crate) fn digits(&self) -> Option<Digits> {
        let (trace, span) = self.0?;
        let (mut digits, trace, span) = (Digits { trace: [0; 32], span: [0; 16] }, trace.to_bytes(), span.to_bytes());
        hex(&trace, &mut digits.trace);
        hex(&span, &mut digits.span);
        Some(digits)
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((trace, span)) => write!(f, "{TRACE_ID}={trace} {SPAN_ID}={span}"),
            None => Ok(()),
        }
    }
}

/// Both ids as text, without allocation.
#[cfg(feature = "log")]
pub(crate) struct Digits {
    trace: [u8; 32],
    span: [u8; 16],
}

#[cfg(feature = "log")]
impl Digits {
    pub(crate) fn trace(&self) -> &str {
        std::str::from_utf8(&self.trace).unwrap_or_default()
    }

    pub(crate) fn span(&self) -> &str {
        std::str::from_utf8(&self.span).unwrap_or_default()
    }
}

#[cfg(feature = "log")]
fn hex(bytes: &[u8], to: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(to.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
