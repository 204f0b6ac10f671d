//! Header maps as what propagators read and write.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use trace_runtime::propagation::{Extractor, Injector};

/// Names that need not be parsed at each request.
static KNOWN: [HeaderName; 4] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("b3"),
];

/// Headers of a request that came in.
pub(crate) struct Incoming<'a>(pub(crate) &'a HeaderMap);

impl Extractor for Incoming<'_> {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        match KNOWN.iter().find(|known| known.as_str() == name) {
            Some(known) => self.0.get_all(known).into_iter(),
            None => self.0.get_all(name).into_iter(),
        }
    }
}

/// Headers of a request that is about to go out. What is no legal header is left out: propagators write none.
pub(crate) struct Outgoing<'a>(pub(crate) &'a mut HeaderMap);

impl Injector for Outgoing<'_> {
    fn set(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            // A map at its limit of names refuses another one; then the trace ends here and the request goes on.
            let _ = self.0.try_insert(name, value);
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}
