//! What the span of a request that goes out says, and what travels with it.

use crate::harness::{attribute, captured, layer, serve_traced, spans};
use axum::Router;
use axum::body::Body;
use axum::http::header::LOCATION;
use axum::routing::get;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::{Arc, Mutex};
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _};
use trace_http::{ClientLayer, ResendsLayer, UrlTemplate};
use trace_runtime::propagation::{Destinations, Propagation};
use trace_runtime::{Kind, Status, TraceFuture as _, span, trace};

type Hyper = Client<HttpConnector, Body>;

fn hyper() -> Hyper {
    Client::builder(TokioExecutor::new()).build_http()
}

fn traced() -> ClientLayer {
    ClientLayer::new(Propagation::default())
}

/// Sends to these only.
fn only(hosts: &[&str]) -> ClientLayer {
    ClientLayer::new(Propagation::default().sending_to(Destinations::only(hosts).expect("good patterns")))
}

fn request(url: &str) -> Request<Body> {
    Request::get(url).body(Body::empty()).expect("a request")
}

/// What servers were sent, in their order.
type Seen = Arc<Mutex<Vec<HeaderMap>>>;

fn seeing(seen: &Seen) -> Router {
    let seen = Arc::clone(seen);
    let handler = move |headers: HeaderMap| {
        seen.lock().expect("no panic").push(headers);
        async { "ok" }
    };
    Router::new().route("/", get(handler))
}

#[trace(name = "handler")]
async fn handler() -> &'static str {
    "hello"
}

#[test]
fn client_server_and_handler_are_one_trace() {
    captured(async |capture| {
        let address = serve_traced(Router::new().route("/a/{b}", get(handler)), layer()).await;
        let mut client = traced().layer(hyper());
        let call = async {
            let mut request = request(&format!("http://{address}/a/1?X-Amz-Signature=s"));
            request.extensions_mut().insert(UrlTemplate("/a/{b}".into()));
            let answer = client.call(request).await.expect("an answer");
            answer.into_body().collect().await.expect("a body").to_bytes()
        };
        assert_eq!(span!("work").instrument(call).await, "hello");
        spans(capture, 4).await;
        let named = |name: &str, kind: Kind| {
            let spans = capture.spans();
            spans.into_iter().find(|span| span.name == name && span.kind == kind).expect("the span")
        };
        let (client, server) = (named("GET /a/{b}", Kind::Client), named("GET /a/{b}", Kind::Server));
        assert_eq!(client.parent, Some(capture.span("work").context.span_id));
        assert_eq!(server.parent, Some(client.context.span_id));
        assert_eq!(server.context.trace_id, client.context.trace_id);
        assert_eq!(capture.span("handler").parent, Some(server.context.span_id));
        assert_eq!(attribute(&client, "url.full"), Some(format!("http://{address}/a/1?X-Amz-Signature=REDACTED")));
        assert_eq!(attribute(&client, "server.port"), Some(address.port().to_string()));
        assert_eq!(attribute(&client, "network.protocol.version").as_deref(), Some("1.1"));
        assert_eq!(client.end_reason, None);
    });
}

#[test]
fn callers_errors_and_failures_are_errors() {
    captured(async |capture| {
        let code = |code: u16| async move { StatusCode::from_u16(code).expect("a code") };
        let router = Router::new().route("/404", get(move || code(404))).route("/302", get(move || code(302)));
        let address = serve_traced(router, layer().filter(|_| false)).await;
        let mut client = traced().layer(hyper());
        for path in ["404", "302"] {
            client.call(request(&format!("http://{address}/{path}"))).await.expect("an answer");
        }
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address").port()
        };
        client.call(request(&format!("http://127.0.0.1:{port}/refused"))).await.expect_err("nobody is there");
        let all = spans(capture, 3).await;
        let of = |path: &str| {
            let ends = |span: &&trace_runtime::export::FinishedSpan| {
                attribute(span, "url.full").is_some_and(|url| url.ends_with(path))
            };
            all.iter().find(ends).expect("its span")
        };
        assert_eq!(
            (&of("404").status, attribute(of("404"), "error.type").as_deref()),
            (&Status::Error(String::new()), Some("404"))
        );
        assert_eq!((&of("302").status, attribute(of("302"), "error.type")), (&Status::Unset, None));
        assert_eq!(
            attribute(of("refused"), "error.type").as_deref(),
            Some("hyper_util::client::legacy::client::Error")
        );
        assert!(of("refused").is_error() && of("refused").attribute("http.response.status_code").is_none());
    });
}

