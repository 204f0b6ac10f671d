//! What `--help` says.

const ALL: &str = "\
trace-spool looks into the spools of trace-export: batches of spans that wait on disk for a backend.

Usage: trace-spool COMMAND [OPTIONS] [DIRECTORY or FILE]..

Commands:
  list     the files: what they are, how old, whether they check out
  tree     the spans, as trees, trace by trace
  send     sends what waits, and waits until it is delivered
  export   the spans as OTLP/JSON, one request a line
  verify   checks every file
  purge    removes files

Without DIRECTORY it is that of TRACE_SPOOL_DIR. `trace-spool COMMAND --help` has the options.
Only `send` and `purge` change anything. Colour is for terminals, and not where NO_COLOR is set.

Exit codes:
  0  done, and all is well
  1  done, but something is damaged, left, or could not be read; stderr says what
  2  arguments or variables that make no sense
  3  the system refused something, such as the directory
";

const COMMANDS: [(&str, &str); 6] = [
    (
        "list",
        "\
Usage: trace-spool list [DIRECTORY or FILE]..

One line a file, oldest first: kind, age, spans, size, name, and what is wrong with it.

Kinds:
  waiting      a batch that waits for a backend
  leased       a batch that a process sends, or sent when it died
  unfinished   a batch that is being written, or whose writer died
  quarantined  what could not be read, or was rejected by a backend
  crash        what a crash recorder left
  destination  where programs that use this spool send, as one of them saved it
  other        none of ours

Exit code 1: a file is damaged or could not be read.
",
    ),
    (
        "tree",
        "\
Usage: trace-spool tree [OPTIONS] [DIRECTORY or FILE]..

The traces over all files, oldest first, each as a tree: offset in the trace, name, kind, duration, status, and
in parentheses how a span ended that did not end by itself: cancelled, shutdown, or interrupted by the end of its process.

Options:
  --attributes KEY,..  shows these attributes, or all of them: --attributes all
  --trace DIGITS       only traces whose id begins with these digits
  --all                a line for each span; without this, three or more siblings with one name and nothing to say share one
  --depth N            levels that are shown, default 64
  --limit N            spans that are read, newest files first, default 100000: some hundred bytes of memory each
  --kind KIND,..       only files of these kinds: waiting, leased, unfinished, quarantined, crash
  --older-than TIME    only files this old, such as 90s, 2h or 7days

Exit code 1: not all files could be read, or there are more spans than the limit.
",
    ),
    (
        "send",
        "\
Usage: trace-spool send [OPTIONS] [DIRECTORY]

Sends what is in the directory when it starts, and waits until it is delivered, by this process or another one. A batch that
another process is sending stays with it until its lease runs out. What the backend rejects goes to the quarantine.
Run it as the user of the programs that store there.

Where to: --endpoint, else OTEL_EXPORTER_OTLP_ENDPOINT and the other standard variables, else what a program saved in
the directory.

Options:
  --endpoint URL   such as http://localhost:4318
  --timeout TIME   gives up after this long without progress, default 60s

Exit code 1: something is left, or was rejected or damaged.
",
    ),
    (
        "export",
        "\
Usage: trace-spool export [OPTIONS] [DIRECTORY or FILE]..

OTLP/JSON, one ExportTraceServiceRequest a line, as the file receiver of an OpenTelemetry Collector reads it.

Options:
  -o, --output FILE    into this file, which only its owner may read, instead of stdout
  --kind KIND,..       only files of these kinds: waiting, leased, unfinished, quarantined, crash
  --older-than TIME    only files this old, such as 90s, 2h or 7days

Exit code 1: not all files could be read.
",
    ),
    (
        "verify",
        "\
Usage: trace-spool verify [DIRECTORY or FILE]..

Checks every file, quarantine included: form, checksum, number of spans, owner; and whether programs of this user
would use the directory. Files of a newer version pass if their checksum is right.

Exit code 1: a file is damaged, is not a spool's, or could not be checked.
",
    ),
    (
        "purge",
        "\
Usage: trace-spool purge [OPTIONS] [DIRECTORY or FILE]..

Removes batches for good, the quarantine included, and asks before. What another process sends or writes stays;
so do crash files, unless --kind names them, and all that is not a spool's.

Options:
  --kind KIND,..       only these: waiting, leased, unfinished, quarantined, crash
  --older-than TIME    only files this old, such as 90s, 2h or 7days
  -y, --yes            does not ask
  --force              also what another process sends or writes now

Exit code 1: something could not be removed, or the answer was no.
",
    ),
];

pub(crate) fn all() -> String {
    ALL.to_owned()
}

pub(crate) fn of(command: &str) -> String {
    let found = COMMANDS.into_iter().find(|(name, _)| *name == command);
    found.map_or(ALL, |(_, text)| text).to_owned()
}
