//! What the options of the attributes do.
#![allow(unreachable_pub)] // `only(pub)` goes by the word

use std::fmt::Write as _;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tests::drive::{block_on, turn};
use trace_runtime::capture::Capture;
use trace_runtime::{Kind, Snapshot, SpanContext, SpanId, Status, TraceId, Value, trace, trace_type};

#[trace]
fn leaf() {}

/// A span of another process.
fn remote(id: u64) -> SpanContext {
    SpanContext {
        trace_id: TraceId::from_u128(u128::from(id) << 64 | 1),
        span_id: SpanId::from_u64(id),
        sampled: true,
        is_remote: true,
        trace_state: String::new(),
    }
}

struct Store {
    id: u64,
}

impl Store {
    #[trace(name = "load {key:03} of {self.id} {{raw}}")]
    fn load(&self, key: u32) {
        leaf();
    }
}

#[test]
fn a_name_may_contain_arguments_and_parts_of_them() {
    let spans = Capture::start();
    Store { id: 7 }.load(5);
    spans.assert_tree("load 005 of 7 {raw}\n  options::leaf");
    let callsite = spans.span("load 005 of 7 {raw}").callsite.map(|callsite| callsite.name().to_owned());
    assert_eq!(callsite.as_deref(), Some("load {key} of {self.id} {raw}"), "the callsite's name is the same for all");
}

const NAME: &str = "of a constant";

#[trace(name = NAME, kind = "producer", target = "other.scope")]
fn named() {}

#[test]
fn a_name_may_be_a_constant_and_a_target_replaces_the_scope() {
    let spans = Capture::start();
    named();
    let span = spans.span("of a constant");
    assert_eq!(span.kind, Kind::Producer);
    assert_eq!(span.callsite.map(trace_runtime::Callsite::scope_name), Some("other.scope"));
}

#[trace(parent = parent)]
fn under_snapshot(parent: Option<&Snapshot>) {
    leaf();
}

#[trace(parent = parent)]
async fn under_context(parent: &SpanContext) {
    turn().await;
    leaf();
}

#[trace(parent = None)]
fn under_nothing() {}

#[test]
fn a_parent_may_be_given_and_none_is_a_new_trace() {
    let spans = Capture::start();
    let outer = trace_runtime::span!("outer").enter();
    let here = Snapshot::current();
    drop(outer);
    under_snapshot(Some(&here));
    under_snapshot(None);
    block_on(under_context(&remote(9)));
    trace_runtime::span!("around").in_scope(under_nothing);
    spans.assert_tree(
        "
        outer
          options::under_snapshot
            options::leaf
        options::under_snapshot
          options::leaf
        options::under_context
          options::leaf
        around
        options::under_nothing",
    );
    let span = spans.span("options::under_context");
    assert_eq!((span.context.trace_id, span.has_remote_parent), (remote(9).trace_id, true));
}

#[trace(links = [remote(1), remote(2)])]
fn linked() {}

#[trace(links = contexts)]
async fn linked_to(contexts: &[SpanContext]) {
    ready(()).await;
}

#[test]
fn links_come_from_anything_that_can_be_iterated() {
    let spans = Capture::start();
    linked();
    block_on(linked_to(&[remote(3)]));
    assert_eq!(spans.span("options::linked").links, [remote(1), remote(2)]);
    assert_eq!(spans.span("options::linked_to").links, [remote(3)]);
}

#[trace(detached)]
fn background() {
    leaf();
}

#[trace(detached)]
async fn background_task() {
    turn().await;
}

#[trace]
fn request() {
    background();
    block_on(background_task());
    leaf();
}

#[test]
fn a_detached_call_and_its_caller_link_to_each_other() {
    let spans = Capture::start();
    request();
    spans.assert_tree(
        "
        options::request
          options::leaf
        options::background
          options::leaf
        options::background_task",
    );
    let (caller, detached) = (spans.span("options::request"), spans.span("options::background"));
    let ids = |links: &[SpanContext]| links.iter().map(|link| link.span_id).collect::<Vec<_>>();
    assert_eq!(ids(&detached.links), [caller.context.span_id]);
    let task = spans.span("options::background_task");
    assert_eq!(ids(&caller.links), [detached.context.span_id, task.context.span_id]);
    assert_ne!(caller.context.trace_id, detached.context.trace_id);
    background();
    assert!(spans.spans().iter().any(|span| span.name == "options::background" && span.links.is_empty()));
}

#[trace(current, fields(step = n, %n))]
fn step(n: u32) -> Result<(), String> {
    leaf();
    if n > 1 {
        return Err("too far".into());
    }
    Ok(())
}

#[trace(current, fields(waited = true))]
async fn wait() -> Result<(), String> {
    turn().await;
    Err("late".into())
}

#[trace(current)]
fn explode() {
    panic!("on purpose");
}

#[trace]
fn whole() {
    let _ = step(1);
    let _ = step(2);
    block_on(async { wait().await.unwrap_or_default() });
    let _ = catch_unwind(AssertUnwindSafe(explode));
}

