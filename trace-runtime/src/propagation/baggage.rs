//! Baggage: W3C Baggage, "Baggage HTTP Header Format".

use super::text::{hex_up_to, trim};
use std::borrow::Cow;
use std::fmt;
use std::str::from_utf8;
use std::sync::Arc;

pub(super) const BAGGAGE: &str = "baggage";

/// List members, and bytes of the list: what W3C Baggage wants passed on, "Limits".
const MEMBERS: usize = 64;
const BYTES: usize = 8192;
/// Bytes that are looked at. Optional white space, which is not passed on, may take the rest.
const LOOKED_AT: usize = 2 * BYTES;

/// Pairs of keys and values that go along with a request, to every service it reaches (W3C Baggage).
///
/// Held as what goes out, so it is a legal header value of at most 64 members and 8192 bytes at any time. A clone costs a
/// counter; a change copies it. Duplicate keys of a caller are passed on in their order; the last of them counts here.
///
/// ```
/// use trace_runtime::propagation::Baggage;
/// let mut baggage = Baggage::default();
/// baggage.insert("user.name", "Amélie, 2nd")?;
/// assert_eq!(baggage.to_string(), "user.name=Am%C3%A9lie%2C%202nd");
/// assert_eq!(baggage.get("user.name").as_deref(), Some("Amélie, 2nd"));
/// # Ok::<(), trace_runtime::propagation::BaggageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Baggage(Option<Arc<str>>);

/// One pair of [`Baggage`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member<'a> {
    key: &'a str,
    value: &'a str,
    properties: &'a str,
}

/// Why a pair was not added to [`Baggage`], which stays as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BaggageError {
    /// The key, or that of a property, is no `token` of RFC 7230: ASCII letters, digits and some marks.
    Key,
    /// It would be more than 64 members or 8192 bytes.
    Full,
}

impl fmt::Display for BaggageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "a key of baggage consists of ASCII letters, digits and !#$%&'*+-.^_`|~",
            Self::Full => "baggage holds at most 64 members and 8192 bytes",
        })
    }
}

impl std::error::Error for BaggageError {}

impl Baggage {
    fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    fn of_text(text: &str) -> Self {
        Self((!text.is_empty()).then(|| Arc::from(text)))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = Member<'_>> {
        self.text().split(',').filter_map(Member::of_text)
    }

    /// The value of a key, decoded. What is not UTF-8 becomes U+FFFD.
    pub fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        self.iter().filter(|member| member.key == key).last().map(|member| member.value())
    }

    /// Sets the value of a key, in place of its members so far.
    ///
    /// # Errors
    /// [`BaggageError`]; then nothing is changed.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), BaggageError> {
        self.insert_with(key, value, &[])
    }

    /// Like [`insert`](Self::insert), with properties: metadata of the member, which are keys with or without a value.
    ///
    /// # Errors
    /// [`BaggageError`]; then nothing is changed.
    pub fn insert_with(
        &mut self,
        key: &str,
        value: &str,
        properties: &[(&str, Option<&str>)],
    ) -> Result<(), BaggageError> {
        let keys = properties.iter().map(|(key, _)| *key).chain([key]);
        if !keys.map(str::as_bytes).all(is_key) {
            return Err(BaggageError::Key);
        }
        let others = self.without(key);
        let mut list = List { members: others.len(), text: others.text().to_owned() };
        list.push(|to| {
            to.extend([key, "="]);
            encode(to, value);
            for (key, value) in properties {
                to.extend([";", key]);
                if let Some(value) = value {
                    to.push('=');
                    encode(to, value);
                }
            }
            Some(())
        })
        .ok_or(BaggageError::Full)?;
        *self = Self::of_text(&list.text);
        Ok(())
    }

    /// Takes every member with this key out.
    pub fn remove(&mut self, key: &str) {
        *self = self.without(key);
    }

    fn without(&self, key: &str) -> Self {
        if self.iter().all(|member| member.key != key) {
            return self.clone();
        }
        let others = |text: &&str| Member::of_text(text).is_some_and(|member| member.key != key);
        Self::of_text(&self.text().split(',').filter(others).collect::<Vec<_>>().join(","))
    }

    /// Reads the combination of these headers, and says whether it took all of it. Members that are malformed are left out;
    /// from the first that does not fit on, so are all. Allocates only for what is taken.
    pub(super) fn parse(headers: impl Iterator<Item: AsRef<[u8]>>) -> (Self, bool) {
        let mut list = List::default();
        let (mut room, mut whole) = (LOOKED_AT, true);
        'headers: for header in headers {
            let header = header.as_ref();
            let mut rest = header.get(..room).unwrap_or(header);
            let is_cut = rest.len() < header.len();
            room = room.saturating_sub(header.len() + 1);
            loop {
                let comma = rest.iter().position(|byte| *byte == b',');
                let Some(end) = comma.or((!is_cut).then_some(rest.len())) else {
                    whole = false;
                    break 'headers;
                };
                let (member, tail) = rest.split_at_checked(end).unwrap_or_default();
                match list.push_member(trim(member)) {
                    Pushed::Taken => {}
                    Pushed::Malformed => whole = false,
                    Pushed::Full => {
                        whole = false;
                        break 'headers;
                    }
                }
                match tail {
                    [_, after @ ..] => rest = after,
                    [] => break,
                }
            }
        }
        (Self::of_text(&list.text), whole)
    }
}

