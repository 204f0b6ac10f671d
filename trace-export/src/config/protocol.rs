//! In which form requests go out.

/// How spans are sent to the backend (`OTEL_EXPORTER_OTLP_PROTOCOL`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// `http/protobuf`: the cheapest, as batches are this already.
    #[default]
    HttpProtobuf,
    /// `http/json`: about three times the bytes, made anew for each request.
    HttpJson,
    /// `grpc`: the bytes of `http/protobuf` over HTTP/2, by a client with a tokio runtime of its own, which costs one more thread. It
    /// needs no runtime of the program's, nor does it disturb one. Proxies of the environment are not used.
    #[cfg(feature = "grpc")]
    Grpc,
}

impl Protocol {
    /// The words of the variable.
    pub(crate) const NAMES: &[&str] = &[
        "http/protobuf",
        "http/json",
        #[cfg(feature = "grpc")]
        "grpc",
    ];
    pub(crate) const ACCEPTED: &str = if cfg!(feature = "grpc") {
        "`http/protobuf`, `http/json` or `grpc`"
    } else {
        "`http/protobuf` or `http/json`; `grpc` with the feature `grpc` of `trace-export`"
    };

    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "http/protobuf" => Some(Self::HttpProtobuf),
            "http/json" => Some(Self::HttpJson),
            #[cfg(feature = "grpc")]
            "grpc" => Some(Self::Grpc),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
            #[cfg(feature = "grpc")]
            Self::Grpc => "grpc",
        }
    }

    /// Endpoints name a host and port, and the path is the protocol's.
    pub(crate) fn is_grpc(self) -> bool {
        self.name() == "grpc"
    }
}
