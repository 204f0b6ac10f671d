//! Spans for requests of reqwest 0.13.
//!
//! reqwest copies all headers to where it is redirected to, and follows redirects where no middleware can see it. [`client`]
//! therefore turns that off and follows redirects here: each hop is a span of its own, asks the list of destinations, and has
//! its number.

use super::ClientLayer;
use super::redirect::{LIMIT, TooManyRedirects, next_hop};
use super::resends::Resends;
use super::span::{exchange, inject, start};
use crate::body::TracedBody;
use crate::exchange::Scope;
use crate::request::RequestHead;
use http::{Extensions, Uri};
use reqwest::{Request, Response, ResponseBuilderExt as _};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use std::error::Error as _;
use trace_runtime::Snapshot;

/// A client whose requests have spans.
///
/// Redirects are followed as reqwest does by default: ten at most, `POST` becomes `GET` by 301, 302 and 303, credentials stay with
/// their origin. Three things differ: no `Referer` is sent, a timeout is one hop's, and too many redirects are an
/// [`Error::Middleware`]. A redirect policy of the builder's is replaced.
///
/// Of errors the kind and the cause are recorded, not reqwest's own text, which has the whole URL in it.
///
/// ```
/// use trace_http::{ClientLayer, reqwest::client};
/// use trace_runtime::propagation::Propagation;
///
/// let client = client(reqwest::Client::builder(), ClientLayer::new(Propagation::default()))?;
/// # let request =
/// client.get("http://shop.internal/orders");
/// # Ok::<(), reqwest::Error>(())
/// ```
///
/// # Errors
/// If reqwest cannot build the client.
pub fn client(builder: reqwest::ClientBuilder, layer: ClientLayer) -> Result<ClientWithMiddleware, reqwest::Error> {
    client_within(builder, layer, |stack| stack)
}

/// The same with other middleware around: what sends requests again belongs there, so that each attempt is a span. `around` gets the
/// empty stack.
///
/// # Errors
/// If reqwest cannot build the client.
pub fn client_within(
    builder: reqwest::ClientBuilder,
    layer: ClientLayer,
    around: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<ClientWithMiddleware, reqwest::Error> {
    let client = builder.redirect(reqwest::redirect::Policy::none()).build()?;
    Ok(around(ClientBuilder::new(client)).with(Traced { layer }).build())
}

/// Private, as it is safe only around a client that follows no redirects.
struct Traced {
    layer: ClientLayer,
}

#[async_trait::async_trait]
impl Middleware for Traced {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        // Attempts of middleware around come with the same extensions.
        if extensions.get::<Resends>().is_none() {
            extensions.insert(Resends::default());
        }
        for _ in 0..=LIMIT {
            let (copy, headers) = (request.try_clone(), request.headers().clone());
            let (method, url, timeout) = (request.method().clone(), request.url().clone(), request.timeout().copied());
            let mut scope = self.begin(&mut request, extensions);
            let mut sending = next.clone().run(request, extensions);
            let sent = std::future::poll_fn(|cx| scope.run(|| sending.as_mut().poll(cx))).await;
            drop(sending);
            let response = match sent {
                Ok(response) => response,
                Err(error) => return Err(failed(scope, error)),
            };
            if let Some(exchange) = scope.exchange() {
                let size = response.content_length();
                exchange.responded(response.status(), response.version(), response.headers(), size);
            }
            match next_hop(response.status(), response.headers(), (method, url), headers, copy) {
                Some(mut hop) => {
                    scope.end(|exchange| exchange.dropped(true));
                    *hop.timeout_mut() = timeout;
                    request = hop;
                }
                None => return Ok(wrapped(response, scope)),
            }
        }
        Err(Error::middleware(TooManyRedirects))
    }
}

impl Traced {
    fn begin(&self, request: &mut Request, extensions: &Extensions) -> Scope {
        let config = &*self.layer.config;
        let resends = Resends::next(extensions);
        // reqwest refuses what is no URI itself.
        let Ok(uri) = Uri::try_from(request.url().as_str()) else { return Scope::Untouched };
        let method = request.method().clone();
        let head = RequestHead::new((&method, request.version()), &uri, request.headers(), extensions);
        let started = config.wants(&head).then(|| start(config, &head, resends));
        let own = started.as_ref().and_then(|(span, _)| span.snapshot());
        let has_own = own.is_some();
        inject(config, &own.unwrap_or_else(Snapshot::current), &uri, request.headers_mut());
        match started {
            Some((span, protocol)) if has_own => Scope::Span(Box::new(exchange(config, span, protocol, &method))),
            _ => Scope::Untouched,
        }
    }
}

/// The same response, its body under the span. reqwest keeps a response's URL in its extensions meanwhile.
fn wrapped(response: Response, scope: Scope) -> Response {
    if let Scope::Untouched = scope {
        return response;
    }
    let url = response.url().clone();
    let mut response: http::Response<reqwest::Body> = response.into();
    if let Ok(with_url) = http::Response::builder().url(url).body(()) {
        response.extensions_mut().extend(with_url.into_parts().0.extensions);
    }
    Response::from(response.map(|body| reqwest::Body::wrap(TracedBody::new(body, scope))))
}

fn failed(mut scope: Scope, error: Error) -> Error {
    let (kind, cause) = match &error {
        Error::Reqwest(error) => {
            let kind = match error {
                error if error.is_timeout() => "timeout",
                error if error.is_connect() => "connect",
                _ => "reqwest::Error",
            };
            let mut cause = error.source();
            while let Some(deeper) = cause.and_then(std::error::Error::source) {
                cause = Some(deeper);
            }
            (kind, cause)
        }
        Error::Middleware(_) => ("reqwest_middleware::Error", None),
    };
    let cause = cause.map(ToString::to_string);
    scope.end(|exchange| exchange.failed_by(kind, cause.as_ref().map(|cause| cause as &dyn std::fmt::Display)));
    error
}
