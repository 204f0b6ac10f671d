//! What is compared, and who with.

/// Who does the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum System {
    Ours,
    Fastrace,
    Sdk,
    Tracing,
}

impl System {
    pub(crate) const ALL: [Self; 4] = [Self::Ours, Self::Fastrace, Self::Sdk, Self::Tracing];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Fastrace => "fastrace",
            Self::Sdk => "sdk",
            Self::Tracing => "tracing",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Fastrace => "fastrace",
            Self::Sdk => "OpenTelemetry SDK",
            Self::Tracing => "tracing + otel",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.key() == text)
    }
}

/// How a process is set up before it works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Setup {
    /// Nobody listens.
    Off,
    /// Ours after plain `init()`, with a receiver answering. Peers with an exporter that only counts.
    Count,
    /// The same; the SDK's queue is so large that nothing is lost.
    Wide,
    /// The sampler says no.
    Unsampled,
    /// The same; ours counts what calls cost.
    Counted,
    /// Ours, with a filter that turns the called function off.
    Filtered,
    /// Ours, where `untraced()` is in force.
    Untraced,
    /// Ours with `exact_opentelemetry_context()`; peers as in `Count`.
    Exact,
    /// Ours once foreign code has asked for a tracer; peers as in `Count`.
    Seen,
    /// Ours with `Keep`, where no trace is kept.
    Keep,
    /// Ours with the crash recorder.
    Crash,
    /// Peers make OTLP bytes, which their HTTP client throws away.
    Bytes,
    /// Everybody sends to the receiver.
    Deliver,
    /// Everybody sends to a port where nobody listens.
    Away,
}

impl Setup {
    const ALL: [(Self, &'static str); 14] = [
        (Self::Off, "off"),
        (Self::Count, "count"),
        (Self::Wide, "wide"),
        (Self::Unsampled, "unsampled"),
        (Self::Counted, "counted"),
        (Self::Filtered, "filtered"),
        (Self::Untraced, "untraced"),
        (Self::Exact, "exact"),
        (Self::Seen, "seen"),
        (Self::Keep, "keep"),
        (Self::Crash, "crash"),
        (Self::Bytes, "bytes"),
        (Self::Deliver, "deliver"),
        (Self::Away, "away"),
    ];

    pub(crate) fn key(self) -> &'static str {
        Self::ALL.iter().find(|(setup, _)| *setup == self).map_or("", |(_, key)| key)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, key)| *key == text).map(|(setup, _)| *setup)
    }
}

/// What is done, again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// A call of a function without attribute.
    Plain,
    /// A call of a traced function, without anything around it.
    Call,
    /// A root with so many children.
    Children(u64),
    /// A span in a span in a span.
    Depth,
    /// A root with 100 children that have three attributes from the start.
    Fields,
    /// The same, with attributes added from inside.
    Attributes,
    /// A root with 100 children that have a text of 200 bytes.
    Text,
    /// A root with 100 children that have an event with one attribute.
    Event,
    /// A root with 100 children that fail.
    Error,
    /// A root in which 100 futures are awaited that are ready at once.
    Ready,
    /// The same, with futures that are pending [`POLLS`] times first.
    Pending,
    /// Futures without a span, all of them alive at once.
    BareTasks,
    /// Futures that are a root each, all of them open at once.
    Tasks,
}

/// How often a future is pending, in [`Work::Pending`].
pub(crate) const POLLS: u64 = 100;
/// Children of a root where nothing else is said; levels of [`Work::Depth`].
pub(crate) const CHILDREN: u64 = 100;

impl Work {
    const ALL: [(Self, &'static str); 16] = [
        (Self::Plain, "plain"),
        (Self::Call, "call"),
        (Self::Children(1), "children1"),
        (Self::Children(10), "children10"),
        (Self::Children(100), "children100"),
        (Self::Children(1000), "children1000"),
        (Self::Depth, "depth"),
        (Self::Fields, "fields"),
        (Self::Attributes, "attributes"),
        (Self::Text, "text"),
        (Self::Event, "event"),
        (Self::Error, "error"),
        (Self::Ready, "ready"),
        (Self::Pending, "pending"),
        (Self::BareTasks, "bare-tasks"),
        (Self::Tasks, "tasks"),
    ];

    pub(crate) fn key(self) -> &'static str {
        Self::ALL.iter().find(|(work, _)| *work == self).map_or("", |(_, key)| key)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, key)| *key == text).map(|(work, _)| *work)
    }

    /// Spans of doing it once, where everything is recorded.
    pub(crate) fn spans(self) -> u64 {
        match self {
            Self::Plain | Self::Call | Self::BareTasks => 0,
            Self::Children(children) => children + 1,
            Self::Depth => CHILDREN,
            Self::Tasks => 1,
            _ => CHILDREN + 1,
        }
    }

    /// By how many the time of doing it once is divided.
    pub(crate) fn parts(self) -> u64 {
        self.spans().max(1)
    }
}
