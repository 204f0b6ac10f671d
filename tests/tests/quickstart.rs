//! The quickstart on a tree of more than two thousand files, seen from outside.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use tests::built;
use tests::faults::command;
use tests::receiver::{Receiver, assert_whole};
use tests::sink::Sink;

const FILES: usize = 2100;
const BROKEN: usize = 3;

/// A directory that goes away again.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("quickstart-{}-{name}", std::process::id()));
        for n in 0..FILES {
            let directory = root.join(format!("d{}/e{}", n % 7, n % 5));
            fs::create_dir_all(&directory).expect("a directory");
            let extension = ["rs", "py", "md", "toml"][n % 4];
            // Every tenth file is a copy.
            let content = format!("line {}\n\nlast\n", if n % 10 == 0 { 0 } else { n });
            fs::write(directory.join(format!("f{n}.{extension}")), content).expect("a file");
        }
        for n in 0..BROKEN {
            fs::write(root.join(format!("broken{n}.rs")), [b'a', 0xff, 0xfe]).expect("a file");
        }
        Self(root)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn quickstart(tree: &Path, variables: &[(&str, &str)]) -> Output {
    let tree = tree.to_str().expect("a path");
    command(built::quickstart(), &[tree], variables).output().expect("the quickstart runs")
}

#[test]
fn stdout_is_the_same_with_tracing_on_off_shown_and_with_a_dead_backend() {
    let tree = Tree::new("stdout");
    let receiver = Receiver::start();
    let shown = quickstart(&tree.0, &[]);
    let stderr = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success() && stderr.contains("Scanner::read_file ×"), "{stderr}");
    assert!(stderr.contains("not UTF-8"), "{stderr}");
    let on = quickstart(&tree.0, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    assert!(on.stderr.is_empty(), "{on:?}");
    let off = quickstart(&tree.0, &[("OTEL_SDK_DISABLED", "true")]);
    assert!(off.stderr.is_empty(), "{off:?}");
    let dead = quickstart(&tree.0, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
    for other in [on, off, dead] {
        assert_eq!(String::from_utf8_lossy(&other.stdout), String::from_utf8_lossy(&shown.stdout));
        assert_eq!(other.status, shown.status);
    }
}

#[test]
fn every_span_of_a_large_tree_arrives_once_in_one_trace() {
    let tree = Tree::new("receiver");
    let receiver = Receiver::start();
    quickstart(&tree.0, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    let spans = receiver.spans();
    assert_whole(&spans, 1);
    let traces: HashSet<_> = spans.iter().map(|one| &one.span.trace_id).collect();
    assert_eq!(traces.len(), 1);
    let mut names: HashMap<&str, usize> = HashMap::new();
    for one in &spans {
        *names.entry(&one.span.name).or_default() += 1;
        assert!(one.attribute("code.function.name").is_some_and(|name| name.starts_with("quickstart::")));
        assert!(one.attribute("code.file.path").is_some_and(|path| path.contains("quickstart")));
        assert_eq!(one.resource["service.name"], "unknown_service:quickstart");
        assert_eq!(one.scope.name, "examples");
    }
    assert_eq!(names["Scanner::read_file"], FILES + BROKEN);
    assert_eq!(names["quickstart::run"], 1);
    let failed = spans.iter().filter(|one| one.span.status.as_ref().is_some_and(|status| status.code == 2));
    assert_eq!(failed.filter(|one| one.span.name == "Scanner::read_file").count(), BROKEN);
    let parent_names: HashMap<_, _> = spans.iter().map(|one| (&one.span.span_id, one.span.name.as_str())).collect();
    for one in spans.iter().filter(|one| one.span.name == "Scanner::read_file") {
        assert_eq!(parent_names[&one.span.parent_span_id], "Scanner::work");
    }
}

#[test]
fn an_independent_receiver_sees_the_same() {
    let Some(sink) = Sink::start() else { return };
    let tree = Tree::new("sink");
    quickstart(&tree.0, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url())]);
    let spans = sink.spans();
    let text = |span: &serde_json::Value, key: &str| span[key].as_str().unwrap_or_default().to_owned();
    let ids: HashSet<String> = spans.iter().map(|span| text(span, "span_id")).collect();
    assert_eq!(ids.len(), spans.len(), "a span arrived twice");
    let roots = spans.iter().filter(|span| text(span, "parent_span_id").is_empty()).count();
    assert_eq!(roots, 1);
    for span in &spans {
        let parent = text(span, "parent_span_id");
        assert!(parent.is_empty() || ids.contains(&parent), "an orphan: {span}");
        assert_eq!(text(span, "trace_id").len(), 32);
        assert_eq!(span["kind"], "SPAN_KIND_INTERNAL");
        assert!(span["end"].as_u64() >= span["start"].as_u64());
        assert_eq!(span["resource"]["telemetry.sdk.language"], "rust");
        assert_eq!(span["transport"]["proto"], "http/protobuf");
    }
    let read = |span: &&serde_json::Value| span["name"] == "Scanner::read_file";
    assert_eq!(spans.iter().filter(read).count(), FILES + BROKEN);
    let failed = spans.iter().filter(read).filter(|span| span["status"]["code"] == 2);
    assert_eq!(failed.count(), BROKEN);
}
