//! Promises of the store, on a disk that fails at every operation.

use super::faulty::{Fault, Faulty};
use super::name::QUARANTINE;
use super::*;
use std::collections::BTreeSet;

const REQUEST: Duration = Duration::from_secs(10);
const ROOMY: Limits = Limits { bytes: 1 << 20, batches: 100 };

fn batch(number: u8) -> Batch {
    Batch::new(vec![number; 50], u64::from(number))
}

fn number(lease: &Lease) -> u8 {
    lease.batch.bytes[0]
}

fn store_on(disk: &Faulty, limits: Limits) -> Store {
    Store::new(Box::new(disk.clone()), limits, REQUEST)
}

/// What a run achieved, as far as it was told.
#[derive(Default)]
struct Told {
    stored: BTreeSet<u8>,
    delivered: BTreeSet<u8>,
}

/// Stores, delivers, gives up and rejects, as a program would.
fn use_store(store: &mut Store) -> Told {
    let mut told = Told::default();
    for pair in [[1, 2], [3, 4], [5, 6]] {
        let (stored, _) = store.store(&pair.map(batch));
        told.stored.extend(pair.iter().zip(&stored).filter(|(_, file)| file.is_some()).map(|(number, _)| *number));
        if let Ok(Some(lease)) = store.lease() {
            if number(&lease) % 2 == 0 {
                store.release(&lease, true);
            } else {
                told.delivered.insert(number(&lease));
                store.delivered(&lease);
            }
        }
    }
    told
}

/// Every batch that another process finds, once its leases are over.
fn find_all(disk: &Faulty) -> Vec<u8> {
    let mut store = store_on(disk, ROOMY);
    store.clock = || wall_clock() + Duration::from_secs(3600);
    let mut found = Vec::new();
    while let Ok(Some(lease)) = store.lease() {
        found.push(number(&lease));
        store.delivered(&lease);
    }
    assert_eq!(store.take_losses().damaged_files, 0, "a file is damaged: {:?}", disk.names());
    found
}

fn operations_of_a_run() -> usize {
    let disk = Faulty::default();
    use_store(&mut store_on(&disk, ROOMY));
    disk.operations()
}

#[test]
fn what_was_stored_survives_a_crash_at_every_operation() {
    for at in 0..=operations_of_a_run() {
        for keeps_names in [false, true] {
            let disk = Faulty::failing_at(at, Fault::Crash);
            let told = use_store(&mut store_on(&disk, ROOMY));
            let found = find_all(&disk.after_crash(keeps_names));
            let missing: Vec<_> = told.stored.difference(&told.delivered).filter(|n| !found.contains(n)).collect();
            assert!(missing.is_empty(), "operation {at}, names kept: {keeps_names}, lost {missing:?}");
            let once: BTreeSet<_> = found.iter().collect();
            assert_eq!(once.len(), found.len(), "operation {at}: a batch is there twice");
        }
    }
}

#[test]
fn an_error_at_any_operation_loses_and_doubles_nothing() {
    let kinds = [ErrorKind::StorageFull, ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::Other];
    for at in 0..=operations_of_a_run() {
        for kind in kinds {
            let disk = Faulty::failing_at(at, Fault::Error(kind));
            let mut store = store_on(&disk, ROOMY);
            let told = use_store(&mut store);
            let found = find_all(&disk.after_crash(true));
            let waiting: Vec<_> = told.stored.difference(&told.delivered).copied().collect();
            let missing: Vec<_> = waiting.iter().filter(|n| !found.contains(n)).collect();
            assert!(missing.is_empty(), "operation {at}, {kind}: lost {missing:?}");
            // What could not be removed is delivered once more, and no more than one batch is.
            let surplus = found.len() - waiting.len();
            assert!(surplus <= 1, "operation {at}, {kind}: {found:?} instead of {waiting:?}");
        }
    }
}

#[test]
fn the_oldest_go_when_the_limits_are_reached_and_are_counted() {
    for limits in [Limits { bytes: 1 << 20, batches: 3 }, Limits { bytes: 3 * 74, batches: 100 }] {
        let disk = Faulty::default();
        let mut store = store_on(&disk, limits);
        for n in 1..=5 {
            assert!(store.store(&[batch(n)]).1.is_ok());
        }
        assert_eq!(store.take_losses().evicted, Spans { own: 1 + 2, adopted: 0 });
        let mut other = store_on(&disk, limits);
        assert!(other.store(&[batch(6)]).1.is_ok());
        assert_eq!(other.take_losses().evicted, Spans { own: 0, adopted: 3 });
        assert_eq!(find_all(&disk), [4, 5, 6]);
    }
}

#[test]
fn a_batch_that_can_never_fit_is_an_error_and_evicts_nothing_that_is_leased() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, Limits { bytes: 100, batches: 100 });
    assert!(store.store(&[batch(1)]).1.is_ok());
    let lease = store.lease().ok().flatten().map(|lease| number(&lease));
    assert_eq!(lease, Some(1));
    assert!(store.store(&[batch(2)]).1.is_err_and(|error| error.kind() == ErrorKind::QuotaExceeded));
    assert_eq!(find_all(&disk), [1]);
}

#[test]
fn what_does_not_fit_removes_nothing_and_keeps_no_other_out() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, Limits { bytes: 5 * 74, batches: 100 });
    assert!(store.store(&[1, 2].map(batch)).1.is_ok());
    let huge = Batch::new(vec![3; 1000], 3);
    let (stored, result) = store.store(&[huge, batch(4)]);
    assert!(stored[0].is_none() && stored[1].is_some() && result.is_err());
    assert_eq!(store.take_losses(), Losses::default());
    assert_eq!(find_all(&disk), [1, 2, 4]);
    let mut none = store_on(&disk, Limits { bytes: 1000, batches: 0 });
    assert!(none.store(&[batch(5)]).1.is_err());
    assert_eq!(none.take_losses(), Losses::default());
}

