//! Requests to a shop: most buy tea, some fail, some are slow, one client goes away.

use crate::Result;
use crate::service::{DEBUG, TRACE_ID};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Statuses, in the order of the requests.
    pub statuses: Vec<u16>,
    /// The trace of the first purchase.
    pub trace_id: String,
}

/// Sends so many requests, one after the other, and then a client that goes away in the middle of an answer.
///
/// # Errors
/// If the gateway does not answer.
pub async fn run(gateway: SocketAddr, requests: usize) -> Result<Outcomes> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    client.get(format!("http://{gateway}/healthz")).send().await?;
    let mut outcomes = Outcomes::default();
    for nth in 0..requests {
        let item = match nth % 10 {
            3 => "unicorn",
            5 => "slow",
            7 => "poison",
            9 => "..%2F..",
            _ => "tea",
        };
        let answer = client.post(format!("http://{gateway}/buy/{item}")).header(DEBUG, "1").send().await?;
        if nth == 0 {
            let trace_id = answer.headers().get(TRACE_ID).ok_or("the gateway does not tell the trace")?;
            trace_id.to_str()?.clone_into(&mut outcomes.trace_id);
        }
        outcomes.statuses.push(answer.status().as_u16());
        answer.bytes().await?;
    }
    go_away(gateway).await?;
    Ok(outcomes)
}

/// Reads the beginning of an answer that has no end.
async fn go_away(gateway: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(gateway).await?;
    stream.write_all(b"GET /watch HTTP/1.1\r\nhost: shop\r\n\r\n").await?;
    let mut read = Vec::new();
    while !read.windows(5).any(|part| part == b"open\n") {
        let byte = stream.read_u8().await?;
        read.push(byte);
    }
    Ok(())
}
