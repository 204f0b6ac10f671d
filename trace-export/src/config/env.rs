//! The standard variables (OpenTelemetry specification, "Environment Variable Specification", "OTLP Exporter Configuration").

use super::parse::{self, decoded_pairs};
use super::tls::{Role, Tls, shown};
use super::{Compression, Destination, Otlp, Resource, Written};
use crate::bounds::REQUEST_TIMEOUT;
use crate::error::InitError;
use crate::spool::{Mode, Spool};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use trace_runtime::{Sampler, SpanLimits};

const DEFAULT_ENDPOINT: &str = "http://localhost:4318";
const CERTIFICATE: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"];
const CLIENT_CERTIFICATE: [&str; 2] =
    ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"];
const CLIENT_KEY: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"];
const SAMPLERS: &[&str] = &[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// The environment, or a stand-in.
pub(crate) struct Env(Box<Lookup>);

type Lookup = dyn Fn(&str) -> Option<OsString>;

impl Env {
    pub(crate) fn process() -> Self {
        Self(Box::new(|name| std::env::var_os(name)))
    }

    /// Only these variables.
    pub(crate) fn of_map(variables: BTreeMap<String, String>) -> Self {
        Self(Box::new(move |name| variables.get(name).map(OsString::from)))
    }

    /// The process's environment for what this one does not say.
    pub(crate) fn or_process(self) -> Self {
        let process = Self::process();
        Self(Box::new(move |name| (self.0)(name).or_else(|| (process.0)(name))))
    }

    #[cfg(test)]
    pub(crate) fn of(pairs: &'static [(&'static str, &'static str)]) -> Self {
        Self(Box::new(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into())))
    }

    /// An empty value counts as none (specification, "Parsing empty value").
    fn get(&self, name: &'static str) -> Option<String> {
        (self.0)(name).map(|value| value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Paths need not be text.
    fn path(&self, name: &'static str) -> Option<PathBuf> {
        let text = self.get(name)?;
        Some(PathBuf::from((self.0)(name).filter(|value| value.to_str().is_none()).unwrap_or(text.into())))
    }

    /// The first of several names that has a value.
    fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, String)> {
        names.into_iter().find_map(|name| Some((name, self.get(name)?)))
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, InitError> {
        match self.get(name).map(|value| value.to_ascii_lowercase()).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(value) => Err(invalid(name, value, "`true` or `false`")),
        }
    }

    /// One of several words; case does not count.
    pub(crate) fn word(
        &self,
        name: &'static str,
        words: &'static [&'static str],
    ) -> Result<Option<&'static str>, InitError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(&value));
        known.copied().map(Some).ok_or_else(|| invalid(name, &value, accepted(name)))
    }

    fn number(&self, name: &'static str) -> Result<Option<u64>, InitError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| invalid(name, &value, "a whole number, 0 or more"))
    }

    /// Whether a variable says where to send spans.
    pub(crate) fn names_endpoint(&self) -> bool {
        self.first(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]).is_some()
    }

    /// How to reach the backend. Of two variables only the one that counts is read: the other may be meant for metrics.
    pub(crate) fn otlp(&self, written: &Destination) -> Result<Otlp, InitError> {
        self.first_word(["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], &["http/protobuf"])?;
        let url = match &written.endpoint {
            Some(endpoint) => parse::base_url("endpoint", endpoint)?,
            None => self.endpoint()?,
        };
        let timeout =
            match (written.timeout, self.first(["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"])) {
                (Some(Duration::ZERO), _) => return Err(invalid("timeout", "0", "more than 0")),
                (Some(timeout), _) => timeout,
                (None, None) => REQUEST_TIMEOUT,
                (None, Some((name, value))) => match value.parse() {
                    Ok(0) | Err(_) => return Err(invalid(name, &value, "milliseconds, 1 or more")),
                    Ok(millis) => Duration::from_millis(millis),
                },
            };
        let mut headers = self.headers()?;
        for (name, value) in &written.headers {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.push(parse::header("header", name, value)?);
        }
        let compression = match written.compression {
            Some(compression) => compression,
            None => self.compression()?,
        };
        let tls = self.tls(written, url.starts_with("https://"))?;
        Ok(Otlp { url, headers, timeout, compression, tls })
    }

    /// Certificates. Their files are read here only to find out what is wrong with them.
    fn tls(&self, written: &Destination, is_https: bool) -> Result<Tls, InitError> {
        let file = |written: Option<&PathBuf>, method, names| {
            let found = self.first(names).map(|(name, path)| (name, PathBuf::from(path)));
            written.map(|path| (method, path.clone())).or(found)
        };
        let authority = file(written.certificate.as_ref(), "certificate", CERTIFICATE);
        let of_code = written.identity.as_ref();
        let method = "client_certificate";
        let certificate = file(of_code.map(|pair| &pair.0), method, CLIENT_CERTIFICATE);
        let key = file(of_code.map(|pair| &pair.1), method, CLIENT_KEY);
        let identity = match (&certificate, &key) {
            (Some((_, certificate)), Some((_, key))) => Some((certificate.clone(), key.clone())),
            (Some((name, path)), None) => return Err(invalid_path(name, path, "with a client key beside it")),
            (None, Some((name, path))) => return Err(invalid_path(name, path, "with a client certificate beside it")),
            (None, None) => None,
        };
        let tls = Tls { authority: authority.as_ref().map(|(_, path)| path.clone()), identity };
        // Without TLS they may be meant for another signal.
        #[cfg(feature = "tls")]
        if is_https {
            if let Err(unusable) = tls.load() {
                let (place, accepted) = match unusable.role {
                    Role::Authority => (&authority, "a readable PEM file with certificates"),
                    Role::Certificate => (&certificate, "a readable PEM file with certificates"),
                    Role::Key => (&key, "a readable PEM file with a private key"),
                };
                let setting = place.as_ref().map_or(method, |(name, _)| name);
                return Err(invalid_path(setting, &unusable.path, accepted));
            }
        }
        Ok(tls)
    }

    /// The directory for what cannot be delivered now.
    pub(crate) fn spool(&self, written: Option<Spool>) -> Result<Option<Spool>, InitError> {
        let from_code = written.is_some();
        let Some(mut spool) = written.or_else(|| self.path("TRACE_SPOOL_DIR").map(Spool::new)) else { return Ok(None) };
        if !from_code {
            if self.word("TRACE_SPOOL_MODE", &["overflow", "first"])? == Some("first") {
                spool.mode = Mode::First;
            }
            spool.limits.bytes = self.number("TRACE_SPOOL_MAX_BYTES")?.unwrap_or(spool.limits.bytes);
            spool.limits.batches = self.number("TRACE_SPOOL_MAX_BATCHES")?.unwrap_or(spool.limits.batches);
        }
        Ok(Some(spool))
    }

    fn first_word(
        &self,
        names: [&'static str; 2],
        words: &'static [&'static str],
    ) -> Result<Option<&'static str>, InitError> {
        match self.first(names) {
            Some((name, _)) => self.word(name, words),
            None => Ok(None),
        }
    }

    fn endpoint(&self) -> Result<String, InitError> {
        match self.first(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]) {
            Some((name, value)) if name.contains("TRACES") => parse::whole_url(name, &value),
            Some((name, value)) => parse::base_url(name, &value),
            None => parse::base_url("endpoint", DEFAULT_ENDPOINT),
        }
    }

    /// Those for traces replace the general ones.
    fn headers(&self) -> Result<Vec<(String, String)>, InitError> {
        let Some((name, text)) = self.first(["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"]) else {
            return Ok(Vec::new());
        };
        let pairs = decoded_pairs(&text).map_err(|part| invalid(name, &parse::redacted(&part), accepted(name)))?;
        pairs.iter().map(|(key, value)| parse::header(name, key, value)).collect()
    }

    fn compression(&self) -> Result<Compression, InitError> {
        let names = ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"];
        let word = self.first_word(names, Compression::NAMES)?;
        Ok(word.and_then(Compression::named).unwrap_or_default())
    }

    /// What code says over what variables say over what is known of the program.
    pub(crate) fn resource(&self, written: &Written) -> Result<Resource, InitError> {
        let mut resource = Resource::default();
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(std::path::Path::file_name).map(|name| name.to_string_lossy());
        resource.set("service.name", &format!("unknown_service:{}", program.as_deref().unwrap_or("rust")));
        resource.set("telemetry.sdk.name", "trace");
        resource.set("telemetry.sdk.language", "rust");
        resource.set("telemetry.sdk.version", env!("CARGO_PKG_VERSION"));
        let name = "OTEL_RESOURCE_ATTRIBUTES";
        if let Some(text) = self.get(name) {
            for (key, value) in decoded_pairs(&text).map_err(|part| invalid(name, &part, accepted(name)))? {
                resource.set(&key, &value);
            }
        }
        if let Some(name) = self.get("OTEL_SERVICE_NAME") {
            resource.set("service.name", &name);
        }
        for (key, value) in &written.resource {
            resource.set(key, value);
        }
        Ok(resource)
    }

    pub(crate) fn sampler(&self, written: Option<Sampler>) -> Result<Sampler, InitError> {
        let name = "OTEL_TRACES_SAMPLER";
        let word = self.word(name, SAMPLERS)?.unwrap_or("parentbased_always_on");
        let argument = "OTEL_TRACES_SAMPLER_ARG";
        let share = match self.get(argument) {
            // Without a ratio sampler the argument means nothing.
            Some(text) if word.ends_with("ratio") => {
                let share = text.parse().ok().and_then(Sampler::ratio);
                share.ok_or_else(|| invalid(argument, &text, "a number from 0 to 1"))?
            }
            _ => Sampler::AlwaysOn,
        };
        let (parent_based, root) = match word.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, word),
        };
        let root = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            _ => share,
        };
        Ok(written.unwrap_or(if parent_based { Sampler::parent_based(root) } else { root }))
    }

    /// Variables cap what is ours by default; code is taken as it is.
    pub(crate) fn limits(&self, written: Option<SpanLimits>) -> Result<SpanLimits, InitError> {
        let mut limits = SpanLimits::default();
        let count = |name| Ok::<_, InitError>(self.number(name)?.map(|count| u16::try_from(count).unwrap_or(u16::MAX)));
        let lower = |limit: &mut u16, cap: Option<u16>| *limit = cap.map_or(*limit, |cap| cap.min(*limit));
        let of_spans = self.number("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT")?;
        let of_all = self.number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")?;
        if let Some(bytes) = of_spans.or(of_all) {
            limits.value_bytes = limits.value_bytes.min(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        let all = count("OTEL_ATTRIBUTE_COUNT_LIMIT")?;
        lower(&mut limits.attributes, count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT")?.or(all));
        lower(&mut limits.event_attributes, count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT")?.or(all));
        lower(&mut limits.link_attributes, count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT")?.or(all));
        lower(&mut limits.events, count("OTEL_SPAN_EVENT_COUNT_LIMIT")?);
        lower(&mut limits.links, count("OTEL_SPAN_LINK_COUNT_LIMIT")?);
        Ok(written.unwrap_or(limits))
    }
}

fn invalid(setting: &'static str, value: &str, accepted: &'static str) -> InitError {
    InitError::Invalid { setting, value: value.to_owned(), accepted }
}

fn invalid_path(setting: &'static str, path: &std::path::Path, accepted: &'static str) -> InitError {
    invalid(setting, &shown(path).to_string_lossy(), accepted)
}

fn accepted(name: &str) -> &'static str {
    match name {
        "OTEL_TRACES_EXPORTER" => "`otlp`, `console` or `none`",
        "OTEL_TRACES_SAMPLER" => "`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`",
        "TRACE_ERRORS" => "`message` or `type`",
        name if name.ends_with("PROTOCOL") => "`http/protobuf`",
        "TRACE_SPOOL_MODE" => "`overflow` or `first`",
        name if name.ends_with("COMPRESSION") => Compression::ACCEPTED,
        _ => "`key=value` pairs with commas between them, percent-encoded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Resolved, Route};

    fn resolve(pairs: &'static [(&'static str, &'static str)]) -> Result<Resolved, InitError> {
        Resolved::new(Written::default(), &Env::of(pairs))
    }

    /// With a destination, so that everything is read.
    fn resolve_on(pair: (&'static str, &'static str)) -> Result<Resolved, InitError> {
        let pairs: &'static [(&str, &str)] = Box::leak(Box::new([pair, ("OTEL_TRACES_EXPORTER", "otlp")]));
        resolve(pairs)
    }

    fn url(pairs: &'static [(&'static str, &'static str)]) -> String {
        match resolve(pairs).map(|resolved| resolved.route) {
            Ok(Some(Route::Backend(backend))) => backend.to.map_or("later".into(), |otlp| otlp.url),
            Ok(Some(Route::Console)) => "console".into(),
            Ok(None) => "off".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_destination_follows_the_standard_variables() {
        assert_eq!(url(&[]), "off");
        assert_eq!(url(&[("OTEL_TRACES_EXPORTER", "otlp")]), "http://localhost:4318/v1/traces");
        assert_eq!(url(&[("OTEL_TRACES_EXPORTER", "console")]), "console");
        assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/base/")]), "http://h:1/base/v1/traces");
        assert_eq!(url(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h:1/x")]), "http://h:1/x");
        assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"), ("OTEL_SDK_DISABLED", "TRUE")]), "off");
        assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"), ("OTEL_TRACES_EXPORTER", "none")]), "off");
        assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), "off");
        assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s")]), "later");
        assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s"), ("OTEL_TRACES_EXPORTER", "otlp")]), "later");
        assert_eq!(
            url(&[("TRACE_SPOOL_DIR", "/s"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h")]),
            "http://h/v1/traces"
        );
        assert_eq!(url(&[("TRACE_SPOOL_DIR", "/s"), ("OTEL_SDK_DISABLED", "true")]), "off");
    }

    #[test]
    fn a_bad_value_is_an_error_that_names_variable_value_and_what_is_accepted() {
        for (name, value) in [
            ("OTEL_SDK_DISABLED", "yes"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:99999"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:0"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/base#part"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://h"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "many"),
            ("OTEL_RESOURCE_ATTRIBUTES", "novalue"),
            ("TRACE_ERRORS", "none"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"),
        ] {
            let error = resolve_on((name, value)).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(name) && error.contains(value) && error.contains("accepted"), "{name}: {error}");
        }
        let ratio = resolve(&[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ]);
        assert!(ratio.is_err_and(|error| error.to_string().contains("OTEL_TRACES_SAMPLER_ARG is `2`")));
    }

    #[test]
    fn the_spool_is_described_by_variables() {
        let backend = |pairs| match resolve(pairs).map(|resolved| resolved.route) {
            Ok(Some(Route::Backend(backend))) => backend.spool,
            _ => None,
        };
        let spool = backend(&[
            ("TRACE_SPOOL_DIR", "/s"),
            ("TRACE_SPOOL_MODE", "first"),
            ("TRACE_SPOOL_MAX_BYTES", "5"),
            ("TRACE_SPOOL_MAX_BATCHES", "6"),
        ]);
        let said = spool.map(|spool| (spool.mode, spool.limits.bytes, spool.limits.batches));
        assert_eq!(said, Some((Mode::First, 5, 6)));
        for pair in [("TRACE_SPOOL_MODE", "last"), ("TRACE_SPOOL_MAX_BYTES", "1k")] {
            let pairs: &'static [(&str, &str)] = Box::leak(Box::new([pair, ("TRACE_SPOOL_DIR", "/s")]));
            assert!(resolve(pairs).is_err_and(|error| error.to_string().contains(pair.0)));
        }
    }

    #[test]
    fn variables_that_have_no_say_are_not_looked_at() {
        for pairs in [
            &[("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "?"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
                as &[_],
            &[("OTEL_TRACES_EXPORTER", "console"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
            &[
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h/x"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "metrics:4317"),
                ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ],
        ] {
            assert!(resolve(pairs).is_ok(), "{pairs:?}");
        }
    }

    #[test]
    fn secrets_are_not_in_errors() {
        for pair in [
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret\u{7f}"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "b@d key=s3cret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=%zzs3cret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization: Basic s3cret=="),
            ("OTEL_EXPORTER_OTLP_HEADERS", "content-length=s3cret"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@h"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@:x"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/?api_key=s3cret"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://h/?api_key=s3cret"),
        ] {
            let error = resolve_on(pair).err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
            assert!(!error.is_empty() && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn resource_attributes_are_decoded_and_the_service_name_has_its_own_variable() {
        let resource = resolve(&[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=b%2Cc%3Dd"),
            ("OTEL_SERVICE_NAME", "shop"),
        ]);
        let resource = resource.map(|resolved| resolved.resource).unwrap_or_default();
        let get = |key| resource.iter().find(|(known, _)| *known == key).map(|(_, value)| value);
        assert_eq!(get("service.name"), Some("shop"));
        assert_eq!(get("team"), Some("b,c=d"));
        let default =
            resolve(&[("OTEL_TRACES_EXPORTER", "console")]).map(|resolved| resolved.resource).unwrap_or_default();
        assert!(default.iter().any(|(key, value)| key == "service.name" && value.starts_with("unknown_service:")));
    }

    #[test]
    fn samplers_are_named_as_the_specification_does() {
        for (word, expected) in [
            ("always_off", "AlwaysOffSampler"),
            ("parentbased_always_on", "ParentBased{AlwaysOnSampler}"),
            ("parentbased_traceidratio", "ParentBased{TraceIdRatioBased{0.25}}"),
        ] {
            let pairs: &'static [(&str, &str)] = Box::leak(Box::new([
                ("OTEL_TRACES_EXPORTER", "otlp"),
                ("OTEL_TRACES_SAMPLER", word),
                ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ]));
            let sampler = resolve(pairs).map(|resolved| resolved.sampler.to_string()).unwrap_or_default();
            assert_eq!(sampler, expected);
        }
    }
}
