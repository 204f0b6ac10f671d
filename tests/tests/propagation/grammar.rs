//! What the grammar of `tracestate` and `traceparent` decides beside the conformance suite.

use crate::{TRACEPARENT, extract, of, tracestate};
use trace_runtime::propagation::{Field, Propagation};
use trace_runtime::{Snapshot, SpanContext, SpanId, TraceId};

fn members(count: usize) -> String {
    (0..count).map(|n| format!("k{n}={n}")).collect::<Vec<_>>().join(",")
}

#[test]
fn a_list_has_up_to_32_members_in_all_its_headers() {
    assert_eq!(tracestate(&[&members(32)]), Some(members(32)));
    assert_eq!(tracestate(&[&members(33)]), None);
    assert_eq!(tracestate(&[&members(31), "last=1"]), Some(members(31) + ",last=1"));
    assert_eq!(tracestate(&[&members(32), "last=1"]), None);
}

#[test]
fn empty_members_are_allowed_and_are_members() {
    assert_eq!(tracestate(&["a=1,,b=2, ,\t,c=3,"]).as_deref(), Some("a=1,b=2,c=3"));
    assert_eq!(tracestate(&["", "", "a=1", ""]).as_deref(), Some("a=1"));
    assert_eq!(tracestate(&[&",".repeat(31)]).as_deref(), Some(""), "32 empty ones");
    assert_eq!(tracestate(&[&",".repeat(32)]), None, "33 empty ones");
    assert_eq!(tracestate(&[&",".repeat(10_000)]), None);
}

#[test]
fn of_entries_with_one_key_the_left_most_is_passed_on() {
    assert_eq!(tracestate(&["a=1,b=2,a=3", "b=4,c=5"]).as_deref(), Some("a=1,b=2,c=5"));
    assert_eq!(tracestate(&["ab=1,a=2,a@b=3,b=4"]).as_deref(), Some("ab=1,a=2,a@b=3,b=4"), "prefixes are other keys");
    let again = members(31) + ",k0=x,k0=y";
    assert_eq!(tracestate(&[&again]), None, "duplicates are members as well");
}

#[test]
fn values_keep_their_leading_spaces_and_lose_trailing_ones() {
    assert_eq!(tracestate(&["a=  1 2  ,b=3"]).as_deref(), Some("a=  1 2,b=3"));
    let longest = "v".repeat(256);
    assert_eq!(tracestate(&[&format!("a={longest} ")]), Some(format!("a={longest}")));
    for bad in ["a=", "a=   ", "a", "=1", "a=1\t2", "a=é", "a=\u{7f}", "a=1;b=2,c", "a b=1", &format!("a={longest}v")]
    {
        assert_eq!(tracestate(&[bad]), None, "{bad}");
    }
}

#[test]
fn a_bad_tracestate_is_counted_and_leaves_the_parent_alone() {
    let propagation = Propagation::default();
    let found = propagation.extract(&[("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("tracestate", "A=1")]);
    assert_eq!(found.parent.expect("the parent").trace_state, "");
    assert!(found.malformed.contains(Field::Tracestate) && !found.malformed.contains(Field::Traceparent));
    assert_eq!((propagation.counts().tracestate, propagation.counts().traceparent), (1, 0));
}

#[test]
fn without_a_good_parent_the_tracestate_is_not_even_parsed() {
    let found = extract(&[("traceparent", "00-x"), ("tracestate", "a=\u{1}")]);
    assert!(found.parent.is_none());
    assert_eq!(found.malformed.iter().collect::<Vec<_>>(), [Field::Traceparent]);
}

#[test]
fn bytes_of_any_kind_and_length_are_harmless() {
    let megabytes = vec![b'0'; 4 << 20];
    for bad in [&b"\xff\xfe\x00"[..], &megabytes, b"", b"\0", "00-é".as_bytes()] {
        let names = ["traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "uber-trace-id", "jaeger-debug-id"];
        let headers: Vec<_> = names.into_iter().map(|name| (name, bad)).collect();
        let found = of("tracecontext,baggage,b3,jaeger").extract(&headers);
        assert!(found.parent.is_none() && found.baggage.is_empty());
        assert!(found.debug_id.is_none_or(|id| id == "00-é"), "which is free text");
        assert!(found.malformed.contains(Field::Traceparent) && found.malformed.contains(Field::B3));
    }
    let mut spaces = vec![b' '; 1 << 20];
    spaces.extend_from_slice(TRACEPARENT.as_bytes());
    assert!(Propagation::default().extract(&[("traceparent", spaces)]).parent.is_some());
    let later = format!("01-{}-{}", &TRACEPARENT[3..], "x".repeat(1 << 20));
    assert!(extract(&[("traceparent", &later)]).parent.is_some(), "fields to come may be long");
}

#[test]
fn what_programs_put_into_a_context_goes_out_legal_or_not_at_all() {
    for (state, sent) in [("a=1, b=2", Some("a=1,b=2")), ("a=1\r\nx-admin: 1", None), ("a", None), ("", None)] {
        let mut context = SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(2), true);
        context.trace_state = state.to_owned();
        let mut headers = vec![("tracestate".to_owned(), "stale=1".to_owned())];
        assert!(Propagation::default().inject(&Snapshot::from(context), &mut headers, "https://x.example/"));
        let state = headers.iter().find(|(name, _)| name == "tracestate").map(|(_, value)| value.as_str());
        assert_eq!(state, sent, "one left by another request does not go out");
    }
}
