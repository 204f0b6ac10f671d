//! A shop of three processes: what they serve, how they are started, and what is made of their spans.

pub mod database;
pub mod gateway;
pub mod load;
pub mod orders;
pub mod receiver;
pub mod rpc;
pub mod service;
pub mod start;
pub mod stock;
pub mod tree;

/// What goes wrong ends the program with its text.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
