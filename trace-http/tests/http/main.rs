//! Servers and clients with the layers, seen from outside: real sockets on 127.0.0.1, and the spans that come of it.

mod client;
mod concurrency;
mod conventions;
mod grpc;
mod harness;
mod hostile;
mod hostile_headers;
mod identical;
mod policy;
mod real_clients;
mod reqwest;
mod server;
mod server_ends;
