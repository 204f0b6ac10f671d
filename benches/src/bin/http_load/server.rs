//! The process of one server: a route with a parameter and a small answer, on one thread, so that a request's cost shows.

use crate::peers;
use crate::system::System;
use axum::Router;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use benches::Result;
use cpu_time::ProcessTime;
use serde_json::json;
use std::io::BufRead as _;
use std::time::Duration;
use trace_http::ServerLayer;
use trace_runtime::propagation::Propagation;

/// The routes, with a layer or none, and what waits until all spans so far have been sent.
pub(crate) struct Subject {
    pub(crate) app: Router,
    pub(crate) settle: Box<dyn Fn() -> Result<()>>,
}

/// `args`: system, and the receiver's address. Prints its own port; then, for each line it reads, the CPU it has taken: after `settle` with all
/// spans sent.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let [system, url] = args else { return Err("--server SYSTEM URL".into()) };
    let Subject { app, settle } = start(System::parse(system).ok_or("no such system")?, url)?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, app).await
        })
    });
    for line in std::io::stdin().lock().lines() {
        let settled = if line? == "settle" { settle() } else { Ok(()) };
        let cpu = ProcessTime::now().as_duration().as_nanos() as u64;
        match settled {
            Ok(()) => println!("{}", json!({ "cpu": cpu })),
            Err(why) => println!("{}", json!({ "error": why.to_string() })),
        }
    }
    Ok(())
}

fn start(system: System, url: &str) -> Result<Subject> {
    let app = Router::new().route("/users/{id}", get(user));
    let nothing = || Box::new(|| Ok(()));
    Ok(match system {
        System::Bare => Subject { app, settle: nothing() },
        System::Off => Subject { app: app.layer(ServerLayer::new(Propagation::default())), settle: nothing() },
        System::Ours => {
            let tracing = trace_export::init()?;
            let settle = move || {
                let report = tracing.flush(Duration::from_secs(30));
                if report.complete { Ok(()) } else { Err(format!("not delivered: {}", report.counts).into()) }
            };
            Subject { app: app.layer(ServerLayer::new(tracing.propagation().clone())), settle: Box::new(settle) }
        }
        System::Tower => peers::tower(app, url)?,
        System::Axum => peers::axum(app, url)?,
    })
}

async fn user(Path(id): Path<u64>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], format!(r#"{{"id":{id},"name":"somebody","active":true}}"#))
}
