//! Traces across services: tower layers for HTTP and gRPC.
#![warn(missing_docs)]

mod body;
#[cfg(feature = "client")]
mod client;
mod exchange;
mod future;
mod grpc;
mod headers;
mod keys;
mod method;
mod outcome;
mod redact;
mod request;
#[cfg(feature = "server")]
mod server;

pub use body::TracedBody;
#[cfg(feature = "reqwest")]
pub use client::reqwest;
#[cfg(feature = "client")]
pub use client::{ClientLayer, NumberedFuture, NumberedService, Resends, ResendsLayer, TracedClient, UrlTemplate};
pub use future::ResponseFuture;
pub use grpc::GrpcStatus;
pub use outcome::{Outcome, Place};
pub use request::{PeerAddress, RequestHead};
#[cfg(feature = "server")]
pub use server::{Proxies, RequestSpan, ResponseHeader, ServerLayer, TracedServer};
