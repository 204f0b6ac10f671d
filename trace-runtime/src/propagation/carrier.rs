//! Where the fields lie: headers, maps, environments, one text.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::hash::BuildHasher;
use std::process::Command;

/// What fields can be read from (OpenTelemetry's "Getter").
///
/// Header maps are adapted in a few lines. Values go on as they came, several of a name in their order, and those that are
/// not UTF-8 as bytes: what is left out here is not counted as malformed.
///
/// ```
/// use trace_runtime::propagation::Extractor;
///
/// struct Headers(Vec<(String, Vec<u8>)>);
///
/// impl Extractor for Headers {
///     fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
///         self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
///     }
/// }
/// ```
pub trait Extractor {
    /// Every value of this field, in order. Names are in lower case; as in HTTP, case does not count.
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>>;
}

/// What fields can be written to (OpenTelemetry's "Setter").
pub trait Injector {
    /// Sets this field, in place of all its values so far. Values are printable ASCII.
    fn set(&mut self, name: &str, value: &str);

    /// Takes every value of this field out: one copied from another request must not go with this one.
    fn remove(&mut self, name: &str);
}

fn matching<'a, K: AsRef<str> + 'a, V: AsRef<[u8]> + 'a>(
    pairs: impl Iterator<Item = (&'a K, &'a V)>,
    name: &str,
) -> impl Iterator<Item: AsRef<[u8]>> {
    pairs.filter(move |(key, _)| key.as_ref().eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Extractor for [(K, V)] {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        matching(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, const N: usize> Extractor for [(K, V); N] {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        self.as_slice().get_all(name)
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Extractor for Vec<(K, V)> {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        self.as_slice().get_all(name)
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, S> Extractor for HashMap<K, V, S> {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        matching(self.iter(), name)
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Extractor for BTreeMap<K, V> {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        matching(self.iter(), name)
    }
}

impl Injector for Vec<(String, String)> {
    fn set(&mut self, name: &str, value: &str) {
        Injector::remove(self, name);
        self.push((name.to_owned(), value.to_owned()));
    }

    fn remove(&mut self, name: &str) {
        self.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }
}

impl<S: BuildHasher> Injector for HashMap<String, String, S> {
    fn set(&mut self, name: &str, value: &str) {
        Injector::remove(self, name);
        self.insert(name.to_owned(), value.to_owned());
    }

    fn remove(&mut self, name: &str) {
        self.retain(|key, _| !key.eq_ignore_ascii_case(name));
    }
}

impl Injector for BTreeMap<String, String> {
    fn set(&mut self, name: &str, value: &str) {
        Injector::remove(self, name);
        self.insert(name.to_owned(), value.to_owned());
    }

    fn remove(&mut self, name: &str) {
        self.retain(|key, _| !key.eq_ignore_ascii_case(name));
    }
}

/// The environment that this process was started with: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE` and so on (OpenTelemetry,
/// "Environment Variables as Context Propagation Carriers"). To be read once, when the program starts.
///
/// ```
/// use trace_runtime::propagation::{Environment, Propagation};
/// let _attached = Propagation::default().extract(&Environment).snapshot().attach();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment;

impl Extractor for Environment {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        std::env::var_os(variable(name)).map(OsString::into_encoded_bytes).into_iter()
    }
}

/// The environment of a child process. Others than those of this user may be able to read it.
///
/// ```
/// use std::process::Command;
/// use trace_runtime::{Snapshot, propagation::{Destination, Propagation}};
/// let mut child = Command::new("make");
/// Propagation::default().inject(&Snapshot::current(), &mut child, Destination::Local);
/// ```
impl Injector for Command {
    fn set(&mut self, name: &str, value: &str) {
        self.env(variable(name), value);
    }

    fn remove(&mut self, name: &str) {
        self.env_remove(variable(name));
    }
}

/// "Key Name Normalization" of OpenTelemetry: `x-b3-traceid` is `X_B3_TRACEID`.
fn variable(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let digit = name.starts_with(|first: char| first.is_ascii_digit()) || name.is_empty();
    digit.then_some('_').into_iter().chain(name.chars().map(legal)).collect()
}

/// Above this length a text is taken for something else: it is more than all fields together can have.
const TEXT_BYTES: usize = 32 << 10;

/// One text for all fields, to lie in a row of a database or in a message: a line `name: value` each. A line without a colon
/// is a `traceparent`, as other programs write it alone.
///
/// ```
/// use trace_runtime::propagation::{Destination, Propagation};
/// let propagation = Propagation::default();
/// let came = propagation.extract("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
/// let mut row = String::new();
/// propagation.inject(&came.snapshot(), &mut row, Destination::Local);
/// assert_eq!(row, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
/// assert_eq!(propagation.extract(row.as_str()).parent, came.parent);
/// ```
impl Extractor for str {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        let text = if self.len() > TEXT_BYTES { "" } else { self };
        text.lines().map(field).filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Extractor for String {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        self.as_str().get_all(name)
    }
}

/// See the [`Extractor`] of `str`.
impl Injector for String {
    fn set(&mut self, name: &str, value: &str) {
        Injector::remove(self, name);
        let newline = if self.is_empty() { "" } else { "\n" };
        self.extend([newline, name, ": ", value]);
    }

    fn remove(&mut self, name: &str) {
        let others = |line: &&str| !field(line).0.eq_ignore_ascii_case(name);
        *self = self.lines().filter(others).collect::<Vec<_>>().join("\n");
    }
}

fn field(line: &str) -> (&str, &str) {
    match line.split_once(':') {
        Some((name, value)) => (name.trim(), value),
        None if line.trim().is_empty() => ("", ""),
        None => (super::w3c::TRACEPARENT, line),
    }
}
