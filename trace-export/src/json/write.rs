//! Protobuf to JSON, by a table.

use super::schema::{Kind, Message, REQUEST};
use crate::bounds::JSON_DEPTH;
use std::io::Write as _;
use trace_runtime::export::{Field, Fields};

/// An `ExportTraceServiceRequest` as JSON. Fields that are unknown are left out, text that is no UTF-8 is mended.
pub(crate) fn request(bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::with_capacity(bytes.len() * 3);
    message(&mut to, &REQUEST, bytes, 0);
    to
}

fn message(to: &mut Vec<u8>, Message(entries): &Message, bytes: &[u8], depth: usize) {
    to.push(b'{');
    if depth < JSON_DEPTH {
        let mut separator = "";
        for entry in *entries {
            // A number is rarely there twice; if it is, the last counts.
            let mut values = Fields(bytes).filter(|(number, _)| *number == entry.number).map(|(_, value)| value);
            let first = if entry.repeated { values.next() } else { values.by_ref().last() };
            if first.is_none() && !entry.always {
                continue;
            }
            to.extend_from_slice(separator.as_bytes());
            separator = ",";
            text(to, entry.name.as_bytes());
            to.push(b':');
            if entry.repeated {
                to.push(b'[');
            }
            if let Some(first) = first {
                value(to, &entry.kind, &first, depth);
            }
            if entry.repeated {
                for other in values {
                    to.push(b',');
                    value(to, &entry.kind, &other, depth);
                }
                to.push(b']');
            }
        }
    }
    to.push(b'}');
}

fn value(to: &mut Vec<u8>, kind: &Kind, field: &Field<'_>, depth: usize) {
    match (kind, field) {
        (Kind::Text, Field::Bytes(bytes)) => text(to, bytes),
        (Kind::Hex, Field::Bytes(bytes)) => quoted(to, |to| bytes.iter().for_each(|byte| hex(to, *byte))),
        (Kind::Base64, Field::Bytes(bytes)) => quoted(to, |to| base64(to, bytes)),
        (Kind::Message(inner), Field::Bytes(bytes)) => message(to, inner, bytes, depth + 1),
        (Kind::Bool, Field::Number(bool)) => display(to, *bool != 0),
        (Kind::Int, Field::Number(int)) => quoted(to, |to| display(to, *int as i64)),
        (Kind::Unsigned, Field::Number(number)) => quoted(to, |to| display(to, number)),
        (Kind::Number, Field::Number(number)) => display(to, *number as u32),
        (Kind::Double, Field::Number(bits)) => double(to, f64::from_bits(*bits)),
        // Not what the message says it is.
        _ => to.extend_from_slice(b"null"),
    }
}

fn display(to: &mut Vec<u8>, what: impl std::fmt::Display) {
    // Into memory, which does not fail.
    let _ = write!(to, "{what}");
}

fn quoted(to: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    to.push(b'"');
    content(to);
    to.push(b'"');
}

/// JSON has no word for these three; protobuf's JSON writes them as text.
fn double(to: &mut Vec<u8>, float: f64) {
    match float {
        _ if float.is_nan() => text(to, b"NaN"),
        f64::INFINITY => text(to, b"Infinity"),
        f64::NEG_INFINITY => text(to, b"-Infinity"),
        _ => _ = write!(to, "{float:?}"),
    }
}

fn text(to: &mut Vec<u8>, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    to.push(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        to.extend_from_slice(&text.as_bytes()[plain..at]);
        plain = at + 1;
        if byte < b' ' {
            to.extend_from_slice(b"\\u00");
            hex(to, byte);
        } else {
            to.extend_from_slice(&[b'\\', byte]);
        }
    }
    to.extend_from_slice(&text.as_bytes()[plain..]);
    to.push(b'"');
}

fn hex(to: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    to.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// RFC 4648, section 4, with padding.
fn base64(to: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |nth: usize| u32::from(chunk.get(nth).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let is_padding = digit > chunk.len();
            to.push(if is_padding { b'=' } else { DIGITS[(bits >> (18 - 6 * digit)) as usize & 63] });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::field;

    #[test]
    fn values_are_written_as_the_specification_says() {
        let mut attributes = Vec::new();
        let mut any_value = |bytes: &[u8]| {
            let mut pair = Vec::new();
            field(&mut pair, 0x0a, b"k");
            field(&mut pair, 0x12, bytes);
            field(&mut attributes, 0x0a, &pair);
        };
        any_value(b"\x0a\x0a\"\\\n\x01\x7f\xc3\xa9\xff\xe2\x9c"); // a text that needs care, and is no UTF-8 in the end
        any_value(&[0x10, 0]);
        any_value(&[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        for float in [0.5, 1e300, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            any_value(&[&[0x21][..], &float.to_le_bytes()].concat());
        }
        any_value(&[0x3a, 4, 0xff, 0xfe, 0xfd, 0xfc]);
        any_value(&[0x2a, 4, 0x0a, 2, 0x18, 7]);
        any_value(&[0x32, 0]);
        any_value(&[]);
        let (mut resource_spans, mut bytes) = (Vec::new(), Vec::new());
        field(&mut resource_spans, 0x0a, &attributes);
        field(&mut bytes, 0x0a, &resource_spans);
        let json = String::from_utf8(request(&bytes)).unwrap_or_default();
        let values: Vec<_> = json.split(r#"{"key":"k","value":"#).skip(1).collect();
        let expected = [
            "{\"stringValue\":\"\\\"\\\\\\u000a\\u0001\u{7f}é\u{fffd}\u{fffd}\"}},",
            r#"{"boolValue":false}},"#,
            r#"{"intValue":"-1"}},"#,
            r#"{"doubleValue":0.5}},"#,
            r#"{"doubleValue":1e300}},"#,
            r#"{"doubleValue":-0.0}},"#,
            r#"{"doubleValue":"NaN"}},"#,
            r#"{"doubleValue":"Infinity"}},"#,
            r#"{"doubleValue":"-Infinity"}},"#,
            r#"{"bytesValue":"//79/A=="}},"#,
            r#"{"arrayValue":{"values":[{"intValue":"7"}]}}},"#,
            r#"{"kvlistValue":{"values":[]}}},"#,
            "{}}]}}]}",
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn what_is_nested_without_end_does_not_overflow_the_stack() {
        let mut value = Vec::new();
        for _ in 0..20_000 {
            let (mut array, mut outer) = (Vec::new(), Vec::new());
            field(&mut array, 0x0a, &value);
            field(&mut outer, 0x2a, &array);
            value = outer;
            if value.len() > 40_000 {
                break;
            }
        }
        let mut bytes = value;
        for tag in [0x12, 0x0a, 0x0a, 0x0a] {
            let mut outer = Vec::new();
            field(&mut outer, tag, &bytes);
            bytes = outer;
        }
        assert!(request(&bytes).len() < 10_000);
    }
}
