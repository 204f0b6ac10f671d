//! Places in the user's code are those of the bare function: for callers, panics, and whom the body calls.

#![allow(clippy::unnecessary_wraps, clippy::unused_self, clippy::manual_async_fn, clippy::redundant_closure)] // shapes, not style
#![allow(clippy::unnecessary_map_on_constructor, clippy::unused_async)]

use std::cell::RefCell;
use std::future::ready;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Once;
use std::task::{Context, Poll, Waker};

/// Line and column.
type Place = (u32, u32);

thread_local! {
    /// Where panics were, while some are expected.
    static PANICKED: RefCell<Option<Vec<Place>>> = const { RefCell::new(None) };
}

/// Where the panics in `run` were.
fn panics<R>(run: impl FnOnce() -> R) -> Vec<Place> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let expected = PANICKED.with_borrow_mut(|panicked| {
                let location = info.location().filter(|location| location.file() == file!());
                panicked.as_mut().zip(location).map(|(places, location)| places.push(place(location)))
            });
            if expected.is_none() {
                before(info);
            }
        }));
    });
    PANICKED.set(Some(Vec::new()));
    let ended = catch_unwind(AssertUnwindSafe(run));
    let places = PANICKED.take().unwrap_or_default();
    assert!(ended.is_err() && !places.is_empty(), "it panics");
    places
}

fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

fn place(location: &Location<'_>) -> Place {
    (location.line(), location.column())
}

/// The place of who calls it.
#[track_caller]
fn here() -> Place {
    place(Location::caller())
}

tests::twice! {
    #[track_caller]
    pub fn tracked() -> Place {
        place(Location::caller())
    }
    #[track_caller]
    pub fn tracked_result(fail: bool) -> Result<Place, Place> {
        if fail {
            return Err(here());
        }
        Ok(here())
    }
    #[track_caller]
    pub fn tracked_tail() -> Result<Place, Place> {
        Ok(place(Location::caller()))
    }
    #[track_caller]
    pub fn tracked_panics(text: &str) -> Result<u32, String> {
        Ok(text.parse().unwrap())
    }
    pub fn plain() -> (Place, Place) {
        (here(), tracked())
    }
    pub fn result(text: &str) -> Result<Place, std::num::ParseIntError> {
        let _: u32 = text.parse()?;
        Ok(here())
    }
    pub fn result_tail() -> Result<Place, String> {
        Ok(here())
    }
    pub async fn waits() -> Place {
        ready(()).await;
        here()
    }
    pub async fn waits_result(text: &str) -> Result<Place, std::num::ParseIntError> {
        ready(()).await;
        let _: u32 = text.parse()?;
        Ok(here())
    }
    pub fn boxed() -> Pin<Box<dyn Future<Output = Place>>> {
        Box::pin(async move { here() })
    }
    pub fn line() -> (u32, u32, &'static str) {
        (line!(), column!(), module_path!().trim_start_matches("locations::"))
    }
    pub fn panics_plainly() {
        panic!("on purpose");
    }
    pub fn panics_by_index(at: usize) -> u8 {
        [1, 2, 3][at]
    }
    pub fn panics_by_overflow(n: u8) -> Result<u8, String> {
        if n == 0 {
            return Err("zero".into());
        }
        Ok(n + 255)
    }
    pub fn panics_by_unwrap(text: &str) -> Result<u8, String> {
        let n: u8 = text.parse().unwrap();
        Ok(n)
    }
    pub async fn panics_later(n: u8) -> u8 {
        ready(()).await;
        n / u8::from(n > 9)
    }
    pub async fn panics_later_result(text: &str) -> Result<u8, String> {
        ready(()).await;
        let n: u8 = text.parse().map_err(|_| "no".to_owned()).expect("a number");
        if n == 1 {
            return Err("one".into());
        }
        Ok(n)
    }
    pub fn panics_in_a_block() -> impl Future<Output = u8> {
        async move { unreachable!("on purpose") }
    }
    pub struct Owner;
    impl Owner {
        #[track_caller]
        pub fn tracked(&self) -> &'static Location<'static> {
            Location::caller()
        }
        pub fn panics(&self) -> Result<(), String> {
            Err::<(), _>("x").map_err(str::to_owned)?;
            Ok(())
        }
    }
}

/// Of both; the same tokens of this test call both.
macro_rules! same {
    ($($run:expr;)*) => {
        $(
            let (bare, traced) = tests::both!($run);
            assert_eq!(traced, bare, "{}", stringify!($run));
        )*
    };
}

#[test]
fn a_function_that_tracks_its_caller_sees_it() {
    same! {
        subject::tracked();
        subject::tracked_result(false);
        subject::tracked_result(true);
        subject::tracked_tail();
        subject::Owner.tracked().to_string();
        panics(|| subject::tracked_panics("x"));
    }
    let (line, column) = tests::both!(subject::tracked()).1;
    assert!(line == line!() - 1 && column > 1);
}

#[test]
fn what_a_body_calls_sees_the_line_of_the_body() {
    same! {
        subject::plain();
        subject::result("5");
        subject::result_tail();
        finish(subject::waits());
        finish(subject::waits_result("5"));
        finish(subject::boxed());
    }
    let (bare, traced) = tests::both!(subject::line());
    assert_eq!((traced.0, traced.1), (bare.0, bare.1));
    assert_eq!((bare.2, traced.2), ("bare", "traced"));
}

#[test]
fn a_panic_is_where_it_is_written() {
    same! {
        panics(|| subject::panics_plainly());
        panics(|| subject::panics_by_index(5));
        panics(|| subject::panics_by_overflow(5));
        panics(|| subject::panics_by_unwrap("x"));
        panics(|| finish(subject::panics_later(5)));
        panics(|| finish(subject::panics_later_result("x")));
        panics(|| finish(subject::panics_in_a_block()));
        panics(|| subject::Owner.panics().unwrap());
    }
}
