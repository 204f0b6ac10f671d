//! What a server's layer was told.

use super::proxies::Proxies;
use crate::future::Header;
use crate::method::Methods;
use crate::outcome::Classifier;
use crate::redact::Secrets;
use crate::request::RequestHead;
use http::header::{HeaderName, HeaderValue};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use trace_runtime::Snapshot;
use trace_runtime::propagation::{Propagation, Trust};

type Hook<T> = Arc<dyn Fn(&RequestHead<'_>) -> T + Send + Sync>;

#[derive(Clone)]
pub(super) struct Config {
    pub(super) propagation: Propagation,
    pub(super) classifier: Classifier,
    pub(super) methods: Methods,
    pub(super) rpc_methods: Option<Arc<BTreeSet<String>>>,
    pub(super) secrets: Secrets,
    pub(super) proxies: Proxies,
    pub(super) scheme: Option<&'static str>,
    pub(super) sizes: bool,
    pub(super) trust: Option<Hook<Trust>>,
    pub(super) filter: Option<Hook<bool>>,
    pub(super) route: Option<Hook<Option<String>>>,
    pub(super) force: Option<(HeaderName, Hook<bool>)>,
    pub(super) header: Option<ResponseHeader>,
}

/// How a response tells its trace.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ResponseHeader {
    /// `traceresponse: 00-<trace id>-<span id>-<flags>` (W3C Trace Context level 2, draft of March 2021).
    TraceResponse,
    /// The trace id, in a header of this name.
    TraceId(HeaderName),
}

impl Config {
    pub(super) fn new(propagation: Propagation) -> Self {
        Self {
            propagation,
            classifier: Classifier::default(),
            methods: Methods::default(),
            rpc_methods: None,
            secrets: Secrets::default(),
            proxies: Proxies::none(),
            scheme: None,
            sizes: false,
            trust: None,
            filter: None,
            route: None,
            force: None,
            header: None,
        }
    }

    pub(super) fn wants(&self, head: &RequestHead<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(head))
    }

    pub(super) fn trust(&self, head: &RequestHead<'_>) -> Option<Trust> {
        self.trust.as_ref().map(|trust| trust(head))
    }

    /// Whether the request asks to be traced, and may.
    pub(super) fn forces(&self, head: &RequestHead<'_>) -> bool {
        let Some((name, allow)) = &self.force else { return false };
        let asks = head.headers().get(name).is_some_and(|value| !matches!(value.as_bytes(), b"" | b"0" | b"false"));
        asks && allow(head)
    }

    pub(super) fn route<'a>(&self, head: &RequestHead<'a>) -> Option<Cow<'a, str>> {
        if let Some(route) = self.route.as_ref().and_then(|route| route(head)) {
            return Some(Cow::Owned(route));
        }
        #[cfg(feature = "axum")]
        if let Some(path) = head.extensions().get::<axum::extract::MatchedPath>() {
            return Some(Cow::Borrowed(path.as_str()));
        }
        None
    }

    /// Whether there may be such a method. Without a list, the response tells.
    pub(super) fn may_know_rpc(&self, method: &str) -> bool {
        self.rpc_methods.as_ref().is_none_or(|known| known.contains(method))
    }

    pub(super) fn response_header(&self, span: &Snapshot) -> Header {
        let header = self.header.as_ref()?;
        let span = span.context()?;
        let (name, value) = match header {
            ResponseHeader::TraceResponse => {
                let value = format!("00-{}-{}-{:02x}", span.trace_id, span.span_id, u8::from(span.sampled));
                (HeaderName::from_static("traceresponse"), value)
            }
            ResponseHeader::TraceId(name) => (name.clone(), span.trace_id.to_string()),
        };
        Some(Box::new((name, HeaderValue::try_from(value).ok()?)))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("propagation", &self.propagation)
            .field("classifier", &self.classifier)
            .field("proxies", &self.proxies)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
