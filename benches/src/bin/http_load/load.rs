//! The process that asks: some connections, one request at a time on each, as `wrk` does. It parses as little as it must, so that
//! the server is what is measured.

use benches::Result;
use serde_json::json;
use std::fmt::Write as _;
use std::io::BufRead as _;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Reads lines `PORT CONNECTIONS MILLIS RATE`, a rate of 0 being as fast as it can; answers how many requests were answered in how
/// many nanoseconds.
pub(crate) fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match runtime.block_on(load(&line)) {
            Ok((requests, nanos)) => println!("{}", json!({ "requests": requests, "nanos": nanos })),
            Err(why) => println!("{}", json!({ "error": why.to_string() })),
        }
    }
    Ok(())
}

async fn load(line: &str) -> Result<(u64, f64)> {
    let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<std::result::Result<_, _>>()?;
    let [port, connections, millis, rate] = numbers[..] else { return Err("four numbers, please".into()) };
    let set = tokio::task::LocalSet::new();
    let start = Instant::now();
    let end = start + Duration::from_millis(millis);
    let interval = (rate > 0).then(|| Duration::from_secs_f64(connections as f64 / rate as f64));
    let connections: Vec<_> = (0..connections)
        .map(|nth| {
            // Their turns are spread over an interval.
            let first = start + interval.map_or(Duration::ZERO, |interval| interval * nth as u32 / connections as u32);
            set.spawn_local(connection(port as u16, nth, end, interval.map(|interval| (first, interval))))
        })
        .collect();
    set.run_until(async {
        let mut requests = 0;
        for connection in connections {
            requests += connection.await??;
        }
        Ok((requests, start.elapsed().as_secs_f64() * 1e9))
    })
    .await
}

/// One connection, until the end of the time.
async fn connection(port: u16, nth: u64, end: Instant, pace: Option<(Instant, Duration)>) -> Result<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut request, mut response) = (String::new(), Vec::with_capacity(4096));
    let mut sent: u64 = 0;
    loop {
        if let Some((first, interval)) = pace {
            let due = first + interval * sent as u32;
            tokio::time::sleep_until(due.min(end).into()).await;
        }
        if Instant::now() >= end {
            return Ok(sent);
        }
        request.clear();
        write!(
            request,
            "GET /users/{} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nuser-agent: http_load/0.1\r\naccept: */*\r\n\
             traceparent: 00-0af7651916cd43dd{nth:04x}{sent:012x}-b7ad6b7169203331-01\r\n\r\n",
            10_000 + sent % 90_000
        )?;
        stream.write_all(request.as_bytes()).await?;
        response.clear();
        while !is_whole(&response)? {
            if stream.read_buf(&mut response).await? == 0 {
                return Err("the server closed the connection".into());
            }
        }
        sent += 1;
    }
}

/// Whether a response has arrived with all of its body.
fn is_whole(response: &[u8]) -> Result<bool> {
    let Some(head) = response.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(false) };
    let text = std::str::from_utf8(&response[..head])?;
    let mut lines = text.split("\r\n");
    if lines.next() != Some("HTTP/1.1 200 OK") {
        return Err(format!("an answer that nobody expects: {text}").into());
    }
    let length = lines.find_map(|line| line.strip_prefix("content-length: ")).ok_or("no length")?;
    Ok(response.len() >= head + 4 + length.parse::<usize>()?)
}
