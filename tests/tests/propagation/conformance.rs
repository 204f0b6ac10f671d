//! The 41 cases of the W3C Trace Context conformance suite (`test/test.py`, with `SPEC_LEVEL=2` and `STRICT_LEVEL=2`), each with
//! the rule of the recommendation that decides it. They run against extract, a span and inject, as in a service.

use crate::suite::{CONTINUED, RESTARTED, Row, STATES};
use crate::{TRACE, TRACEPARENT};
use std::collections::HashSet;
use trace_runtime::capture::Capture;
use trace_runtime::propagation::Propagation;
use trace_runtime::{Snapshot, span};

/// What a service sends on when it was sent these headers.
fn answer(headers: &[(&str, String)]) -> Vec<(String, String)> {
    let propagation = Propagation::default();
    let mut sent = Vec::new();
    span!("server").parent(propagation.extract(headers)).in_scope(|| {
        span!("client").in_scope(|| propagation.inject(&Snapshot::current(), &mut sent, "https://downstream.example/"));
    });
    sent
}

fn header<'a>(sent: &'a [(String, String)], name: &str) -> Option<&'a str> {
    sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Headers that are sent, whether the trace goes on, and if that matters the `tracestate` that is passed on.
struct Request {
    headers: Vec<(&'static str, String)>,
    continued: bool,
    state: Option<String>,
}

struct Case {
    test: &'static str,
    why: &'static str,
    requests: Vec<Request>,
}

fn parent(name: &'static str, text: &str, continued: bool) -> Request {
    Request { headers: vec![(name, text.to_owned())], continued, state: None }
}

/// A good `traceparent` with these `tracestate` headers.
fn with_state(headers: &[&str], passed_on: &str) -> Request {
    named_state("tracestate", headers, passed_on)
}

fn named_state(name: &'static str, headers: &[&str], passed_on: &str) -> Request {
    let parent = ("traceparent", TRACEPARENT.to_owned());
    let headers = [parent].into_iter().chain(headers.iter().map(|text| (name, (*text).to_owned()))).collect();
    Request { headers, continued: true, state: Some(passed_on.to_owned()) }
}

fn case(test: &'static str, why: &'static str, requests: Vec<Request>) -> Case {
    Case { test, why, requests }
}

fn traceparent_cases() -> Vec<Case> {
    let rows = |rows: &'static [Row<&'static str>], continued| {
        let requests =
            move |values: &[&str]| values.iter().map(|text| parent("traceparent", text, continued)).collect();
        rows.iter().map(move |(test, why, values)| case(test, why, requests(values)))
    };
    let names = |names: &[&'static str], continued| {
        names.iter().map(|name| parent(name, TRACEPARENT, continued)).collect::<Vec<_>>()
    };
    let twice = ["9012-", "9011-"].map(|end| ("traceparent", TRACEPARENT.replace("9012-", end))).to_vec();
    let nothing = Request { headers: Vec::new(), continued: false, state: Some(String::new()) };
    let later = "cc-12345678901234567890123456789012-1234567890123456-01";
    let more = "what-the-future-will-be-like";
    let others = [
        case("both_traceparent_and_tracestate_missing", "a request without traceparent starts a trace", vec![nothing]),
        case(
            "traceparent_duplicated",
            "fields of one name combine with a comma, which the grammar does not have",
            vec![Request { headers: twice, continued: false, state: None }],
        ),
        case(
            "traceparent_header_name",
            "the name is one word without delimiters",
            names(&["trace-parent", "trace.parent"], false),
        ),
        case(
            "traceparent_header_name_valid_casing",
            "case does not count in the name",
            names(&["TraceParent", "TrAcEpArEnT", "TRACEPARENT"], true),
        ),
        case(
            "traceparent_version_0xcc",
            "of a higher version the known fields count, if a dash or nothing follows them",
            vec![
                parent("traceparent", later, true),
                parent("traceparent", &format!("{later}-{more}"), true),
                parent("traceparent", &format!("{later}.{more}"), false),
            ],
        ),
    ];
    rows(RESTARTED, false).chain(rows(CONTINUED, true)).chain(others).collect()
}

fn tracestate_cases() -> Vec<Case> {
    let alone = |text: &str| Request {
        headers: vec![("tracestate", text.to_owned())],
        continued: false,
        state: Some(String::new()),
    };
    let names = |names: &[&'static str], passed_on| {
        names.iter().map(|name| named_state(name, &["foo=1"], passed_on)).collect::<Vec<_>>()
    };
    let printable: String = (b' '..=b'~').map(char::from).filter(|c| !",=".contains(*c)).collect();
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let legal = [format!("{key}={printable}"), format!("{key}@a-z0-9_-*/={printable}")];
    let others = [
        case(
            "tracestate_included_traceparent_missing",
            "tracestate alone is invalid and discarded (processing model)",
            vec![alone("foo=1"), alone("foo=1,bar=2")],
        ),
        case(
            "tracestate_header_name",
            "the name is one word without delimiters",
            names(&["trace-state", "trace.state"], ""),
        ),
        case(
            "tracestate_header_name_valid_casing",
            "case does not count in the name",
            names(&["TraceState", "TrAcEsTaTe", "TRACESTATE"], "foo=1"),
        ),
        case(
            "tracestate_all_allowed_characters",
            "a value is printable ASCII but comma and equals sign, and its leading spaces count",
            legal.iter().map(|text| with_state(&[text], text)).collect(),
        ),
        limits(),
        key_lengths(),
    ];
    let state = |(headers, passed_on): &(&[&str], &str)| with_state(headers, passed_on);
    let rows = STATES.iter().map(|(test, why, rows)| case(test, why, rows.iter().map(state).collect()));
    rows.chain(others).collect()
}

