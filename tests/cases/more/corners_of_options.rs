//# o01_options_use_up_nothing
use trace_runtime::{Snapshot, SpanContext};
#[trace(parent = from, links = also)]
async fn handle(from: Option<Snapshot>, also: Vec<SpanContext>) -> Result<usize, String> { std::future::ready(()).await; Ok(also.len()) }
#[trace(parent = _from)]
async fn only_named(_from: Option<Snapshot>) { std::future::ready(()).await; }
struct Request { snap: Snapshot, body: String }
#[trace(parent = req.snap)]
async fn request(req: Request) -> String { std::future::ready(()).await; req.body }
#[trace]
fn traced() {}
//>
traced();
let _ = block_on(handle(None, vec![]));
block_on(only_named(Some(Snapshot::none())));
block_on(request(Request { snap: Snapshot::none(), body: String::new() }));
//= o01_options_use_up_nothing::traced
//= o01_options_use_up_nothing::handle
//= o01_options_use_up_nothing::only_named
//= o01_options_use_up_nothing::request

//# o02_boxed_futures_behind_aliases
use std::pin::Pin;
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;
type Fut<'a> = Pin<Box<dyn Future<Output = Result<u8, String>> + 'a>>;
#[trace]
fn whole<'a>(x: &'a u8) -> BoxFuture<'a, u8> { Box::pin(async move { if *x == 0 { return Err("zero".into()); } Ok(*x) }) }
#[trace]
fn other_name<'a>() -> Fut<'a> { Box::pin(async move { Err("bad".to_string()) }) }
#[trace]
fn with_work<'a>(x: &'a u8) -> BoxFuture<'a, u8> { let y = *x; Box::pin(async move { if y == 0 { Err("zero".into()) } else { Ok(y) } }) }
trait Service { type Future: Future; fn call(&self) -> Self::Future; }
struct S;
#[trace]
impl Service for S { type Future = Fut<'static>; fn call(&self) -> Self::Future { let text = String::from("later"); Box::pin(async move { std::future::ready(()).await; Err(text) }) } }
struct NoFuture;
#[trace]
fn only_named_so() -> NoFuture { NoFuture }
struct MyFut;
#[trace]
fn not_boxed() -> MyFut { MyFut }
//>
let _ = (block_on(whole(&0)), block_on(other_name()), block_on(with_work(&0)), block_on(S.call()), only_named_so(), not_boxed());
//= o02_boxed_futures_behind_aliases::whole error "zero"
//= o02_boxed_futures_behind_aliases::other_name error "bad"
//= o02_boxed_futures_behind_aliases::with_work error "zero"
//= <S as Service>::call error "later"
//= o02_boxed_futures_behind_aliases::only_named_so
//= o02_boxed_futures_behind_aliases::not_boxed

//# o03_reborrows_of_hidden_references
struct Cur<'a> { buf: &'a mut [u8] }
#[trace]
fn pattern(Cur { mut buf }: Cur<'_>) -> Result<&mut u8, u8> { while buf.len() > 1 { buf = &mut buf[1..]; } if buf.is_empty() { return Err(1); } Ok(&mut buf[0]) }
#[trace]
#[allow(elided_lifetimes_in_paths)]
fn hidden(mut c: Cur) -> Result<(), u8> { if c.buf.len() < 2 { return Err(1); } while !c.buf.is_empty() { c.buf = &mut c.buf[1..]; } Ok(()) }
//>
let _ = (pattern(Cur { buf: &mut [1, 2] }), hidden(Cur { buf: &mut [] }));
//= o03_reborrows_of_hidden_references::pattern
//= o03_reborrows_of_hidden_references::hidden error "1"

//# o04_a_trait_called_future
pub trait Future { type Item; }
impl Future for u8 { type Item = u8; }
#[trace]
fn old() -> impl Future<Item = u8> { let n = 1; n }
//>
old();
//= o04_a_trait_called_future::old

//# o05_templates_and_patterns
#[trace(name = "{t.0.1} {t.1:>3}")]
fn parts(t: ((u8, u8), u8)) -> u8 { t.1 }
#[trace(name = "either {x}")]
fn either((Ok(x) | Err(x)): Result<u8, u8>) -> u8 { x }
#[trace(fields(kind = "self-service"), name = "text")]
fn text() {}
//>
parts(((1, 2), 3));
either(Err(4));
text();
//= 2   3
//= either 4
//= text

//# o06_defaults_that_mention_self
struct S { snap: trace_runtime::Snapshot }
#[trace(parent = self.snap, links = self.links(), name = "s.{fn}")]
impl S { fn new() -> Self { Self { snap: trace_runtime::Snapshot::none() } } #[trace(skip)] fn links(&self) -> Vec<trace_runtime::SpanContext> { vec![] } fn get(&self) -> u8 { 1 } }
//>
S::new().get();
//= s.new
//= s.get

//# o07_what_ret_sees
use std::task::Poll;
#[trace(ret)]
fn both(b: bool) -> Option<Result<u8, String>> { if b { Some(Ok(1)) } else { Some(Err("no".into())) } }
#[trace(ret(debug))]
fn polled() -> Poll<Result<u8, String>> { Poll::Pending }
//>
let _ = (both(true), both(false), polled());
//= o07_what_ret_sees::both
//= o07_what_ret_sees::both error "no"
//= o07_what_ret_sees::polled

//# o08_tests_only_when_only_for_tests
#[trace]
mod m { #[cfg(any(test, unix, windows))] pub fn everywhere() -> u8 { 1 } #[cfg(all(test, unix))] pub fn tests_only() -> u8 { 1 } }
//>
m::everywhere();
//= m::everywhere

//# o09_a_tracked_caller_behind_a_condition
struct S;
#[trace]
impl S { #[cfg_attr(all(), track_caller)] fn here(x: Option<u8>) -> Result<u32, ()> { x.ok_or(())?; Ok(std::panic::Location::caller().line()) } }
//>
let line = line!() + 1;
assert_eq!(S::here(Some(1)), Ok(line));
//= S::here
