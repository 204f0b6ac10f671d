//! What of gRPC shows in HTTP: content type, method, status (gRPC over HTTP/2, "Requests", "Responses").

use http::header::{CONTENT_TYPE, HeaderMap};
use http::{StatusCode, Uri};

const STATUS: &str = "grpc-status";

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// A status code of gRPC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GrpcStatus(u8);

impl GrpcStatus {
    /// The call went well.
    pub const OK: Self = Self(0);
    /// The caller gave up.
    pub const CANCELLED: Self = Self(1);
    /// An error without a better code, or a response without a status.
    pub const UNKNOWN: Self = Self(2);
    /// There is no such method.
    pub const UNIMPLEMENTED: Self = Self(12);

    /// The code's number. Numbers that gRPC does not define are [`UNKNOWN`](Self::UNKNOWN).
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        if usize::from(code) < NAMES.len() { Self(code) } else { Self::UNKNOWN }
    }

    /// The number on the wire, 0 to 16.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// The name in capitals, as in `rpc.response.status_code`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// From the response's headers (trailers-only) or trailers.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(STATUS)?.to_str().ok()?;
        Some(text.parse().map_or(Self::UNKNOWN, Self::from_code))
    }

    /// What a response without a status means ("HTTP to gRPC Status Code Mapping").
    pub(crate) fn of_http(status: StatusCode) -> Self {
        Self(match status.as_u16() {
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 | 502 | 503 | 504 => 14,
            _ => 2,
        })
    }

    /// Whether a server's span has the status Error (semantic conventions, "gRPC", server).
    pub(crate) fn is_servers_error(self) -> bool {
        matches!(self.0, 2 | 4 | 12 | 13 | 14 | 15)
    }
}

/// Whether the headers are of gRPC. gRPC-Web has another content type and its status inside the body: it is HTTP here.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let Some((start, rest)) = content_type.split_at_checked("application/grpc".len()) else { return false };
    start.eq_ignore_ascii_case(b"application/grpc") && matches!(rest.first(), None | Some(b'+' | b';' | b' '))
}

/// `package.Service/Method`, if the path has that form.
pub(crate) fn method(uri: &Uri) -> Option<&str> {
    let (service, method) = uri.path().strip_prefix('/')?.split_once('/')?;
    let plain = !service.is_empty() && !method.is_empty() && !method.contains('/');
    plain.then(|| &uri.path()[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_of_grpc_are_known_and_others_are_http() {
        let is = |text: &'static str| is_grpc(&[(CONTENT_TYPE, text.parse().expect("a value"))].into_iter().collect());
        for grpc in ["application/grpc", "application/grpc+proto", "Application/gRPC;charset=utf-8"] {
            assert!(is(grpc), "{grpc}");
        }
        for other in ["application/grpc-web", "application/grpc-web+proto", "application/json", "application/grpcx", ""]
        {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn methods_are_paths_of_two_parts() {
        let of = |path: &'static str| method(&Uri::from_static(path)).map(str::to_owned);
        assert_eq!(of("http://host/a.B/C").as_deref(), Some("a.B/C"));
        for bad in ["/", "/a", "/a/", "//b", "/a/b/c", "*"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_status_that_is_no_number_is_unknown() {
        let of = |text: &'static str| {
            GrpcStatus::of(&[(STATUS.parse().expect("it"), text.parse().expect("it"))].into_iter().collect())
        };
        assert_eq!(of("14").map(GrpcStatus::name), Some("UNAVAILABLE"));
        for odd in ["", "x", "-1", "17", "999999"] {
            assert_eq!(of(odd), Some(GrpcStatus::UNKNOWN), "{odd}");
        }
    }
}
