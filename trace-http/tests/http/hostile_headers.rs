//! Headers of callers who mean no good.

/// The trace of the good ones.
pub(crate) const ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// Every header that could surprise somebody, and whether the caller's trace is continued all the same.
pub(crate) fn headers() -> Vec<(String, bool)> {
    let good = format!("traceparent: 00-{ID}-b7ad6b7169203331-01");
    let with = |more: String| (format!("{good}\r\n{more}"), true);
    let mut headers = vec![
        (good.clone(), true),
        (format!("traceparent: cc-{ID}-b7ad6b7169203331-01-what-the-future-brings"), true),
        (format!("traceparent: ff-{ID}-b7ad6b7169203331-01"), false),
        (format!("traceparent: 00-{ID}-b7ad6b7169203331-01-more"), false),
        (format!("traceparent: 00-{ID}-0000000000000000-01"), false),
        ("traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01".into(), false),
        (format!("{good}\r\n{good}"), false),
        ("traceparent:".into(), false),
        (format!("traceparent: {}", "0".repeat(8000)), false),
        (format!("traceparent: 00-{}-b7ad6b7169203331-01", ID.to_uppercase()), false),
        ("traceparent: \u{fc}\u{fc}".into(), false),
        with("tracestate: a=1".into()),
        with(format!("tracestate: {}", ["x=1"; 33].join(","))),
        with(format!("tracestate: a={}", "v".repeat(8000))),
        with("tracestate: =,,=\r\ntracestate: ,".into()),
        with(format!("baggage: {}", ",".repeat(8000))),
        with(format!("baggage: {}", vec!["a=1"; 65].join(","))),
        with("baggage: a=%0d%0aevil:%201,b=%00".into()),
        with(format!("baggage: a={}", "b".repeat(8000))),
        with("x-b3-traceid: zz\r\nb3: 1-2-3-4-5".into()),
        with("uber-trace-id: ::::".into()),
        with("forwarded: for=\"[\r\nx-forwarded-for: ,,,,".into()),
        with(format!("user-agent: {}", "\u{e9}".repeat(4000))),
        with(format!("{}: 1", "x".repeat(5000))),
    ];
    // Every place of a good one changed to each kind of character.
    let value = good.trim_start_matches("traceparent: ").to_owned();
    for at in 0..value.len() {
        for wrong in ["g", "-", "A", ",", "\u{7f}"] {
            let mut mutated = value.clone();
            mutated.replace_range(at..=at, wrong);
            if mutated != value && wrong != "\u{7f}" {
                headers.push((format!("traceparent: {mutated}"), false));
            }
        }
    }
    headers
}
