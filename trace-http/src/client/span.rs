//! The span of a request that goes out.

use super::config::Config;
use super::resends::Resends;
use crate::exchange::{Exchange, Protocol, Scope, content_length};
use crate::headers::Outgoing;
use crate::method::{bare_host, default_port};
use crate::outcome::Side;
use crate::redact::bounded;
use crate::request::RequestHead;
use crate::{grpc, keys, method};
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Uri};
use std::borrow::Cow;
use trace_runtime::{HeldSpan, Kind, Snapshot, Value, span};

/// The pattern that a request's URL was made of, as an extension of the request: the span is then called `{method} {pattern}`,
/// and has it as `url.template`.
///
/// ```
/// use trace_http::UrlTemplate;
/// let request = http::Request::get("http://shop/users/7").extension(UrlTemplate("/users/{id}".into())).body(())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UrlTemplate(pub Cow<'static, str>);

/// What a request is sent under. Its headers are those of the span, or of what is current if it has none.
pub(super) fn begin<B>(config: &Config, request: &mut Request<B>) -> Scope {
    let head = RequestHead::from(&*request);
    let resends = Resends::next(head.extensions());
    let started = config.wants(&head).then(|| start(config, &head, resends));
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let Some((span, protocol)) = started else {
        inject(config, &Snapshot::current(), &uri, request.headers_mut());
        return Scope::Untouched;
    };
    let own = span.snapshot();
    inject(config, &own.clone().unwrap_or_else(Snapshot::current), &uri, request.headers_mut());
    if own.is_none() {
        return Scope::Untouched;
    }
    Scope::Span(Box::new(exchange(config, span, protocol, &method)))
}

pub(super) fn exchange(config: &Config, span: HeldSpan, protocol: Protocol, method: &Method) -> Exchange {
    Exchange::new(span, Side::Client, protocol, method).classified_by(&config.classifier, config.sizes)
}

/// The one place where headers are written, or taken out if the destination is not on the list.
pub(super) fn inject(config: &Config, from: &Snapshot, uri: &Uri, headers: &mut HeaderMap) {
    let to = destination(config, uri, headers);
    config.propagation.inject(from, &mut Outgoing(headers), &to);
}

/// Scheme and authority of where the request goes. Empty, which no list admits, if nobody said.
fn destination(config: &Config, uri: &Uri, headers: &HeaderMap) -> String {
    match (uri.authority(), &config.origin) {
        (Some(authority), _) => match uri.scheme_str() {
            Some(scheme) => [scheme, "://", authority.as_str()].concat(),
            None => authority.to_string(),
        },
        (None, Some(origin)) => origin.text.clone(),
        (None, None) => headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned(),
    }
}

pub(super) fn start(config: &Config, head: &RequestHead<'_>, resends: u32) -> (HeldSpan, Protocol) {
    let resent = |attribute: &mut dyn FnMut(&'static str, Value<'_>)| {
        if resends > 0 {
            attribute(keys::REQUEST_RESEND_COUNT, Value::Int(i64::from(resends)));
        }
    };
    if grpc::is_grpc(head.headers()) {
        let method = grpc::method(head.uri());
        let span = span!("grpc", kind = Kind::Client).hold_as(
            || Cow::Borrowed(method.unwrap_or("grpc")),
            |attribute| {
                attribute(keys::RPC_SYSTEM_NAME, text("grpc"));
                attribute(keys::RPC_METHOD, text(method.unwrap_or(keys::OTHER)));
                describe_server(config, head, attribute);
                resent(attribute);
            },
        );
        return (span, Protocol::Grpc { guessed: None });
    }
    let template = head.extensions().get::<UrlTemplate>().map(|template| &*template.0);
    let known = config.methods.knows(head.method()).then_some(head.method());
    let name = || method::name(known, template);
    let span = span!("HTTP", kind = Kind::Client).hold_as(name, |attribute| {
        attribute(keys::REQUEST_METHOD, text(if known.is_some() { head.method().as_str() } else { keys::OTHER }));
        if known.is_none() {
            attribute(keys::REQUEST_METHOD_ORIGINAL, text(bounded(head.method().as_str())));
        }
        describe_server(config, head, attribute);
        let origin = config.origin.as_ref().map(|origin| &*origin.text);
        attribute(keys::URL_FULL, text(bounded(&config.secrets.url(origin, head.uri()))));
        if let Some(template) = template {
            attribute(keys::URL_TEMPLATE, text(template));
        }
        if let Some(size) = content_length(head.headers()).filter(|_| config.sizes) {
            attribute(keys::REQUEST_BODY_SIZE, Value::Int(size as i64));
        }
        resent(attribute);
    });
    (span, Protocol::Http)
}

fn describe_server(config: &Config, head: &RequestHead<'_>, attribute: &mut dyn FnMut(&'static str, Value<'_>)) {
    let own = head.uri().authority().map(|authority| (Cow::Borrowed(authority), head.uri().scheme_str()));
    let origin = || config.origin.as_ref().map(|to| (Cow::Borrowed(&to.authority), to.scheme.as_deref()));
    let host = || Some((Cow::Owned(Authority::try_from(head.headers().get(HOST)?.as_bytes()).ok()?), None));
    let Some((authority, scheme)) = own.or_else(origin).or_else(host) else { return };
    attribute(keys::SERVER_ADDRESS, text(bounded(bare_host(&authority))));
    if let Some(port) = authority.port_u16().or_else(|| default_port(scheme?)) {
        attribute(keys::SERVER_PORT, Value::Int(i64::from(port)));
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Str(Cow::Borrowed(text))
}
