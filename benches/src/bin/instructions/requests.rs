//! Requests through the server's layer, to a handler that does nothing.

use crate::works::repeat;
use http::{Request, Response};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tower_layer::Layer as _;
use tower_service::Service;
use trace_http::ServerLayer;
use trace_runtime::propagation::Propagation;

struct Handler;

impl Service<Request<()>> for Handler {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(String::new())))
    }
}

fn request() -> Request<()> {
    let builder =
        Request::get("/users/17?page=2").header("host", "127.0.0.1:8080").header("user-agent", "instructions/1");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = builder.header("accept", "*/*").header("traceparent", trace).body(());
    request.unwrap_or_default()
}

/// What the layer adds; the requests are there before.
pub(crate) fn run(times: u64) {
    let layer = ServerLayer::new(Propagation::default()).route(|_| Some("/users/{id}".to_owned()));
    let mut service = layer.layer(Handler);
    let mut requests: Vec<_> = (0..4 * times).map(|_| request()).collect();
    let mut context = Context::from_waker(Waker::noop());
    repeat(times, &mut |_| {
        if let Some(request) = requests.pop() {
            let mut response = pin!(service.call(request));
            drop(black_box(response.as_mut().poll(&mut context)));
        }
    });
}
