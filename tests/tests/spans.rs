//! What becomes a span, and how it ends.

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Waker};
use tests::drive::{block_on, turn};
use trace_runtime::capture::Capture;
use trace_runtime::{Kind, Snapshot, SpanContext, SpanId, Status, TraceFuture as _, TraceId, Value, current, span};
use trace_runtime::{trace, trace_fn, trace_type};

#[trace]
fn leaf() -> u32 {
    1
}

#[trace]
fn parent(n: u32) -> u32 {
    (0..n).map(|_| leaf()).sum()
}

#[trace]
fn parse(text: &str) -> Result<i32, std::num::ParseIntError> {
    let number: i32 = text.parse()?;
    Ok(number)
}

#[test]
fn calls_become_children_of_the_call_around_them() {
    let spans = Capture::start();
    assert_eq!(parent(2), 2);
    spans.assert_tree(
        "
         spans::parent
           spans::leaf
           spans::leaf",
    );
    spans.assert_no_orphans();
}

#[test]
fn two_calls_outside_of_any_span_are_two_traces() {
    let spans = Capture::start();
    leaf();
    leaf();
    let traces: Vec<TraceId> = spans.spans().iter().map(|span| span.context.trace_id).collect();
    assert_eq!(traces.len(), 2);
    assert_ne!(traces[0], traces[1]);
}

#[test]
fn an_error_gives_status_type_and_event() {
    let spans = Capture::start();
    assert!(parse("1").is_ok());
    assert!(parse("x").is_err());
    let all = spans.spans();
    assert_eq!(all[0].status, Status::Unset);
    assert_eq!(all[1].status, Status::Error("invalid digit found in string".into()));
    let kind = all[1].attribute("error.type").map(ToString::to_string);
    assert!(kind.is_some_and(|kind| kind.ends_with("ParseIntError")));
    let event = &all[1].events[0];
    assert_eq!(event.name, "exception");
    assert!(
        event.attributes.contains(&("exception.message".into(), Value::Str("invalid digit found in string".into())))
    );
}

struct Opaque;

#[trace]
fn opaque_error() -> Result<(), Opaque> {
    Err(Opaque)
}

#[trace]
fn generic<T, E>(result: Result<T, E>) -> Result<T, E> {
    result
}

#[test]
fn an_error_without_text_gives_its_type() {
    let spans = Capture::start();
    assert!(opaque_error().is_err());
    assert!(generic::<(), String>(Err("text".into())).is_err());
    for span in spans.spans() {
        assert_eq!(span.status, Status::Error(String::new()));
        assert!(span.attribute("error.type").is_some());
    }
}

#[trace]
fn panics(text: &'static str) {
    leaf();
    std::panic::panic_any(text);
}

#[test]
fn a_panic_is_an_error_and_unwinds_unchanged() {
    let spans = Capture::start();
    for _ in 0..1000 {
        let payload = catch_unwind(|| panics("payload")).expect_err("it panics");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"payload"));
    }
    assert!(current().is_none());
    let all = spans.spans();
    assert_eq!(all.len(), 2000);
    let panicked: Vec<_> = all.iter().filter(|span| span.is_error()).collect();
    assert_eq!(panicked.len(), 1000);
    assert!(panicked.iter().all(|span| span.name == "spans::panics" && span.events[0].name == "exception"));
}

struct TracedDrop;

#[trace_type]
impl Drop for TracedDrop {
    fn drop(&mut self) {
        leaf();
    }
}

#[test]
fn a_span_that_starts_while_unwinding_has_not_panicked() {
    let spans = Capture::start();
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _dropped = TracedDrop;
        panic!("on purpose");
    }));
    spans.assert_tree(
        "
         <TracedDrop as Drop>::drop
           spans::leaf",
    );
}

#[trace(fields(n))]
async fn steps(n: u32) -> Result<u32, String> {
    for _ in 0..n {
        turn().await;
        leaf();
    }
    if n == 3 { Err("three".into()) } else { Ok(n) }
}

#[trace]
async fn outer() -> u32 {
    let one = steps(1).await.unwrap_or_default();
    one + steps(2).await.unwrap_or_default()
}

#[test]
fn an_async_call_is_one_span_over_all_its_polls() {
    let spans = Capture::start();
    assert_eq!(block_on(outer()), 3);
    assert!(block_on(steps(3)).is_err());
    spans.assert_tree(
        "
         spans::outer
           spans::steps n=1
             spans::leaf
           spans::steps n=2
             spans::leaf
             spans::leaf
         spans::steps error.type=alloc::string::String n=3 [error: three]
           spans::leaf
           spans::leaf
           spans::leaf",
    );
}

