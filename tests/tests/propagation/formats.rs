//! B3 and Jaeger, and several formats at once.

use crate::{TRACE, TRACEPARENT, of};
use trace_runtime::capture::Capture;
use trace_runtime::propagation::SamplingState::{self, Accept, Defer, Deny, Force};
use trace_runtime::propagation::{Destination, Field, Format, Propagation, PropagatorsError};
use trace_runtime::{Sampler, Snapshot, SpanLimits, current, span};

const SPAN: &str = "1234567890123456";

/// Trace and span, which may be missing, and the sampling state; `None` for what is malformed.
type Found = Option<(Option<Ids>, SamplingState)>;

fn find(names: &str, headers: &[(&str, &str)]) -> Found {
    let found = of(names).extract(headers);
    let ids = found.parent.as_ref().map(|parent| (parent.trace_id.to_string(), parent.span_id.to_string()));
    let sampled = found.parent.is_some_and(|parent| parent.sampled);
    assert!(!sampled || matches!(found.sampling, Accept | Force));
    found.malformed.is_empty().then_some((ids, found.sampling))
}

type Ids = (String, String);

fn ids(trace: &str, span: &str) -> Ids {
    (trace.to_owned(), span.to_owned())
}

/// What a carrier that said this is passed on as, without a span in between.
fn passed_on(from: &str, to: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut sent = Vec::new();
    of(to).inject(&of(from).extract(headers).snapshot(), &mut sent, Destination::Local);
    sent
}

#[test]
fn b3_single_is_read_by_the_letter() {
    let short = "8448eb211c80319c";
    let padded = format!("{short:0>32}");
    let parent = "05e3ac9a4f6e3b90";
    let both = |rest: &str| format!("{TRACE}-{SPAN}{rest}");
    let known = Some(ids(TRACE, SPAN));
    for (header, found) in [
        (both(""), Some((known.clone(), Defer))),
        (both("-0"), Some((known.clone(), Deny))),
        (both("-1"), Some((known.clone(), Accept))),
        (both("-d"), Some((known.clone(), Force))),
        (both(&format!("-1-{parent}")), Some((known.clone(), Accept))),
        (format!(" {} ", both("-1")), Some((known, Accept))),
        (format!("{short}-{SPAN}-1"), Some((Some(ids(&padded, SPAN)), Accept))),
        ("0".into(), Some((None, Deny))),
        ("1".into(), Some((None, Accept))),
        ("d".into(), Some((None, Force))),
        (both("-2"), None),
        (both("-"), None),
        (both("-true"), None),
        (both("-1-"), None),
        (both("-1-123"), None),
        (both(&format!("-1-{parent}-1")), None),
        (both(&format!("-{parent}")), None),
        (both("-1").replace('-', ":"), None),
        (TRACE.into(), None),
        (format!("{}-{SPAN}-1", "0".repeat(32)), None),
        (format!("{TRACE}-{}-1", "0".repeat(16)), None),
        (format!("{}-{SPAN}-1", &TRACE[1..]), None),
        (format!("{}-{SPAN}-1", TRACE.replace('1', "A")), None),
        (format!("+{}-{SPAN}-1", &TRACE[1..]), None),
        (String::new(), None),
    ] {
        assert_eq!(find("b3", &[("b3", &header)]), found, "{header}");
        assert_eq!(find("b3multi", &[("B3", &header)]), found, "{header}");
    }
}

