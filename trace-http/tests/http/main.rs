//! Servers and clients with the layers, seen from outside: real sockets on 127.0.0.1, and the spans that come of it.

mod concurrency;
mod harness;
mod identical;
mod policy;
mod server;
mod server_ends;
