//! A request and its response, from one side, as a span.

use crate::grpc::GrpcStatus;
use crate::keys;
use crate::method::protocol_version;
use crate::outcome::{Classifier, Outcome, Place, Side};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode, Version};
use std::fmt::Display;
use trace_runtime::export::muted;
use trace_runtime::{HeldSpan, Snapshot, Status};

/// What is current while a request is worked on.
#[derive(Default)]
pub(crate) enum Scope {
    /// What was current anyway.
    #[default]
    Untouched,
    /// Nothing, and no span starts: the request was filtered out.
    Muted,
    /// What came in; there is no span, as tracing is off.
    Passing(Box<Snapshot>),
    /// The request's span. Boxed, as futures and bodies are moved about more often than this is made.
    Span(Box<Exchange>),
}

impl Scope {
    /// Runs a part of the request.
    #[inline]
    pub(crate) fn run<R>(&mut self, part: impl FnOnce() -> R) -> R {
        match self {
            Self::Untouched => part(),
            Self::Muted => muted(part),
            Self::Passing(snapshot) => {
                let _attached = snapshot.attach();
                part()
            }
            Self::Span(exchange) => exchange.span.in_scope(part),
        }
    }

    pub(crate) fn exchange(&mut self) -> Option<&mut Exchange> {
        if let Self::Span(exchange) = self { Some(exchange) } else { None }
    }

    /// Ends the span by `end`.
    pub(crate) fn end(&mut self, end: impl FnOnce(Exchange)) {
        if let Self::Span(exchange) = std::mem::take(self) {
            end(*exchange);
        }
    }
}

/// Which conventions describe a request.
#[derive(Clone, Debug)]
pub(crate) enum Protocol {
    Http,
    /// With the method's name, if it is only the caller who said that there is such a method.
    Grpc {
        guessed: Option<String>,
    },
}

/// An open span, and what of the request and response is needed at its end.
pub(crate) struct Exchange {
    pub(crate) span: HeldSpan,
    side: Side,
    protocol: Protocol,
    classifier: Classifier,
    /// Whether the size of the response's body is recorded.
    sizes: bool,
    /// The request asks for no body, or for what becomes of the connection instead of a body.
    bodiless: bool,
    status: Option<StatusCode>,
    grpc: Option<GrpcStatus>,
    /// Bytes of the body that are to come, if that is known, and that came.
    expected: Option<u64>,
    passed: u64,
    /// Whether anybody asked for the body.
    began: bool,
}

impl Exchange {
    pub(crate) fn new(span: HeldSpan, side: Side, protocol: Protocol, method: &Method) -> Self {
        Self {
            span,
            side,
            protocol,
            classifier: Classifier::default(),
            sizes: false,
            bodiless: *method == Method::HEAD,
            status: None,
            grpc: None,
            expected: None,
            passed: 0,
            began: false,
        }
    }

    pub(crate) fn classified_by(mut self, classifier: &Classifier, sizes: bool) -> Self {
        self.classifier = classifier.clone();
        self.sizes = sizes;
        self
    }

    /// There is a response, with a body of this size if that is known.
    pub(crate) fn responded(&mut self, status: StatusCode, version: Version, headers: &HeaderMap, size: Option<u64>) {
        self.status = Some(status);
        self.expected = size.or_else(|| content_length(headers));
        let without = status.is_informational() || matches!(status.as_u16(), 204 | 304);
        self.bodiless |= without;
        match &self.protocol {
            Protocol::Http => {
                self.span.set_attribute(keys::RESPONSE_STATUS_CODE, status.as_u16());
                // A client learns only now what was agreed on.
                let version = protocol_version(version).filter(|_| self.is_client());
                self.span.set_attribute(keys::NETWORK_PROTOCOL_VERSION, version);
            }
            Protocol::Grpc { guessed } => {
                self.grpc = GrpcStatus::of(headers);
                // A server answers so, and at once, for what it does not know. Callers can make up as many names as they like.
                if let (Some(method), Some(GrpcStatus::UNIMPLEMENTED)) = (guessed, self.grpc) {
                    self.span.set_attribute(keys::RPC_METHOD, keys::OTHER).set_name("grpc");
                    self.span.set_attribute(keys::RPC_METHOD_ORIGINAL, method);
                }
            }
        }
    }