#[test]
fn a_current_call_adds_to_the_span_around_it_and_has_none_itself() {
    let spans = Capture::start();
    let _ = step(2);
    spans.assert_tree("options::leaf");
    whole();
    let span = spans.span("options::whole");
    assert_eq!(span.status, Status::Unset, "the caller may have handled it");
    assert_eq!(span.attribute("step"), Some(&Value::Int(2)));
    assert_eq!(span.attribute("waited"), Some(&Value::Bool(true)));
    let exceptions: Vec<_> = span.events.iter().map(|event| event.attributes[0].1.to_string()).collect();
    assert_eq!(exceptions.len(), 3);
    assert_eq!(exceptions[2], "panic");
    spans.assert_count(4);
}

#[trace]
fn fields_of_parameters(
    #[field] id: u64,
    #[field("user.name")] name: &str,
    #[field(%)] at: char,
    secret: &str,
) -> usize {
    secret.len() + name.len() + usize::from(at.is_alphabetic()) + usize::try_from(id).unwrap_or(0)
}

#[trace(fields(extra = [1, 2]))]
async fn fields_of_async_parameters(#[field("list", ?)] list: Vec<u8>, #[field] missing: Option<u32>) -> usize {
    ready(()).await;
    list.len() + missing.map_or(0, |_| 1)
}

#[test]
fn marked_parameters_are_attributes_and_no_others() {
    let spans = Capture::start();
    fields_of_parameters(3, "eve", 'x', "hunter2");
    block_on(fields_of_async_parameters(vec![1], None));
    spans.assert_tree(
        "
        options::fields_of_parameters at=x id=3 user.name=eve
        options::fields_of_async_parameters extra=[1, 2] list=[1]",
    );
}

#[trace]
fn under_a_condition(
    #[cfg(any())]
    #[field]
    x: u8,
    #[cfg(not(windows))]
    #[field]
    y: u8,
) -> u8 {
    y
}

#[test]
fn a_marked_parameter_may_be_under_a_condition() {
    let spans = Capture::start();
    under_a_condition(1);
    spans.assert_tree("options::under_a_condition y=1");
}

#[derive(Debug)]
struct Opaque;

#[trace(err(off))]
fn expected_failure() -> Result<(), String> {
    Err("not worth a word".into())
}

#[trace(err(debug))]
fn debugged() -> Result<(), Opaque> {
    Err(Opaque)
}

#[trace(err(debug))]
async fn debugged_later(fail: bool) -> Option<Result<(), Opaque>> {
    turn().await;
    fail.then_some(Err(Opaque))
}

#[trace(err = Option::is_none)]
fn found(n: u32) -> Option<u32> {
    n.checked_sub(1)
}

#[trace(err = |answer: &Result<u16, Opaque>| answer.as_ref().ok().filter(|code| **code >= 500))]
async fn answer(code: u16) -> Result<u16, Opaque> {
    turn().await;
    if code == 0 { Err(Opaque) } else { Ok(code) }
}

#[test]
fn what_counts_as_an_error_can_be_chosen() {
    let spans = Capture::start();
    let _ = expected_failure();
    let _ = debugged();
    block_on(async { (debugged_later(true).await, debugged_later(false).await) });
    let _ = (found(0), found(1));
    let _ = block_on(async { (answer(0).await, answer(200).await, answer(500).await) });
    spans.assert_tree(
        "
        options::expected_failure
        options::debugged error.type=options::Opaque [error: Opaque]
        options::debugged_later error.type=options::Opaque [error: Opaque]
        options::debugged_later
        options::found error.type=_OTHER [error]
        options::found
        options::answer
        options::answer
        options::answer error.type=u16 [error: 500]",
    );
}

#[trace(ret)]
fn returned(n: i64) -> Result<i64, String> {
    let n = n.checked_neg().ok_or("overflow")?;
    Ok(n)
}

#[trace(ret(debug))]
async fn returned_debug() -> Vec<Opaque> {
    turn().await;
    vec![Opaque]
}

#[trace(ret(display), ok)]
fn returned_display() -> char {
    'x'
}

#[trace(ok)]
fn succeeds(well: bool) -> Result<(), String> {
    if well { Ok(()) } else { Err("no".into()) }
}

#[trace(ok)]
async fn succeeds_later() {
    turn().await;
}

#[test]
fn the_value_and_success_are_recorded_when_asked_for() {
    let spans = Capture::start();
    let _ = (returned(4), returned(i64::MIN));
    block_on(returned_debug());
    returned_display();
    let _ = (succeeds(true), succeeds(false));
    block_on(succeeds_later());
    let _ = catch_unwind(|| {
        #[trace(ok)]
        fn fails() {
            panic!("on purpose");
        }
        fails();
    });
    spans.assert_tree(
        "
        options::returned return=-4
        options::returned error.type=alloc::string::String [error: overflow]
        options::returned_debug return=[Opaque]
        options::returned_display return=x [ok]
        options::succeeds [ok]
        options::succeeds error.type=alloc::string::String [error: no]
        options::succeeds_later [ok]
        the_value_and_success_are_recorded_when_asked_for::fails error.type=panic [error]",
    );
}

