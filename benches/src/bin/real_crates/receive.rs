//! An OTLP receiver that counts spans.

use benches::Result;
use benches::http::answer;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Spans received, over all connections.
pub(crate) struct Receiver {
    pub(crate) url: String,
    spans: Arc<AtomicU64>,
}

impl Receiver {
    /// # Errors
    /// If there is no port.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let spans = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&spans);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = Arc::clone(&count);
                // Whoever closes the connection is done.
                std::thread::spawn(move || {
                    answer(&stream, |body| {
                        count.fetch_add(spans_in(body).unwrap_or(0), Relaxed);
                    })
                    .ok()
                });
            }
        });
        Ok(Self { url, spans })
    }

    /// What came since the last call.
    pub(crate) fn take(&self) -> u64 {
        self.spans.swap(0, Relaxed)
    }
}

/// `resource_spans` = 1, in it `scope_spans` = 2, in it `spans` = 2.
fn spans_in(request: &[u8]) -> Option<u64> {
    let mut count = 0;
    for resource in messages(request, 1)? {
        for scope in messages(resource, 2)? {
            count += messages(scope, 2)?.len() as u64;
        }
    }
    Some(count)
}

/// The messages of a field in a message whose other fields are messages and texts too.
fn messages(mut message: &[u8], field: u64) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let length = if key & 7 == 2 { usize::try_from(varint(&mut message)?).ok()? } else { return None };
        let (inner, rest) = message.split_at_checked(length)?;
        if key >> 3 == field {
            found.push(inner);
        }
        message = rest;
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
