//! The table of what is measured. A row more is a line more.

use crate::work::{Setup, System, Work};

/// What a number is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// Nanoseconds of the caller's thread.
    Nanos,
    /// Nanoseconds of the process.
    ProcessNanos,
    /// So many times as much; more is better.
    Times,
    /// A second; more is better.
    Rate,
    Percent,
    Bytes,
}

impl Unit {
    pub(crate) fn more_is_better(self) -> bool {
        matches!(self, Self::Times | Self::Rate)
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Nanos => "ns",
            Self::ProcessNanos => "ns of the process",
            Self::Times => "times",
            Self::Rate => "a second",
            Self::Percent => "%",
            Self::Bytes => "bytes",
        }
    }
}

/// Where a row stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    Caller,
    Process,
    Memory,
    Scale,
}

impl Section {
    pub(crate) const ALL: [(Self, &'static str); 4] = [
        (Self::Caller, "Caller's CPU, nanoseconds a span"),
        (Self::Process, "From the call to the backend"),
        (Self::Memory, "Memory"),
        (Self::Scale, "Caller's CPU, nanoseconds a span, by how much there is"),
    ];
}

/// Who takes part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    All,
    /// fastrace has no Contexts.
    WithContexts,
    Ours,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) section: Section,
    pub(crate) name: &'static str,
    /// What the worker is asked. Names the row, too, where it has only one setup.
    pub(crate) question: &'static str,
    pub(crate) setup: Setup,
    pub(crate) unit: Unit,
    pub(crate) who: Who,
    /// Whether each answer comes from a new process.
    pub(crate) fresh: bool,
    /// Whose allocations are counted, too.
    pub(crate) counted: Option<Work>,
    /// Which part of the answer it shows.
    pub(crate) field: &'static str,
    /// Whether systems do the same here, so that a ratio says something.
    pub(crate) alike: bool,
}

impl Row {
    pub(crate) fn has(&self, system: System) -> bool {
        match self.who {
            Who::All => true,
            Who::WithContexts => system != System::Fastrace,
            Who::Ours => system == System::Ours,
        }
    }

    /// Names the row for machines.
    pub(crate) fn key(&self) -> String {
        format!("{} {} {}", self.setup.key(), self.question, self.field)
    }
}

/// A row of the first section.
fn caller(name: &'static str, question: &'static str, setup: Setup) -> Row {
    let counted = question.strip_prefix("spans ").and_then(Work::parse).filter(|_| setup == Setup::Count);
    let (unit, who) = (Unit::Nanos, Who::All);
    let (section, fresh, field, alike) = (Section::Caller, false, "value", true);
    Row { section, name, question, setup, unit, who, fresh, counted, field, alike }
}

fn memory(name: &'static str, question: &'static str, setup: Setup, field: &'static str) -> Row {
    let (section, unit) = (Section::Memory, Unit::Bytes);
    Row { section, unit, fresh: true, field, ..caller(name, question, setup) }
}

fn scale(name: &'static str, question: &'static str) -> Row {
    Row { section: Section::Scale, who: Who::Ours, ..caller(name, question, Setup::Count) }
}

/// Rows whose answers come from one process; [`crate::run`] adds those that need the receiver's word.
pub(crate) fn rows() -> Vec<Row> {
    let with_contexts = |row: Row| Row { who: Who::WithContexts, ..row };
    let ours = |row: Row| Row { who: Who::Ours, ..row };
    let mut rows = vec![
        caller("tracing off, above a plain call", "calls", Setup::Off),
        ours(caller("a function that is off, above a plain call", "calls", Setup::Filtered)),
        ours(caller("`untraced()`, above a plain call", "calls", Setup::Untraced)),
        caller("not sampled, a call", "spans children1000", Setup::Unsampled),
        ours(caller("not sampled, cost counted, a call", "spans children1000", Setup::Counted)),
        caller("root + 1", "spans children1", Setup::Count),
        caller("root + 10", "spans children10", Setup::Count),
        caller("root + 100", "spans children100", Setup::Count),
        caller("depth 100", "spans depth", Setup::Count),
        caller("three attributes, from the start", "spans fields", Setup::Count),
        caller("three attributes, from inside", "spans attributes", Setup::Count),
        caller("a text of 200 bytes", "spans text", Setup::Count),
        caller("an event", "spans event", Setup::Count),
        caller("an error, as exception", "spans error", Setup::Count),
        caller("async, ready at once", "spans ready", Setup::Count),
        caller("async, each further poll", "polls", Setup::Count),
        caller("10 000 concurrent tasks, 3 polls each", "tasks 10000", Setup::Wide),
        caller("1 000 threads", "threads 1000 20", Setup::Wide),
        Row { unit: Unit::Times, ..caller("two threads, throughput of one", "pair", Setup::Count) },
        Row { unit: Unit::Times, field: "wall", ..caller("two threads, by the wall clock", "pair", Setup::Count) },
        with_contexts(caller("foreign tracers seen: root + 1", "spans children1", Setup::Seen)),
        with_contexts(caller("foreign tracers seen: async, ready", "spans ready", Setup::Seen)),
        with_contexts(caller("foreign tracers seen: further poll", "polls", Setup::Seen)),
        with_contexts(caller("mode `exact`: root + 100", "spans children100", Setup::Exact)),
        ours(caller("`Keep`, nothing kept: root + 100", "spans children100", Setup::Keep)),
        ours(caller("crash recorder: root + 1", "spans children1", Setup::Crash)),
        ours(caller("crash recorder: root + 100", "spans children100", Setup::Crash)),
        ours(caller("crash recorder: three attributes", "spans fields", Setup::Crash)),
        Row {
            section: Section::Process,
            unit: Unit::ProcessNanos,
            field: "process",
            ..caller("call to OTLP bytes, a span", "spans children100", Setup::Bytes)
        },
        memory("at rest, after one trace", "rest", Setup::Deliver, "value"),
        memory("of each of 1 000 threads, after one trace", "threads 1000 0", Setup::Wide, "memory"),
        // Ours keeps what peers throw away.
        Row { alike: false, ..memory("backend away, 3 million spans recorded", "away 3000000", Setup::Away, "value") },
    ];
    rows.extend(SCALE.map(|(name, question)| scale(name, question)));
    rows
}