#[trace_type(name = "db.{fn}", kind = client, skip(len), fields(db = "mem", table = self.id), ret(debug))]
impl Store {
    fn make() -> u64 {
        leaf();
        1
    }
    fn get(&self) -> Option<u64> {
        Some(self.id)
    }
    #[trace(name = "special", kind = internal, fields(db = "other"), ret(off))]
    fn set(&mut self, id: u64) {
        self.id = id;
    }
    fn len(&self) -> u64 {
        leaf();
        self.id
    }
    #[trace(root)]
    fn flush(&self) {}
    fn r#match(&self, #[field] wanted: u64) -> bool {
        self.id == wanted
    }
}

#[test]
fn the_options_of_a_block_are_defaults_of_its_functions() {
    let spans = Capture::start();
    let mut store = Store { id: Store::make() };
    let _ = store.get();
    store.set(2);
    let _ = (store.len(), store.flush(), store.r#match(2));
    spans.assert_tree(
        "
        db.make db=mem return=1
          options::leaf
        db.get db=mem return=Some(1) table=1
        special db=other table=1
        options::leaf
        db.flush db=mem table=2
        db.match db=mem return=true table=2 wanted=2",
    );
    assert_eq!(spans.span("db.get").kind, Kind::Client);
    assert_eq!(spans.span("special").kind, Kind::Internal);
}

#[trace(only(pub))]
mod api {
    pub fn open() {
        helper();
    }
    pub(crate) fn helper() {}
    pub struct Door;
    impl Door {
        pub fn shut() {}
        fn lock() {
            Self::shut();
        }
        #[super::trace]
        fn asked_for() {
            Self::lock();
        }
    }
    impl Drop for Door {
        fn drop(&mut self) {
            Self::asked_for();
        }
    }
}

#[trace]
mod half_tests {
    pub fn code() {
        checks::helper();
    }
    #[cfg(all(test, not(any())))]
    pub mod checks {
        pub fn helper() {}
    }
    #[cfg(test)]
    pub mod more_checks {
        pub fn helper() {}
    }
}

#[test]
fn a_block_leaves_code_for_tests_alone() {
    let spans = Capture::start();
    half_tests::code();
    half_tests::more_checks::helper();
    spans.assert_tree("half_tests::code");
}

#[test]
fn a_block_may_trace_only_what_is_public() {
    let spans = Capture::start();
    api::open();
    drop(api::Door);
    spans.assert_tree("api::open\nDoor::asked_for\n  Door::shut");
}

#[trace(root)]
mod roots {
    pub fn plain() {}
    #[super::trace(root = false)]
    pub fn child() {}
    #[super::trace(current, fields(seen = true))]
    pub fn adds() {}
}

#[trace(root, ok)]
mod borrowed {
    #[super::trace(current)]
    pub fn adds() {}
    #[super::trace(parent = Snapshot::current())]
    pub fn own_place() {}
    use super::Snapshot;
}

#[test]
fn a_call_without_a_span_of_its_own_does_not_decide_its_callers_status() {
    let spans = Capture::start();
    trace_runtime::span!("outer").in_scope(borrowed::adds);
    spans.assert_tree("outer");
}

#[test]
fn a_functions_own_place_is_taken_instead_of_its_blocks() {
    let spans = Capture::start();
    trace_runtime::span!("outer").in_scope(borrowed::own_place);
    spans.assert_tree("outer\n  borrowed::own_place [ok]");
}

#[trace(links = [SpanContext { trace_id: TraceId::from_u128(0), ..remote(1) }, remote(2)])]
fn half_linked() {}

#[test]
fn invalid_contexts_are_no_links() {
    let spans = Capture::start();
    half_linked();
    assert_eq!(spans.span("options::half_linked").links, [remote(2)]);
}

#[trace]
fn long_error() -> Result<(), String> {
    Err("é".repeat(2000))
}

#[test]
fn an_errors_text_is_cut_at_a_kibibyte() {
    let spans = Capture::start();
    assert!(long_error().is_err());
    assert_eq!(spans.span("options::long_error").status, Status::Error("é".repeat(512)));
}

#[test]
fn a_function_can_undo_what_its_block_says() {
    let spans = Capture::start();
    trace_runtime::span!("outer").in_scope(|| (roots::plain(), roots::child(), roots::adds()));
    spans.assert_tree("outer seen=true\n  roots::child\nroots::plain");
}

#[test]
fn nothing_is_evaluated_for_a_span_that_is_not_recorded() {
    fn never() -> u32 {
        panic!("evaluated")
    }
    #[trace(name = "{n}", fields(n = never()), links = [remote(never().into())], err = |_| never() == 0, ret(debug))]
    fn work(n: Loud) -> Result<Loud, u8> {
        leaf();
        Ok(n)
    }
    #[derive(Debug)]
    struct Loud;
    impl std::fmt::Display for Loud {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_char(char::from_u32(never()).unwrap_or('x'))
        }
    }
    let spans = Capture::with(trace_runtime::Sampler::AlwaysOff, trace_runtime::SpanLimits::default());
    assert!(work(Loud).is_ok());
    spans.assert_count(0);
}
