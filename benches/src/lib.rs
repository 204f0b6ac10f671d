//! Side by side with the peers (`--bin compare`, `--bin http_load`, `--bin compile_cost`), and on published crates (`--bin real_crates`).

pub mod command;
pub mod http;
pub mod machine;
pub mod packages;
pub mod page;
pub mod process;
pub mod receiver;
pub mod sys;

/// What can go wrong here is for a person to read.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
