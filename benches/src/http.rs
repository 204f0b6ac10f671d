//! As much of an HTTP server as exporters need.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::TcpStream;

/// Answers every request of a connection with 200, and hands each body over, until the other side closes it.
///
/// # Errors
/// If the connection breaks.
pub fn answer(mut stream: &TcpStream, mut body_of: impl FnMut(&[u8])) -> Result<()> {
    let mut reader = BufReader::new(stream);
    let mut body = Vec::new();
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                None if line.trim().is_empty() => break,
                _ => {}
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        body_of(&body);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}
