//! Baggage: limits, escapes, properties.

use crate::{TRACEPARENT, extract, of};
use std::time::{Duration, Instant};
use trace_runtime::capture::Capture;
use trace_runtime::propagation::{Baggage, BaggageError, Destination, Field, Propagation};
use trace_runtime::{Decision, Sample, Sampler, SamplingInput, Snapshot, SpanLimits, span};

/// What is passed on of these headers, and whether that is all of it.
fn passed_on(headers: &[&str]) -> (String, bool) {
    let headers: Vec<_> = headers.iter().map(|text| ("baggage", *text)).collect();
    let found = extract(&headers);
    let mut sent: Vec<(String, String)> = Vec::new();
    Propagation::default().inject(&found.snapshot(), &mut sent, Destination::Local);
    let text = sent.into_iter().find(|(name, _)| name == "baggage").map(|(_, value)| value).unwrap_or_default();
    assert_eq!(text, found.baggage.to_string());
    (text, !found.malformed.contains(Field::Baggage))
}

fn list(members: usize, bytes: usize) -> String {
    let mut list: Vec<String> = (0..members).map(|n| format!("k{n}=v")).collect();
    let missing = bytes.saturating_sub(list.join(",").len());
    list[0] += &"v".repeat(missing);
    list.join(",")
}

#[test]
fn all_of_64_members_and_8192_bytes_is_passed_on() {
    for text in [list(64, 0), list(64, 8192), list(1, 8192)] {
        assert_eq!(passed_on(&[&text]), (text, true));
    }
}

#[test]
fn above_that_whole_members_are_left_out() {
    assert_eq!(passed_on(&[&list(65, 0)]), (list(64, 0), false));
    assert_eq!(passed_on(&[&list(1, 8193)]), (String::new(), false));
    let (text, whole) = passed_on(&[&list(3, 8193)]);
    assert_eq!((text.matches('=').count(), text.len() <= 8192, whole), (2, true, false));
    assert_eq!(passed_on(&["a=1", &list(64, 0)]).0.matches('=').count(), 64, "headers count together");
}

#[test]
fn white_space_takes_no_room_and_is_not_passed_on() {
    let spaced = list(64, 8192).replace(',', " \t, ");
    assert!(spaced.len() > 8192);
    assert_eq!(passed_on(&[&spaced]), (list(64, 8192), true));
    assert_eq!(passed_on(&["a = 1 ; p = q ;\tr , b=2"]).0, "a=1;p=q;r,b=2");
}

