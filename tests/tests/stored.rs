//! `trace_export::stored`: programs look at a spool while others use it.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};
use tests::batch_file::{HEADER, name};
use tests::place::Place;
use tests::receiver::decoded;
use tests::spooler::{Spooler, spooler};
use tests::tool::{attribute, batch, failed, look, put, span};
use trace_export::stored::{self, FileKind, Unreadable};
use trace_runtime::{Kind, Status, Value};

#[test]
fn spans_come_with_all_that_was_stored_of_them_their_resource_and_their_scope() {
    let place = Place::new();
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first").env("OTEL_SERVICE_NAME", "shop");
    let mut program = Spooler::ready(&mut command);
    program.store(7..8);
    assert!(program.end().status.success());
    let before = look(&place.spool());
    let files = stored::look(place.spool()).expect("a directory");
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!((file.kind, file.spans, file.is_held()), (FileKind::Waiting, Some(1), false));
    let content = file.read().expect("a batch");
    assert_eq!((content.requests().len(), content.span_count(), content.damage()), (1, 1, None));
    let request = &content.requests()[0];
    let bytes = fs::read(&file.path).expect("a file");
    assert_eq!(request.bytes(), &bytes[HEADER..]);
    // As an independent decoder has them.
    let expected = &decoded(request.bytes())[0];
    let found = request.spans().next().expect("a span");
    assert_eq!(found.span.context().trace_id.to_bytes().to_vec(), expected.span.trace_id);
    assert_eq!(found.span.context().span_id.to_bytes().to_vec(), expected.span.span_id);
    assert_eq!(found.span.start_unix_nanos(), expected.span.start_time_unix_nano);
    assert_eq!(found.span.end_unix_nanos(), expected.span.end_time_unix_nano);
    assert_eq!((&found.span.name, found.span.attribute("n")), (&expected.span.name, Some(&Value::Int(7))));
    assert_eq!((&*found.scope.name, &found.scope.version), ("tests", &expected.scope.version));
    let service = found.resource.iter().find(|(key, _)| key == "service.name");
    assert_eq!(service.map(|(_, value)| value.to_string()).as_deref(), Some("shop"));
    assert!(before == look(&place.spool()), "looking changed something");
}

#[test]
fn kinds_states_and_attributes_are_read_as_they_were_written() {
    let place = Place::new();
    let mut one = span(1, 1, 2, "one", (3, 4));
    (one.kind, one.status, one.flags) = (3, failed("no"), 0x301);
    one.attributes.push(attribute("key", "value"));
    put(&place, &[(name(1, 1), batch("shop", vec![one]))]);
    let content = stored::look(place.spool()).expect("a directory")[0].read().expect("a batch");
    let found = content.requests()[0].spans().next().expect("a span").span;
    assert_eq!((found.kind, &found.status), (Kind::Client, &Status::Error("no".to_owned())));
    assert_eq!(found.parent_id().map(trace_runtime::SpanId::to_u64), Some(2));
    assert!(found.has_remote_parent() && found.duration() == Duration::from_millis(1));
    assert_eq!(found.attribute("key"), Some(&Value::Str("value".into())));
}

#[test]
fn a_file_that_others_rename_is_found_again_until_it_is_gone() {
    let place = Place::new();
    put(&place, &[(name(1, 1), batch("shop", vec![span(1, 1, 0, "one", (0, 1))]))]);
    let files = stored::look(place.spool()).expect("a directory");
    let (stem, is_read) = (name(1, 1).replace(".batch", ""), || files[0].read().map(|content| content.span_count()));
    let mut at = files[0].path.clone();
    for state in ["1.lease", "batch", "99999999999999.lease", "batch"] {
        let next = place.spool().join(format!("{stem}.{state}"));
        fs::rename(&at, &next).expect("a file");
        at = next;
        assert!(matches!(is_read(), Ok(1)), "{state}");
        assert_eq!(files[0].remove().expect("no error"), state == "batch", "only under the name that it had");
        put(
            &place,
            &[(
                at.file_name().expect("a name").to_string_lossy().into_owned(),
                batch("shop", vec![span(1, 1, 0, "one", (0, 1))]),
            )],
        );
    }
    fs::create_dir(place.spool().join("quarantine")).expect("a directory");
    fs::rename(&at, place.spool().join("quarantine").join(name(1, 1))).expect("a file");
    assert!(matches!(is_read(), Ok(1)), "in the quarantine");
    fs::remove_file(place.spool().join("quarantine").join(name(1, 1))).expect("a file");
    assert!(matches!(is_read(), Err(Unreadable::Gone)));
}

#[test]
fn a_lease_is_held_until_its_deadline_and_not_if_that_is_out_of_all_reason() {
    let place = Place::new();
    put(&place, &[]);
    let now = UNIX_EPOCH.elapsed().expect("after 1970");
    let stem = name(1, 1).replace(".batch", "");
    let is_held = |deadline: Duration| {
        put(&place, &[(format!("{stem}.{}.lease", deadline.as_millis()), Vec::new())]);
        let file = stored::look(place.spool()).expect("a directory").remove(0);
        fs::remove_file(&file.path).expect("a file");
        file.is_held()
    };
    assert!(is_held(now + Duration::from_secs(60)));
    assert!(!is_held(now.saturating_sub(Duration::from_secs(1))) && !is_held(Duration::ZERO));
    assert!(!is_held(now + Duration::from_secs(3600)), "taken before the clock was set back");
    assert!(!is_held(Duration::from_millis(u64::MAX)));
}

#[test]
fn a_file_is_listed_once_while_it_is_renamed_and_the_oldest_comes_first() {
    let place = Place::new();
    let stem = name(5, 1).replace(".batch", "");
    let both = [name(5, 1), format!("{stem}.1.lease"), name(9, 1), name(2, 1)];
    put(&place, &both.map(|name| (name, Vec::new())));
    let files = stored::look(place.spool()).expect("a directory");
    let since: Vec<_> =
        files.iter().map(|file| file.since.duration_since(UNIX_EPOCH).expect("later").as_nanos()).collect();
    assert_eq!(since, [2, 5, 9]);
}