fn limits() -> Case {
    let list =
        |range: std::ops::RangeInclusive<u8>| range.map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",");
    let (a, b, c) = (list(1..=10), list(11..=20), list(21..=30));
    case(
        "tracestate_member_count_limit",
        "a list has at most 32 members, in all headers together",
        vec![with_state(&[&a, &b, &c, &list(31..=32)], &list(1..=32)), with_state(&[&a, &b, &c, &list(31..=33)], "")],
    )
}

fn key_lengths() -> Case {
    let with_foo = |key: &str, legal: bool| {
        let all = format!("foo=1,{key}=1");
        with_state(&["foo=1", &format!("{key}=1")], if legal { &all } else { "" })
    };
    case(
        "tracestate_key_length_limit",
        "a key has up to 256 characters, wherever the at sign is",
        vec![
            with_foo(&"z".repeat(256), true),
            with_foo(&"z".repeat(257), false),
            with_foo(&("t".repeat(241) + "@" + &"v".repeat(14)), true),
            with_foo(&("t".repeat(242) + "@v"), true),
            with_foo(&("t@".to_owned() + &"v".repeat(15)), true),
        ],
    )
}

/// A service that is asked once and calls three times: what the suite calls advanced.
#[test]
fn several_calls_of_one_request_share_its_trace_and_have_parents_of_their_own() {
    let _spans = Capture::start();
    let propagation = Propagation::default();
    let requests = [
        // multiple_requests_with_valid_traceparent: each outgoing request carries the id of its own operation.
        (Some(TRACEPARENT), true),
        // multiple_requests_without_traceparent: a new trace begins.
        (None, false),
        // multiple_requests_with_illegal_traceparent: the header is ignored, so a new trace begins.
        (Some("00-00000000000000000000000000000000-1234567890123456-01"), false),
    ];
    for (sent, continued) in requests {
        let headers: Vec<_> = sent.map(|value| ("traceparent", value)).into_iter().collect();
        let mut answers = HashSet::new();
        span!("server").parent(propagation.extract(&headers)).in_scope(|| {
            for _ in 0..3 {
                let mut sent: Vec<(String, String)> = Vec::new();
                span!("client").in_scope(|| propagation.inject(&Snapshot::current(), &mut sent, "https://x.example/"));
                answers.insert(header(&sent, "traceparent").expect("a traceparent").to_owned());
            }
        });
        assert_eq!(answers.len(), 3, "{answers:?}");
        let traces: HashSet<_> = answers.iter().map(|answer| &answer[3..35]).collect();
        assert_eq!(traces.len(), 1);
        assert_eq!(traces.contains(TRACE), continued, "{answers:?}");
        assert!(!traces.contains("00000000000000000000000000000000"));
    }
}

#[test]
fn the_random_flag_of_a_trace_is_sent_as_it_came() {
    let _spans = Capture::start();
    // propagates_random_flag: set in what comes in, it must be set in all that goes out with this trace-id; else unset.
    for (came, goes) in [("02", "03"), ("03", "03"), ("00", "01"), ("01", "01"), ("ff", "03"), ("fc", "01")] {
        let parent = format!("00-{TRACE}-1234567890123456-{came}");
        let sent = answer(&[("traceparent", parent)]);
        let traceparent = header(&sent, "traceparent").expect("a traceparent");
        assert!(traceparent.starts_with(&format!("00-{TRACE}-")), "{traceparent}");
        assert!(traceparent.ends_with(goes), "{came} became {traceparent}");
    }
    // Ids of our own are random.
    let sent = answer(&[]);
    assert!(header(&sent, "traceparent").is_some_and(|sent| sent.ends_with("-03")), "{sent:?}");
}

#[test]
fn every_other_case_of_the_conformance_suite_holds() {
    let _spans = Capture::start();
    let cases: Vec<Case> = traceparent_cases().into_iter().chain(tracestate_cases()).collect();
    let names: HashSet<_> = cases.iter().map(|case| case.test).collect();
    assert_eq!(names.len() + 3 + 1, 41, "three advanced ones and the random flag have tests above");
    for Case { test, why, requests } in cases {
        for Request { headers, continued, state } in requests {
            let sent = answer(&headers);
            let traceparent = header(&sent, "traceparent").unwrap_or_else(|| panic!("{test}: no traceparent"));
            assert_eq!(&traceparent[3..35] == TRACE, continued, "{test}, as {why}: {headers:?} became {traceparent}");
            assert_ne!(&traceparent[36..52], "1234567890123456", "{test}: the parent is our own span");
            if let Some(state) = state {
                let passed = header(&sent, "tracestate").unwrap_or_default();
                assert_eq!(passed, state, "{test}, as {why}: {headers:?}");
            }
        }
    }
}
