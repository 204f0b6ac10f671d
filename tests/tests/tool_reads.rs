//! `trace-spool list`, `export` and `verify`: they say what is there, and change nothing.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;
use tests::batch_file::{CAP, HEADER, name, sealed};
use tests::faults::{is_root, skip};
use tests::place::Place;
use tests::spooler::{Spooler, spooler};
use tests::tool::{Ran, batch, end_leases, look, put, run, span};

const NOBODY: u32 = 65534;

/// A spool of a program whose backend is away: 3 batches of one span, and one of 5.
fn stored(place: &Place) {
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").env("OTEL_SERVICE_NAME", "shop");
    let mut program = Spooler::ready(&mut command);
    program.store(0..3);
    program.spans(10, 5);
    assert!(program.end().status.success());
    end_leases(place);
    assert_eq!(place.waiting().len(), 4);
}

/// The requests that JSON of one a line holds, by an independent decoder.
fn requests(json: &str) -> Vec<ExportTraceServiceRequest> {
    json.lines().map(|line| serde_json::from_str(line).expect("OTLP/JSON")).collect()
}

#[test]
fn what_a_program_stored_is_listed_shown_exported_and_verified_and_nothing_changes() {
    let place = Place::new();
    stored(&place);
    let dir = place.spool();
    let before = look(&dir);
    let list = run(&[&"list", &dir]).quietly(0);
    let listed: Vec<&str> = list.lines().filter(|line| line.starts_with("waiting ")).collect();
    assert_eq!(listed.len(), 4, "{list}");
    for (line, path) in listed.iter().zip(place.waiting()) {
        assert!(line.ends_with(&path.display().to_string()), "oldest first, nothing wrong: {line}");
    }
    assert!(list.lines().last().is_some_and(|last| last.starts_with("4 files, 8 spans, ")), "{list}");
    let tree = run(&[&"tree", &"--attributes=n", &dir]).quietly(0);
    for n in [0, 1, 2, 10, 11, 12, 13, 14] {
        assert!(tree.contains(&format!("  n={n}\n")), "{n}: {tree}");
    }
    let exported = requests(&run(&[&"export", &dir]).quietly(0));
    let files = place.waiting();
    let written =
        files.iter().map(|path| ExportTraceServiceRequest::decode(&fs::read(path).expect("a file")[HEADER..]));
    assert_eq!(exported, written.map(|request| request.expect("a request")).collect::<Vec<_>>());
    let verified = run(&[&"verify", &dir]).quietly(0);
    assert_eq!(verified.lines().filter(|line| line.starts_with("ok ")).count(), 4, "{verified}");
    assert!(verified.ends_with("4 files with 8 spans ok\n"), "{verified}");
    assert!(before == look(&dir), "nothing was made, renamed, changed or removed");
}

#[test]
fn one_file_is_read_by_its_path_whatever_it_is_called() {
    let place = Place::new();
    stored(&place);
    let copy = place.path("a copy");
    fs::copy(&place.waiting()[3], &copy).expect("a file");
    for path in [&place.waiting()[3], &copy] {
        assert_eq!(requests(&run(&[&"export", path]).quietly(0)).len(), 1);
        assert_eq!(run(&[&"tree", path]).quietly(0).matches("spooler::work").count(), 5);
        assert!(run(&[&"verify", path]).quietly(0).ends_with("1 file with 5 spans ok\n"));
    }
    let both = run(&[&"verify", &copy, &place.spool()]).quietly(0);
    assert!(both.ends_with("5 files with 13 spans ok\n"), "{both}");
}

#[test]
fn an_export_goes_into_a_file_that_only_its_owner_may_read() {
    let place = Place::new();
    stored(&place);
    let file = place.path("spans.json");
    assert_eq!(run(&[&"export", &"-o", &file, &place.spool()]).quietly(0), "");
    assert_eq!(requests(&fs::read_to_string(&file).expect("a file")).len(), 4);
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
}