#[test]
fn a_call_that_is_given_up_is_cancelled_where_it_was() {
    captured(async |capture| {
        let hang = || async { std::future::pending::<()>().await };
        let half = || async {
            let mut began = false;
            crate::harness::body(move |_| {
                if std::mem::replace(&mut began, true) {
                    return std::task::Poll::Pending;
                }
                std::task::Poll::Ready(Some(Ok(http_body::Frame::data("x".into()))))
            })
        };
        let router = Router::new().route("/hang", get(hang)).route("/half", get(half));
        let address = serve_traced(router, layer().filter(|_| false)).await;
        let client = traced().layer(hyper());
        let url = |path: &str| format!("http://{address}{path}");
        {
            let mut call = Box::pin(client.clone().oneshot(request(&url("/hang"))));
            assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(call.as_mut().poll(cx).is_pending())).await);
        }
        let mut answer = client.clone().oneshot(request(&url("/half"))).await.expect("an answer");
        answer.frame().await.expect("a frame").expect("data");
        drop(answer);
        // Nobody looks at this body, which is no giving up.
        drop(client.clone().oneshot(request(&url("/half"))).await.expect("an answer"));
        let all = spans(capture, 3).await;
        let ends: Vec<_> = all.iter().map(|span| (span.end_reason, attribute(span, "trace.end.at"))).collect();
        let at = |place: &str| (Some("cancelled"), Some(place.to_owned()));
        assert_eq!(ends, [at("handler"), at("response_body"), (None, None)]);
        assert!(all.iter().all(|span| span.status == Status::Unset));
    });
}

#[test]
fn headers_go_to_the_hosts_of_the_list_and_to_nobody_else() {
    captured(async |capture| {
        let seen = Seen::default();
        let address = serve_traced(seeing(&seen), layer().filter(|_| false)).await;
        for (patterns, admitted) in [
            (&["127.0.0.1"][..], true),
            (&[format!("127.0.0.1:{}", address.port()).as_str()], true),
            (&["127.0.0.1:1"], false),
            (&["good.org", "*.good.org"], false),
            (&[], false),
        ] {
            let mut client = only(patterns).layer(hyper());
            let mut request = request(&format!("http://{address}/"));
            // A copy of a caller's, as proxies send on.
            request
                .headers_mut()
                .insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("it"));
            request.headers_mut().insert("b3", "0".parse().expect("it"));
            client.call(request).await.expect("an answer");
            let headers = seen.lock().expect("no panic").pop().expect("a request");
            let client = capture.spans().pop().expect("its span");
            let sent = headers.get("traceparent").map(|value| value.to_str().expect("text").to_owned());
            let own = format!("00-{}-{}-03", client.context.trace_id, client.context.span_id);
            assert_eq!(sent, admitted.then_some(own), "{patterns:?}");
            assert_eq!(headers.contains_key("b3"), admitted);
        }
    });
}

/// Answers any request and keeps its headers: for names that lead nowhere.
fn nowhere(
    seen: &Seen,
) -> impl Service<Request<Body>, Response = http::Response<Body>, Error = std::convert::Infallible, Future: Send>
+ Clone
+ use<> {
    let seen = Arc::clone(seen);
    tower::service_fn(move |request: Request<Body>| {
        seen.lock().expect("no panic").push(request.headers().clone());
        let to = request.uri().query().map(str::to_owned);
        async move {
            let mut response = http::Response::new(Body::empty());
            if let Some(to) = to {
                *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
                response.headers_mut().insert(LOCATION, to.parse().expect("a URL"));
            }
            Ok(response)
        }
    })
}

#[test]
fn names_that_look_like_a_good_one_get_nothing() {
    captured(async |_| {
        let seen = Seen::default();
        let mut client = only(&["good.org", "*.shop.org"]).layer(nowhere(&seen));
        for (url, admitted) in [
            ("http://good.org/", true),
            ("https://GOOD.org:8443/x", true),
            ("http://a.b.shop.org/", true),
            ("http://good.org.evil.com/", false),
            ("http://goodXorg/", false),
            ("http://evilgood.org/", false),
            ("http://shop.org/", false),
            ("http://evil.com/good.org", false),
            ("http://good.org@evil.com/", false),
            ("http://me:pw@good.org/", true),
            ("/no/host", false),
        ] {
            client.call(request(url)).await.expect("an answer");
            let headers = seen.lock().expect("no panic").pop().expect("a request");
            assert_eq!(headers.contains_key("traceparent"), admitted, "{url}");
        }
        // A request without a host in its target goes where its `Host` says, unless the layer was told.
        let mut by_host = request("/");
        by_host.headers_mut().insert("host", "good.org".parse().expect("a host"));
        let told = only(&["good.org"]).origin(&"http://evil.com".parse().expect("a URL"));
        for (mut client, admitted) in
            [(only(&["good.org"]).layer(nowhere(&seen)), true), (told.layer(nowhere(&seen)), false)]
        {
            let mut request = request("/");
            request.headers_mut().clone_from(by_host.headers());
            client.call(request).await.expect("an answer");
            assert_eq!(seen.lock().expect("no panic").pop().expect("a request").contains_key("traceparent"), admitted);
        }
    });
}

