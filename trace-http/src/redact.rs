//! Secrets in URLs.

use http::Uri;
use std::borrow::Cow;
use std::sync::Arc;

const REDACTED: &str = "REDACTED";

/// Query parameters that sign a URL or name who signed it. The first four are those of the semantic conventions
/// (`url.query`); others are of the same services.
const SIGNATURES: [&str; 10] = [
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
    "X-Goog-Credential",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "access_token",
    "Key-Pair-Id",
];

/// Bytes of a value that a request may bring onto a span.
const LONGEST: usize = 2048;

/// Which query parameters are secret. Names are compared without regard to case and percent-encoding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Option<Arc<[String]>>);

impl Secrets {
    /// These too.
    pub(crate) fn and(&self, more: impl IntoIterator<Item: Into<String>>) -> Self {
        let known = self.0.iter().flat_map(|known| known.iter().cloned());
        Self(Some(known.chain(more.into_iter().map(Into::into)).collect()))
    }

    fn contain(&self, name: &str) -> bool {
        let name = decoded(name);
        let is = |secret: &str| secret.eq_ignore_ascii_case(&name);
        SIGNATURES.iter().any(|secret| is(secret))
            || self.0.as_deref().is_some_and(|more| more.iter().any(|secret| is(secret)))
    }

    /// The query with the values of secret parameters replaced.
    pub(crate) fn query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        let secret = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| self.contain(name));
        if !query.split('&').any(secret) {
            return Cow::Borrowed(query);
        }
        let mut text = String::with_capacity(query.len());
        for (nth, pair) in query.split('&').enumerate() {
            if nth > 0 {
                text.push('&');
            }
            match pair.split_once('=') {
                Some((name, _)) if self.contain(name) => text.extend([name, "=", REDACTED]),
                _ => text.push_str(pair),
            }
        }
        Cow::Owned(text)
    }

    /// The whole URL, without credentials and secret parameters. `origin` goes before one without a host.
    pub(crate) fn url(&self, origin: Option<&str>, uri: &Uri) -> String {
        let mut text = String::with_capacity(128);
        if let (Some(origin), None) = (origin, uri.authority()) {
            text.push_str(origin);
        }
        if let Some(scheme) = uri.scheme_str() {
            text.extend([scheme, "://"]);
        }
        if let Some(authority) = uri.authority() {
            let authority = authority.as_str();
            match authority.rsplit_once('@') {
                Some((_, host)) => text.extend([REDACTED, ":", REDACTED, "@", host]),
                None => text.push_str(authority),
            }
        }
        text.push_str(uri.path());
        if let Some(query) = uri.query() {
            text.extend(["?", &self.query(query)]);
        }
        text
    }
}

/// At most [`LONGEST`] bytes, cut on a character's boundary.
pub(crate) fn bounded(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// A parameter's name as a server would read it.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_replaced_and_their_names_stay() {
        let secrets = Secrets::default().and(["pin"]);
        for (query, shown) in [
            ("q=OpenTelemetry&sig=abc", "q=OpenTelemetry&sig=REDACTED"),
            ("SIG=a=b&x-amz-signature=c", "SIG=REDACTED&x-amz-signature=REDACTED"),
            ("%73ig=abc&p%69n=1", "%73ig=REDACTED&p%69n=REDACTED"),
            ("sig=&sig", "sig=REDACTED&sig"),
            ("design=1&a=%zz&%", "design=1&a=%zz&%"),
            ("", ""),
        ] {
            assert_eq!(secrets.query(query), shown);
        }
    }
    #[test]
    fn urls_lose_their_credentials() {
        let url = |text: &'static str| Secrets::default().url(Some("http://b"), &Uri::from_static(text));
        assert_eq!(
            url("https://me:pw@a.org:8443/x?Signature=1&b=2"),
            "https://REDACTED:REDACTED@a.org:8443/x?Signature=REDACTED&b=2"
        );
        assert_eq!(url("https://me@a.org/"), "https://REDACTED:REDACTED@a.org/");
        assert_eq!(url("/only/a/path"), "http://b/only/a/path");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é".repeat(LONGEST);
        assert_eq!(bounded(&text).len(), LONGEST);
        assert_eq!(bounded(&text[..2]), "é");
        assert_eq!(bounded(&format!("a{text}")).len(), LONGEST - 1);
    }
}
