//! Whom to believe, and to whom to send.

use std::fmt;
use std::net::Ipv6Addr;

/// How far the sender of what comes in is trusted (W3C Trace Context, "Security Considerations").
///
/// A caller chooses ids, sampling and baggage; in a service that anybody can call, that is a way to fill a backend.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Trust {
    /// The caller's trace is continued; its sampling decision, debug flag and baggage count.
    #[default]
    Continue,
    /// A new trace begins, linked to the caller's span. Nothing else is taken over.
    Link,
    /// A new trace begins, and the caller's fields are not even read.
    Ignore,
}

/// Where something is sent. A `&str` is an [`Address`](Self::Address).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination<'a> {
    /// A URL, or what is between its slashes: `https://api.good.org/v1`, `api.good.org:8443`, `[::1]:80`.
    Address(&'a str),
    /// No address, but a place of the program's own: a child process, a row in its database, a message in its queue.
    Local,
}

impl<'a> From<&'a str> for Destination<'a> {
    fn from(address: &'a str) -> Self {
        Self::Address(address)
    }
}

impl<'a> From<&'a String> for Destination<'a> {
    fn from(address: &'a String) -> Self {
        Self::Address(address)
    }
}

/// To whom trace context and baggage may be sent: everybody, or an allow-list of hosts.
///
/// | pattern | admits |
/// |---|---|
/// | `good.org` | this host, on any port |
/// | `*.good.org` | the hosts below it, at any depth; not `good.org` |
/// | `good.org:8443` | this host on this port; a URL without a port has that of its scheme |
/// | `10.0.0.7`, `[::1]` | this address, not a name for it |
///
/// Names are compared whole, without regard to case and to one dot at their end. What is no plain address (two `@`, a
/// backslash, percent signs or other characters than ASCII in the host) is admitted by no list, as other parsers may see
/// another host in it. [`Destination::Local`] is always admitted.
///
/// ```
/// use trace_runtime::propagation::Destinations;
/// let ours = Destinations::only(["good.org", "*.good.org"])?;
/// assert!(ours.admit("https://api.good.org/v1".into()));
/// assert!(!ours.admit("https://good.org.evil.com/".into()));
/// # Ok::<(), trace_runtime::propagation::InvalidPattern>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Destinations(Option<Vec<Pattern>>);

/// A pattern that [`Destinations::only`] does not understand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidPattern(String);

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of `host`, `*.host`, `10.0.0.7` and `[::1]`, each also with `:port`", self.0)
    }
}

impl std::error::Error for InvalidPattern {}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Pattern {
    /// `below`: not the host itself but those below it.
    Host {
        below: bool,
        name: String,
        port: Option<u16>,
    },
    Address {
        address: Ipv6Addr,
        port: Option<u16>,
    },
}

impl Destinations {
    /// Everybody: the default.
    pub fn all() -> Self {
        Self(None)
    }

    /// Those that a pattern admits; nobody if there is no pattern.
    ///
    /// # Errors
    /// [`InvalidPattern`] for the first one that is not understood.
    pub fn only(patterns: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, InvalidPattern> {
        let patterns = patterns.into_iter().map(|pattern| Pattern::parse(pattern.as_ref()));
        Ok(Self(Some(patterns.collect::<Result<_, _>>()?)))
    }

    /// Whether something may be sent there. Does not allocate.
    pub fn admit(&self, destination: Destination<'_>) -> bool {
        let (Some(patterns), Destination::Address(address)) = (&self.0, destination) else {
            return true;
        };
        authority(address).is_some_and(|(host, port)| patterns.iter().any(|pattern| pattern.admits(&host, port)))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let (below, rest) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
        match host_and_port(rest) {
            // Below an address there is nothing, and a name whose last label is a number is an address to many parsers.
            Some((Host::Name(name), port)) if !below || !ends_in_number(name) => {
                Ok(Self::Host { below, name: name.to_ascii_lowercase(), port })
            }
            Some((Host::Address(address), port)) if !below => Ok(Self::Address { address, port }),
            // What is before an `@` may be a password.
            _ => Err(InvalidPattern(text.rsplit('@').next().unwrap_or_default().to_owned())),
        }
    }

    fn admits(&self, host: &Host<'_>, on: Option<u16>) -> bool {
        match (self, host) {
            (Self::Host { below, name, port }, Host::Name(host)) => {
                let Some((before, end)) = host.len().checked_sub(name.len()).and_then(|at| host.split_at_checked(at))
                else {
                    return false;
                };
                let placed = if *below { before.len() > 1 && before.ends_with('.') } else { before.is_empty() };
                placed && end.eq_ignore_ascii_case(name) && port.is_none_or(|port| on == Some(port))
            }
            (Self::Address { address, port }, Host::Address(host)) => {
                address == host && port.is_none_or(|port| on == Some(port))
            }
            _ => false,
        }
    }
}

enum Host<'a> {
    Name(&'a str),
    Address(Ipv6Addr),
}

/// Host and port of a URL (RFC 3986, "Authority"), or of an authority alone. `None` where parsers could differ.
fn authority(address: &str) -> Option<(Host<'_>, Option<u16>)> {
    let scheme = address.split_once("://").filter(|(scheme, _)| is_scheme(scheme));
    let (scheme, rest) = scheme.map_or(("", address), |(scheme, rest)| (scheme, rest));
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, host) = authority.split_once('@').unwrap_or(("", authority));
    if !user.bytes().all(is_user) {
        return None;
    }
    let (host, port) = host_and_port(host)?;
    Some((host, port.or_else(|| default_port(scheme))))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `userinfo` of RFC 3986. A second `@` is none.
fn is_user(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:".contains(&byte)
}

fn host_and_port(text: &str) -> Option<(Host<'_>, Option<u16>)> {
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        let port = if rest.is_empty() { None } else { port(rest.strip_prefix(':')?).ok()? };
        return Some((Host::Address(address.parse().ok()?), port));
    }
    let (name, port) = match text.split_once(':') {
        Some((name, digits)) => (name, port(digits).ok()?),
        None => (text, None),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_label);
    (name.len() <= 253 && name.split('.').all(label)).then_some((Host::Name(name), port))
}

/// An empty port is the scheme's.
fn port(digits: &str) -> Result<Option<u16>, NoPort> {
    if digits.is_empty() {
        return Ok(None);
    }
    let plain = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().map(Some).ok_or(NoPort)
}

struct NoPort;

/// Letters, digits and hyphens, and the underscores of container networks.
fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
}

/// Whether a parser of URLs would take the name for an IPv4 address (WHATWG URL, "ends in a number checker").
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X")
}

fn default_port(scheme: &str) -> Option<u16> {
    let known = [("http", 80), ("ws", 80), ("https", 443), ("wss", 443)];
    known.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name)).map(|(_, port)| *port)
}
