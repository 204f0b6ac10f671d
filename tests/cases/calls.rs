//# a01_unit
unit();
//= a01_unit::unit

//# a03_never
caught(|| never());
//= a03_never::never panic

//# a05_question_mark
assert!(question_mark("x").is_err());
assert_eq!(question_mark("1"), Ok(2));
//= a05_question_mark::question_mark error "invalid digit found in string"
//= a05_question_mark::question_mark

//# a07_infer_collect
assert_eq!(infer_collect().len(), 10);
//= a07_infer_collect::infer_collect

//# a09_infer_into
assert_eq!(&*infer_into("a"), "a");
//= a09_infer_into::infer_into

//# a11_coerce_dyn_fn
assert_eq!(coerce_dyn_fn()(2), 2);
//= a11_coerce_dyn_fn::coerce_dyn_fn

//# a13_coerce_unsize_slice
assert_eq!(coerce_unsize_slice(), [1, 2, 3]);
//= a13_coerce_unsize_slice::coerce_unsize_slice

//# a15_never_coerce
assert_eq!(never_coerce(true), 1);
caught(|| never_coerce(false));
//= a15_never_coerce::never_coerce
//= a15_never_coerce::never_coerce panic

//# a17_tail_block_borrow
assert_eq!(tail_borrow(&std::sync::Mutex::new(vec![1, 2])), 2);
//= a17_tail_block_borrow::tail_borrow

//# a19_mut_reborrow_ret
let mut v = vec![1];
*mut_reborrow(&mut v) = 2;
caught(|| *mut_reborrow(&mut Vec::new()));
//= a19_mut_reborrow_ret::mut_reborrow
//= a19_mut_reborrow_ret::mut_reborrow panic

//# a21_unit_struct_result_alias
let _ = (alias_result(0), alias_result(1));
//= a21_unit_struct_result_alias::alias_result error "zero"
//= a21_unit_struct_result_alias::alias_result

//# a23_nested_result
assert_eq!(nested_result(1), Ok(Ok(1)));
//= a23_nested_result::nested_result

//# b02_tuple_pat
assert_eq!(tuple_pat((1, 2)), 3);
//= b02_tuple_pat::tuple_pat

//# b04_mut_arg
assert_eq!(mut_arg(vec![2]), [2, 1]);
//= b04_mut_arg::mut_arg

//# b06_array_pat
assert_eq!(array_pat([1, 2, 3, 4]), 3);
//= b06_array_pat::array_pat

