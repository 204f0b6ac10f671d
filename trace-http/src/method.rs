//! Parts of requests in the words of the conventions.

use http::uri::Authority;
use http::{Method, Version};
use std::borrow::Cow;
use std::sync::Arc;

/// The methods that are known by their name; others are `_OTHER` (semantic conventions, `http.request.method`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Methods(Option<Arc<[Method]>>);

impl Methods {
    /// Instead of those of RFC 9110 and RFC 5789.
    pub(crate) fn only(methods: impl IntoIterator<Item = Method>) -> Self {
        Self(Some(methods.into_iter().collect()))
    }

    pub(crate) fn knows(&self, method: &Method) -> bool {
        match &self.0 {
            Some(methods) => methods.contains(method),
            None => is_standard(method),
        }
    }
}

fn is_standard(method: &Method) -> bool {
    [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
        Method::CONNECT,
        Method::TRACE,
    ]
    .contains(method)
}

/// `GET /users/{id}`, `GET`, or `HTTP` for a method that is not known.
pub(crate) fn name<'a>(known: Option<&'a Method>, target: Option<&str>) -> Cow<'a, str> {
    let method = known.map_or("HTTP", Method::as_str);
    match target {
        Some(target) => Cow::Owned([method, " ", target].concat()),
        None => Cow::Borrowed(method),
    }
}

/// The host, an IPv6 address without its brackets.
pub(crate) fn bare_host(authority: &Authority) -> &str {
    let host = authority.host();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// As the conventions write versions.
pub(crate) fn protocol_version(version: Version) -> Option<&'static str> {
    [
        (Version::HTTP_11, "1.1"),
        (Version::HTTP_2, "2"),
        (Version::HTTP_10, "1.0"),
        (Version::HTTP_3, "3"),
        (Version::HTTP_09, "0.9"),
    ]
    .into_iter()
    .find_map(|(known, text)| (known == version).then_some(text))
}
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Host and port of a `Host` header that is a plain name or IPv4 address, as nearly all are. Others are for [`Authority`] to read.
pub(crate) fn plain_host(bytes: &[u8]) -> Option<(&str, Option<u16>)> {
    let (name, port) = match bytes.iter().position(|byte| *byte == b':') {
        Some(at) => (&bytes[..at], Some(std::str::from_utf8(&bytes[at + 1..]).ok()?.parse().ok()?)),
        None => (bytes, None),
    };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let name =
        std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && name.bytes().all(|byte| plain(&byte)))?;
    Some((name, port))
}
