//! The gateway: HTTP for everybody, HTTP to orders.

use crate::{Result, service};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_core::Stream;
use reqwest_middleware::ClientWithMiddleware;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Interval;
use trace_http::UrlTemplate;
use trace_runtime::trace;

struct Gateway {
    client: ClientWithMiddleware,
    orders: String,
}

/// Serves until standard input ends.
///
/// # Errors
/// If it cannot be set up.
pub async fn run(listen: &str, orders: &str) -> Result<()> {
    let tracing = trace_export::builder().init()?;
    let client = trace_http::reqwest::client(reqwest::Client::builder().no_proxy(), service::client(&tracing)?)?;
    let gateway = Arc::new(Gateway { client, orders: orders.to_owned() });
    let router = Router::new()
        .route("/buy/{item}", post(buy))
        .route("/watch", get(watch))
        .route("/healthz", get(|| async { "fine" }))
        .with_state(gateway)
        .layer(service::edge(&tracing));
    let (listener, _) = service::listen(listen).await?;
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(service::until_told_to_end()).await?;
    Ok(())
}

async fn buy(State(gateway): State<Arc<Gateway>>, Path(item): Path<String>) -> Response {
    if !is_plausible(&item) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let url = format!("{}/orders/{item}", gateway.orders);
    let sent = gateway.client.post(url).with_extension(UrlTemplate("/orders/{item}".into())).send().await;
    match sent {
        Ok(answer) => {
            let status = answer.status();
            (status, answer.text().await.unwrap_or_default()).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

#[trace(fields(item.length = item.len()))]
fn is_plausible(item: &str) -> bool {
    item.len() <= 64 && item.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Lines for as long as somebody reads them.
async fn watch() -> Body {
    Body::from_stream(Ticks(tokio::time::interval(Duration::from_millis(50))))
}

struct Ticks(Interval);

impl Stream for Ticks {
    type Item = std::result::Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        ready!(self.0.poll_tick(cx));
        Poll::Ready(Some(Ok(Bytes::from_static(b"open\n"))))
    }
}
