//! OTLP's `KeyValue` and `AnyValue`, read and written (`opentelemetry/proto/common/v1/common.proto`).

use crate::bounds::VALUE_DEPTH;
use crate::encode::field;
use trace_runtime::Value;
use trace_runtime::export::push_varint;
use trace_runtime::export::{Field, Fields};

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads a `KeyValue`. `None`: its value is of a kind that we never write.
pub(crate) fn read_pair(bytes: &[u8]) -> Option<(String, Value<'static>)> {
    let (mut key, mut value) = (String::new(), None);
    for part in Fields(bytes) {
        match part {
            (1, Field::Bytes(bytes)) => key = text(bytes),
            (2, Field::Bytes(bytes)) => value = read_value(bytes, 0),
            _ => {}
        }
    }
    Some((key, value?))
}

fn read_value(bytes: &[u8], depth: usize) -> Option<Value<'static>> {
    if depth > VALUE_DEPTH {
        return None;
    }
    Some(match Fields(bytes).last()? {
        (1, Field::Bytes(bytes)) => Value::Str(text(bytes).into()),
        (2, Field::Number(bool)) => Value::Bool(bool != 0),
        (3, Field::Number(int)) => Value::Int(int as i64),
        (4, Field::Number(bits)) => Value::Double(f64::from_bits(bits)),
        (5, Field::Bytes(values)) => {
            let values = Fields(values).filter_map(|part| match part {
                (1, Field::Bytes(value)) => Some(read_value(value, depth + 1)),
                _ => None,
            });
            Value::Array(values.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// A `KeyValue`, without tag and length.
pub(crate) fn pair(key: &str, value: &Value<'_>) -> Vec<u8> {
    let mut content = Vec::new();
    write_value(&mut content, value);
    let mut pair = Vec::new();
    field(&mut pair, 0x0a, key.as_bytes());
    field(&mut pair, 0x12, &content);
    pair
}

fn write_value(to: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Str(text) => field(to, 0x0a, text.as_bytes()),
        Value::Bool(bool) => to.extend_from_slice(&[0x10, u8::from(*bool)]),
        Value::Int(int) => {
            to.push(0x18);
            push_varint(to, *int as u64);
        }
        Value::Double(float) => {
            to.push(0x21);
            to.extend_from_slice(&float.to_bits().to_le_bytes());
        }
        Value::Array(values) => {
            let mut array = Vec::new();
            for value in values {
                let mut element = Vec::new();
                write_value(&mut element, value);
                field(&mut array, 0x0a, &element);
            }
            field(to, 0x2a, &array);
        }
    }
}
