//! What can be wrong with a configuration.

use std::fmt;
use trace_runtime::control::FilterError;

/// Why [`init`](crate::init) did not start tracing. The program can go on without: traced functions then cost one load each.
#[non_exhaustive]
pub enum InitError {
    /// A variable, or the builder's setting of the same name, has a value that cannot be used.
    Invalid {
        /// The environment variable, or the builder's method.
        setting: &'static str,
        /// Its value; what may be secret is left out.
        value: String,
        /// What is accepted.
        accepted: &'static str,
    },
    /// The filter (`TRACE_FILTER`) has a part without meaning.
    Filter {
        /// The whole filter.
        text: String,
        /// Which part, and what is accepted there.
        error: FilterError,
    },
    /// There is a global tracer already. It goes on as it was.
    AlreadyInitialised,
    /// [`recover`](crate::recover) was not told where to send.
    NoDestination,
    /// The destination could not be saved.
    Save(std::io::Error),
    /// The system refused a thread for the collector.
    Thread(std::io::Error),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { setting, value, accepted } => {
                write!(f, "{setting} is `{value}`; accepted: {accepted}")
            }
            Self::Filter { text, error } => write!(f, "TRACE_FILTER is `{text}`: {error}"),
            Self::AlreadyInitialised => f.write_str("tracing is initialised already; call `init` once, in `main`"),
            Self::NoDestination => f.write_str(
                "no destination: set OTEL_EXPORTER_OTLP_ENDPOINT to a URL, and neither OTEL_SDK_DISABLED nor an OTEL_TRACES_EXPORTER without otlp",
            ),
            Self::Save(error) => write!(f, "the destination could not be saved: {error}"),
            Self::Thread(error) => write!(f, "no thread for the collector: {error}"),
        }
    }
}

/// The same sentence: it is what `main` prints of an error that it returns.
impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Thread(error) | Self::Save(error) => Some(error),
            Self::Filter { error, .. } => Some(error),
            _ => None,
        }
    }
}
