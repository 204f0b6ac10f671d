//! The service that the W3C conformance suite for trace context asks to call others.
//!
//! It prints its address. A request is a JSON list of `{"url", "arguments"}`; for each it posts `arguments` to `url`, from a client
//! span below the request's server span, with the headers that these say.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use trace_runtime::propagation::Propagation;
use trace_runtime::{Kind, Snapshot, span};

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address)?;
    println!("{}", listener.local_addr()?);
    // Recorded and thrown away: the headers are what counts.
    let _spans = trace_export::builder().late_destination(1 << 20).init().map_err(io::Error::other)?;
    let propagation = Propagation::default();
    for stream in listener.incoming() {
        let (stream, propagation) = (stream?, propagation.clone());
        std::thread::spawn(move || serve(&stream, &propagation));
    }
    Ok(())
}

fn serve(stream: &TcpStream, propagation: &Propagation) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some((headers, body)) = read(&mut reader)? {
        span!("server").kind(Kind::Server).parent(propagation.extract(&headers)).in_scope(|| {
            let calls: Vec<Value> = serde_json::from_slice(&body).unwrap_or_default();
            for call in &calls {
                post(call, propagation);
            }
        });
        let mut stream = stream;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
    Ok(())
}

fn post(call: &Value, propagation: &Propagation) {
    let url = call["url"].as_str().unwrap_or_default();
    let mut headers: Vec<(String, String)> = Vec::new();
    span!("client").kind(Kind::Client).in_scope(|| {
        propagation.inject(&Snapshot::current(), &mut headers, url);
        let mut request = ureq::post(url).header("content-type", "application/json");
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        // The suite looks at what comes; that nobody is there is its affair.
        let _ = request.send(call["arguments"].to_string());
    });
}

type Headers = Vec<(String, Vec<u8>)>;

/// Headers in their order, several of a name too, and the body; `None` at the end of the connection.
fn read(reader: &mut impl BufRead) -> io::Result<Option<(Headers, Vec<u8>)>> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = Headers::new();
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        headers.push((name, line[colon + 1..].trim_ascii().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or(0);
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(Some((headers, body)))
}
