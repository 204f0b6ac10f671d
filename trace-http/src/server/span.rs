//! The span of a request that came in.

use super::config::Config;
use super::request_span::RequestSpan;
use crate::exchange::{Exchange, Protocol, Scope, content_length};
use crate::future::Header;
use crate::headers::Incoming;
use crate::method::{bare_host, plain_host, protocol_version};
use crate::outcome::Side;
use crate::redact::bounded;
use crate::request::RequestHead;
use crate::{grpc, keys, method};
use http::Request;
use http::header::{HOST, USER_AGENT};
use http::uri::Authority;
use std::borrow::Cow;
use trace_runtime::propagation::{Extracted, SamplingState};
use trace_runtime::{HeldSpan, Kind, Snapshot, Value, span};

/// What a request is worked on under, and the header for its response.
pub(super) fn begin<B>(config: &Config, request: &mut Request<B>) -> (Scope, Header) {
    let head = RequestHead::from(&*request);
    if !config.wants(&head) {
        return (Scope::Muted, None);
    }
    let route = config.route(&head);
    if let Some(outer) = head.extensions().get::<RequestSpan>() {
        // A layer around this one has the span, but may not have known the route.
        if let Some(route) = &route {
            outer.set_route(route);
        }
        return (Scope::Untouched, None);
    }
    let (from, forced) = extract(config, &head);
    let snapshot = from.snapshot();
    let description = Description { config, head, route: route.as_deref(), forced, from: &from };
    let (mut span, protocol) = description.start(snapshot.clone());
    let Some(own) = span.snapshot() else {
        return (passing(&from, snapshot), None);
    };
    span.add_links(&from);
    let header = config.response_header(&own);
    let exchange = Exchange::new(span, Side::Server, protocol, head.method());
    let exchange = exchange.classified_by(&config.classifier, config.sizes);
    let known = config.methods.knows(head.method()).then(|| head.method().clone());
    request.extensions_mut().insert(RequestSpan::new(own, known));
    (Scope::Span(Box::new(exchange)), header)
}

/// What the caller said, as far as it is trusted, and whether it asked for its trace and may.
fn extract(config: &Config, head: &RequestHead<'_>) -> (Extracted, bool) {
    let headers = Incoming(head.headers());
    let mut from = match config.trust(head) {
        Some(trust) => config.propagation.extract_trusting(&headers, trust),
        None => config.propagation.extract(&headers),
    };
    let forced = config.forces(head);
    if forced {
        from.sampling = SamplingState::Force;
    }
    (from, forced)
}

/// Without a tracer, what came in goes on.
fn passing(from: &Extracted, snapshot: Snapshot) -> Scope {
    let empty = from.parent.is_none() && from.baggage.is_empty() && from.sampling == SamplingState::Defer;
    if empty { Scope::Untouched } else { Scope::Passing(Box::new(snapshot)) }
}

/// What is known of a request when it begins.
struct Description<'a> {
    config: &'a Config,
    head: RequestHead<'a>,
    route: Option<&'a str>,
    forced: bool,
    from: &'a Extracted,
}

