//! The request's span, for handlers.

use crate::{keys, method};
use http::Method;
use trace_runtime::{Snapshot, SpanContext, ToValue, current};

/// The span of the request, in its extensions: for handlers and layers that add to it from inside spans of their own, and for
/// frameworks whose routes the layer does not know.
///
/// ```
/// use trace_http::RequestSpan;
/// fn handler(request: &http::Request<()>) {
///     if let Some(span) = request.extensions().get::<RequestSpan>() {
///         span.set_route("/users/{id}");
///         span.set_attribute("tenant", "blue");
///     }
/// }
/// # handler(&http::Request::new(()));
/// ```
#[derive(Clone, Debug)]
pub struct RequestSpan {
    span: Snapshot,
    method: Option<Method>,
}

impl RequestSpan {
    pub(super) fn new(span: Snapshot, known: Option<Method>) -> Self {
        Self { span, method: known }
    }

    /// The span, to start others under it, on any thread and after the response too.
    pub fn snapshot(&self) -> &Snapshot {
        &self.span
    }

    /// Trace and span id, sampled or not, for logs and answers.
    #[must_use]
    pub fn context(&self) -> Option<SpanContext> {
        self.span.context()
    }

    /// Sets `http.route`, and the span's name to `{method} {route}`. `route` is a pattern, not the path that was asked for.
    pub fn set_route(&self, route: &str) {
        let _attached = self.span.attach();
        if let Some(span) = current() {
            span.set_attribute(keys::ROUTE, route);
            if span.is_recording() {
                span.set_name(&method::name(self.method.as_ref(), Some(route)));
            }
        }
    }

    /// Sets an attribute of the request's span. After the response has ended this does nothing.
    pub fn set_attribute(&self, key: &str, value: impl ToValue) {
        let _attached = self.span.attach();
        if let Some(span) = current() {
            span.set_attribute(key, value);
        }
    }
}
