//! Stock: gRPC from orders, and a database.

use crate::database::Database;
use crate::rpc::{Stock, StockServer, Take, Taken};
use crate::{Result, service};
use rusqlite::params;
use std::time::Duration;
use tonic::Status;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use trace_runtime::trace;

struct Shelves {
    database: Database,
}

/// What takes its time.
const SLOW: Duration = Duration::from_millis(150);

/// Serves until standard input ends.
///
/// # Errors
/// If it cannot be set up.
pub async fn run(listen: &str) -> Result<()> {
    let tracing = trace_export::builder().init()?;
    let database = Database::open("stock", "CREATE TABLE stock (item TEXT PRIMARY KEY, count INTEGER NOT NULL)")?;
    for item in ["tea", "slow", "poison"] {
        database.run("INSERT", "stock", "INSERT INTO stock VALUES (?1, 1000)", [item])?;
    }
    let (listener, _) = service::listen(listen).await?;
    let server = Server::builder().layer(service::inner(&tracing)).add_service(StockServer::new(Shelves { database }));
    server.serve_with_incoming_shutdown(TcpIncoming::from(listener), service::until_told_to_end()).await?;
    Ok(())
}

impl Stock for Shelves {
    async fn take(&self, request: Take) -> std::result::Result<Taken, Status> {
        if request.item == "slow" {
            find(SLOW).await;
        }
        let left = self.left(&request.item)?;
        if request.item == "poison" {
            return Err(Status::internal("the shelf is poisoned"));
        }
        let left = left.checked_sub(request.count).ok_or_else(|| Status::resource_exhausted("sold out"))?;
        let sql = "UPDATE stock SET count = ?2 WHERE item = ?1";
        self.database.run("UPDATE", "stock", sql, params![request.item, left]).map_err(internal)?;
        Ok(Taken { left })
    }
}

impl Shelves {
    #[trace]
    fn left(&self, item: &str) -> std::result::Result<u32, Status> {
        let sql = "SELECT count FROM stock WHERE item = ?1";
        let found = self.database.first("SELECT", "stock", sql, [item]).map_err(internal)?;
        found.ok_or_else(|| Status::not_found("we do not have that"))
    }
}

#[trace]
async fn find(long: Duration) {
    tokio::time::sleep(long).await;
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn internal(error: rusqlite::Error) -> Status {
    Status::internal(error.to_string())
}
