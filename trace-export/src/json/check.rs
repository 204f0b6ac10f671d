//! Whether bytes are what the table says, to the letter: for spans that come from a file in which anything may be.

use super::schema::{Kind, Message, SCOPE_SPANS};
use crate::bounds::JSON_DEPTH;
use trace_runtime::export::{Field, Fields};

/// Whether this is one whole `ScopeSpans.spans` field, as a backend would take it.
pub(crate) fn is_span_field(bytes: &[u8]) -> bool {
    is_message(&SCOPE_SPANS, bytes, 0)
}

fn is_message(message: &Message, bytes: &[u8], depth: usize) -> bool {
    let mut fields = Fields(bytes);
    if depth > JSON_DEPTH {
        return false;
    }
    while let Some(tag) = fields.0.first().copied() {
        // Numbers above 15 have a second byte; the low bits are the wire type in any case.
        let Some((number, value)) = fields.next() else { return false };
        let known = message.0.iter().find(|entry| entry.number == number);
        if !known.is_some_and(|entry| is_value(&entry.kind, entry.name, tag & 7, &value, depth)) {
            return false;
        }
    }
    true
}

fn is_value(kind: &Kind, name: &str, wire: u8, value: &Field<'_>, depth: usize) -> bool {
    match (kind, value) {
        (Kind::Text, Field::Bytes(bytes)) => std::str::from_utf8(bytes).is_ok(),
        (Kind::Hex | Kind::Base64, Field::Bytes(_)) => true,
        (Kind::Message(inner), Field::Bytes(bytes)) => is_message(inner, bytes, depth + 1),
        (Kind::Unsigned | Kind::Double, Field::Number(_)) => wire == 1,
        (Kind::Number, Field::Number(_)) => wire == if name == "flags" { 5 } else { 0 },
        (Kind::Bool | Kind::Int, Field::Number(_)) => wire == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_one_and_what_is_not_to_the_letter_is_none() {
        // A span with a name and an attribute whose text is `é`.
        let span = [0x12, 15, 0x2a, 1, b'n', 0x4a, 10, 0x0a, 2, b'k', b'y', 0x12, 4, 0x0a, 2, 0xc3, 0xa9];
        assert!(is_span_field(&span));
        for end in 1..span.len() {
            assert!(!is_span_field(&span[..end]), "cut at {end}");
        }
        for (at, byte, why) in [(15, b'x', "no UTF-8"), (2, 0x28, "a number for a text"), (7, 0x7a, "an unknown field")]
        {
            let mut other = span;
            other[at] = byte;
            assert!(!is_span_field(&other), "{why}");
        }
    }
}
