//! What a client's layer was told.

use crate::method::Methods;
use crate::outcome::Classifier;
use crate::redact::Secrets;
use crate::request::RequestHead;
use http::Uri;
use http::uri::Authority;
use std::fmt;
use std::sync::Arc;
use trace_runtime::propagation::Propagation;

type Filter = Arc<dyn Fn(&RequestHead<'_>) -> bool + Send + Sync>;

#[derive(Clone)]
pub(super) struct Config {
    pub(super) propagation: Propagation,
    pub(super) classifier: Classifier,
    pub(super) methods: Methods,
    pub(super) secrets: Secrets,
    pub(super) sizes: bool,
    pub(super) filter: Option<Filter>,
    pub(super) origin: Option<Origin>,
}

/// Where requests without a host in their target go.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Scheme and authority, without credentials.
    pub(super) text: String,
    pub(super) authority: Authority,
    pub(super) scheme: Option<String>,
}

impl Origin {
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let authority = uri.authority()?.clone();
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        let scheme = uri.scheme_str().map(str::to_owned);
        let text = match &scheme {
            Some(scheme) => [scheme, "://", host].concat(),
            None => host.to_owned(),
        };
        Some(Self { text, authority, scheme })
    }
}

impl Config {
    pub(super) fn new(propagation: Propagation) -> Self {
        Self {
            propagation,
            classifier: Classifier::default(),
            methods: Methods::default(),
            secrets: Secrets::default(),
            sizes: false,
            filter: None,
            origin: None,
        }
    }

    pub(super) fn wants(&self, head: &RequestHead<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(head))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("propagation", &self.propagation)
            .field("classifier", &self.classifier)
            .field("origin", &self.origin.as_ref().map(|origin| &origin.text))
            .finish_non_exhaustive()
    }
}