/// What goes out: a legal header value.
impl fmt::Display for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The keys alone, as values may be nobody's business.
impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Baggage")?;
        f.debug_list().entries(self.iter().map(|member| member.key)).finish()
    }
}

impl<'a> Member<'a> {
    fn of_text(text: &'a str) -> Option<Self> {
        let (key, rest) = text.split_once('=')?;
        let (value, properties) = rest.split_once(';').unwrap_or((rest, ""));
        Some(Self { key, value, properties })
    }

    /// The key.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// The value, decoded.
    pub fn value(&self) -> Cow<'a, str> {
        decode(self.value)
    }

    /// The properties in order, their values decoded.
    pub fn properties(&self) -> impl Iterator<Item = (&'a str, Option<Cow<'a, str>>)> {
        self.properties.split(';').filter(|property| !property.is_empty()).map(|property| {
            let pair = property.split_once('=');
            pair.map_or((property, None), |(key, value)| (key, Some(decode(value))))
        })
    }
}

/// A list that grows up to the limits.
#[derive(Default)]
struct List {
    text: String,
    members: usize,
}

enum Pushed {
    Taken,
    Malformed,
    Full,
}

impl List {
    /// `None` if there is no room for what `write` adds, or if it says so itself; then nothing was added.
    fn push(&mut self, write: impl FnOnce(&mut String) -> Option<()>) -> Option<()> {
        let before = self.text.len();
        if before > 0 {
            self.text.push(',');
        }
        let written = write(&mut self.text);
        if written.is_none() || self.members == MEMBERS || self.text.len() > BYTES {
            self.text.truncate(before);
            return None;
        }
        self.members += 1;
        Some(())
    }

    /// Empty members, which combining headers makes, are nothing.
    fn push_member(&mut self, member: &[u8]) -> Pushed {
        if member.is_empty() {
            return Pushed::Taken;
        }
        let mut legal = true;
        let pushed = self.push(|to| {
            let copied = copy_member(to, member);
            legal = copied.is_some();
            copied
        });
        match pushed {
            Some(()) => Pushed::Taken,
            None if legal => Pushed::Full,
            None => Pushed::Malformed,
        }
    }
}

/// `key OWS "=" OWS value *( OWS ";" OWS property )`, without the white space. `None` if it is something else.
fn copy_member(to: &mut String, member: &[u8]) -> Option<()> {
    for (nth, part) in member.split(|byte| *byte == b';').map(trim).enumerate() {
        let equals = part.iter().position(|byte| *byte == b'=');
        let key = trim(part.get(..equals.unwrap_or(part.len()))?);
        if !is_key(key) || nth == 0 && equals.is_none() {
            return None;
        }
        to.extend([if nth == 0 { "" } else { ";" }, from_utf8(key).ok()?]);
        if let Some(equals) = equals {
            to.push('=');
            copy_value(to, trim(part.get(equals + 1..)?))?;
        }
    }
    Some(())
}

/// Percent signs that encode nothing stand for themselves, and go out encoded.
fn copy_value(to: &mut String, value: &[u8]) -> Option<()> {
    for (nth, byte) in value.iter().enumerate() {
        match byte {
            b'%' if escaped(value.get(nth + 1..)?).is_none() => to.push_str("%25"),
            _ if is_octet(*byte) => to.push(char::from(*byte)),
            _ => return None,
        }
    }
    Some(())
}

fn encode(to: &mut String, value: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if is_octet(byte) && byte != b'%' {
            to.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
            to.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
}

fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [byte, tail @ ..] = rest {
        let decoded = (*byte == b'%').then(|| escaped(tail)).flatten();
        let (byte, tail) = decoded.unwrap_or((*byte, tail));
        bytes.push(byte);
        rest = tail;
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The byte that the two hexadecimal digits at the beginning are, and what follows.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, tail) = text.split_at_checked(2)?;
    Some((hex_up_to(digits, 2)? as u8, tail))
}

/// `token` of RFC 7230.
fn is_key(key: &[u8]) -> bool {
    let legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !key.is_empty() && key.iter().all(legal)
}

/// `baggage-octet`: visible ASCII but quotes, commas, semicolons and backslashes.
fn is_octet(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e) && !b"\",;\\".contains(&byte)
}