#[test]
fn ten_thousand_commas_and_megabytes_cost_nothing() {
    let (commas, megabytes) = (",".repeat(10_000), format!("{}a=1", ",".repeat(8 << 20)));
    let headers: Vec<(&str, &str)> = vec![("baggage", ""); 10_000];
    let begin = Instant::now();
    assert_eq!(passed_on(&[&commas]), (String::new(), true));
    assert_eq!(passed_on(&[&megabytes]), (String::new(), false));
    assert!(extract(&headers).baggage.is_empty());
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn values_are_any_text_and_go_out_escaped() {
    for (value, text) in [
        ("a\r\nset-cookie: x=1", "k=a%0D%0Aset-cookie:%20x=1"),
        ("\0", "k=%00"),
        ("100%", "k=100%25"),
        ("a,b;c\"d\\e", "k=a%2Cb%3Bc%22d%5Ce"),
        ("Amélie", "k=Am%C3%A9lie"),
        ("", "k="),
        ("a=b", "k=a=b"),
    ] {
        let mut baggage = Baggage::default();
        baggage.insert("k", value).expect("room");
        assert_eq!(baggage.to_string(), text);
        assert_eq!(baggage.get("k").as_deref(), Some(value));
        assert_eq!(passed_on(&[text]), (text.to_owned(), true));
    }
}

#[test]
fn what_comes_in_is_decoded_leniently_and_passed_on_legally() {
    let found = extract(&[("baggage", "a=%C3%A9%ff,b=50%,c=%zz,d=%4")]);
    let values: Vec<_> = found.baggage.iter().map(|member| member.value().into_owned()).collect();
    assert_eq!(values, ["é\u{fffd}", "50%", "%zz", "%4"]);
    assert_eq!(found.baggage.to_string(), "a=%C3%A9%ff,b=50%25,c=%25zz,d=%254");
}

#[test]
fn malformed_members_are_left_out_one_by_one() {
    for bad in ["x", "=1", "a b=1", "x=a b", "x=\"1\"", "x=a\\b", "x=é", "x=1;", "x=1;;p", "x=1;p q", "ü=1", "x=1;=2"]
    {
        let (text, whole) = passed_on(&[&format!("a=1,{bad},b=2")]);
        assert_eq!((text.as_str(), whole), ("a=1,b=2", false), "{bad}");
    }
    assert_eq!(passed_on(&["a=1,,b=2,", ""]), ("a=1,b=2".to_owned(), true), "empty members are nothing");
}

#[test]
fn properties_and_duplicates_are_kept_in_their_order() {
    let text = "SomeKey=SomeValue;SomeProp;SomeProp=a%20b;x=,SomeKey=2";
    let found = extract(&[("baggage", text)]);
    assert_eq!(found.baggage.to_string(), text);
    assert_eq!(found.baggage.len(), 2);
    let first = found.baggage.iter().next().expect("a member");
    let properties: Vec<_> = first.properties().map(|(key, value)| (key, value.map(String::from))).collect();
    assert_eq!(properties, [("SomeProp", None), ("SomeProp", Some("a b".to_owned())), ("x", Some(String::new()))]);
    assert_eq!((first.key(), found.baggage.get("SomeKey").as_deref()), ("SomeKey", Some("2")));
}

#[test]
fn changes_keep_to_the_limits_or_change_nothing() {
    let mut baggage = Baggage::default();
    for bad in ["", "a b", "ä", "a=b", "a,b"] {
        assert_eq!(baggage.insert(bad, "1"), Err(BaggageError::Key));
    }
    assert_eq!(baggage.insert_with("a", "1", &[("p;q", None)]), Err(BaggageError::Key));
    assert_eq!(baggage.insert("a", &"%".repeat(2800)), Err(BaggageError::Full), "counted as it goes out");
    assert!(baggage.is_empty());
    for n in 0..64 {
        baggage.insert(&format!("k{n}"), "v").expect("room for 64");
    }
    assert_eq!(baggage.insert("more", "1"), Err(BaggageError::Full));
    baggage.insert_with("k0", "w", &[("p", None), ("q", Some("a,b"))]).expect("in place of another");
    assert_eq!(baggage.len(), 64);
    baggage.remove("k1");
    baggage.insert("more", "1").expect("room again");
    assert!(baggage.to_string().ends_with(",k0=w;p;q=a%2Cb,more=1"), "{baggage}");
    assert!(!format!("{baggage:?}").contains("a%2Cb"), "values are not for logs");
}

#[test]
fn baggage_goes_with_the_spans_below_and_with_or_without_a_trace() {
    let blue = || Snapshot::current().baggage().get("tenant").map(String::from);
    let from = of("tracecontext,baggage").extract(&[("baggage", "tenant=blue")]);
    assert!(from.parent.is_none());
    {
        let _attached = from.snapshot().attach();
        assert_eq!(blue().as_deref(), Some("blue"), "no tracer is needed");
    }
    assert_eq!(blue(), None);
    let spans = Capture::start();
    span!("server").parent(from).in_scope(|| {
        span!("child").in_scope(|| assert_eq!(blue().as_deref(), Some("blue")));
        let mut green = Snapshot::current().baggage();
        green.insert("tenant", "green").expect("room");
        let _attached = Snapshot::current().with_baggage(green).attach();
        span!("grandchild").in_scope(|| assert_eq!(blue().as_deref(), Some("green")));
    });
    spans.assert_tree("server\n  child\n  grandchild");
}

struct Marks;

impl Sample for Marks {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        Decision { sampled: true, trace_state: Some("sampler=1".into()), ..Decision::default() }
    }
}

#[test]
fn a_sampler_that_writes_tracestate_leaves_baggage_alone() {
    let spans = Capture::with(Sampler::custom(Marks), SpanLimits::default());
    let from = extract(&[("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("baggage", "tenant=blue")]);
    span!("server").parent(from).in_scope(|| {
        let here = Snapshot::current();
        assert_eq!(here.context().expect("a span").trace_state, "sampler=1");
        assert_eq!(here.baggage().to_string(), "tenant=blue");
    });
    spans.assert_count(1);
}
