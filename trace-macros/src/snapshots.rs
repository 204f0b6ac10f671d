//! What the main shapes of functions become: `tests/expansion/<shape>.rs` and `<shape>.expanded.rs`, to be read side by side.
//! With `UPDATE_EXPANSIONS=1` the second is written anew.

use crate::expand::attribute;
use crate::rules::Place;
use proc_macro2::{TokenStream, TokenTree};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// The words of the attribute at the start, and the item under it.
fn split(code: &str) -> (TokenStream, TokenStream) {
    let tokens: TokenStream = code.parse().expect("the shape is Rust");
    let mut tokens = tokens.into_iter().skip(1);
    let Some(TokenTree::Group(attr)) = tokens.next() else { panic!("the shape begins with its attribute") };
    let words = attr.stream().into_iter().nth(1).map(|words| match words {
        TokenTree::Group(words) => words.stream(),
        other => panic!("not the words of an attribute: {other}"),
    });
    (words.unwrap_or_default(), tokens.collect())
}

fn formatted(code: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=120"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt comes with Rust");
    rustfmt.stdin.take().expect("piped").write_all(code.as_bytes()).expect("rustfmt reads");
    let output = rustfmt.wait_with_output().expect("rustfmt ends");
    assert!(output.status.success(), "not Rust:\n{code}");
    String::from_utf8(output.stdout).expect("code is text")
}

#[test]
fn the_main_shapes_become_what_is_written_beside_them() {
    let shapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion");
    let mut seen = 0;
    for entry in fs::read_dir(&shapes).expect("the shapes are there") {
        let path = entry.expect("a file").path();
        let name = path.to_string_lossy().into_owned();
        if name.ends_with(".expanded.rs") {
            continue;
        }
        seen += 1;
        let (words, item) = split(&fs::read_to_string(&path).expect("a shape"));
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        let found = formatted(&attribute(Place::Any, words, item).to_string()).replace(&version, "\"VERSION\"");
        let expanded = path.with_extension("expanded.rs");
        if env::var_os("UPDATE_EXPANSIONS").is_some() {
            fs::write(&expanded, &found).expect("written");
        }
        let expected = fs::read_to_string(&expanded).unwrap_or_default();
        assert_eq!(found, expected, "{name} becomes something else; UPDATE_EXPANSIONS=1 takes it over");
    }
    assert!(seen > 10, "only {seen} shapes were found");
}
