//! Which crates, and why these.

/// A published crate whose package has its tests.
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// What it is an example of.
    pub(crate) character: &'static str,
    /// Arguments of `cargo test`.
    pub(crate) args: &'static [&'static str],
    /// Arguments of the test programs.
    pub(crate) test_args: &'static [&'static str],
    /// Why figures differ, for the table.
    pub(crate) note: &'static str,
}

const fn krate(name: &'static str, version: &'static str, character: &'static str) -> Crate {
    Crate { name, version, character, args: &[], test_args: &[], note: "" }
}

pub(crate) const CRATES: &[Crate] = &[
    krate("semver", "1.0.28", "unsafe, bit tricks"),
    krate("smallvec", "1.16.5", "unsafe, no_std"),
    krate("slab", "0.4.12", "small, const fn"),
    krate("arrayvec", "0.7.8", "const generics"),
    krate("anyhow", "1.0.104", "errors, vtables"),
    krate("hashbrown", "0.16.1", "unsafe, generics"),
    krate("indexmap", "2.14.2", "generics"),
    krate("bytes", "1.12.1", "unsafe, traits"),
    krate("itertools", "0.14.0", "traits, generics"),
    krate("petgraph", "0.8.3", "traits, generics"),
    krate("http", "1.5.0", "plain"),
    krate("url", "2.5.8", "plain, Result"),
    krate("serde_json", "1.0.154", "traits, Result"),
    krate("regex-syntax", "0.8.11", "parser"),
    krate("rayon", "1.12.0", "threads, traits"),
    krate("async-channel", "2.5.0", "async, poll"),
    krate("async-lock", "3.5.0", "async, unsafe"),
    Crate { args: &["--all-features"], ..krate("tokio-util", "0.7.20", "async, tokio") },
    Crate { args: &["--features", "full,tracing/std,tracing/attributes"], ..krate("tower", "0.5.3", "async, traits") },
];