//# b08_hygiene_names
assert_eq!(hygiene(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 10);
//= b08_hygiene_names::hygiene

//# b10_arg_attrs
arg_attrs(1);
//= b10_arg_attrs::arg_attrs

//# b12_at_pattern
assert_eq!(at_pattern((1, 2)), (1, (1, 2)));
//= b12_at_pattern::at_pattern

//# b14_non_debug_arg
assert_eq!(non_debug_arg(NonDebug(1)), 1);
//= b14_non_debug_arg::non_debug_arg

//# b16_macro_vis_body
assert_eq!(made2(), 2);
//= b16_macro_vis_body::made2

//# c02_apit
assert_eq!(apit("a"), "a");
assert_eq!(apit('a'), "a");
//= c02_apit::apit
//= c02_apit::apit

//# c04_rpit_use
assert_eq!(rpit_use(&[1, 2]).count(), 2);
//= c04_rpit_use::rpit_use

//# c06_hrtb
assert_eq!(hrtb(|text| text), 1);
//= c06_hrtb::hrtb

//# c08_late_bound
assert_eq!(late_bound("a", "b"), "a");
//= c08_late_bound::late_bound

//# c10_assoc_ret
assert_eq!(assoc([1].into_iter()), Some(1));
assert_eq!(assoc(std::iter::empty::<u8>()), None);
//= c10_assoc_ret::assoc
//= c10_assoc_ret::assoc

//# c12_fnonce_arg
assert_eq!(fnonce_arg(|n| n + 1, |n| n * 2), 4);
//= c12_fnonce_arg::fnonce_arg

//# c14_nested_rpit
assert_eq!(nested_rpit()().count(), 3);
//= c14_nested_rpit::nested_rpit

//# c16_impl_fn_mut_arg
let mut sum = 0;
fn_mut(&mut |n| sum += n);
assert_eq!(sum, 3);
//= c16_impl_fn_mut_arg::fn_mut

//# c18_where_self_ref
assert_eq!(where_ref(&vec![1, 2]), 3);
//= c18_where_self_ref::where_ref

//# d03_extern_c
let pointer: extern "C" fn(i32) -> i32 = cb;
assert_eq!(pointer(1), 1);
//= d03_extern_c::cb

//# d05_no_mangle
assert_eq!(exported_for_probe(1), 1);
//= d05_no_mangle::exported_for_probe

//# d07_track_caller
assert_eq!(tc().line(), line!());
//= d07_track_caller::tc

//# d09_expect_unused_arg
expect_arg(1);
//= d09_expect_unused_arg::expect_arg

//# d11_target_feature
#[cfg(not(target_arch = "x86_64"))]
return;
#[cfg(target_arch = "x86_64")]
unsafe { simd(1) };
//= d11_target_feature::simd

//# d13_nested_items
assert_eq!(nested_items(), 3);
//= d13_nested_items::nested_items

//# d15_labels
assert_eq!(labels(3), 6);
//= d15_labels::labels

//# d17_shadowed_prelude
m::shadow(1);
//= m::shadow

//# d19_no_implicit_prelude
nip::f(1);
assert!(nip::g(0).is_err());
assert!(nip::g(1).is_ok());
//= nip::f
//= nip::g error "1"
//= nip::g

//# d21_test_result
test_result().unwrap();
//= d21_test_result::test_result

//# d23_forbid_unsafe_deny_unused
strict(1);
//= d23_forbid_unsafe_deny_unused::strict

//# d25_trait_obj_callback_static
CB(1);
//= d25_trait_obj_callback_static::cb2

//# e02_self_ref
assert_eq!(S("a".into()).by_ref(), "a");
//= S::by_ref

//# e04_mut_self
assert_eq!(S("a".into()).builder('b').builder('c').0, "abc");
//= S::builder
//= S::builder

//# e06_self_rc
std::rc::Rc::new(S("a".into())).rc();
//= S::rc

//# e08_self_ref_arc
std::sync::Arc::new(S("a".into())).ref_arc();
//= S::ref_arc

//# e10_self_explicit_lt
S("a".into()).lt("b");
//= S::lt

//# e12_self_const_and_self_ty
S::arr();
S.v();
//= S::arr
//= S::v

//# e14_self_closure_capture
let mut s = S { a: vec![1], b: 2 };
s.disjoint();
assert_eq!(s.a, [3]);
//= S::disjoint

//# e16_mut_self_ref_field_ret
S { m: Default::default() }.entry(1).push('a');
//= S::entry

//# f02_async_refs
let s = S("ab".into());
drop(s.refs("never polled"));
assert_eq!(block_on(s.refs("c")), 3);
//= S::refs

//# f04_async_unsafe
assert_eq!(block_on(unsafe { au(&7) }), 7);
//= f04_async_unsafe::au

//# f06_async_question
assert!(block_on(q("x")).is_err());
assert_eq!(block_on(q("1")), Ok(1));
//= f06_async_question::q error "invalid digit found in string"
//= f06_async_question::q

//# f08_async_never
drop(never());
assert!(poll_once(never()).is_pending());
//= f08_async_never::never cancelled

//# f10_rpit_future_prework
assert_eq!(block_on(rfp("abc")), 3);
drop(rfp("never polled"));
//= f10_rpit_future_prework::rfp
//= f10_rpit_future_prework::rfp cancelled

//# f12_boxed_future_early_return
assert_eq!(block_on(cond(true)), 1);
assert_eq!(block_on(cond(false)), 2);
drop((cond(true), cond(false)));
//= f12_boxed_future_early_return::cond
//= f12_boxed_future_early_return::cond
//= f12_boxed_future_early_return::cond cancelled
//= f12_boxed_future_early_return::cond cancelled

//# f14_compound_future
let (future, number) = compound();
assert_eq!((block_on(future), number), (1, 2));
drop(compound());
//= f14_compound_future::compound
//= f14_compound_future::compound

//# f16_stream_impl
assert!(collect(stream(1)).is_empty());
drop(stream(1));
//= f16_stream_impl::stream
//= f16_stream_impl::stream

//# f18_async_recursion_boxed
assert_eq!(block_on(rec(2)), 2);
//= f18_async_recursion_boxed::rec
//=   f18_async_recursion_boxed::rec
//=     f18_async_recursion_boxed::rec

//# f20_async_send_assert
check();
let mut v = Vec::new();
assert_eq!(block_on(send_me("a", &mut v, "bc".into())), 3);
//= f20_async_send_assert::send_me

//# f22_async_fn_once_arg
assert_eq!(block_on(afo(async |n| n + 1)), 2);
//= f22_async_fn_once_arg::afo

//# f24_async_early_return
let _ = (block_on(er(true)), block_on(er(false)));
//= f24_async_early_return::er error "x"
//= f24_async_early_return::er

//# f26_afit
assert_eq!(block_on(S.req()), 1);
//= <S as T>::req

//# f28_rpitit
assert_eq!(block_on(S.f()), 1);
//= <S as T>::f

//# f30_async_trait_static
assert_eq!(block_on(S::call(1)), 1);
//= <S as T>::call

//# f32_async_self_kinds
block_on(std::sync::Arc::new(S(1)).arc());
block_on(S(1).val());
let mut s = S(1);
block_on(s.mutr());
assert_eq!(block_on(std::pin::pin!(s).pin()), 2);
//= S::arc
//= S::val
//= S::mutr
//= S::pin

//# f34_async_mut_pattern_args
assert_eq!(block_on(mp("a".into(), (1, 2), vec![])), "a3");
//= f34_async_mut_pattern_args::mp

//# f36_async_lock_across
assert_eq!(block_on(lk(&std::sync::Mutex::new(1))), 1);
//= f36_async_lock_across::lk

//# f38_async_collect_infer
assert_eq!(block_on(aci(vec![1])), [1]);
//= f38_async_collect_infer::aci

//# g01_trait_default
struct I;
impl T for I { fn req(&self) -> u32 { 1 } }
assert_eq!(I.def(), 2);
//= T::def

//# g03_impl_trait_method
assert_eq!(S.to_string(), "S");
//= <S as Display>::fmt

//# g05_impl_drop
drop(D);
//= <D as Drop>::drop

//# g07_blanket_impl
struct I;
impl T for I { fn n(&self) -> u32 { 1 } }
<&I as T>::n(&&I);
<&&I as T>::n(&&&I);
//= <_ as T>::n
//= <_ as T>::n
//=   <_ as T>::n

//# g09_op_trait
let _ = V(1.0) + V(2.0);
//= <V as Add>::add

//# g11_dyn_compat
struct I;
impl T for I {}
_use(&I);
(&I as &dyn T).obj();
I.gen_('a');
//= T::obj
//= T::gen_

//# g13_extern_callback_in_impl
let pointer: unsafe extern "C" fn(*mut S) -> i32 = S::tramp;
unsafe { pointer(std::ptr::null_mut()) };
//= S::tramp

//# g15_derive_debug_self_in_debug
assert_eq!(format!("{S:?}"), "S");
//= <S as Debug>::fmt

//# h01_impl_mixed
let mut s = S::new();
s.konst();
s.set(2).get();
drop(s.go("never polled"));
assert_eq!(block_on(s.go("ab")), 2);
unsafe { s.danger() };
S::ffi(1);
call();
//= S::new
//= S::set
//= S::get
//= S::go
//= S::danger
//= S::ffi
//= S::new
//= S::private

//# h03_impl_generic
let g = G(&[1, 2]);
assert_eq!(g.first(), Some(&1));
assert_eq!(g.map(|n| n + 1), [2, 3]);
//= G::first
//= G::map

//# h05_impl_async_trait_inside
let _ = (block_on(S.f("")), block_on(S.f("a")));
drop(S.f("never polled"));
assert_eq!(block_on(S::st()) + S.sync(), 3);
//= <S as T>::f error "e"
//= <S as T>::f
//= <S as T>::st
//= <S as T>::sync

//# h07_impl_from_macro
assert_eq!((A.go(), B.go()), (1, 2));
//= A::go
//= B::go

//# h09_impl_drop
drop(D);
//= <D as Drop>::drop

//# h11_impl_iterator_future_stream
assert_eq!(I(2).collect::<Vec<_>>(), [1, 0]);
assert_eq!(block_on(I(3)), 3);
//= <I as Iterator>::next
//= <I as Iterator>::next
//= <I as Iterator>::next
//= <I as Future>::poll

//# h13_impl_unsafe_trait
unsafe { S.u() };
//= <S as U>::u

//# h15_impl_inner_traced_method
assert_eq!(S.once() + S.other(), 3);
//= S::once
//= S::other

//# h17_impl_lints_forwarded
S.q();
#[allow(deprecated)]
S.dep();
assert_eq!(S.loc(), line!());
//= S::q
//= S::dep
//= S::loc

//# h19_trait_block_async
struct I;
impl T for I { async fn req(&self) -> u32 { 1 } }
assert_eq!(block_on(I.def()), 1);
//= T::def

//# h21_mod_block
use m::T as _;
m::S.a();
m::S.c();
m::S.d();
m::S.r();
m::f(&Default::default());
m::cf();
block_on(m::af());
m::inner::g();
m::uses_macro();
m::abs(-1);
//= S::a
//= T::d
//= <S as T>::r
//= m::f
//= m::af
//= inner::g
//= m::uses_macro

//# h23_impl_extern_c_and_generic_self
let w = W::<str>("a".into());
assert!(w.cmp(&W(Box::new(String::from("a")))));
//= W::cmp
//=   W::s
//=   W::s

//# h25_fn_in_fn_body_impl
assert_eq!(outer(), 1);
//= L::m

//# r01_mut_ref_out
*f(&mut vec![1]).unwrap() = 2;
assert!(f(&mut vec![]).is_err());
//= r01_mut_ref_out::f
//= r01_mut_ref_out::f error "e"

//# r03_impl_trait_ok
assert_eq!(f(2).unwrap().count(), 2);
assert!(f(0).is_err());
//= r03_impl_trait_ok::f
//= r03_impl_trait_ok::f error "z"

//# r05_coerce_box_ok
assert_eq!(f().unwrap()(), 1);
//= r05_coerce_box_ok::f

//# r07_generic_err
assert_eq!(f::<u8, String>(Err("not seen".into())), Err("not seen".into()));
assert_eq!(f::<u8, String>(Ok(1)), Ok(1));
//= r07_generic_err::f error
//= r07_generic_err::f

//# r09_move_args
assert_eq!(f("a".into(), vec![]).unwrap(), "a");
assert_eq!(f("a".into(), vec![1]).unwrap_err(), [1]);
//= r09_move_args::f
//= r09_move_args::f error

//# r11_question_option_mix
assert_eq!([f(&["1"]), f(&["x"]), f(&[])], [Some(1), None, None]);
//= r11_question_option_mix::f
//= r11_question_option_mix::f
//= r11_question_option_mix::f

//# r13_infallible
assert_eq!(f(), Ok(1));
//= r13_infallible::f

//# r15_lifetimes_err
assert_eq!(f("a:b").unwrap(), "a");
assert_eq!(f("a").unwrap_err().0, "a");
//= r15_lifetimes_err::f
//= r15_lifetimes_err::f error

//# r17_async_coerce
assert_eq!(block_on(f("1")).unwrap()(), 1);
assert!(block_on(f("x")).is_err());
//= r17_async_coerce::f
//= r17_async_coerce::f error "invalid digit found in string"

//# r19_control_flow
assert!(f(true).is_break());
assert!(f(false).is_continue());
//= r19_control_flow::f
//= r19_control_flow::f

//# r21_fake_result_type
assert_eq!(f().0, 1);
//= r21_fake_result_type::f

//# r23_option_result
assert!(f(true).is_none());
assert!(f(false).unwrap().is_err());
//= r23_option_result::f
//= r23_option_result::f error "x"
