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
}

impl Protocol {
    /// The words of the variable.
    pub(crate) const NAMES: &[&str] = &["http/protobuf", "http/json"];
    pub(crate) const ACCEPTED: &str = "`http/protobuf` or `http/json`";

    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "http/protobuf" => Some(Self::HttpProtobuf),
            "http/json" => Some(Self::HttpJson),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
        }
    }
}