/// Rows of [`crate::delivery`].
pub(crate) mod delivery {
    use super::{Row, Section, Setup, Unit, caller};

    pub(crate) const AT_FULL_SPEED: usize = 0;
    pub(crate) const LOST: usize = 1;
    pub(crate) const CALLER: usize = 2;
    pub(crate) const HIGHEST: usize = 3;
    pub(crate) const PROCESS: usize = 4;
    pub(crate) const RECEIVER: usize = 5;
    pub(crate) const WIRE: usize = 6;
    pub(crate) const ROWS: usize = 7;
    /// Beside them: spans that a system was wrong about.
    pub(crate) const MISCOUNTED: usize = ROWS;

    pub(crate) fn rows() -> [Row; ROWS] {
        [
            ("delivered at full speed, a second", Unit::Rate, true),
            ("… of what was recorded, lost", Unit::Percent, false),
            ("… caller's CPU, a span", Unit::Nanos, true),
            ("without a loss, a second", Unit::Rate, true),
            ("call to delivered, a span", Unit::ProcessNanos, true),
            ("… the receiver's CPU, a span", Unit::ProcessNanos, false),
            ("… on the wire, a span", Unit::Bytes, false),
        ]
        .map(|(name, unit, alike)| {
            let row = caller(name, "delivery", Setup::Deliver);
            Row { section: Section::Process, unit, alike, ..row }
        })
    }
}

const SCALE: [(&str, &str); 19] = [
    ("1 span below a root", "long 1"),
    ("10 spans below a root", "long 10"),
    ("100 spans below a root", "long 100"),
    ("1 000 spans below a root", "long 1000"),
    ("10 000 spans below a root", "long 10000"),
    ("100 000 spans below a root", "long 100000"),
    ("1 000 000 spans below a root", "long 1000000"),
    ("10 000 000 spans below a root", "long 10000000"),
    ("1 thread", "threads 1 20"),
    ("10 threads", "threads 10 20"),
    ("100 threads", "threads 100 20"),
    ("1 000 threads", "threads 1000 20"),
    ("10 000 threads", "threads 10000 20"),
    ("1 open async span", "tasks 1"),
    ("10 open async spans", "tasks 10"),
    ("100 open async spans", "tasks 100"),
    ("1 000 open async spans", "tasks 1000"),
    ("10 000 open async spans", "tasks 10000"),
    ("100 000 open async spans", "tasks 100000"),
];

#[cfg(test)]
mod tests {
    use super::rows;
    use crate::work::{Setup, System, Work};
    use std::collections::BTreeSet;

    #[test]
    fn no_two_rows_are_the_same_to_machines() {
        let keys: Vec<_> = rows().iter().map(|row| (row.key(), row.section as u8)).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }

    #[test]
    fn a_worker_understands_what_it_is_told() {
        for row in rows() {
            assert_eq!(Setup::parse(row.setup.key()), Some(row.setup));
            let work = row.question.strip_prefix("spans ");
            assert!(work.is_none_or(|work| Work::parse(work).is_some()), "{}", row.question);
        }
        assert!(System::ALL.into_iter().all(|system| System::parse(system.key()) == Some(system)));
    }
}
