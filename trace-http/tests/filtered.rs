//! Spans of requests and filters: a process of its own, as the filter is the process's.

#![allow(dead_code)] // of the harness a part is used

#[path = "http/harness.rs"]
mod harness;

use axum::Router;
use axum::routing::get;
use harness::{ask, captured, layer, serve_traced, spans};
use trace_runtime::control::{Filter, set_filter};
use trace_runtime::trace;

#[trace(name = "inside")]
fn inside() {}

#[test]
fn filters_by_kind_and_path_find_requests_and_the_callers_trace_goes_on() {
    captured(async |capture| {
        let address = serve_traced(Router::new().route("/", get(|| async { inside() })), layer()).await;
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut seen = 0;
        for (filter, on) in
            [("", true), ("kind:server=off", false), ("trace_http::server=off", false), ("kind:client=off", true)]
        {
            set_filter(filter.parse::<Filter>().expect("a filter"));
            ask(address, &format!("GET / HTTP/1.1\r\ntraceparent: {parent}")).await;
            let all = spans(capture, seen + 1 + usize::from(on)).await;
            seen = all.len();
            let inside = all.iter().rfind(|span| span.name == "inside").expect("the span");
            assert_eq!(inside.context.trace_id.to_string(), parent[3..35], "{filter}");
            assert_eq!(inside.has_remote_parent, !on, "{filter}");
        }
        set_filter(Filter::default());
    });
}
