//! Traces across services: tower layers for HTTP and gRPC.
#![warn(missing_docs)]

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
