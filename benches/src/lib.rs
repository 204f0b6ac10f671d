//! Side by side with the peers: `cargo run --release -p benches --bin compare`.