#[test]
fn interleaved_futures_do_not_see_each_others_span() {
    let spans = Capture::start();
    let mut futures: Vec<_> = (0..100).map(|n| Box::pin(steps(n % 5))).collect();
    let mut cx = Context::from_waker(Waker::noop());
    while !futures.is_empty() {
        futures.retain_mut(|future| future.as_mut().poll(&mut cx).is_pending());
        assert!(current().is_none());
    }
    spans.assert_no_orphans();
    let all = spans.spans();
    assert_eq!(all.iter().filter(|span| span.name == "spans::steps").count(), 100);
    assert!(all.iter().all(|span| (span.name == "spans::steps") == span.parent.is_none()));
}

#[test]
fn a_future_may_move_between_threads_from_poll_to_poll() {
    let spans = Capture::start();
    for _ in 0..100 {
        let mut future = Box::pin(steps(2).in_current_span());
        loop {
            let poll = std::thread::spawn(move || {
                let done = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
                assert!(current().is_none());
                (future, done)
            });
            let (back, done) = poll.join().expect("no panic");
            if done {
                break;
            }
            future = back;
        }
    }
    spans.assert_count(300);
    spans.assert_no_orphans();
}

#[trace]
async fn waits_for_ever() {
    turn().await;
    pending::<()>().await;
}

#[test]
fn a_dropped_future_is_cancelled_once_and_a_future_never_polled_is_no_span() {
    let spans = Capture::start();
    for polls in 0..4 {
        let mut future = Box::pin(waits_for_ever());
        for _ in 0..polls {
            assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    }
    let all = spans.spans();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|span| span.end_reason == Some("cancelled") && span.status == Status::Unset));
}

#[trace]
async fn panics_later() {
    turn().await;
    panic!("later");
}

#[test]
fn a_panic_in_a_poll_is_an_error_not_a_cancellation() {
    let spans = Capture::start();
    let result = catch_unwind(|| block_on(panics_later()));
    assert!(result.is_err());
    assert!(current().is_none());
    let all = spans.spans();
    assert_eq!(all.len(), 1);
    assert!(all[0].is_error() && all[0].end_reason.is_none());
}

#[trace]
fn boxed(n: u32) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    Box::pin(async move {
        turn().await;
        if n == 0 { Err("zero".to_owned()) } else { Ok(n) }
    })
}

#[test]
fn a_boxed_async_block_is_the_call() {
    let spans = Capture::start();
    drop(boxed(1));
    assert_eq!(block_on(boxed(1)), Ok(1));
    assert!(block_on(boxed(0)).is_err());
    spans.assert_tree(
        "
         spans::boxed
         spans::boxed error.type=alloc::string::String [error: zero]",
    );
}

