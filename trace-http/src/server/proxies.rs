//! Who the client is, behind proxies of one's own.

use crate::request::RequestHead;
use http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The reverse proxies in front of a server, and the header in which they say for whom they ask.
///
/// Each proxy adds one entry at the end. Entries before those of one's own proxies are the client's to invent, so they are
/// not looked at: with one proxy the last entry counts, with two the last but one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Proxies {
    header: Header,
    hops: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Header {
    /// `X-Forwarded-For`, `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// RFC 7239.
    Forwarded,
}

impl Proxies {
    /// None: the client is who connects. The default.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// So many, which write `X-Forwarded-For` and `X-Forwarded-Proto`. The server must not be reachable around them.
    #[must_use]
    pub fn x_forwarded(hops: usize) -> Self {
        Self { header: Header::XForwarded, hops }
    }

    /// So many, which write `Forwarded` (RFC 7239). The server must not be reachable around them.
    #[must_use]
    pub fn forwarded(hops: usize) -> Self {
        Self { header: Header::Forwarded, hops }
    }

    /// The address of the client.
    pub(crate) fn client(self, request: &RequestHead<'_>, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let Some(nth) = self.hops.checked_sub(1) else { return peer.map(|peer| peer.ip()) };
        match self.header {
            Header::XForwarded => address(entry(request.headers(), "x-forwarded-for", nth)?),
            Header::Forwarded => address(parameter(entry(request.headers(), "forwarded", nth)?, "for")?),
        }
    }

    /// The scheme by which the client asked.
    pub(crate) fn scheme(self, headers: &HeaderMap) -> Option<&'static str> {
        let nth = self.hops.checked_sub(1)?;
        let scheme = match self.header {
            Header::XForwarded => {
                entry(headers, "x-forwarded-proto", nth).or_else(|| entry(headers, "x-forwarded-proto", 0))?
            }
            Header::Forwarded => parameter(entry(headers, "forwarded", nth)?, "proto")?,
        };
        ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
    }
}

/// The nth entry of a list from its end, over all headers of that name.
fn entry<'a>(headers: &'a HeaderMap, name: &str, nth: usize) -> Option<&'a str> {
    let mut left = nth;
    let values = headers.get_all(name);
    for value in values.iter().rev() {
        for entry in value.to_str().ok()?.rsplit(',') {
            if left == 0 {
                return Some(entry.trim());
            }
            left -= 1;
        }
    }
    None
}

/// A parameter of an entry of `Forwarded`, without its quotes.
fn parameter<'a>(entry: &'a str, name: &str) -> Option<&'a str> {
    let pairs = entry.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = { pairs }.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"'))
}

/// An address with or without port, in brackets or not. Names and identifiers (`unknown`, `_hidden`) are none.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::PeerAddress;
    use http::Request;

    fn client(proxies: Proxies, headers: &[(&'static str, &'static str)]) -> Option<String> {
        let mut request = Request::new(());
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().expect("a value"));
        }
        request.extensions_mut().insert(PeerAddress(([9, 9, 9, 9], 1).into()));
        proxies
            .client(&RequestHead::from(&request), RequestHead::from(&request).peer())
            .map(|address| address.to_string())
    }

    #[test]
    fn without_proxies_no_header_is_believed() {
        let headers = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=2.2.2.2")];
        assert_eq!(client(Proxies::none(), &headers).as_deref(), Some("9.9.9.9"));
    }

    #[test]
    fn only_what_our_own_proxies_wrote_counts() {
        let invented = [("x-forwarded-for", "6.6.6.6, 1.1.1.1"), ("x-forwarded-for", "2.2.2.2")];
        assert_eq!(client(Proxies::x_forwarded(1), &invented).as_deref(), Some("2.2.2.2"));
        assert_eq!(client(Proxies::x_forwarded(2), &invented).as_deref(), Some("1.1.1.1"));
        assert_eq!(client(Proxies::x_forwarded(4), &invented), None);
        assert_eq!(client(Proxies::forwarded(1), &invented), None);
    }

    #[test]
    fn addresses_are_read_in_every_legal_form_and_nothing_else_is() {
        for (text, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", Some("192.0.2.60")),
            ("proto=https;For=\"[2001:db8:cafe::17]:4711\"", Some("2001:db8:cafe::17")),
            ("for=\"192.0.2.43:47011\"", Some("192.0.2.43")),
            ("for=\"[::1]\"", Some("::1")),
            ("for=unknown", None),
            ("for=_hidden", None),
            ("for=<script>", None),
            ("", None),
        ] {
            assert_eq!(client(Proxies::forwarded(1), &[("forwarded", text)]).as_deref(), expected, "{text}");
        }
    }
}
