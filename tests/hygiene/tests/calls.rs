//! The functions of this crate are traced, and do what they say.

use hygiene::{names, prelude, shapes};
use rt::Status;
use rt::capture::Capture;
use std::fmt::Write as _;
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// What a call gives, and the names of its spans in the order of their ends, `!` after those that failed.
fn traced<R>(call: impl FnOnce() -> R) -> (R, String) {
    let spans = Capture::start();
    let value = call();
    let mut names = String::new();
    for span in spans.spans() {
        let failed = if matches!(span.status, Status::Error(_)) { "!" } else { "" };
        let _ = write!(names, "{}{failed} ", span.name);
    }
    (value, names.trim_end().to_owned())
}

/// Each call makes these spans.
macro_rules! make {
    ($($call:expr => $spans:literal;)*) => {
        $(
            let (_, spans) = traced(|| $call);
            assert_eq!(spans, $spans, "{}", stringify!($call));
        )*
    };
}

#[test]
fn every_shape_is_traced() {
    make! {
        shapes::unit() => "shapes::unit";
        shapes::number(1) => "a.number";
        shapes::fields(1, "text") => "shapes::fields";
        shapes::result("5") => "shapes::result";
        shapes::result("x") => "shapes::result!";
        shapes::result_straight("x") => "shapes::result_straight!";
        shapes::result_opaque(0) => "opaque!";
        shapes::option(Some("x")) => "shapes::option!";
        shapes::option(None) => "shapes::option";
        shapes::borrows(&mut [], "x").is_err() => "shapes::borrows!";
        finish(shapes::waits(1)) => "shapes::waits";
        finish(shapes::waits_result("5")) => "shapes::waits_result";
        finish(shapes::waits_result("x")) => "shapes::waits_result!";
        shapes::generic("x", [1, 2]) => "shapes::generic";
        shapes::hidden(&[1]).count() => "shapes::hidden";
        shapes::hidden_result(&[]).is_err() => "shapes::hidden_result!";
        finish(shapes::boxed(0)) => "shapes::boxed!";
        finish(shapes::later(1)) => "shapes::later";
        catch_unwind(|| shapes::never()).is_err() => "shapes::never!";
        shapes::coerced(1)(2) => "shapes::coerced";
        shapes::patterns((1, 2), [1, 2, 3], "", 4) => "shapes::patterns";
        shapes::inside(1) => "shapes::inside";
        shapes::tracks() => "shapes::tracks";
        shapes::made(1) => "shapes::made";
        shapes::inner::f(1) => "a.number inner::f";
        finish(shapes::inner::T.m(1)) => "T::m";
    }
}

#[test]
fn every_method_is_traced() {
    use shapes::Service;
    use shapes::Shape as _;
    make! {
        Service::new(1).get() => "Service::get";
        Service::new(1).with(0).entry().is_err() => "Service::with Service::entry!";
        finish(Service::new(0).load("x")) => "Service::load!";
        Service::new(0).hot() => "";
        Service::new(1).double() => "<Service as Shape>::area Shape::double";
        Service::new(1).to_string() => "<Service as Display>::fmt";
    }
}

#[test]
fn names_of_the_user_s_do_not_meet_ours() {
    make! {
        names::parameters(1, 2, 3, 4, 5) => "names::parameters";
        names::parameters(1, 2, 3, 4, 500) => "names::parameters!";
        finish(names::parameters_wait(1, 2, 3, 4, 500)) => "names::parameters_wait!";
        names::variables(1) => "names::variables";
        names::items(1) => "names::items";
        names::modules::plain(1) => "modules::plain";
        names::modules::result("x") => "modules::result!";
        finish(names::modules::waits("x")) => "modules::waits!";
        names::functions::call(1) => "functions::fail functions::type_name functions::never functions::enter functions::call";
        names::functions::type_name(|n| n, u32::MAX) => "functions::type_name!";
    }
    assert_eq!(names::parameters(1, 2, 3, 4, 5), Ok(15));
    assert_eq!(names::items(1), Ok(2));
}

#[test]
fn no_prelude_is_needed() {
    make! {
        prelude::none::plain(1, "text") => "none";
        prelude::none::result(0) => "none::result!";
        prelude::none::straight("x") => "none::straight!";
        prelude::none::option(1) => "none::result none::option";
        finish(prelude::none::waits(0)) => "none::result! none::waits!";
        finish(prelude::none::boxed(1)) => "none::boxed";
        prelude::none::Service::new().get().is_ok() => "none::straight Service::new Service::get";
        prelude::none::Service::default() => "none::straight Service::new <Service as Default>::default";
        prelude::shadowed::plain(1) => "shadowed";
        prelude::shadowed::result(0) => "shadowed::result!";
        finish(prelude::shadowed::waits(0)) => "shadowed::result! shadowed::waits!";
        prelude::shadowed::not_a_result() => "shadowed::not_a_result";
        finish(prelude::shadowed::not_an_option()) => "shadowed::not_an_option";
    }
}