macro_rules! made {
    ($(#[$attribute:meta])* $name:ident $body:block) => {
        $(#[$attribute])*
        fn $name() -> u8 $body
    };
}
made!(#[trace] made_with_a_block { 1 });

#[test]
fn functions_that_macros_make_are_traced() {
    let spans = Capture::start();
    assert_eq!(made_with_a_block(), 1);
    spans.assert_count(1);
}

type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[trace]
fn behind_an_alias(text: &str) -> BoxFuture<'_, Result<usize, std::num::ParseIntError>> {
    Box::pin(async move {
        let number: usize = text.parse()?;
        Ok(number)
    })
}

#[test]
fn the_error_of_a_boxed_future_is_seen_behind_an_alias() {
    let spans = Capture::start();
    assert!(block_on(behind_an_alias("x")).is_err());
    assert!(spans.span("spans::behind_an_alias").is_error());
}

#[trace]
#[forbid(unused)]
async fn forbids() -> Result<u8, String> {
    turn().await;
    Ok(1)
}

thread_local! {
    static DROPS: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

struct Noted(&'static str);

impl Drop for Noted {
    fn drop(&mut self) {
        DROPS.with_borrow_mut(|drops| drops.push(self.0));
    }
}

#[trace]
async fn drops(_a: Noted, b: Noted, c: Noted, (d, _): (Noted, u8)) {
    turn().await;
    let _ = (b.0, c.0, d.0);
}

#[test]
fn arguments_of_an_async_call_are_dropped_last_one_first() {
    assert_eq!(block_on(forbids()), Ok(1));
    let spans = Capture::start();
    block_on(drops(Noted("a"), Noted("b"), Noted("c"), (Noted("d"), 0)));
    assert_eq!(DROPS.take(), ["d", "c", "b", "a"]);
    spans.assert_count(1);
}

struct Store(u32);

#[trace_type]
impl Store {
    const fn constant(&self) -> u32 {
        self.0
    }
    fn get(&self) -> u32 {
        self.constant()
    }
    #[trace(skip)]
    fn skipped(&self) -> u32 {
        self.get()
    }
    #[trace(name = "renamed", kind = client)]
    fn own(&self) -> u32 {
        fn inner() -> u32 {
            leaf()
        }
        self.skipped() + inner()
    }
}

#[trace]
trait Shape {
    fn area(&self) -> u32;
    fn double(&self) -> u32 {
        self.area() * 2
    }
}

#[trace(kind = "server")]
impl Shape for Store {
    fn area(&self) -> u32 {
        self.0
    }
}

#[trace]
mod module {
    pub(crate) fn free() -> u32 {
        nested::deep()
    }
    mod nested {
        pub(crate) fn deep() -> u32 {
            2
        }
    }
}

#[trace_fn(name = "by name")]
fn named() {}

#[test]
fn blocks_trace_what_can_be_traced_and_a_functions_own_attribute_wins() {
    let spans = Capture::start();
    let store = Store(1);
    store.own();
    store.double();
    module::free();
    named();
    spans.assert_tree(
        "
         renamed
           Store::get
           spans::leaf
         Shape::double
           <Store as Shape>::area
         module::free
           nested::deep
         by name",
    );
    assert_eq!(spans.span("renamed").kind, Kind::Client);
    assert_eq!(spans.span("<Store as Shape>::area").kind, Kind::Server);
    assert_eq!(spans.span("Store::get").kind, Kind::Internal);
}

#[trace(root)]
fn own_trace() {
    leaf();
}

#[trace]
fn calls_root() {
    own_trace();
    leaf();
}

#[test]
fn root_begins_a_new_trace_and_afterwards_the_old_one_goes_on() {
    let spans = Capture::start();
    calls_root();
    spans.assert_tree(
        "
         spans::calls_root
           spans::leaf
         spans::own_trace
           spans::leaf",
    );
}

mod renamed {
    pub(crate) use trace_runtime as tracing_under_another_name;
}

#[trace(crate = renamed::tracing_under_another_name, fields(n))]
fn by_another_path(n: u8) -> Result<u8, String> {
    if n == 0 { Err("zero".into()) } else { Ok(n) }
}

#[test]
fn the_runtime_may_have_another_name() {
    let spans = Capture::start();
    let _ = by_another_path(0);
    spans.assert_tree("spans::by_another_path error.type=alloc::string::String n=0 [error: zero]");
}

struct Point {
    x: i64,
}

#[trace_type]
impl Point {
    #[trace(fields(self.x, user.name = name, "quoted key" = 1.5, shown = %self.x, debugged = ?Some(1), absent = None::<u8>, list = [1, 2]))]
    fn fields(&self, name: &str) {}
}

#[test]
fn fields_are_typed_attributes() {
    let spans = Capture::start();
    Point { x: -7 }.fields("Ada");
    let span = spans.span("Point::fields");
    let expected: [(&str, Value<'_>); 6] = [
        ("x", Value::Int(-7)),
        ("user.name", Value::Str("Ada".into())),
        ("quoted key", Value::Double(1.5)),
        ("shown", Value::Str("-7".into())),
        ("debugged", Value::Str("Some(1)".into())),
        ("list", Value::Array(vec![Value::Int(1), Value::Int(2)])),
    ];
    assert_eq!(span.attributes.len(), expected.len());
    for (key, value) in expected {
        assert_eq!(span.attribute(key), Some(&value), "{key}");
    }
}

#[trace]
fn adds() {
    let Some(span) = current() else { return };
    span.set_attribute("a", 1).set_attribute("b", "x").set_attribute("a", 2);
    span.add_event("happened", &[("n", Value::Int(3))]);
    span.add_link(&SpanContext::remote(TraceId::from_u128(5), SpanId::from_u64(6), true));
    span.set_name("other name").set_status(&Status::Ok).set_status(&Status::Error("too late".into()));
    assert_eq!(span.trace_id().to_string().len(), 32);
    assert_eq!(span.span_id().to_string().len(), 16);
}

#[test]
fn the_current_span_takes_attributes_events_links_a_name_and_a_status() {
    let spans = Capture::start();
    adds();
    let span = spans.span("other name");
    assert_eq!(span.attributes, [("a".to_owned(), Value::Int(2)), ("b".to_owned(), Value::Str("x".into()))]);
    assert_eq!((span.events[0].name.as_str(), &span.events[0].attributes[0].1), ("happened", &Value::Int(3)));
    assert_eq!(span.links[0].span_id, SpanId::from_u64(6));
    assert!(span.links[0].is_remote && span.links[0].sampled);
    assert_eq!(span.status, Status::Ok);
    let event = span.events[0].unix_nanos;
    assert!((span.start_unix_nanos..=span.end_unix_nanos).contains(&event));
}

#[trace]
fn on_threads() {
    let here = Snapshot::current();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let here = here.clone();
            scope.spawn(move || {
                let _attached = here.attach();
                leaf();
                current().map(|span| span.set_attribute(&format!("thread.{n}"), n).is_recording());
            });
        }
    });
}

#[test]
fn a_snapshot_carries_the_span_to_other_threads() {
    let spans = Capture::start();
    on_threads();
    spans.assert_tree(
        "
         spans::on_threads thread.0=0 thread.1=1 thread.2=2 thread.3=3
           spans::leaf
           spans::leaf
           spans::leaf
           spans::leaf",
    );
}

#[test]
fn manual_spans_nest_with_traced_functions() {
    let spans = Capture::start();
    span!("outside").attribute("n", 1).in_scope(|| {
        leaf();
        let _guard = span!("inside").kind(Kind::Producer).enter();
        leaf();
    });
    let remote = SpanContext::remote(TraceId::from_u128(0xabc), SpanId::from_u64(0xdef), true);
    block_on(span!("instrumented").parent(remote).instrument(async {
        turn().await;
        leaf();
    }));
    spans.assert_tree(
        "
         outside n=1
           spans::leaf
           inside
             spans::leaf
         instrumented
           spans::leaf",
    );
    let instrumented = spans.span("instrumented");
    assert_eq!(instrumented.context.trace_id, TraceId::from_u128(0xabc));
    assert_eq!(instrumented.parent, Some(SpanId::from_u64(0xdef)));
    assert!(instrumented.has_remote_parent);
}

#[test]
fn a_remote_parents_tracestate_reaches_every_span_of_the_local_trace() {
    let spans = Capture::start();
    let mut remote = SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(2), true);
    remote.trace_state = "vendor=x".into();
    span!("entry").parent(remote).in_scope(|| parent(1));
    assert!(spans.spans().iter().all(|span| span.context.trace_state == "vendor=x"));
    spans.assert_count(3);
}

#[test]
fn guards_forgotten_or_dropped_out_of_order_leave_siblings_their_parent() {
    let spans = Capture::start();
    span!("top").in_scope(|| {
        let a = span!("a").enter();
        let b = span!("b").root().enter();
        drop(a);
        drop(b);
        leaf();
        let c = span!("c").enter();
        std::mem::forget(span!("forgotten").root().enter());
        drop(c);
        leaf();
    });
    assert!(current().is_none());
    let top = spans.span("top").context.span_id;
    let leaves: Vec<_> = spans.spans().into_iter().filter(|span| span.name == "spans::leaf").collect();
    assert_eq!(leaves.len(), 2);
    assert!(leaves.iter().all(|leaf| leaf.parent == Some(top)), "{}", spans.tree());
}

#[test]
fn a_guard_that_outlives_the_one_around_it_restores_nothing() {
    let spans = Capture::start();
    let g1 = span!("g1").enter();
    let g2 = span!("g2").enter();
    drop(g1);
    let g3 = span!("g3").enter();
    let g4 = span!("g4").enter();
    drop(g2);
    leaf();
    drop(g4);
    drop(g3);
    assert!(current().is_none());
    spans.assert_tree(
        "
         g1
           g2
         g3
           g4
             spans::leaf",
    );
}

#[trace]
fn resumes(payload: &'static str, noted: Option<&str>) {
    if let Some(message) = noted {
        trace_runtime::export::note_panic(message);
    }
    std::panic::resume_unwind(Box::new(payload));
}

#[trace]
fn around() {
    resumes("payload", Some("noted inside"));
}

#[test]
fn a_panics_message_is_on_every_span_it_ends_and_on_no_other() {
    let spans = Capture::start();
    assert!(catch_unwind(around).is_err());
    assert!(catch_unwind(|| resumes("another", None)).is_err());
    spans.assert_tree(
        "
         spans::around error.type=panic [error: noted inside]
           spans::resumes error.type=panic [error: noted inside]
         spans::resumes error.type=panic [error]",
    );
}

fn panicking_field() -> u32 {
    panic!("in a field")
}

#[trace(fields(n = panicking_field()))]
async fn field_panics() {
    turn().await;
}

#[test]
fn a_panic_in_a_field_of_an_async_call_is_an_error() {
    let spans = Capture::start();
    assert!(catch_unwind(|| block_on(field_panics())).is_err());
    let span = spans.span("spans::field_panics");
    assert!(span.is_error() && span.end_reason.is_none());
}

struct Hostile;

impl trace_runtime::Sample for Hostile {
    fn sample(&self, _: &trace_runtime::SamplingInput<'_>) -> trace_runtime::Decision {
        parent(1);
        panic!("in a sampler")
    }
}

#[test]
fn a_sampler_that_panics_or_calls_traced_code_is_contained_however_deep_it_sits() {
    use trace_runtime::{Sampler, SpanLimits};
    for sampler in [
        Sampler::custom(Hostile),
        Sampler::parent_based(Sampler::custom(Hostile)),
        Sampler::parent_based(Sampler::parent_based(Sampler::custom(Hostile))),
    ] {
        let spans = Capture::with(sampler, SpanLimits::default());
        assert_eq!(parent(1), 1);
        spans.assert_count(0);
    }
}

#[test]
fn names_and_statuses_set_again_and_again_replace_each_other() {
    let spans = Capture::start();
    span!("at first").in_scope(|| {
        let span = current().expect("a span");
        for n in 0..70_000 {
            span.set_name(&format!("name {n}"));
            span.set_status(&Status::Error(format!("error {n}")));
        }
        span.set_status(&Status::Error(String::new()));
    });
    assert_eq!(spans.span("name 69999").status, Status::Error(String::new()));
}

#[trace]
fn deep(n: u32) -> u32 {
    if n == 0 { 0 } else { deep(n - 1) + 1 }
}

#[test]
fn ten_thousand_calls_deep_every_call_has_its_caller_as_parent() {
    let run = || {
        let spans = Capture::start();
        assert_eq!(deep(9_999), 9_999);
        spans.assert_count(10_000);
        spans.assert_no_orphans();
        assert_eq!(spans.spans().iter().filter(|span| span.parent.is_none()).count(), 1);
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn a_thousand_threads_lose_nothing() {
    let spans = Capture::start();
    span!("all").in_scope(|| {
        let here = Snapshot::current();
        for _ in 0..10 {
            std::thread::scope(|scope| {
                for _ in 0..100 {
                    let here = here.clone();
                    scope.spawn(move || {
                        let _attached = here.attach();
                        parent(9);
                    });
                }
            });
        }
    });
    spans.assert_count(1 + 1000 * 10);
    spans.assert_no_orphans();
}

#[test]
fn captures_in_parallel_get_their_own_spans() {
    std::thread::scope(|scope| {
        for n in 1..8 {
            scope.spawn(move || {
                for _ in 0..50 {
                    let spans = Capture::start();
                    parent(n);
                    spans.assert_count(n as usize + 1);
                }
            });
        }
    });
}

#[test]
fn without_a_tracer_nothing_is_current() {
    parent(1);
    span!("nothing").in_scope(|| assert!(current().is_none()));
    block_on(async {
        ready(()).await;
        assert!(steps(0).await.is_ok());
    });
}

thread_local! {
    static TRACED_AT_EXIT: TracedDrop = const { TracedDrop };
}

#[test]
fn spans_of_a_threads_destructors_are_kept() {
    let spans = Capture::start();
    let here = Snapshot::current();
    for _ in 0..100 {
        let here = here.clone();
        let thread = std::thread::spawn(move || {
            // The destructor runs with this attached for ever.
            std::mem::forget(here.attach());
            TRACED_AT_EXIT.with(|_| {});
            leaf();
        });
        thread.join().expect("no panic");
    }
    spans.assert_count(300);
}
