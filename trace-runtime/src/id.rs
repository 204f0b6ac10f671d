//! Identifiers and contexts: plain values, printed as the W3C Trace Context recommendation does.

use std::fmt;

/// Identifies a trace: 16 bytes, printed as 32 lower-case hexadecimal digits. Never zero in a valid context.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(u128);

/// Identifies a span in its trace: 8 bytes, printed as 16 lower-case hexadecimal digits. Never zero in a valid context.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SpanId(u64);

macro_rules! id {
    ($name:ident, $int:ty, $from:ident, $to:ident, $bytes:literal, $digits:literal) => {
        impl $name {
            /// The identifier with this number, most significant byte first on the wire.
            pub const fn $from(value: $int) -> Self {
                Self(value)
            }
            /// The identifier as a number.
            pub const fn $to(self) -> $int {
                self.0
            }
            /// The identifier with these bytes, in network order.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(<$int>::from_be_bytes(bytes))
            }
            /// The bytes in network order.
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0.to_be_bytes()
            }
            /// Whether this is the all-zero identifier, which no span has.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
            /// Reads exactly the printed form: lower-case hexadecimal digits with leading zeros.
            /// `None` for anything else.
            pub fn from_hex(text: &str) -> Option<Self> {
                let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                if text.len() != 2 * $bytes || !text.bytes().all(lower) {
                    return None;
                }
                <$int>::from_str_radix(text, 16).ok().map(Self)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:0", $digits, "x}"), self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}
id!(TraceId, u128, from_u128, to_u128, 16, "32");
id!(SpanId, u64, from_u64, to_u64, 8, "16");

/// What crosses a boundary: the identity of a span, whether it is sampled, and whether it came from another process.
///
/// ```
/// use trace_runtime::{SpanContext, SpanId, TraceId};
/// let remote = SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(2), true);
/// assert_eq!(remote.trace_id.to_string(), "00000000000000000000000000000001");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SpanContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The sampled flag of W3C Trace Context.
    pub sampled: bool,
    /// Whether the span belongs to another process.
    pub is_remote: bool,
    /// The `tracestate` of W3C Trace Context, as text; empty if there is none.
    pub trace_state: String,
}

impl SpanContext {
    /// A context received from another process, without `tracestate`.
    pub fn remote(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        Self { trace_id, span_id, sampled, is_remote: true, trace_state: String::new() }
    }

    /// Whether both identifiers are set, as W3C Trace Context asks.
    pub fn is_valid(&self) -> bool {
        !self.trace_id.is_zero() && !self.span_id.is_zero()
    }
}

/// The kind of a span (OpenTelemetry specification, "`SpanKind`").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum Kind {
    /// Work inside the application.
    #[default]
    Internal = 1,
    /// Handles a request from outside.
    Server = 2,
    /// Makes a request to another service.
    Client = 3,
    /// Sends a message to be handled later.
    Producer = 4,
    /// Handles a message.
    Consumer = 5,
}

impl Kind {
    pub(crate) fn from_wire(kind: u8) -> Self {
        match kind {
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// The status of a span (OpenTelemetry specification, "Set Status").
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Status {
    /// Nothing was said: the usual end of a successful call.
    #[default]
    Unset,
    /// The program said that the call went well. Later errors do not change it.
    Ok,
    /// The call failed, with this description.
    Error(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_leading_zeros_and_read_back() {
        assert_eq!(TraceId::from_u128(0xab).to_string(), "000000000000000000000000000000ab");
        assert_eq!(SpanId::from_u64(0xab).to_string(), "00000000000000ab");
        assert_eq!(SpanId::from_hex("00000000000000ab"), Some(SpanId::from_u64(0xab)));
        for bad in ["", "ab", "00000000000000AB", "+0000000000000ab", "00000000000000abc"] {
            assert_eq!(SpanId::from_hex(bad), None, "{bad}");
        }
    }
}
