//! Reading single values.

use crate::error::InitError;
use std::fmt::Write as _;
use ureq::http::{HeaderName, HeaderValue, Uri};

const URL: &str = "an `http://` or `https://` URL with a host; credentials go into headers";
const HEADER: &str =
    "header names of letters, digits and `-_`, values of visible characters, as `name=value` with commas between";

/// Headers that follow from the request.
const OURS: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The endpoint for all signals: the path of traces is added.
pub(crate) fn base_url(setting: &'static str, text: &str) -> Result<String, InitError> {
    if text.contains(['?', '#']) {
        let accepted = "a URL without query, to which `/v1/traces` can be added";
        return Err(InitError::Invalid { setting, value: without_secrets(text), accepted });
    }
    whole_url(setting, text).map(|url| format!("{}/v1/traces", url.trim_end_matches('/')))
}

/// The endpoint for traces, taken as it is.
pub(crate) fn whole_url(setting: &'static str, text: &str) -> Result<String, InitError> {
    let invalid = || InitError::Invalid { setting, value: without_secrets(text), accepted: URL };
    let uri: Uri = text.parse().map_err(|_| invalid())?;
    let authority = uri.authority().ok_or_else(invalid)?;
    let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    let host_and_port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    let port_is_bad = !host_and_port.is_empty() && matches!(uri.port_u16(), None | Some(0));
    if !known_scheme || authority.host().is_empty() || authority.as_str().contains('@') || port_is_bad {
        return Err(invalid());
    }
    if uri.scheme_str() == Some("https") && !cfg!(feature = "tls") {
        let accepted = "an `http://` URL; this program is built without the feature `tls`";
        return Err(InitError::Invalid { setting, value: text.to_owned(), accepted });
    }
    Ok(text.to_owned())
}

/// The endpoint of a gRPC service. Without a scheme, `insecure` decides.
pub(crate) fn grpc_url(setting: &'static str, text: &str, insecure: bool) -> Result<String, InitError> {
    if text.contains("://") {
        return whole_url(setting, text);
    }
    whole_url(setting, &format!("{}://{text}", if insecure { "http" } else { "https" }))
}

/// What stands before the `@` of a URL, or after its `?`, may be a password.
pub(crate) fn without_secrets(text: &str) -> String {
    let (text, query) = text.split_once('?').map_or((text, ""), |(before, _)| (before, "?[REDACTED]"));
    format!("{}{query}", without_credentials(text))
}

fn without_credentials(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let scheme = before.find("://").map_or("", |end| &before[..end + 3]);
    format!("{scheme}[REDACTED]@{host}")
}

/// The name of a `name=value` pair.
pub(crate) fn redacted(pair: &str) -> String {
    match pair.split_once('=') {
        // What is no header name may well be a part of the secret.
        Some((name, _)) if name.parse::<HeaderName>().is_ok() => format!("{name}=[REDACTED]"),
        _ => "[REDACTED]".to_owned(),
    }
}

/// Checks a header.
pub(crate) fn header(setting: &'static str, name: &str, value: &str) -> Result<(String, String), InitError> {
    let good = name.parse::<HeaderName>().is_ok() && value.parse::<HeaderValue>().is_ok();
    let ours = OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name));
    if !good || ours {
        let accepted = if ours { "headers other than those that describe the request itself" } else { HEADER };
        return Err(InitError::Invalid { setting, value: redacted(&format!("{name}={value}")), accepted });
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// `key=value,key=value`, each part percent-encoded. The part that cannot be read is the error.
pub(crate) fn decoded_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (key, value) = part.split_once('=')?;
            let key = decoded(key.trim())?;
            (!key.is_empty()).then_some((key, decoded(value.trim())?))
        })
        .zip(text.split(',').map(str::trim).filter(|part| !part.is_empty()))
        .map(|(pair, part)| pair.ok_or_else(|| part.to_owned()))
        .collect()
}

/// The opposite of what [`decoded_pairs`] does to a value.
pub(crate) fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(byte.into());
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// `%41` becomes `A`. `None` for anything that is not UTF-8 then, or not two digits.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let hex = |digit: u8| char::from(digit).to_digit(16);
        bytes.push((hex(digits[0])? << 4 | hex(digits[1])?) as u8);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}
