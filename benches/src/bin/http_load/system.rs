//! Who serves.

/// What is around the routes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum System {
    /// Nothing.
    Bare,
    /// Our layer, in a program that has no tracer.
    Off,
    /// Our layer after `init()`.
    Ours,
    /// `opentelemetry-instrumentation-tower` and the SDK.
    Tower,
    /// `axum-tracing-opentelemetry`, `tracing-opentelemetry` and the SDK.
    Axum,
}

impl System {
    pub(crate) const ALL: [Self; 5] = [Self::Bare, Self::Off, Self::Ours, Self::Tower, Self::Axum];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Bare => "none",
            Self::Off => "off",
            Self::Ours => "ours",
            Self::Tower => "tower",
            Self::Axum => "axum",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Bare => "no layer",
            Self::Off => "ours, no tracer",
            Self::Ours => "ours",
            Self::Tower => "otel-tower + SDK",
            Self::Axum => "axum-tracing-otel + SDK",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.key() == text)
    }

    /// Whether a request is a span that must arrive.
    pub(crate) fn records(self) -> bool {
        !matches!(self, Self::Bare | Self::Off)
    }
}
