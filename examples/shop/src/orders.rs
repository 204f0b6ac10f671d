//! Orders: HTTP from the gateway, a database, gRPC to stock.

use crate::database::Database;
use crate::rpc::{StockClient, Take};
use crate::{Result, service};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::post;
use std::net::SocketAddr;
use std::sync::Arc;
use tonic::Code;
use tonic::transport::Channel;
use tower::Layer as _;
use trace_http::TracedClient;
use trace_runtime::trace;

struct Orders {
    database: Database,
    stock: StockClient<TracedClient<Channel>>,
}

/// Serves until standard input ends.
///
/// # Errors
/// If it cannot be set up.
pub async fn run(listen: &str, stock: &str) -> Result<()> {
    let tracing = trace_export::builder().init()?;
    let origin: Uri = stock.parse()?;
    let channel = Channel::builder(origin.clone()).connect_lazy();
    let stock = StockClient::new(service::client(&tracing)?.origin(&origin).layer(channel));
    let database = Database::open("orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL)")?;
    let router = Router::new()
        .route("/orders/{item}", post(order))
        .with_state(Arc::new(Orders { database, stock }))
        .layer(service::inner(&tracing));
    let (listener, _) = service::listen(listen).await?;
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(service::until_told_to_end()).await?;
    Ok(())
}

async fn order(State(orders): State<Arc<Orders>>, Path(item): Path<String>) -> (StatusCode, String) {
    match place(&orders, &item).await {
        Ok(left) => (StatusCode::CREATED, format!("{left} left\n")),
        Err(status) => (as_http(status.code()), format!("{}\n", status.message())),
    }
}

#[trace(fields(item = item))]
async fn place(orders: &Orders, item: &str) -> std::result::Result<u32, tonic::Status> {
    let taken = orders.stock.clone().take(Take { item: item.to_owned(), count: 1 }).await?;
    let saved = orders.database.run("INSERT", "orders", "INSERT INTO orders (item) VALUES (?1)", [item]);
    saved.map_err(|error| tonic::Status::internal(error.to_string()))?;
    Ok(taken.left)
}

fn as_http(code: Code) -> StatusCode {
    match code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::ResourceExhausted => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
