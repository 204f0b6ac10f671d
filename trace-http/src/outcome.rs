//! How requests went, and which ways are errors.

use crate::grpc::GrpcStatus;
use http::StatusCode;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// An HTTP response, whole.
    Http(StatusCode),
    /// A gRPC response, whole.
    Grpc(GrpcStatus),
    /// The service, or the response's body, ended with an error of this type.
    Failed(&'a str),
    /// It was dropped before it was done: at a server, the client went away.
    Cancelled(Place),
}

/// Where a request was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Place {
    /// Before there was a response.
    Handler,
    /// While the response's body was sent, or received.
    ResponseBody,
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::ResponseBody => "response_body",
        }
    }
}

/// The caller's side or the other one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Client,
    Server,
}

impl Outcome<'_> {
    /// Whether a server's span is an error then (semantic conventions, "HTTP spans" and "gRPC"): 5xx, failures, and the gRPC
    /// codes that a server is to blame for. Not 4xx. Not a client that went away: that is marked as cancelled.
    #[must_use]
    pub fn is_servers_error(&self) -> bool {
        match self {
            Self::Http(status) => status.as_u16() >= 500,
            Self::Grpc(status) => status.is_servers_error(),
            Self::Failed(_) => true,
            Self::Cancelled(_) => false,
        }
    }

    /// Whether a client's span is an error then: 4xx, 5xx, failures, and all gRPC codes but `OK`. Not what the program itself
    /// gave up.
    #[must_use]
    pub fn is_clients_error(&self) -> bool {
        match self {
            Self::Http(status) => status.as_u16() >= 400,
            Self::Grpc(status) => *status != GrpcStatus::OK,
            Self::Failed(_) => true,
            Self::Cancelled(_) => false,
        }
    }
}

/// Which outcomes are errors.
#[derive(Clone, Default)]
pub(crate) struct Classifier(Option<Arc<IsError>>);

type IsError = dyn Fn(&Outcome<'_>) -> bool + Send + Sync;

impl Classifier {
    pub(crate) fn new(classify: impl Fn(&Outcome<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(classify)))
    }

    pub(crate) fn is_error(&self, side: Side, outcome: &Outcome<'_>) -> bool {
        // It also runs where a body is dropped while something else unwinds: a second panic there would abort the program.
        let classify = |classify: &Arc<IsError>| catch_unwind(AssertUnwindSafe(|| classify(outcome))).ok();
        self.0.as_ref().and_then(classify).unwrap_or_else(|| match side {
            Side::Client => outcome.is_clients_error(),
            Side::Server => outcome.is_servers_error(),
        })
    }
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "the program's" } else { "the conventions'" })
    }
}
