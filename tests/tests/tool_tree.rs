//! `trace-spool tree`: what files say, and files that say anything.

use opentelemetry_proto::tonic::trace::v1::Span;
use std::fs;
use tests::batch_file::name;
use tests::faults::skip;
use tests::place::Place;
use tests::tool::{attribute, batch, failed, put, run, span};

/// A spool with these batches, in this order.
fn spool(batches: Vec<Vec<Span>>) -> Place {
    let place = Place::new();
    let file = |(nth, spans): (u64, Vec<Span>)| (name(nth, spans.len() as u64), batch("shop", spans));
    put(&place, &(1..).zip(batches).map(file).collect::<Vec<_>>());
    place
}

fn with(mut span: Span, change: impl FnOnce(&mut Span)) -> Span {
    change(&mut span);
    span
}

fn ended(span: Span, how: &str) -> Span {
    with(span, |span| span.attributes.push(attribute("trace.end", how)))
}

/// What a killed program was doing: spans of two files, ended and open.
fn checkout() -> Place {
    let rows = (10..15).map(|id| span(1, id, 2, "row", (id - 8, id - 7))).collect();
    let rest = vec![
        with(ended(span(1, 1, 0, "checkout", (0, 1500)), "crash"), |span| {
            span.kind = 2;
            span.attributes.push(attribute("http.route", "/cart"));
            span.attributes.push(attribute("code.function.name", "shop::checkout"));
        }),
        with(span(1, 2, 1, "load cart", (1, 21)), |span| span.kind = 3),
        with(span(1, 3, 1, "pay", (30, 1230)), |span| (span.kind, span.status) = (3, failed("card declined"))),
        ended(span(1, 4, 1, "mail", (40, 50)), "cancelled"),
    ];
    spool(vec![rows, rest])
}

#[test]
fn a_trace_in_several_files_is_one_tree_with_offsets_kinds_errors_and_early_ends() {
    let place = checkout();
    let expected = "\
trace 01010101010101010101010101010101  2026-01-02T03:04:05.000Z  9 spans  1 error  1 cancelled  1 interrupted  shop
     +0 ns  checkout  server  1.50 s  (interrupted)
   +1.0 ms  ├─ load cart  client  20.0 ms
   +2.0 ms  │  └─ row ×5, total 5.0 ms, max 1.0 ms
  +30.0 ms  ├─ pay  client  1.20 s  ✗ card declined
  +40.0 ms  └─ mail  10.0 ms  (cancelled)
";
    assert_eq!(run(&[&"tree", &place.spool()]).quietly(0), expected);
}

#[test]
fn attributes_levels_and_single_siblings_are_shown_on_request() {
    let place = checkout();
    let tree = |options: &[&'static str]| {
        let mut command = tests::tool::command(&[&"tree", &place.spool()]);
        tests::tool::Ran::of(&command.args(options).output().expect("the tool runs")).quietly(0)
    };
    let line = |text: &str, part: &str| text.lines().find(|line| line.contains(part)).unwrap_or_default().to_owned();
    let all = tree(&["--attributes", "all", "--all"]);
    assert_eq!(line(&all, "checkout"), "     +0 ns  checkout  server  1.50 s  http.route=/cart  (interrupted)");
    assert_eq!(all.matches("row  1.0 ms").count(), 5, "{all}");
    let one = tree(&["--attributes=http.route,nothing"]);
    assert!(line(&one, "checkout").contains("http.route=/cart"), "{one}");
    let flat = tree(&["--depth=2"]);
    assert_eq!(line(&flat, "deeper"), format!("{:12}│  └─ … 5 spans deeper: --depth shows more", ""));
    assert!(!flat.contains("row"), "{flat}");
}

