//! Entries beyond what a slot has room for: on their own span, whole, and counted.

use std::collections::HashMap;
use std::sync::Mutex;
use trace_runtime::capture::Capture;
use trace_runtime::export::{Flow, Parts, Tracer, TracerConfig, counts, drain};
use trace_runtime::{Sampler, Snapshot, SpanLimits, Value, current, trace};

#[trace(name = "A")]
fn a<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[trace(name = "B")]
fn b<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

/// The waker is called when the span's entries were looked at and its slot is not closed yet.
#[test]
fn what_comes_while_a_span_is_being_recorded_is_on_no_other_span() {
    static LATE: Mutex<Option<Snapshot>> = Mutex::new(None);
    let wake = |_| {
        let late = LATE.lock().expect("no panic").take();
        if let Some(late) = late {
            elsewhere(|| {
                let _there = late.attach();
                current().expect("a span").set_attribute("late", true);
            });
        }
    };
    let config = TracerConfig { wake: Some(Box::new(wake)), ..TracerConfig::default() };
    let tracer = Tracer::isolated(config);
    elsewhere(|| {
        let _scope = tracer.scope().attach();
        a(|| *LATE.lock().expect("no panic") = Some(Snapshot::current()));
        b(|| _ = current().expect("a span").set_attribute("own", "long ".repeat(100)));
    });
    let (mut parts, mut keys) = (Parts::default(), Vec::new());
    drain(tracer, &mut |record| {
        let span = record.to_span(&mut parts);
        keys.push((span.name, span.attributes.into_iter().map(|(key, _)| key).collect::<Vec<_>>()));
        Flow::Taken
    });
    assert_eq!(keys[1], ("B".to_owned(), vec!["own".to_owned()]));
}

/// What a map would hold that takes no more than `most` keys, and how many it refused.
fn expected(sets: &[(String, Value<'static>)], most: usize) -> (HashMap<String, Value<'static>>, usize) {
    let (mut kept, mut refused) = (HashMap::new(), 0);
    for (key, value) in sets {
        if kept.contains_key(key) || kept.len() < most {
            kept.insert(key.clone(), value.clone());
        } else {
            refused += 1;
        }
    }
    (kept, refused)
}

fn cut(value: &Value<'static>, bytes: usize) -> Value<'static> {
    match value {
        Value::Str(text) => Value::Str(text.chars().take(bytes).collect::<String>().into()),
        other => other.clone(),
    }
}

/// Any few keys and values, and some often.
fn any_sets(random: &mut impl FnMut(usize) -> usize) -> Vec<(String, Value<'static>)> {
    const INTS: [i64; 8] = [i64::MIN, -1, 0, 1, 127, 128, 16_384, i64::MAX];
    let sets = [3, 10, 40, 300][random(4)];
    let keys = [2, 20, 400][random(3)];
    let set = |_| {
        let value = match random(6) {
            0 => Value::Bool(random(2) == 0),
            1 => Value::Int(INTS[random(8)]),
            2 => Value::Double([0.0, -0.0, f64::MAX, f64::INFINITY, 0.1][random(5)]),
            3 => Value::Str("x".repeat(110 + random(20)).into()),
            4 => Value::Str("x".repeat(random(20)).into()),
            _ => Value::Str("x".repeat(random(400)).into()),
        };
        let key = random(keys);
        (format!("{key}{}", "k".repeat(key % 201)), value)
    };
    (0..sets).map(set).collect()
}

fn set_all(sets: &[(String, Value<'static>)]) {
    for (key, value) in sets {
        current().expect("a span").set_attribute(key, value.clone());
    }
}

#[test]
fn attributes_are_as_a_map_with_limits_would_hold_them() {
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for (most, bytes) in [(128, 16 << 10), (u16::MAX, usize::MAX), (5, 119), (1, 1), (0, 0)] {
        let mut limits = SpanLimits::default();
        (limits.attributes, limits.value_bytes) = (most, bytes);
        for _ in 0..60 {
            let sets = any_sets(&mut random);
            let spans = Capture::with(Sampler::AlwaysOn, limits);
            let from_elsewhere = random(2) * random(sets.len());
            a(|| {
                let here = Snapshot::current();
                let (first, rest) = sets.split_at(from_elsewhere);
                elsewhere(|| {
                    let _here = here.attach();
                    set_all(first);
                });
                set_all(rest);
            });
            let span = spans.span("A");
            let (kept, refused) = expected(&sets, usize::from(most));
            let kept: HashMap<_, _> = kept.into_iter().map(|(key, value)| (key, cut(&value, bytes))).collect();
            assert_eq!(span.attributes.len(), kept.len(), "no key twice; limit {most}");
            assert_eq!(span.attributes.iter().cloned().collect::<HashMap<_, _>>(), kept, "limits {most}, {bytes}");
            assert_eq!(usize::from(span.dropped[0]), refused, "limits {most}, {bytes}");
        }
    }
}

#[test]
fn spans_with_large_values_are_all_read_or_counted() {
    let tracer = Tracer::isolated(TracerConfig::default());
    let (mut read, mut whole) = (0, 0);
    let mut parts = Parts::default();
    elsewhere(|| {
        let _scope = tracer.scope().attach();
        for nth in 0..10_000 {
            let bytes = [200, 1000, 8000, 16 << 10][nth % 4];
            a(|| {
                for key in ["a", "b", "c", "d"] {
                    current().expect("a span").set_attribute(key, "v".repeat(bytes));
                }
                if nth % 100 == 0 {
                    for key in 0..120 {
                        current().expect("a span").set_attribute(&format!("k{key}"), "v".repeat(bytes));
                    }
                }
            });
            if nth % 16 == 0 {
                drain(tracer, &mut |record| {
                    read += 1;
                    let span = record.to_span(&mut parts);
                    let is_value = |value: &Value<'_>| matches!(value, Value::Str(text) if !text.is_empty() && text.bytes().all(|byte| byte == b'v'));
                    whole += u64::from(span.attributes.iter().all(|(_, value)| is_value(value)));
                    Flow::Taken
                });
            }
        }
    });
    drain(tracer, &mut |_| {
        read += 1;
        whole += 1;
        Flow::Taken
    });
    let (counts, ()) = counts(tracer, || ());
    assert_eq!((counts.recorded, whole), (10_000, read));
    assert_eq!(read + counts.dropped_full, 10_000);
}
