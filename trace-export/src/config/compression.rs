//! How requests are compressed.

/// How requests are compressed (`OTEL_EXPORTER_OTLP_COMPRESSION`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// `gzip`, at its fastest level.
    #[cfg(feature = "gzip")]
    Gzip,
    /// `zstd`, at its fastest level. OTLP does not require it of a backend; the OpenTelemetry Collector has it.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Compression {
    /// The words of the variable.
    pub(crate) const NAMES: &[&str] = &[
        "none",
        #[cfg(feature = "gzip")]
        "gzip",
        #[cfg(feature = "zstd")]
        "zstd",
    ];
    pub(crate) const ACCEPTED: &str = match (cfg!(feature = "gzip"), cfg!(feature = "zstd")) {
        (true, true) => "`gzip`, `zstd` or `none`",
        (true, false) => "`gzip` or `none`; `zstd` with the feature of that name",
        (false, true) => "`zstd` or `none`; this program is built without the feature `gzip`",
        (false, false) => "`none`; this program is built without the features `gzip` and `zstd`",
    };

    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            #[cfg(feature = "gzip")]
            "gzip" => Some(Self::Gzip),
            #[cfg(feature = "zstd")]
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            #[cfg(feature = "gzip")]
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }
}
