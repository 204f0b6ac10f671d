//! `shop.Stock`, as a code generator would write it for
//!
//! ```protobuf
//! package shop;
//! service Stock { rpc Take(Take) returns (Taken); }
//! ```

use http::uri::PathAndQuery;
use http::{Request, Response};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::server::{NamedService, UnaryService};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tower_service::Service;

/// Asks for some of an item.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Take {
    /// Which.
    #[prost(string, tag = "1")]
    pub item: String,
    /// How many.
    #[prost(uint32, tag = "2")]
    pub count: u32,
}

/// What is left then.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Taken {
    /// How many.
    #[prost(uint32, tag = "1")]
    pub left: u32,
}

/// What a server does.
pub trait Stock: Send + Sync + 'static {
    /// `shop.Stock/Take`.
    fn take(&self, request: Take) -> impl Future<Output = Result<Taken, Status>> + Send;
}

/// Asks a server.
#[derive(Clone)]
pub struct StockClient<T> {
    inner: tonic::client::Grpc<T>,
}

impl<T> StockClient<T>
where
    T: GrpcService<Body>,
    T::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    T::ResponseBody: tonic::codegen::Body<Data = bytes::Bytes> + Send + 'static,
    <T::ResponseBody as tonic::codegen::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    /// By this channel.
    pub fn new(channel: T) -> Self {
        Self { inner: tonic::client::Grpc::new(channel) }
    }

    /// `shop.Stock/Take`.
    ///
    /// # Errors
    /// The server's status, or `UNAVAILABLE`.
    pub async fn take(&mut self, request: Take) -> Result<Taken, Status> {
        let unavailable = |error: T::Error| Status::new(Code::Unavailable, error.into().to_string());
        self.inner.ready().await.map_err(unavailable)?;
        let path = PathAndQuery::from_static("/shop.Stock/Take");
        let answer = self.inner.unary(tonic::Request::new(request), path, ProstCodec::default()).await?;
        Ok(answer.into_inner())
    }
}

/// Serves it.
pub struct StockServer<T> {
    stock: Arc<T>,
}

impl<T> StockServer<T> {
    /// By this.
    pub fn new(stock: T) -> Self {
        Self { stock: Arc::new(stock) }
    }
}

impl<T> Clone for StockServer<T> {
    fn clone(&self) -> Self {
        Self { stock: Arc::clone(&self.stock) }
    }
}

impl<T> NamedService for StockServer<T> {
    const NAME: &'static str = "shop.Stock";
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Stock> Service<Request<Body>> for StockServer<T> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Boxed<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.uri().path() != "/shop.Stock/Take" {
            return Box::pin(std::future::ready(Ok(Status::unimplemented("no such method").into_http())));
        }
        let method = TakeMethod(Arc::clone(&self.stock));
        Box::pin(async move { Ok(tonic::server::Grpc::new(ProstCodec::default()).unary(method, request).await) })
    }
}

struct TakeMethod<T>(Arc<T>);

impl<T: Stock> UnaryService<Take> for TakeMethod<T> {
    type Response = Taken;
    type Future = Boxed<Result<tonic::Response<Taken>, Status>>;

    fn call(&mut self, request: tonic::Request<Take>) -> Self::Future {
        let stock = Arc::clone(&self.0);
        Box::pin(async move { stock.take(request.into_inner()).await.map(tonic::Response::new) })
    }
}
