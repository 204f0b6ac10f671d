//! The names of files, which are their states: see `docs/SPOOL.md`.

use std::fmt::{self, Display, Formatter};

/// Where to send, if that was saved.
pub(crate) const DESTINATION: &str = "destination";
/// The directory for what cannot be delivered.
pub(crate) const QUARANTINE: &str = "quarantine";

/// A batch's name through all its states. What is older is less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Id {
    /// Nanoseconds since the Unix epoch.
    pub(crate) created: u64,
    /// Who stored it.
    pub(crate) writer: u32,
    pub(crate) spans: u64,
}

/// What is happening to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Unfinished,
    Waiting,
    /// Until this many milliseconds after the Unix epoch.
    Leased(u64),
}

/// A file's name.
pub(crate) struct Name(pub(crate) Id, pub(crate) State);

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Id { created, writer, spans } = self.0;
        write!(f, "{created:020}-{writer:08x}-{spans:06}")?;
        match self.1 {
            State::Unfinished => f.write_str(".new"),
            State::Waiting => f.write_str(".batch"),
            State::Leased(deadline) => write!(f, ".{deadline}.lease"),
        }
    }
}

impl Name {
    /// `None` for files that are none of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, state) = text.split_once('.')?;
        let mut parts = id.split('-');
        let created = parts.next().filter(|part| part.len() == 20).and_then(digits)?;
        let writer = parts.next().filter(|part| part.len() == 8)?;
        let writer = u32::from_str_radix(writer, 16).ok().filter(|_| !writer.starts_with('+'))?;
        let spans = parts.next().filter(|part| part.len() >= 6).and_then(digits)?;
        let state = match state {
            "new" => State::Unfinished,
            "batch" => State::Waiting,
            _ => State::Leased(state.strip_suffix(".lease").and_then(digits)?),
        };
        parts.next().is_none().then_some(Self(Id { created, writer, spans }, state))
    }
}

/// A number without a sign.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_sort_by_age() {
        let id = |created| Id { created, writer: 0xab, spans: 42 };
        for state in [State::Unfinished, State::Waiting, State::Leased(1_763_745_016_000)] {
            let text = Name(id(7), state).to_string();
            let parsed = Name::parse(&text).map(|Name(id, state)| (id, state));
            assert_eq!(parsed, Some((id(7), state)), "{text}");
        }
        let (older, newer) = (Name(id(999), State::Waiting).to_string(), Name(id(1000), State::Waiting).to_string());
        assert!(older < newer && id(999) < id(1000));
    }

    #[test]
    fn other_files_are_not_taken_for_ours() {
        for text in [
            "",
            "destination",
            "quarantine",
            "x.batch",
            "01763745000123456789-3f2a9c01-000042",
            "01763745000123456789-3f2a9c01-000042.batch.bak",
            "01763745000123456789-3f2a9c01-000042.lease",
            "+1763745000123456789-3f2a9c01-000042.batch",
            "01763745000123456789-+f2a9c01-000042.batch",
            "01763745000123456789-3f2a9c01-42.batch",
            "01763745000123456789-3f2a9c01-000042-1.batch",
            "99999999999999999999-3f2a9c01-000042.batch",
        ] {
            assert!(Name::parse(text).is_none(), "{text}");
        }
    }
}
