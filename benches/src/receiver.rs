//! A backend that answers at once. It counts spans by walking the framing of the protobuf messages, and looks into none.

use crate::Result;
use cpu_time::ProcessTime;
use serde_json::json;
use std::io::BufRead as _;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static SPANS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Prints its address; then, for each line it reads, what it has received so far and the CPU that took.
///
/// # Errors
/// If it cannot listen, or the other side is gone.
pub fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // Whoever closes the connection is done.
                let _ = crate::http::answer(&stream, |body| {
                    SPANS.fetch_add(spans(body), Relaxed);
                    BYTES.fetch_add(body.len() as u64, Relaxed);
                    REQUESTS.fetch_add(1, Relaxed);
                });
            });
        }
    });
    for line in std::io::stdin().lock().lines() {
        line?;
        let cpu = ProcessTime::now().as_duration().as_nanos() as u64;
        let (spans, bytes) = (SPANS.load(Relaxed), BYTES.load(Relaxed));
        println!("{}", json!({ "spans": spans, "bytes": bytes, "requests": REQUESTS.load(Relaxed), "cpu": cpu }));
    }
    Ok(())
}

/// Spans of an `ExportTraceServiceRequest`: `resource_spans` (1) have `scope_spans` (2), which have `spans` (2).
fn spans(request: &[u8]) -> u64 {
    let in_scope = |scope| fields(scope).filter(|(number, _)| *number == 2).count() as u64;
    let in_resource =
        |resource| fields(resource).filter(|field| field.0 == 2).map(|field| in_scope(field.1)).sum::<u64>();
    fields(request).filter(|field| field.0 == 1).map(|field| in_resource(field.1)).sum()
}

/// The fields of a message that have a length. Stops where it is not one.
fn fields(mut message: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let tag = varint(&mut message)?;
            let length = match tag & 7 {
                0 => varint(&mut message).map(|_| 0)?,
                1 => 8,
                2 => varint(&mut message)? as usize,
                5 => 4,
                _ => return None,
            };
            let (field, rest) = message.split_at_checked(length)?;
            message = rest;
            if tag & 7 == 2 {
                return Some((tag >> 3, field));
            }
        }
    })
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::spans;

    /// A field with a length.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    #[test]
    fn spans_of_all_scopes_and_resources_are_counted_and_nothing_else() {
        let span = field(2, b"the bytes of a span");
        let scope =
            [field(1, b"its scope"), span.clone(), vec![3 << 3, 0x96, 1], span.clone(), field(3, b"a schema")].concat();
        let resource = [field(1, b"its resource"), field(2, &scope), field(2, &span)].concat();
        let request = [field(1, &resource), field(1, &field(2, &scope))].concat();
        assert_eq!(spans(&request), 5);
    }

    #[test]
    fn what_is_cut_off_ends_the_count() {
        let request = field(1, &field(2, &field(2, b"a span")));
        assert_eq!(spans(&request), 1);
        assert_eq!(spans(&request[..request.len() - 1]), 0);
    }
}
