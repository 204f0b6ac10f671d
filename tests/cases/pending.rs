// Not built yet: cases that the attributes do not handle so far, in the form of those in `more`.

//# x03_closure_signature_from_impl_async
#[trace]
async fn measured() -> impl Fn(&str) -> usize { std::future::ready(()).await; |s| s.len() }
//>
assert_eq!(block_on(measured())("abc"), 3);
//= x03_closure_signature_from_impl_async::measured
