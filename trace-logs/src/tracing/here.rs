//! What each thread has entered, so that leaving needs no look at the registry.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};
use trace_runtime::export::{AdoptedPlace, Entered};
use tracing_core::span::Id;

thread_local! {
    static HERE: RefCell<Vec<(Which, Option<Entered>)>> = const { RefCell::new(Vec::new()) };
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

/// Layers that are no more. Their spans may be entered still, where another layer took their place (`reload`).
static GONE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// This layer will not hear of exits any more.
pub(super) fn forget_layer(number: u32) {
    GONE.lock().unwrap_or_else(PoisonError::into_inner).push(number);
}

/// The place of an entry that another layer is to end in place of its own.
#[cold]
fn left_over(here: &[(Which, Option<Entered>)], which: Which) -> Option<usize> {
    let gone = GONE.lock().unwrap_or_else(PoisonError::into_inner);
    here.iter().rposition(|(one, _)| one.1 == which.1 && gone.contains(&one.0))
}

/// Makes a span current.
#[inline]
pub(super) fn enter(which: Which, place: &AdoptedPlace) {
    // Not while the stack is borrowed: others' code may run in here, and enter spans.
    let entered = place.enter();
    // If the thread is ending, there is no stack; what was entered is left at once.
    let _ = HERE.try_with(|here| here.borrow_mut().push((which, entered)));
}

/// The span is no longer current: the last of its entries here.
#[inline]
pub(super) fn exit(which: Which) {
    let left = HERE.try_with(|here| {
        let mut here = here.borrow_mut();
        match here.last() {
            Some((last, _)) if *last == which => here.pop().map(|(_, own)| (own, None)),
            _ => {
                let own = here.iter().rposition(|(one, _)| *one == which);
                let at = own.or_else(|| left_over(&here, which))?;
                let (_, own) = here.remove(at);
                // Out for a moment, as what ends may be others'.
                let next = here.get_mut(at).map(|(_, next)| (at, next.take()));
                Some((own, next))
            }
        }
    });
    if let Ok(Some((own, Some((at, next))))) = left {
        let next = exit_before(own, next);
        let _ = HERE.try_with(|here| {
            if let Some((_, place)) = here.borrow_mut().get_mut(at) {
                *place = next;
            }
        });
    }
}

/// Ends an entry after which others were made that go on; what is current stays so. Gives what the next one is from here on.
#[cold]
fn exit_before(own: Option<Entered>, next: Option<Entered>) -> Option<Entered> {
    match (own, next) {
        (Some(own), Some(mut next)) => {
            own.end_before(&mut next);
            Some(next)
        }
        // What the next one needed was current already, by this one: which goes on in its name.
        (own, next) => own.or(next),
    }
}