    /// A part of the body was asked for.
    pub(crate) fn begin_body(&mut self) {
        self.began = true;
    }

    /// A part of the body passed.
    pub(crate) fn passed(&mut self, bytes: usize) {
        self.passed += bytes as u64;
    }

    /// The body's trailers passed. Nothing follows them.
    pub(crate) fn trailers(&mut self, trailers: &HeaderMap) {
        if let Protocol::Grpc { .. } = self.protocol {
            self.grpc = GrpcStatus::of(trailers).or(self.grpc);
        }
    }

    /// All of the response passed.
    pub(crate) fn complete(mut self) {
        let status = self.status.unwrap_or_default();
        let outcome = match self.protocol {
            Protocol::Http => Outcome::Http(status),
            Protocol::Grpc { .. } => {
                let grpc = self.grpc.unwrap_or_else(|| GrpcStatus::of_http(status));
                self.span.set_attribute(keys::RPC_RESPONSE_STATUS_CODE, grpc.name());
                Outcome::Grpc(grpc)
            }
        };
        self.conclude(&outcome);
        self.span.end();
    }

    /// The service or the body gave an error instead.
    pub(crate) fn failed<E: Display>(self, error: &E) {
        self.failed_by(std::any::type_name::<E>(), Some(error));
    }

    pub(crate) fn failed_by(mut self, error_type: &'static str, message: Option<&dyn Display>) {
        self.conclude_size();
        if self.classifier.is_error(self.side, &Outcome::Failed(error_type)) {
            self.span.record_failure(error_type, message);
        }
        self.span.end();
    }

    /// It was dropped before there was a response.
    pub(crate) fn dropped_unanswered(self) {
        self.cancelled(Place::Handler);
    }

    /// The response's body was dropped. Whoever knows that all of it passed need not ask for its end.
    pub(crate) fn dropped(self, is_at_end: bool) {
        let whole = self.expected.is_some_and(|expected| self.passed >= expected);
        let unread = self.is_client() && !self.began;
        if is_at_end || self.bodiless || whole || unread {
            self.complete();
        } else {
            self.cancelled(Place::ResponseBody);
        }
    }

    fn is_client(&self) -> bool {
        self.side == Side::Client
    }

    /// Dropping the span marks it, as cancelled or as ended by the panic that unwinds through here.
    fn cancelled(mut self, place: Place) {
        if std::thread::panicking() {
            return;
        }
        self.span.set_attribute(keys::CANCELLED_AT, place.name());
        if let Protocol::Grpc { .. } = self.protocol {
            self.span.set_attribute(keys::RPC_RESPONSE_STATUS_CODE, GrpcStatus::CANCELLED.name());
        }
        self.conclude(&Outcome::Cancelled(place));
    }

    fn conclude(&mut self, outcome: &Outcome<'_>) {
        self.conclude_size();
        if !self.span.is_recording() || !self.classifier.is_error(self.side, outcome) {
            return;
        }
        self.span.set_status(&Status::Error(String::new()));
        match outcome {
            Outcome::Http(status) => self.span.set_attribute(keys::ERROR_TYPE, status.as_str()),
            Outcome::Grpc(status) => self.span.set_attribute(keys::ERROR_TYPE, status.name()),
            Outcome::Failed(error_type) => self.span.set_attribute(keys::ERROR_TYPE, *error_type),
            Outcome::Cancelled(_) => self.span.set_attribute(keys::ERROR_TYPE, "cancelled"),
        };
    }

    fn conclude_size(&mut self) {
        if self.sizes {
            self.span.set_attribute(keys::RESPONSE_BODY_SIZE, self.passed);
        }
    }
}

/// Of a header that says one number.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
