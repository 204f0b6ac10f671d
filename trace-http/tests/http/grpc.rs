//! gRPC: tonic's own server and channel, and answers written by hand.

use crate::harness::{attribute, body, captured, layer, serve_traced, span, spans};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{HeaderMap, Request, Response, Uri};
use http_body::Frame;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use std::net::SocketAddr;
use std::task::Poll;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Status as GrpcStatus};
use tower::{Layer as _, Service as _};
use trace_http::{ClientLayer, ServerLayer, TracedClient};
use trace_runtime::propagation::{Destinations, Propagation};
use trace_runtime::{Kind, Status, trace};

const METHOD: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Answers with the status that metadata ask for.
struct Answers;

#[tonic::async_trait]
impl TraceService for Answers {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, GrpcStatus> {
        inside();
        let asked = request.metadata().get("x-code").and_then(|code| code.to_str().ok()?.parse().ok()).unwrap_or(0);
        match Code::from_i32(asked) {
            Code::Ok => Ok(tonic::Response::new(ExportTraceServiceResponse::default())),
            Code::DataLoss => std::future::pending().await,
            code => Err(GrpcStatus::new(code, "on purpose")),
        }
    }
}

#[trace(name = "inside")]
fn inside() {}

async fn serve_tonic(layer: ServerLayer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = Server::builder().layer(layer).add_service(TraceServiceServer::new(Answers));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

async fn connect(address: SocketAddr) -> TraceServiceClient<TracedClient<Channel>> {
    let origin: Uri = format!("http://{address}").parse().expect("a URL");
    let channel = Channel::builder(origin.clone()).connect().await.expect("a connection");
    let ours = Propagation::default().sending_to(Destinations::only(["127.0.0.1"]).expect("a pattern"));
    TraceServiceClient::new(ClientLayer::new(ours).origin(&origin).layer(channel))
}

fn asking_for(code: i32) -> tonic::Request<ExportTraceServiceRequest> {
    let mut request = tonic::Request::new(ExportTraceServiceRequest::default());
    request.metadata_mut().insert("x-code", code.into());
    request
}

#[test]
fn a_call_through_tonic_is_one_trace_with_the_status_of_the_trailers() {
    captured(async |capture| {
        let address = serve_tonic(layer()).await;
        connect(address).await.export(asking_for(0)).await.expect("an answer");
        let all = spans(capture, 3).await;
        let of = |kind| all.iter().find(|span| span.kind == kind).expect("the span");
        let (client, server) = (of(Kind::Client), of(Kind::Server));
        assert_eq!((client.name.as_str(), server.name.as_str()), (METHOD, METHOD));
        assert_eq!(server.parent, Some(client.context.span_id));
        assert_eq!(capture.span("inside").parent, Some(server.context.span_id));
        for span in [client, server] {
            let is = |key: &str| attribute(span, key);
            assert_eq!(is("rpc.system.name").as_deref(), Some("grpc"));
            assert_eq!(is("rpc.method").as_deref(), Some(METHOD));
            assert_eq!(is("rpc.response.status_code").as_deref(), Some("OK"));
            assert_eq!(is("server.address").as_deref(), Some("127.0.0.1"));
            assert_eq!(is("server.port"), Some(address.port().to_string()));
            assert_eq!((&span.status, span.end_reason), (&Status::Unset, None));
            assert!(!span.attributes.iter().any(|(key, _)| key.starts_with("http.") || key.starts_with("url.")));
        }
        assert_eq!(attribute(server, "client.address").as_deref(), Some("127.0.0.1"));
    });
}

#[test]
fn each_status_is_an_error_on_the_side_where_the_conventions_say_so() {
    // Of the table in "gRPC status" those that the server's span counts as errors. 15 is for the test below.
    let servers_errors = [2, 4, 12, 13, 14];
    captured(async |capture| {
        let mut client = connect(serve_tonic(layer()).await).await;
        for code in (1..=16).filter(|code| *code != 15) {
            let status = client.export(asking_for(code)).await.expect_err("an error");
            assert_eq!((status.code() as i32, status.message()), (code, "on purpose"));
            let all = capture.spans();
            let of = |kind| all.iter().rfind(|span| span.kind == kind).expect("the span");
            let (client, server) = (of(Kind::Client), of(Kind::Server));
            assert!(client.is_error(), "{code}");
            assert_eq!(server.is_error(), servers_errors.contains(&code), "{code}");
            let name = attribute(server, "rpc.response.status_code");
            assert_eq!(attribute(client, "rpc.response.status_code"), name);
            assert_eq!(attribute(client, "error.type"), name);
            assert_eq!(attribute(server, "error.type"), name.filter(|_| servers_errors.contains(&code)));
        }
    });
}

#[test]
fn a_method_that_the_server_does_not_know_has_no_name_of_the_callers_choice() {
    captured(async |capture| {
        let address = serve_tonic(layer()).await;
        let listed = serve_tonic(layer().known_rpc_methods(["other.Service/Method"])).await;
        let client: Client<_, Body> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        for (address, path, original) in [
            (address, "/evil.Service/Random123", "evil.Service/Random123"),
            (address, "/no-method", "/no-method"),
            (listed, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", METHOD),
        ] {
            let request = Request::post(format!("http://{address}{path}")).header("content-type", "application/grpc");
            client.request(request.body(Body::empty()).expect("a request")).await.expect("an answer");
            let span = capture.spans().into_iter().rfind(|span| span.kind == Kind::Server).expect("the span");
            assert_eq!(span.name, "grpc");
            assert_eq!(attribute(&span, "rpc.method").as_deref(), Some("_OTHER"));
            assert_eq!(attribute(&span, "rpc.method_original").as_deref(), Some(original));
        }
    });
}

#[test]
fn a_call_that_is_given_up_is_cancelled_on_both_sides() {
    captured(async |capture| {
        let mut client = connect(serve_tonic(layer()).await).await;
        let mut call = Box::pin(client.export(asking_for(15)));
        while capture.spans().is_empty() {
            let pending = std::future::poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await;
            assert!(pending);
            tokio::task::yield_now().await;
        }
        drop(call);
        for span in spans(capture, 3).await.iter().filter(|span| span.name == METHOD) {
            assert_eq!((span.end_reason, &span.status), (Some("cancelled"), &Status::Unset));
            assert_eq!(attribute(span, "trace.end.at").as_deref(), Some("handler"));
            assert_eq!(attribute(span, "rpc.response.status_code").as_deref(), Some("CANCELLED"));
        }
    });
}

fn trailers(status: &'static str) -> Body {
    let mut status = Some(status);
    body(move |_| {
        Poll::Ready(status.take().map(|status| {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", status.parse().expect("a value"));
            Ok(Frame::trailers(trailers))
        }))
    })
}

#[test]
fn a_status_is_found_wherever_it_is_and_missing_ones_are_what_http_says() {
    captured(async |capture| {
        let answer = |status: u16, header: Option<&'static str>, body: fn() -> Body| {
            post(move || async move {
                let mut response = Response::builder().status(status).header("content-type", "application/grpc");
                if let Some(header) = header {
                    response = response.header("grpc-status", header);
                }
                response.body(body()).expect("a response")
            })
        };
        let router = Router::new()
            .route("/a.B/TrailersOnly", answer(200, Some("5"), Body::empty))
            .route("/a.B/Trailers", answer(200, None, || trailers("13")))
            .route("/a.B/Nothing", answer(200, None, Body::empty))
            .route("/a.B/Proxy", answer(503, None, || Body::from("busy")))
            .route("/a.B/Login", answer(401, None, Body::empty));
        let address = serve_traced(router, layer()).await;
        let client: Client<_, Body> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let mut client = ClientLayer::new(Propagation::default()).layer(client);
        for (method, expected) in [
            ("a.B/TrailersOnly", "NOT_FOUND"),
            ("a.B/Trailers", "INTERNAL"),
            ("a.B/Nothing", "UNKNOWN"),
            ("a.B/Proxy", "UNAVAILABLE"),
            ("a.B/Login", "UNAUTHENTICATED"),
        ] {
            let request =
                Request::post(format!("http://{address}/{method}")).header("content-type", "application/grpc+proto");
            let answer = client.call(request.body(Body::empty()).expect("a request")).await.expect("an answer");
            http_body_util::BodyExt::collect(answer.into_body()).await.expect("a body");
            let all = capture.spans();
            for span in all.iter().filter(|span| span.name == method) {
                assert_eq!(attribute(span, "rpc.response.status_code").as_deref(), Some(expected), "{method}");
            }
            assert_eq!(all.iter().filter(|span| span.name == method).count(), 2);
        }
    });
}

#[test]
fn grpc_web_is_http() {
    captured(async |capture| {
        let address = serve_traced(Router::new().route("/a.B/C", post(|| async { "framed" })), layer()).await;
        crate::harness::ask(address, "POST /a.B/C HTTP/1.1\r\ncontent-type: application/grpc-web+proto").await;
        assert_eq!(span(capture).await.name, "POST /a.B/C");
    });
}