#[test]
fn b3_multi_is_read_by_the_letter() {
    let (trace, span) = (("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN));
    let sampled = |value| ("X-B3-Sampled", value);
    let known = Some(ids(TRACE, SPAN));
    let cases: [(&[(&str, &str)], Found); 18] = [
        (&[trace, span], Some((known.clone(), Defer))),
        (&[trace, span, sampled("1")], Some((known.clone(), Accept))),
        (&[trace, span, sampled("true")], Some((known.clone(), Accept))),
        (&[trace, span, sampled("0")], Some((known.clone(), Deny))),
        (&[trace, span, sampled("false")], Some((known.clone(), Deny))),
        (&[trace, span, ("X-B3-Flags", "1")], Some((known.clone(), Force))),
        (&[trace, span, sampled("0"), ("X-B3-Flags", "1")], Some((known.clone(), Force))),
        (&[trace, span, sampled("0"), ("X-B3-Flags", "2")], Some((known.clone(), Deny))),
        (&[trace, span, sampled("1"), ("X-B3-ParentSpanId", SPAN)], Some((known.clone(), Accept))),
        (&[trace, span, sampled("0"), sampled("1")], Some((known.clone(), Deny))), // the first counts
        (&[sampled("0")], Some((None, Deny))),
        (&[sampled("1")], Some((None, Accept))),
        (&[("X-B3-Flags", "1")], Some((None, Force))),
        (&[], Some((None, Defer))),
        (&[trace, span, sampled("")], None),
        (&[trace, span, sampled("yes")], None),
        (&[trace, span, ("X-B3-ParentSpanId", "-")], None),
        (&[trace, sampled("1")], None),
    ];
    for (headers, found) in cases {
        assert_eq!(find("b3multi", headers), found, "{headers:?}");
        assert_eq!(find("b3", headers), found, "{headers:?}");
    }
    let single = format!("{TRACE}-aaaaaaaaaaaaaaaa-0");
    let both = [trace, span, sampled("1"), ("b3", &single)];
    assert_eq!(
        find("b3multi", &both),
        Some((Some(ids(TRACE, "aaaaaaaaaaaaaaaa")), Deny)),
        "the single header goes before"
    );
    let found = of("b3,b3multi").extract(&[trace, span, ("b3", "nonsense")]);
    assert!(found.parent.is_some() && found.malformed.contains(Field::B3));
}

#[test]
fn jaeger_is_read_by_the_letter() {
    let known = Some(ids(TRACE, SPAN));
    let padded = Some(ids(&format!("{:0>32}", "abc"), &format!("{:0>16}", "1f")));
    for (header, found) in [
        (format!("{TRACE}:{SPAN}:0:1"), Some((known.clone(), Accept))),
        (format!("{TRACE}:{SPAN}:{SPAN}:00"), Some((known.clone(), Deny))),
        (format!("{TRACE}:{SPAN}:0:3"), Some((known.clone(), Force))),
        (format!("{TRACE}:{SPAN}:0:02"), Some((known.clone(), Force))),
        (format!("{TRACE}:{SPAN}:0:09"), Some((known.clone(), Accept))),
        (format!("{TRACE}%3A{SPAN}%3a0%3A1"), Some((known.clone(), Accept))),
        ("abc:1f:0:1".into(), Some((padded.clone(), Accept))),
        ("ABC:1F:0:1".into(), Some((padded, Accept))),
        (format!("{TRACE}0:{SPAN}:0:1"), None),
        (format!("{TRACE}:{SPAN}0:0:1"), None),
        (format!("{TRACE}:{SPAN}:0:100"), None),
        (format!("{TRACE}:{SPAN}:0"), None),
        (format!("{TRACE}:{SPAN}:0:1:"), None),
        (format!("{TRACE}:{SPAN}::1"), None),
        (format!("{TRACE}:{SPAN}:0:"), None),
        (format!(":{SPAN}:0:1"), None),
        (format!("0:{SPAN}:0:1"), None),
        (format!("{TRACE}:0:0:1"), None),
        (format!("+1:{SPAN}:0:1"), None),
        (format!("-1:{SPAN}:0:1"), None),
        (format!("{TRACE}%253A{SPAN}%253A0%253A1"), None),
        (String::new(), None),
    ] {
        assert_eq!(find("jaeger", &[("uber-trace-id", &header)]), found, "{header}");
    }
    let twice = [("uber-trace-id", "1:1:0:1"), ("uber-trace-id", "1:1:0:1")];
    assert_eq!(find("jaeger", &twice), None, "which of them?");
}

#[test]
fn a_debug_id_makes_the_request_a_forced_one() {
    let header = ("jaeger-debug-id", "  ticket 4711 ");
    for (parent, rest) in [(None, Some("no trace")), (Some("1:2:0:0"), None)] {
        let headers: Vec<_> = parent.map(|value| ("uber-trace-id", value)).into_iter().chain([header]).collect();
        let found = of("jaeger,tracecontext").extract(&headers);
        assert_eq!((found.debug_id.as_deref(), found.sampling), (Some("ticket 4711"), Force), "{rest:?}");
        assert_eq!(found.parent.is_some(), parent.is_some());
    }
    assert_eq!(of("tracecontext").extract(&[header]).debug_id, None, "not one of its fields");
    for bad in ["", "a\u{7}b", &"x".repeat(257)] {
        let found = of("jaeger").extract(&[("jaeger-debug-id", bad)]);
        assert!(found.debug_id.is_none() && found.malformed.contains(Field::Jaeger), "{bad}");
    }
}

#[test]
fn every_format_reads_what_it_wrote() {
    for format in ["tracecontext", "b3", "b3multi", "jaeger"] {
        for sampling in [Deny, Accept, Force] {
            let state = match sampling {
                Deny => "0",
                Accept => "1",
                _ => "d",
            };
            let header = format!("{TRACE}-{SPAN}-{state}");
            let sent = passed_on("b3", format, &[("b3", &header)]);
            let found = of(format).extract(&sent);
            let parent = found.parent.expect("what was sent");
            assert_eq!((parent.trace_id.to_string().as_str(), parent.span_id.to_string().as_str()), (TRACE, SPAN));
            let kept = if format == "tracecontext" && sampling == Force { Accept } else { sampling };
            assert_eq!((found.sampling, parent.sampled), (kept, sampling != Deny), "{format}");
            assert!(found.malformed.is_empty());
        }
    }
}

#[test]
fn what_goes_out_is_the_canonical_form() {
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let header = format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90");
    let from = [("b3", header.as_str())];
    let one = format!("{TRACE}-{SPAN}-1");
    assert_eq!(passed_on("b3", "b3", &from), pairs(&[("b3", &one)]), "without the parent's id");
    let multi = pairs(&[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "1")]);
    assert_eq!(passed_on("b3", "b3multi", &from), multi);
    let jaeger = format!("{TRACE}:{SPAN}:0:1");
    assert_eq!(passed_on("b3", "jaeger", &from), pairs(&[("uber-trace-id", &jaeger)]));
    assert_eq!(passed_on("b3", "tracecontext", &from), pairs(&[("traceparent", TRACEPARENT)]));
    // A decision that was left open stays open; one without ids stays one.
    let open = format!("{TRACE}-{SPAN}");
    assert_eq!(passed_on("b3", "b3", &[("b3", &open)]), pairs(&[("b3", &open)]));
    assert_eq!(passed_on("b3", "b3multi", &[("b3", &open)]), multi[..2]);
    for state in ["0", "1", "d"] {
        assert_eq!(passed_on("b3", "b3,tracecontext,jaeger", &[("b3", state)]), pairs(&[("b3", state)]));
    }
    assert_eq!(passed_on("b3", "b3multi", &[("b3", "d")]), pairs(&[("x-b3-flags", "1")]));
}

/// What is sent from within a span of a request that said this, under a sampler.
fn sent_within(sampler: Sampler, header: &str) -> (usize, String) {
    let spans = Capture::with(sampler, SpanLimits::default());
    let mut sent: Vec<(String, String)> = Vec::new();
    span!("server").parent(of("b3").extract(&[("b3", header)])).in_scope(|| {
        assert!(current().is_some());
        span!("client").in_scope(|| of("b3").inject(&Snapshot::current(), &mut sent, "https://x.example/"));
    });
    (spans.spans().len(), sent[0].1.rsplit('-').next().unwrap_or_default().to_owned())
}

#[test]
fn the_callers_decision_reaches_the_sampler_and_debug_goes_before_it() {
    let with_ids = |state: &str| format!("{TRACE}-{SPAN}{state}");
    let never = || Sampler::ratio(0.0).expect("a share");
    let based = Sampler::parent_based;
    let cases = [
        (based(Sampler::AlwaysOn), with_ids("-0"), 0, "0"),
        (based(never()), with_ids("-1"), 2, "1"),
        (based(Sampler::AlwaysOn), with_ids(""), 2, "1"),
        (based(never()), with_ids(""), 0, "0"),
        (based(Sampler::AlwaysOn), "0".to_owned(), 0, "0"),
        (based(never()), "1".to_owned(), 2, "1"),
        (never(), "1".to_owned(), 0, "0"),
        (never(), "d".to_owned(), 2, "d"),
        (never(), with_ids("-d"), 2, "d"),
        (Sampler::AlwaysOff, with_ids("-d"), 0, "d"),
    ];
    for (sampler, header, spans, state) in cases {
        let name = sampler.to_string();
        assert_eq!(sent_within(sampler, &header), (spans, state.to_owned()), "{name}, {header}");
    }
}

#[test]
fn of_several_formats_the_last_that_finds_a_span_decides() {
    let other = "a".repeat(32);
    let b3 = format!("{other}-{SPAN}-1");
    let both = [("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("b3", &b3)];
    let trace =
        |names: &str, headers: &[(&str, &str)]| of(names).extract(headers).parent.map(|it| it.trace_id.to_string());
    assert_eq!(trace("tracecontext,b3", &both), Some(other.clone()));
    assert_eq!(trace("b3,tracecontext", &both), Some(TRACE.to_owned()));
    assert_eq!(trace("tracecontext,b3", &both[..1]), Some(TRACE.to_owned()));
    assert_eq!(
        trace("tracecontext,b3", &[both[0], ("b3", "x")]),
        Some(TRACE.to_owned()),
        "a malformed one takes nothing away"
    );
    assert_eq!(trace("tracecontext,b3", &[both[0], ("b3", "0")]), Some(TRACE.to_owned()), "nor does a mere decision");
    assert_eq!(
        of("tracecontext,b3").extract(&both).parent.map(|it| it.trace_state).as_deref(),
        Some(""),
        "which is not b3's"
    );
}

#[test]
fn propagators_are_known_by_their_names() {
    assert_eq!(of("").formats(), [Format::TraceContext, Format::Baggage]);
    assert_eq!(of(" B3 , jaeger,b3").formats(), [Format::B3, Format::Jaeger]);
    assert_eq!(of("none").formats(), []);
    assert_eq!(of("none").fields().count(), 0);
    assert_eq!("xray".parse::<Propagation>().unwrap_err(), PropagatorsError::Unknown("xray".into()));
    assert_eq!("none,b3".parse::<Propagation>().unwrap_err(), PropagatorsError::NoneAndOthers);
    let message = PropagatorsError::Unknown("xray".into()).to_string();
    assert_eq!(
        message,
        "`xray` is no propagator: `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, or `none` alone"
    );
    let sent = passed_on("b3", "none", &[("b3", "1")]);
    assert!(sent.is_empty() && of("none").extract(&[("traceparent", TRACEPARENT)]).parent.is_none());
}
