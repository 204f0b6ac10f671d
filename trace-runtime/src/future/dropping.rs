//! A future is dropped: what its body owns is dropped inside of its span.

use super::inside::{Current, Here, Inside};
use super::{AsyncSpan, Open, State};

/// What is left once all that is dropped. Of a recorded span in its own trace, which most are, the slot keeps it.
pub(super) struct Dropping {
    state: State,
    current: Current,
}

impl AsyncSpan {
    /// The body is dropped next, and then this.
    #[inline]
    pub(super) fn begin_drop(&mut self) {
        if !self.is_over() {
            self.make_current_for_drop();
        }
    }

    #[inline(never)]
    fn make_current_for_drop(&mut self) {
        if !self.is_live() {
            return;
        }
        if !std::thread::panicking() {
            self.expect_panics();
        }
        match (Inside::poll(self).into_current(), &mut *self.state) {
            (Current::Nothing, _) => {}
            (Current::Here(Here { place, before }), State::Open(open)) => {
                open.slot.keep_entry(place, &before);
                open.dropping = true;
            }
            (current, _) => {
                let state = self.take(State::Over);
                self.change(State::Dropping(Box::new(Dropping { state, current })));
            }
        }
    }

    /// One that comes from here on is the span's, also if there was another when it started.
    fn expect_panics(&mut self) {
        match &mut *self.state {
            State::Open(Open { unwinding, .. }) => *unwinding = false,
            State::Counted(counted) => counted.expect_panics(),
            _ => {}
        }
    }

    /// The body is gone.
    pub(super) fn end_drop(&mut self) {
        let current = match &mut *self.state {
            State::Open(open) if open.dropping => {
                open.dropping = false;
                let (place, before) = open.slot.kept_entry();
                Current::Here(Here { place, before })
            }
            State::Dropping(_) => {
                let State::Dropping(dropping) = self.take(State::Over) else { return };
                self.change(dropping.state);
                dropping.current
            }
            _ => return,
        };
        Inside::new(self, current).restore();
    }
}
