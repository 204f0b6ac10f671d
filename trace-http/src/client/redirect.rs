//! Following redirects (RFC 9110, "Redirection 3xx").

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap, LOCATION,
    PROXY_AUTHORIZATION, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{Method, StatusCode};
use reqwest::{Request, Url};
use std::fmt;

/// Redirects of one call; as many as reqwest follows by default.
pub(super) const LIMIT: usize = 10;

/// A call was redirected more than ten times.
#[derive(Debug)]
pub(super) struct TooManyRedirects;

impl fmt::Display for TooManyRedirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many redirects")
    }
}

impl std::error::Error for TooManyRedirects {}

/// The request that the response asks for instead. `None` if it is no redirect, or one that cannot be followed: then the response
/// is the answer. `copy` is the request with its body, if that can be sent twice.
pub(super) fn next_hop(
    status: StatusCode,
    response: &HeaderMap,
    (method, url): (Method, Url),
    mut headers: HeaderMap,
    copy: Option<Request>,
) -> Option<Request> {
    let becomes_get = match status.as_u16() {
        301 | 302 => method == Method::POST,
        303 => method != Method::HEAD,
        307 | 308 => false,
        _ => return None,
    };
    let mut to = url.join(response.get(LOCATION)?.to_str().ok()?).ok()?;
    if !matches!(to.scheme(), "http" | "https") {
        return None;
    }
    if to.fragment().is_none() {
        to.set_fragment(url.fragment());
    }
    let other_origin = to.origin() != url.origin();
    let mut next = if becomes_get {
        for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        Request::new(Method::GET, to)
    } else {
        let mut next = copy?;
        *next.url_mut() = to;
        next
    };
    headers.remove(HOST);
    if other_origin {
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, WWW_AUTHENTICATE] {
            headers.remove(name);
        }
        headers.remove("cookie2");
    }
    *next.headers_mut() = headers;
    Some(next)
}