#[test]
fn a_redirect_to_another_host_leaks_nothing_and_hops_are_numbered() {
    captured(async |capture| {
        let seen = Seen::default();
        let mut client = ServiceBuilder::new()
            .layer(ResendsLayer)
            .layer(tower_http::follow_redirect::FollowRedirectLayer::new())
            .layer(only(&["good.org", "also.org"]))
            .service(nowhere(&seen));
        let hops = "http://good.org/?http://also.org/?http://evil.com/";
        client.call(request(hops)).await.expect("an answer");
        let headers = std::mem::take(&mut *seen.lock().expect("no panic"));
        let all = spans(capture, 3).await;
        let sent: Vec<_> = headers.iter().map(|headers| headers.contains_key("traceparent")).collect();
        assert_eq!(sent, [true, true, false]);
        let numbers: Vec<_> = all.iter().map(|span| attribute(span, "http.request.resend_count")).collect();
        assert_eq!(numbers, [None, Some("1".into()), Some("2".into())]);
        assert_ne!(headers[0]["traceparent"], headers[1]["traceparent"]);
    });
}

#[derive(Clone)]
struct ThreeTimes(u32);

impl<E> tower::retry::Policy<Request<Body>, http::Response<trace_http::TracedBody<Body>>, E> for ThreeTimes {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Body>,
        result: &mut Result<http::Response<trace_http::TracedBody<Body>>, E>,
    ) -> Option<Self::Future> {
        let failed = result.as_ref().is_ok_and(|response| response.status().is_redirection());
        self.0 += 1;
        (failed && self.0 < 3).then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        Some(self::request(&request.uri().to_string()))
    }
}

#[test]
fn retries_are_spans_of_their_own_with_numbers() {
    captured(async |capture| {
        let seen = Seen::default();
        let client = ServiceBuilder::new()
            .layer(ResendsLayer)
            .layer(tower::retry::RetryLayer::new(ThreeTimes(0)))
            .layer(traced())
            .service(nowhere(&seen));
        for _ in 0..2 {
            span!("call")
                .instrument(client.clone().oneshot(request("http://good.org/?/again")))
                .await
                .expect("an answer");
        }
        let all = spans(capture, 8).await;
        let calls: Vec<_> = all.iter().filter(|span| span.name == "call").collect();
        for call in calls {
            let attempts = all.iter().filter(|span| span.parent == Some(call.context.span_id));
            let numbers: Vec<_> = attempts.map(|span| attribute(span, "http.request.resend_count")).collect();
            assert_eq!(numbers, [None, Some("1".into()), Some("2".into())]);
        }
    });
}

#[test]
fn a_request_that_has_no_span_of_its_own_carries_what_is_current() {
    captured(async |capture| {
        let seen = Seen::default();
        let mut client = traced().filter(|_| false).layer(nowhere(&seen));
        let call = client.call(request("http://good.org/"));
        span!("work").instrument(call).await.expect("an answer");
        let mut outside = traced().filter(|_| false).layer(nowhere(&seen));
        let inside =
            span!("inside").instrument(async { outside.call(request("http://good.org/")).in_current_span().await });
        inside.await.expect("an answer");
        spans(capture, 2).await;
        let headers = std::mem::take(&mut *seen.lock().expect("no panic"));
        assert!(!headers[0].contains_key("traceparent"));
        let own = capture.span("inside").context;
        assert_eq!(headers[1]["traceparent"], format!("00-{}-{}-03", own.trace_id, own.span_id));
    });
}

#[test]
fn an_unsampled_caller_says_so_to_the_next() {
    let spans =
        trace_runtime::capture::Capture::with(trace_runtime::Sampler::AlwaysOff, trace_runtime::SpanLimits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let seen = Seen::default();
    runtime.block_on(async {
        let mut client = traced().layer(nowhere(&seen));
        let ids = span!("work").instrument(async {
            client.call(request("http://good.org/")).await.expect("an answer");
            trace_runtime::current().expect("an unsampled span").trace_id()
        });
        let trace_id = ids.await;
        let headers = seen.lock().expect("no panic").pop().expect("a request");
        let sent = headers["traceparent"].to_str().expect("text");
        assert!(sent.starts_with(&format!("00-{trace_id}-")) && sent.ends_with("-02"), "{sent}");
    });
    spans.assert_count(0);
}

#[test]
fn headers_at_the_limit_of_the_map_do_not_panic() {
    captured(async |_| {
        let seen = Seen::default();
        let mut client = traced().layer(nowhere(&seen));
        let mut full = request("http://good.org/");
        for nth in 0.. {
            let name: http::HeaderName = format!("x-{nth}").parse().expect("a name");
            if full.headers_mut().try_insert(name, "1".parse().expect("a value")).is_err() {
                break;
            }
        }
        client.call(full).await.expect("an answer");
        assert!(!seen.lock().expect("no panic")[0].contains_key("traceparent"));
    });
}