#[test]
fn batches_that_nobody_tried_go_before_those_whose_sender_ended() {
    let disk = Faulty::default();
    let mut ended = store_on(&disk, ROOMY);
    assert!(ended.store(&[1, 2].map(batch)).1.is_ok());
    assert_eq!(ended.lease().ok().flatten().map(|lease| number(&lease)), Some(1));
    let mut next = store_on(&disk, ROOMY);
    next.clock = || wall_clock() + Duration::from_secs(3600);
    let order: Vec<_> = (0..2).filter_map(|_| next.lease().ok().flatten()).map(|lease| number(&lease)).collect();
    assert_eq!(order, [2, 1]);
}

#[test]
fn a_split_that_was_cut_short_can_be_done_again() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, ROOMY);
    assert!(store.store(&[batch(4)]).1.is_ok());
    let part = || Batch::new(vec![4; 50], 2);
    let start = disk.operations();
    for at in start..start + 12 {
        let Ok(Some(lease)) = store.lease() else { continue };
        disk.fail_once(at, ErrorKind::Other);
        let _ = store.split(&lease, &[part(), part()]);
        store.release(&lease, false);
        store.looked = None;
        if lease.batch.spans == 2 {
            break;
        }
    }
    let spans: u64 = {
        let mut last = store_on(&disk.after_crash(true), ROOMY);
        last.clock = || wall_clock() + Duration::from_secs(3600);
        std::iter::from_fn(|| last.lease().ok().flatten()).map(|lease| lease.batch.spans).sum()
    };
    assert!(spans >= 4, "{spans}");
}

#[test]
fn a_full_disk_can_be_drained_and_takes_more_then() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, ROOMY);
    disk.set_room(3 * 74);
    let (stored, result) = store.store(&[1, 2, 3, 4].map(batch));
    assert!(stored.iter().flatten().count() == 3 && result.is_err());
    for expected in 1..=3 {
        let lease = store.lease().ok().flatten();
        assert_eq!(lease.as_ref().map(number), Some(expected));
        if let Some(lease) = lease {
            store.delivered(&lease);
        }
    }
    assert!(store.store(&[batch(4)]).1.is_ok());
    assert_eq!(find_all(&disk), [4]);
}

#[test]
fn nobody_else_has_a_leased_batch_before_its_deadline() {
    let disk = Faulty::default();
    let (mut one, mut two) = (store_on(&disk, ROOMY), store_on(&disk, ROOMY));
    assert!(one.store(&[batch(1)]).1.is_ok());
    let lease = one.lease().ok().flatten();
    assert!(lease.is_some_and(|lease| lease.is_own));
    assert!(two.lease().is_ok_and(|lease| lease.is_none()));
    // Just past it, and long before it because the clock was set back.
    for clock in [|| wall_clock() + Duration::from_secs(16), || wall_clock().saturating_sub(Duration::from_secs(7200))]
    {
        let mut later = store_on(&disk, ROOMY);
        later.clock = clock;
        let taken = later.lease().ok().flatten();
        assert_eq!(taken.as_ref().map(|lease| (number(lease), lease.is_own)), Some((1, false)));
        if let Some(lease) = taken {
            later.release(&lease, false);
        }
        assert!(one.store(&[]).1.is_ok());
        one.looked = None;
        let again = one.lease().ok().flatten();
        assert!(again.is_some());
    }
}

#[test]
fn a_batch_under_suspicion_comes_last_and_a_good_one_first_again() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, ROOMY);
    assert!(store.store(&[1, 2, 3].map(batch)).1.is_ok());
    let mut seen = Vec::new();
    for n in 0..4 {
        if let Ok(Some(lease)) = store.lease() {
            seen.push(number(&lease));
            if number(&lease) == 1 { store.release(&lease, n == 1) } else { store.delivered(&lease) }
        }
    }
    assert_eq!(seen, [1, 1, 2, 3]);
}

#[test]
fn damaged_files_go_to_a_bounded_quarantine_and_later_versions_stay() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, Limits { bytes: 1 << 20, batches: 50 });
    assert!(store.store(&[9, 1].map(batch)).1.is_ok());
    let names = disk.names();
    disk.overwrite(&names[0], b"something else");
    let lease = store.lease().ok().flatten();
    assert_eq!(lease.as_ref().map(number), Some(1));
    let losses = store.take_losses();
    assert_eq!((losses.damaged.own, losses.damaged_files), (9, 1));
    for n in 0..20 {
        store.quarantine(&batch(n));
    }
    assert_eq!(disk.list(QUARANTINE).map(|files| files.len()).ok(), Some(5));
}

#[test]
fn halves_of_a_stored_batch_take_its_place_under_names_of_their_own() {
    let disk = Faulty::default();
    let mut store = store_on(&disk, ROOMY);
    assert!(store.store(&[batch(4)]).1.is_ok());
    for _ in 0..3 {
        if let Ok(Some(lease)) = store.lease() {
            let part = |spans| Batch::new(lease.batch.bytes.to_vec(), spans);
            let half = lease.batch.spans / 2;
            assert!(store.split(&lease, &[part(half), part(lease.batch.spans - half)]).is_ok());
        }
    }
    assert_eq!(find_all(&disk).len(), 4);
}
