//! Traces across services: requests of HTTP and gRPC as spans.
//!
//! | for | use |
//! |---|---|
//! | servers: axum, hyper, tonic, any tower service | [`ServerLayer`] |
//! | handlers that add to the request's span | [`RequestSpan`] |
//! | clients: hyper-util, tonic's channel, any tower service | [`ClientLayer`], with [`ResendsLayer`] around retries and redirects |
//! | reqwest | `reqwest::client` (feature `reqwest`) |
//! | database drivers that report by callbacks | [`CommandRecorder`] |
//!
//! Formats, trust in callers and the allow-list of destinations are those of a
//! [`Propagation`](trace_runtime::propagation::Propagation). Attributes go by the semantic conventions 1.42.0: HTTP and databases
//! (stable), gRPC (release candidate).
//!
//! Nothing here panics, waits, buffers a body, logs, or changes a response beyond what it is asked for.
//!
//! ```
//! use tower::{ServiceBuilder, ServiceExt as _};
//! use trace_http::ServerLayer;
//! use trace_runtime::capture::Capture;
//! use trace_runtime::propagation::Propagation;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let spans = Capture::start();
//! let service = ServiceBuilder::new().layer(ServerLayer::new(Propagation::default())).service_fn(
//!     |_: http::Request<String>| async { Ok::<_, std::io::Error>(http::Response::new(String::from("hello"))) },
//! );
//! let request = http::Request::get("/users/7").body(String::new()).unwrap();
//! drop(service.oneshot(request).await.unwrap());
//! assert_eq!(spans.span("GET").attribute("url.path").unwrap().to_string(), "/users/7");
//! # });
//! ```

#[cfg(all(doctest, feature = "axum", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;

mod body;
mod client;
mod driver;
mod exchange;
mod future;
mod grpc;
mod headers;
mod keys;
mod method;
mod outcome;
mod redact;
mod request;
mod server;

pub use body::TracedBody;
#[cfg(feature = "reqwest")]
pub use client::reqwest;
pub use client::{ClientLayer, NumberedFuture, NumberedService, Resends, ResendsLayer, TracedClient, UrlTemplate};
pub use driver::{Command, CommandRecorder, Failed, RecorderCounts};
pub use future::ResponseFuture;
pub use grpc::GrpcStatus;
pub use outcome::{Outcome, Place};
pub use request::{PeerAddress, RequestHead};
pub use server::{Proxies, RequestSpan, ResponseHeader, ServerLayer, TracedServer};