#[test]
fn traces_are_sorted_by_time_and_can_be_asked_for_by_the_beginning_of_their_id() {
    let place = spool(vec![vec![span(0xb2, 1, 0, "second", (5, 6))], vec![span(0xa1, 1, 0, "first", (0, 1))]]);
    let names = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with(' '));
        lines.filter_map(|line| line.split_whitespace().nth(2).map(str::to_owned)).collect()
    };
    assert_eq!(names(&run(&[&"tree", &place.spool()]).quietly(0)), ["first", "second"]);
    assert_eq!(names(&run(&[&"tree", &"--trace", &"B2b", &place.spool()]).quietly(0)), ["second"]);
    let none = run(&[&"tree", &"--trace", &"c", &place.spool()]);
    assert_eq!((none.code, &*none.stdout), (0, ""));
    assert!(none.stderr.contains("no spans"), "{none:?}");
}

#[test]
fn parents_that_are_not_there_are_shown_as_such_with_all_their_children() {
    let remote = |span: Span| with(span, |span| span.flags = 0x301);
    let place = spool(vec![vec![
        span(1, 1, 0xaa, "left", (0, 1)),
        remote(span(1, 2, 0xbb, "request", (2, 3))),
        span(1, 3, 0xaa, "right", (4, 5)),
    ]]);
    let expected = "\
trace 01010101010101010101010101010101  2026-01-02T03:04:05.000Z  3 spans  shop
            (a span 00000000000000aa that is not here)
     +0 ns  ├─ left  1.0 ms
   +4.0 ms  └─ right  1.0 ms
            (another process's span 00000000000000bb that is not here)
   +2.0 ms  └─ request  1.0 ms
";
    assert_eq!(run(&[&"tree", &place.spool()]).quietly(0), expected);
}

#[test]
fn services_of_a_trace_are_named_where_they_change() {
    let place = spool(vec![vec![span(1, 1, 0, "order", (0, 9))]]);
    let other = batch("stock", vec![span(1, 2, 1, "reserve", (1, 3)), span(1, 3, 2, "row", (1, 2))]);
    put(&place, &[(name(9, 2), other)]);
    let expected = "\
trace 01010101010101010101010101010101  2026-01-02T03:04:05.000Z  3 spans  shop, stock
     +0 ns  order  9.0 ms
   +1.0 ms  └─ reserve  [stock]  2.0 ms
   +1.0 ms     └─ row  1.0 ms
";
    assert_eq!(run(&[&"tree", &place.spool()]).quietly(0), expected);
}

#[test]
fn rings_of_parents_second_copies_and_second_ids_are_each_shown_once() {
    let ring = vec![span(1, 1, 2, "a", (0, 1)), span(1, 2, 1, "b", (0, 1)), span(1, 3, 3, "own", (2, 3))];
    let twice = vec![span(1, 4, 0, "copied", (5, 6)), span(1, 4, 0, "copied", (5, 6))];
    let same_id = vec![span(1, 7, 0, "one", (7, 8)), span(1, 7, 0, "two", (7, 8)), span(1, 8, 7, "child", (7, 8))];
    let place = spool(vec![ring, twice, same_id]);
    let expected = "\
trace 01010101010101010101010101010101  2026-01-02T03:04:05.000Z  7 spans  1 stored twice  shop
   +5.0 ms  copied  1.0 ms
   +7.0 ms  one  1.0 ms
   +7.0 ms  └─ child  1.0 ms
   +7.0 ms  two  1.0 ms
     +0 ns  (its parents are a ring) a  1.0 ms
     +0 ns  └─ b  1.0 ms
   +2.0 ms  (its parents are a ring) own  1.0 ms
";
    assert_eq!(run(&[&"tree", &place.spool()]).quietly(0), expected);
}

/// Chains and doublings that a naive walk would take for ever on.
#[test]
fn a_tree_of_any_shape_has_no_more_lines_than_spans() {
    let chain = (1..50_000).map(|id| span(1, id, id - 1, "deep", (id, id + 1)));
    let doubled = (1..20_000).map(|n| span(2, n / 2 + 1, n / 2, "double", (n, n + 1)));
    let rings = (1..40_000).map(|id| span(3, id, id, "own parent", (id, id + 1)));
    let wide = (2..40_000).map(|id| span(4, id, 1, &format!("child {}", id % 7), (id, id + 1)));
    for spans in [chain.collect(), doubled.collect(), rings.collect(), wide.collect::<Vec<_>>()] {
        let (count, first) = (spans.len(), spans[0].name.clone());
        let place = spool(vec![spans]);
        let text = run(&[&"tree", &"--all", &place.spool()]).quietly(0);
        assert!(text.contains(&first) && text.lines().count() <= count + 10, "{first}: {}", text.lines().count());
    }
}

#[test]
fn the_newest_files_are_shown_within_the_limit_and_the_rest_is_said_to_be_missing() {
    let place = spool((1..5).map(|id| vec![span(id, 1, 0, &format!("nth {id}"), (0, 1))]).collect());
    let some = run(&[&"tree", &"--limit=2", &place.spool()]);
    assert_eq!(some.code, 1);
    assert!(some.stdout.contains("nth 4") && some.stdout.contains("nth 3") && !some.stdout.contains("nth 2"));
    assert!(some.stderr.contains("2 files") && some.stderr.contains("--limit"), "{some:?}");
}

#[test]
fn there_is_colour_on_a_terminal_but_not_with_no_color_nor_elsewhere() {
    let place = checkout();
    let dir = place.spool().display().to_string();
    assert!(!run(&[&"tree", &dir]).quietly(0).contains('\x1b'));
    let on_terminal = |variables: &[(&str, &str)]| {
        let line = format!("'{}' tree '{dir}'", tests::built::trace_spool());
        let output = tests::faults::command("script", &["-qec", &line, "/dev/null"], variables).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (Ok(plain), Ok(coloured)) = (on_terminal(&[("NO_COLOR", "1")]), on_terminal(&[("NO_COLOR", "")])) else {
        return skip("script, which makes a terminal");
    };
    assert!(plain.contains("checkout") && !plain.contains('\x1b'), "{plain:?}");
    assert!(coloured.contains("\x1b[31m✗ card declined\x1b[0m"), "{coloured:?}");
}

/// Texts from files, and names of files, are text.
#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let hostile = "a\x1b[2J\x1b]0;title\x07b\nc\rd\u{9b}2J\u{202e}e\u{2066}f\u{61c}\u{85}\u{7f}\0";
    let spans = vec![
        with(ended(span(1, 1, 0, hostile, (0, 1)), hostile), |span| {
            span.status = failed(hostile);
            span.attributes.push(attribute(hostile, hostile));
            span.trace_state = hostile.to_owned();
        }),
        with(span(1, 2, 1, "child", (0, 1)), |span| span.status = failed("")),
    ];
    let place = Place::new();
    put(&place, &[(name(1, 2), batch(hostile, spans))]);
    let odd = hostile.replace('\0', "");
    fs::write(place.spool().join(format!("{odd}.crash")), "x").expect("a file");
    fs::write(place.spool().join(format!("{odd}.txt")), "x").expect("a file");
    let file = place.spool().join(format!("{odd}.txt"));
    let dir = place.spool();
    let runs = [
        run(&[&"list", &dir]),
        run(&[&"tree", &"--attributes=all", &"--all", &dir]),
        run(&[&"verify", &dir, &file]),
        run(&[&"export", &dir, &file]),
        run(&[&"tree", &dir.join(hostile.replace('\0', ""))]),
        run(&[&hostile.replace('\0', ""), &dir]),
        run(&[&"list", &format!("--{odd}"), &dir]),
        run(&[&"tree", &"--trace", &odd, &dir]),
        run(&[&"send", &"--timeout=0s", &"--endpoint", &odd, &dir]),
    ];
    for ran in runs {
        for char in ran.stdout.chars().chain(ran.stderr.chars()).filter(|char| *char != '\n') {
            let steers = char.is_control() || "\u{202e}\u{2066}\u{61c}".contains(char);
            assert!(!steers, "{char:?} in {ran:?}");
        }
        // Nor does it make lines of its own.
        assert!(ran.stderr.lines().all(|line| line.starts_with("trace-spool: ")), "{ran:?}");
    }
}
