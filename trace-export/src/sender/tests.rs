//! Senders whose transports fail.

use super::*;
use crate::config::{Destination, Env, Otlp, Room};
use crate::transport::Transport;
use crate::watch::{Known, Target, Watch};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Panics at the calls that `panics` names, and takes everything else.
struct Panicking<'a>(&'a AtomicU64, fn(u64) -> bool);

impl Transport for Panicking<'static> {
    fn send(&mut self, _: &Batch, _: Duration) -> Outcome {
        let call = self.0.fetch_add(1, Relaxed) + 1;
        assert!(!(self.1)(call), "on purpose");
        Outcome::Delivered { rejected: 0, message: String::new() }
    }
}

/// Sends ten batches of one span each; gives what was counted as delivered, and what was left at the end.
fn send_ten(panics: fn(u64) -> bool) -> (u64, usize) {
    let calls: &AtomicU64 = Box::leak(Box::default());
    let otlp = Env::of_map(BTreeMap::new()).otlp(&Destination::new("http://h")).ok();
    let lane = Lane::new("otlp".to_owned(), Room::default(), Target::new(Known::new(otlp)), None);
    let control = Control::new(vec![lane], false);
    let lane = &control.lanes[0];
    (0..10).for_each(|_| lane.outbox.push(Batch::new(vec![0; 10], 1)));
    let connect = |_: &Otlp| Ok(Box::new(Panicking(calls, panics)) as Box<dyn Transport>);
    let left = std::thread::scope(|scope| {
        scope.spawn(|| run(&control, lane, Way::to_backend(Watch::new(None), &connect)));
        let end = Instant::now() + Duration::from_secs(60);
        lane.outbox.end_at(end);
        lane.outbox.take_rest(end, false)
    });
    (lane.delivered_so_far(), left.len())
}

#[test]
fn a_transport_that_panics_is_a_failed_attempt_and_every_batch_has_its_outcome() {
    std::thread::scope(|scope| {
        for run in 0..100 {
            scope.spawn(move || match run % 3 {
                0 => assert_eq!(send_ten(|call| call == 1), (10, 0)),
                1 => assert_eq!(send_ten(|call| call % 3 == 0), (10, 0)),
                _ => assert_eq!(send_ten(|_| true), (0, 10)),
            });
        }
    });
}
