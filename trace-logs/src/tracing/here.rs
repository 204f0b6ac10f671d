//! What each thread has entered, so that leaving needs no look at the registry.

use std::cell::RefCell;
use trace_runtime::export::{AdoptedPlace, Entered};
use tracing_core::span::Id;

thread_local! {
    static HERE: RefCell<Here> = const { RefCell::new(Here { newest: None, entered: Vec::new() }) };
}

/// A span, and the number of the layer whose it is: registries give the same ids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Which(u32, u64);

impl Which {
    #[inline]
    pub(super) fn new(layer: u32, id: &Id) -> Self {
        Self(layer, id.into_u64())
    }
}

struct Here {
    /// The span that this thread started last: mostly that is what it enters next. An id is given again only by the thread that gave it
    /// before, which then starts a span and replaces this; so while an id is in use, this is its span.
    newest: Option<(Which, Option<AdoptedPlace>)>,
    entered: Vec<(Which, Option<Entered>)>,
}

/// This thread started a span.
#[inline]
pub(super) fn started(which: Which, place: Option<AdoptedPlace>) {
    let _ = HERE.try_with(|here| here.borrow_mut().newest = Some((which, place)));
}

/// Makes a span current. `find` looks for it where all are.
#[inline]
pub(super) fn enter(which: Which, find: impl FnOnce() -> Option<AdoptedPlace>) {
    let newest = HERE.try_with(|here| here.borrow().newest);
    // The thread is ending.
    let Ok(newest) = newest else { return };
    let place = match newest {
        Some((newest, place)) if newest == which => place,
        _ => find(),
    };
    let Some(place) = place else { return };
    // Not while the stack is borrowed: others' code may run in here, and enter spans.
    let entered = place.enter();
    let _ = HERE.try_with(|here| here.borrow_mut().entered.push((which, entered)));
}

/// The span is no longer current: the last of its entries here.
#[inline]
pub(super) fn exit(which: Which) {
    let left = HERE.try_with(|here| {
        let mut here = here.borrow_mut();
        match here.entered.last() {
            None => None,
            Some((last, _)) if *last == which => here.entered.pop(),
            Some(_) => {
                let at = here.entered.iter().rposition(|(one, _)| *one == which)?;
                Some(here.entered.remove(at))
            }
        }
    });
    drop(left);
}