impl Description<'_> {
    fn start(&self, parent: Snapshot) -> (HeldSpan, Protocol) {
        if grpc::is_grpc(self.head.headers()) {
            return self.start_grpc(parent);
        }
        let known = self.config.methods.knows(self.head.method()).then_some(self.head.method());
        let name = || method::name(known, self.route);
        let span = span!("HTTP", kind = Kind::Server).parent(parent).hold_as(name, |attribute| {
            self.describe_http(known.is_some(), attribute);
            self.describe_connection(attribute);
        });
        (span, Protocol::Http)
    }

    fn start_grpc(&self, parent: Snapshot) -> (HeldSpan, Protocol) {
        let original = grpc::method(self.head.uri()).map(bounded);
        let method = original.filter(|method| self.config.may_know_rpc(method));
        let builder = span!("grpc", kind = Kind::Server).parent(parent);
        let span = builder.hold_as(
            || Cow::Borrowed(method.unwrap_or("grpc")),
            |attribute| {
                attribute(keys::RPC_SYSTEM_NAME, text("grpc"));
                attribute(keys::RPC_METHOD, text(method.unwrap_or(keys::OTHER)));
                if method.is_none() {
                    let original = original.unwrap_or_else(|| bounded(self.head.path()));
                    attribute(keys::RPC_METHOD_ORIGINAL, text(original));
                }
                self.describe_connection(attribute);
            },
        );
        let guessed = method.filter(|_| self.config.rpc_methods.is_none()).map(str::to_owned);
        (span, Protocol::Grpc { guessed })
    }

    fn describe_http(&self, known: bool, attribute: &mut dyn FnMut(&'static str, Value<'_>)) {
        let (method, uri) = (self.head.method().as_str(), self.head.uri());
        attribute(keys::REQUEST_METHOD, text(if known { method } else { keys::OTHER }));
        if !known {
            attribute(keys::REQUEST_METHOD_ORIGINAL, text(bounded(method)));
        }
        if let Some(route) = self.route {
            attribute(keys::ROUTE, text(route));
        }
        attribute(keys::URL_PATH, text(bounded(uri.path())));
        attribute(keys::URL_SCHEME, text(self.scheme()));
        if let Some(query) = uri.query() {
            attribute(keys::URL_QUERY, text(bounded(&self.config.secrets.query(query))));
        }
        let agent = self.head.headers().get(USER_AGENT);
        if let Some(agent) = agent.and_then(|agent| std::str::from_utf8(agent.as_bytes()).ok()) {
            attribute(keys::USER_AGENT_ORIGINAL, text(bounded(agent)));
        }
        if self.config.sizes {
            if let Some(size) = content_length(self.head.headers()) {
                attribute(keys::REQUEST_BODY_SIZE, Value::Int(size as i64));
            }
        }
    }

    fn describe_connection(&self, attribute: &mut dyn FnMut(&'static str, Value<'_>)) {
        if let Some((host, port)) = self.server() {
            attribute(keys::SERVER_ADDRESS, text(bounded(&host)));
            if let Some(port) = port {
                attribute(keys::SERVER_PORT, Value::Int(i64::from(port)));
            }
        }
        if let Some(version) = protocol_version(self.head.version()) {
            attribute(keys::NETWORK_PROTOCOL_VERSION, text(version));
        }
        let peer = self.head.peer();
        if let Some(address) = self.config.proxies.client(&self.head, peer) {
            attribute(keys::CLIENT_ADDRESS, text(&address.to_string()));
        }
        if let Some(peer) = peer {
            attribute(keys::NETWORK_PEER_ADDRESS, text(&peer.ip().to_string()));
            attribute(keys::NETWORK_PEER_PORT, Value::Int(i64::from(peer.port())));
        }
        if self.forced {
            attribute(keys::FORCED, Value::Bool(true));
        }
        if let Some(id) = &self.from.debug_id {
            attribute("jaeger-debug-id", text(bounded(id)));
        }
    }

    /// The target's own scheme is what HTTP/2 says; HTTP/1 has none.
    fn scheme(&self) -> &str {
        let told = self.config.proxies.scheme(self.head.headers()).or(self.config.scheme);
        told.or(self.head.uri().scheme_str()).unwrap_or("http")
    }

    /// Host and port that the client asked for.
    fn server(&self) -> Option<(Cow<'_, str>, Option<u16>)> {
        if let Some(authority) = self.head.uri().authority() {
            return Some((Cow::Borrowed(bare_host(authority)), authority.port_u16()));
        }
        let host = self.head.headers().get(HOST)?;
        if let Some((name, port)) = plain_host(host.as_bytes()) {
            return Some((Cow::Borrowed(name), port));
        }
        let authority = Authority::try_from(host.as_bytes()).ok()?;
        Some((Cow::Owned(bare_host(&authority).to_owned()), authority.port_u16()))
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Str(Cow::Borrowed(text))
}