/// Puts everything there that is not a batch but has the name of one. Name and what is said of it.
fn plant(place: &Place) -> Vec<(String, &'static str)> {
    let good = batch("shop", vec![span(1, 1, 0, "good", (0, 1))]);
    let rest = &good[HEADER..];
    let mut flipped = good.clone();
    flipped[HEADER + 5] ^= 4;
    let contents: [(&[u8], &str); 10] = [
        (&[], "damaged: it ends within its header"),
        (&good[..HEADER - 1], "damaged: it ends within its header"),
        (&good[..good.len() - 1], "damaged: its length is not the one in its header"),
        (&flipped, "damaged: its checksum is wrong"),
        (&[b'x'; 500], "damaged: it does not begin like a batch"),
        (&sealed(1, 1, u32::MAX, rest), "damaged: its length is not the one in its header"),
        (&sealed(0, 1, rest.len() as u32, rest), "damaged: its version never was"),
        (&sealed(1, 7, rest.len() as u32, rest), "damaged: its header says 7 spans, it has 1"),
        (&sealed(1, 1, 3, &[0x0a, 0x7f, 0]), "damaged: its header says 1 spans, it has 0"),
        (&good, ""),
    ];
    let mut said: Vec<_> = (1..).map(|nth| name(nth, 1)).zip(contents.iter().map(|(_, why)| *why)).collect();
    let files: Vec<_> =
        said.iter().zip(contents).map(|((name, _), (bytes, _))| (name.clone(), bytes.to_vec())).collect();
    put(place, &files);
    let at = |name: &str| place.spool().join(name);
    put(place, &[(name(20, 5), good.clone())]);
    said.push((name(20, 5), "damaged: its name says 5 spans, it has 1"));
    symlink(at(&name(10, 1)), at(&name(21, 1))).expect("a link");
    said.push((name(21, 1), "not a spool's file: it is a link or a socket"));
    fs::create_dir(at(&name(22, 1))).expect("a directory");
    said.push((name(22, 1), "not a spool's file: it is a directory, a pipe or a device"));
    assert!(Command::new("mkfifo").arg(at(&name(23, 1))).status().is_ok_and(|status| status.success()));
    said.push((name(23, 1), "not a spool's file: it is a directory, a pipe or a device"));
    fs::write(place.path("elsewhere"), &good).expect("a file");
    fs::hard_link(place.path("elsewhere"), at(&name(24, 1))).expect("a link");
    said.push((name(24, 1), "not a spool's file: it has a second name (a hard link)"));
    put(place, &[(name(25, 1), sealed(1, 1, CAP, rest))]);
    let sparse = File::options().write(true).open(at(&name(25, 1))).expect("a file");
    sparse.set_len(1 << 40).expect("a sparse file");
    said.push((name(25, 1), "damaged: it is longer than any batch"));
    said
}

#[test]
fn what_is_no_batch_is_named_with_a_reason_while_the_others_are_shown() {
    let place = Place::new();
    let said = plant(&place);
    let dir = place.spool();
    let before = look(&dir);
    let (list, verified) = (run(&[&"list", &dir]), run(&[&"verify", &dir]));
    assert_eq!((list.code, verified.code), (1, 1));
    for (name, why) in &said {
        let line = |text: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
        let (listed, verified) = (line(&list.stdout), line(&verified.stdout));
        if why.is_empty() {
            assert!(listed.ends_with(name) && verified.starts_with("ok ") && verified.ends_with(name), "{listed}");
        } else {
            assert!(listed.ends_with(&format!("({why})")), "{listed}");
            assert!(verified.starts_with("BAD ") && verified.ends_with(why), "{verified}");
        }
    }
    let (tree, json) = (run(&[&"tree", &dir]), run(&[&"export", &dir]));
    assert_eq!((tree.code, json.code), (1, 1));
    assert_eq!(tree.stdout.matches("  good  1.0 ms").count(), 1, "{tree:?}");
    for ran in [&tree, &json] {
        for (name, why) in said.iter().filter(|(_, why)| !why.is_empty()) {
            let said = ran.stderr.lines().any(|line| line.contains(name.as_str()) && line.ends_with(why));
            assert!(said, "{name}: {why}: {}", ran.stderr);
        }
    }
    assert!(before == look(&dir));
}

#[test]
fn files_of_a_newer_version_are_named_as_such_and_are_not_damaged() {
    let place = Place::new();
    put(&place, &[(name(1, 1), sealed(2, 1, 99, b"what comes"))]);
    let verified = run(&[&"verify", &place.spool()]).quietly(0);
    assert!(verified.starts_with("-  ") && verified.contains("of version 2 of the format"), "{verified}");
    let tree = run(&[&"tree", &place.spool()]);
    assert!(tree.code == 1 && tree.stderr.contains("of version 2 of the format"), "{tree:?}");
}

#[test]
fn every_state_of_a_file_has_its_word() {
    let place = Place::new();
    let good = batch("shop", vec![span(1, 1, 0, "good", (0, 1))]);
    let millis = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let stem = |nth| name(nth, 1).replace(".batch", "");
    let now = millis as u64 * 1_000_000;
    let files = [
        (format!("{}.{}.lease", stem(1), millis + 60_000), "leased", "somebody sends it, for"),
        (format!("{}.{}.lease", stem(2), millis - 60_000), "leased", "nobody sends it, its lease ran out 1m"),
        (format!("{}.{}.lease", stem(3), u64::MAX), "leased", "nobody sends it"),
        (format!("{}.new", stem(4)), "unfinished", "(its writer died)"),
        (format!("{}.new", stem(now)), "unfinished", "(is being written)"),
        ("destination".to_owned(), "destination", "(where to send)"),
        ("notes.txt".to_owned(), "other", "(none of ours)"),
        ("quarantine/x".to_owned(), "quarantined", "/quarantine/x"),
        ("1234.crash".to_owned(), "crash", "damaged: its beginning is damaged"),
    ];
    fs::create_dir_all(place.spool().join("quarantine")).expect("a directory");
    put(&place, &files.clone().map(|(name, ..)| (name, good.clone())));
    let list = run(&[&"list", &place.spool()]);
    for (name, kind, remark) in files {
        let line = list.stdout.lines().find(|line| line.contains(&name)).unwrap_or_default();
        assert!(line.starts_with(&format!("{kind} ")) && line.contains(remark), "{name}: {}", list.stdout);
    }
    // What is none of a spool's, and what is not finished, has no spans to show.
    let only = |kind: &str| run(&[&"export", &"--kind", &kind, &place.spool()]).stdout.lines().count();
    assert_eq!(["leased", "unfinished", "quarantined", "waiting,leased"].map(only), [3, 2, 1, 3]);
}

