//! Every carrier gives back what was put into it.

use crate::{TRACE, TRACEPARENT, of};
use std::collections::{BTreeMap, HashMap};
use std::process::Command;
use trace_runtime::propagation::{Destination, Environment, Extracted, Extractor, Injector, Propagation};
use trace_runtime::{Snapshot, SpanContext, SpanId, TraceId};

const ALL: &str = "tracecontext,baggage,b3,b3multi,jaeger";

fn here() -> Snapshot {
    let mut context = SpanContext::remote(TraceId::from_u128(0xabc), SpanId::from_u64(0xdef), true);
    context.trace_state = "a=1,b= 2".into();
    let mut baggage = Snapshot::none().baggage();
    baggage.insert("user", "Zoë, 1\n").expect("room");
    Snapshot::from(context).with_baggage(baggage)
}

fn assert_here(found: &Extracted) {
    assert_eq!(found.snapshot().context(), here().context());
    assert_eq!(found.baggage, here().baggage());
    assert!(found.malformed.is_empty());
}

fn round_trip(mut carrier: impl Injector + Extractor) {
    let propagation = of("b3,jaeger,b3multi,baggage,tracecontext");
    carrier.set("TraceState", "stale=1");
    carrier.set("x-b3-parentspanid", "1234567890123456");
    assert!(propagation.inject(&here(), &mut carrier, Destination::Local));
    assert_here(&propagation.extract(&carrier));
    for name in propagation.fields() {
        let values = carrier.get_all(name).count();
        assert!(values <= 1, "{name} is there {values} times");
        if name == "x-b3-parentspanid" || name == "x-b3-flags" {
            assert_eq!(values, 0, "{name} of another request");
        }
    }
    carrier.remove("TRACEPARENT");
    assert_eq!(carrier.get_all("traceparent").count(), 0);
}

#[test]
fn maps_lists_and_texts_give_back_what_they_were_given() {
    round_trip(HashMap::<String, String>::new());
    round_trip(BTreeMap::<String, String>::new());
    round_trip(Vec::<(String, String)>::new());
    round_trip(String::new());
}

#[test]
fn other_headers_stay_as_they_are() {
    let mut headers = vec![("Accept".to_owned(), "*/*".to_owned()), ("TRACEPARENT".to_owned(), "old".to_owned())];
    Propagation::default().inject(&Snapshot::none(), &mut headers, "https://x.example/");
    assert_eq!(headers.len(), 2, "nothing to write is nothing to change");
    Propagation::default().inject(&here(), &mut headers, "https://x.example/");
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Accept", "traceparent", "tracestate", "baggage"]);
}

#[test]
fn one_text_holds_all_of_it_and_a_bare_traceparent_is_one_too() {
    let mut row = String::new();
    Propagation::default().inject(&here(), &mut row, Destination::Local);
    let id = format!("00-{:032x}-{:016x}-01", 0xabc, 0xdef);
    assert_eq!(row, format!("traceparent: {id}\ntracestate: a=1,b= 2\nbaggage: user=Zo%C3%AB%2C%201%0A"));
    assert_here(&Propagation::default().extract(&row));
    assert_here(&Propagation::default().extract(row.replace('\n', "\r\n").as_str()));
    let bare = Propagation::default().extract(TRACEPARENT);
    assert_eq!(bare.parent.map(|parent| parent.trace_id.to_string()).as_deref(), Some(TRACE));
    for text in ["", "\n\n", "  ", "traceparent", "a: b", &"x: y\n".repeat(100_000)] {
        assert!(Propagation::default().extract(text).parent.is_none());
    }
}

#[test]
fn a_child_process_gets_standard_variables_and_none_that_are_stale() {
    let mut child = Command::new("true");
    child.env("TRACEPARENT", "old").env("PATH", "/bin");
    let mut context = here().context().expect("a context");
    context.trace_state.clear();
    of(ALL).inject(&Snapshot::from(context), &mut child, Destination::Local);
    let set: BTreeMap<_, _> =
        child.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    let value =
        |name: &str| set.get(std::ffi::OsStr::new(name)).map(|value| value.as_ref().and_then(|value| value.to_str()));
    assert_eq!(value("TRACEPARENT").flatten(), Some(format!("00-{:032x}-{:016x}-01", 0xabc, 0xdef).as_str()));
    assert_eq!(value("TRACESTATE"), Some(None), "the one of this process is not inherited");
    assert_eq!(value("X_B3_SAMPLED").flatten(), Some("1"));
    assert_eq!(value("X_B3_FLAGS"), Some(None));
    assert_eq!(value("UBER_TRACE_ID").flatten(), Some(format!("{:032x}:{:016x}:0:1", 0xabc, 0xdef).as_str()));
    assert!(value("B3").is_some() && value("BAGGAGE").is_none());
}

/// Run again by the test below, with an environment.
#[test]
fn this_process_reads_its_environment() {
    let found = Propagation::default().extract(&Environment);
    if std::env::var_os("TRACE_TEST_CHILD").is_some() {
        assert_here(&found);
    } else {
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(["--exact", "carriers::this_process_reads_its_environment"]).env("TRACE_TEST_CHILD", "1");
        Propagation::default().inject(&here(), &mut child, Destination::Local);
        let output = child.output().expect("the child runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_not_text_is_harmless() {
    use std::os::unix::ffi::OsStrExt as _;
    if std::env::var_os("TRACE_TEST_BYTES").is_some() {
        let found = Propagation::default().extract(&Environment);
        assert!(found.parent.is_none() && !found.malformed.is_empty());
        return;
    }
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "carriers::an_environment_that_is_not_text_is_harmless"]).env("TRACE_TEST_BYTES", "1");
    child.env("TRACEPARENT", std::ffi::OsStr::from_bytes(b"00-\xff\xfe"));
    assert!(child.output().expect("the child runs").status.success());
}