#[test]
fn foreign_and_unreadable_files_and_directories_are_refused_with_a_reason() {
    if !is_root() {
        return skip("files of other users, which only root can make");
    }
    let place = Place::new();
    put(&place, &[(name(1, 1), batch("shop", vec![span(1, 1, 0, "good", (0, 1))]))]);
    let file = place.spool().join(name(1, 1));
    chown(&file, Some(NOBODY), None).expect("root");
    let foreign = run(&[&"verify", &place.spool()]);
    assert!(foreign.code == 1 && foreign.stdout.contains("belongs to another user than its directory"), "{foreign:?}");
    // A whole spool of somebody else can be looked at by who may read it; a program of ours would not use it.
    chown(place.spool(), Some(NOBODY), None).expect("root");
    assert!(run(&[&"tree", &place.spool()]).quietly(0).contains("good"));
    let theirs = run(&[&"verify", &place.spool()]);
    assert!(theirs.code == 1 && theirs.stdout.contains("it belongs to another user"), "{theirs:?}");
    let sent = run(&[&"send", &"--endpoint=http://127.0.0.1:1", &place.spool()]);
    assert!(sent.code == 3 && sent.stderr.contains("it belongs to another user"), "{sent:?}");
    // As that user, a file and a directory without permissions. The checkout may lie where only root may look.
    let program = place.path("trace-spool");
    fs::copy(tests::built::trace_spool(), &program).expect("room");
    let as_nobody = |command: &str| {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--reuid=65534", "--clear-groups"]).arg(&program).arg(command).arg(place.spool());
        setpriv.output().map(|output| Ran::of(&output))
    };
    let Ok(theirs) = as_nobody("verify") else { return skip("setpriv, which runs a program as another user") };
    assert!(theirs.quietly(0).ends_with("1 file with 1 span ok\n"));
    fs::set_permissions(&file, PermissionsExt::from_mode(0o0)).expect("root");
    let unreadable = as_nobody("verify").expect("it ran before");
    assert!(unreadable.code == 1 && unreadable.stdout.contains("unreadable: Permission denied"), "{unreadable:?}");
    fs::set_permissions(place.spool(), PermissionsExt::from_mode(0o0)).expect("root");
    let closed = as_nobody("list").expect("it ran before");
    assert!(closed.code == 3 && closed.stderr.contains("Permission denied"), "{closed:?}");
}

/// What the tool says with so much address space.
fn run_within(kib: u64, arguments: &[&str], path: &Path) -> Ran {
    let script = format!("ulimit -v {kib} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, tests::built::trace_spool()]).args(arguments).arg(path);
    Ran::of(&command.output().expect("a shell"))
}

#[test]
fn no_file_makes_the_tool_take_much_memory() {
    let place = Place::new();
    // As many spans as a file can have, one with as many events, and attributes, and a directory of large files.
    let nested = |inner: &[u8], tags: &[u8]| {
        tags.iter().fold(inner.to_vec(), |inner, tag| {
            let mut outer = vec![*tag];
            prost::encoding::encode_varint(inner.len() as u64, &mut outer);
            outer.extend(inner);
            outer
        })
    };
    let most = 2 << 20;
    let spans = nested(&[0x12, 0].repeat(most / 2), &[0x12, 0x0a]);
    let events = nested(&[0x5a, 0].repeat(most / 2), &[0x12, 0x12, 0x0a]);
    let attributes = nested(&[0x4a, 4, 0x12, 2, 0x10, 1].repeat(most / 6), &[0x12, 0x12, 0x0a]);
    for (nth, (rest, count)) in [(spans, most as u32 / 2), (events, 1), (attributes, 1)].iter().enumerate() {
        let file = sealed(1, *count, rest.len() as u32, rest);
        put(&place, &[(name(nth as u64 + 1, u64::from(*count)), file)]);
    }
    let dir = place.spool();
    assert_eq!(run_within(40_000, &["verify"], &dir).code, 0);
    assert_eq!(run_within(40_000, &["list"], &dir).code, 0);
    let tree = run_within(100_000, &["tree"], &dir);
    assert!(tree.code == 1 && tree.stderr.contains("--limit"), "{}", tree.stderr);
    let file = place.path("json");
    let exported = run_within(80_000, &["export", "-o", file.to_str().expect("a path")], &dir);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
}
