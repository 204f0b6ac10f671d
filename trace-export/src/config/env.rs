//! The standard variables (OpenTelemetry specification, "Environment Variable Specification", "OTLP Exporter Configuration").

use super::parse::{self, decoded_pairs};
#[cfg(feature = "tls")]
use super::tls::Role;
use super::tls::{Tls, shown};
use super::{Compression, Destination, Otlp, Protocol, Resource, Written};
use crate::bounds::{REQUEST_TIMEOUT, TIME_LONGEST};
use crate::error::InitError;
use crate::spool::{Mode, Spool};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const EXPORTERS: &[&str] = &["otlp", "console", "none"];
const SPOOL_DIR: &str = "TRACE_SPOOL_DIR";
const CRASH_DIR: &str = "TRACE_CRASH_DIR";
const DEFAULT_ENDPOINT: &str = "http://localhost:4318";
const DEFAULT_GRPC_ENDPOINT: &str = "http://localhost:4317";
const CERTIFICATE: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"];
const CLIENT_CERTIFICATE: [&str; 2] =
    ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"];
const CLIENT_KEY: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"];
/// The environment, or a stand-in.
pub(crate) struct Env(Box<Lookup>);

type Lookup = dyn Fn(&str) -> Option<OsString>;

impl Env {
    pub(crate) fn process() -> Self {
        Self(Box::new(|name| std::env::var_os(name)))
    }

    /// For an instance beside the global one: without what there is one of in a process.
    pub(crate) fn of_instance() -> Self {
        Self(Box::new(|name| std::env::var_os(name).filter(|_| name != CRASH_DIR)))
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
    pub(super) fn get(&self, name: &'static str) -> Option<String> {
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

    pub(super) fn number(&self, name: &'static str) -> Result<Option<u64>, InitError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| invalid(name, &value, "a whole number, 0 or more"))
    }

    /// Whether a variable says where to send spans.
    pub(crate) fn names_endpoint(&self) -> bool {
        self.first(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]).is_some()
    }

    /// A configuration file would have all say (specification, "Declarative configuration"), and is not read here.
    pub(crate) fn refuse_file(&self) -> Result<(), InitError> {
        for name in ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"] {
            if let Some(value) = self.get(name) {
                return Err(invalid(
                    name,
                    &value,
                    "nothing: configuration files are not supported, the other variables are",
                ));
            }
        }
        Ok(())
    }

    /// Whether a variable says which exporters there are.
    pub(crate) fn names_exporters(&self) -> bool {
        self.get(EXPORTER).is_some()
    }

    /// Whether a variable names a spool.
    pub(crate) fn names_spool(&self) -> bool {
        self.get(SPOOL_DIR).is_some()
    }

    /// Where the crash recorder's files are.
    pub(crate) fn crash_dir(&self, written: &Written) -> Option<PathBuf> {
        let dir = written.crash.clone().or_else(|| self.path(CRASH_DIR))?;
        Some(std::path::absolute(&dir).unwrap_or(dir))
    }

    /// Where spans go by name, without `none`: that stands alone.
    pub(crate) fn exporters(&self) -> Result<Option<Vec<&'static str>>, InitError> {
        let Some(value) = self.get(EXPORTER) else { return Ok(None) };
        let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
        let known = |word: &str| EXPORTERS.iter().find(|known| known.eq_ignore_ascii_case(word)).copied();
        let names: Option<Vec<_>> = words.map(known).collect();
        match names {
            Some(names) if names.iter().all(|name| *name == "none") => Ok(Some(Vec::new())),
            Some(names) if !names.contains(&"none") => Ok(Some(names)),
            _ => Err(invalid(EXPORTER, &value, "`otlp`, `console`, both with a comma between them, or `none` alone")),
        }
    }

    /// How to reach the backend. Of two variables only the one that counts is read: the other may be meant for metrics.
    pub(crate) fn otlp(&self, written: &Destination) -> Result<Otlp, InitError> {
        let protocol = match written.protocol {
            Some(protocol) => protocol,
            None => self.protocol()?,
        };
        let url = match &written.endpoint {
            Some(endpoint) if protocol.is_grpc() => parse::grpc_url("endpoint", endpoint, self.insecure()?)?,
            Some(endpoint) => parse::base_url("endpoint", endpoint)?,
            None => self.endpoint(protocol)?,
        };
        let timeout =
            match (written.timeout, self.first(["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"])) {
                (Some(Duration::ZERO), _) => return Err(invalid("timeout", "0", "more than 0")),
                (Some(timeout), _) => timeout,
                (None, None) => REQUEST_TIMEOUT,
                (None, Some((name, value))) => millis(name, &value)?,
            };
        let timeout = self.export_timeout()?.map_or(timeout, |most| timeout.min(most));
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
        Ok(Otlp { url, headers, timeout, protocol, compression, tls })
    }

    /// Certificates. Their files are read here only to find out what is wrong with them.
    #[cfg_attr(not(feature = "tls"), allow(unused_variables))]
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
        let Some(mut spool) = written.or_else(|| self.path(SPOOL_DIR).map(Spool::new)) else { return Ok(None) };
        // The program may change its directory; where its spans are does not change with that.
        spool.dir = std::path::absolute(&spool.dir).unwrap_or(spool.dir);
        if spool.mode.is_none() && self.word("TRACE_SPOOL_MODE", &["overflow", "first"])? == Some("first") {
            spool.mode = Some(Mode::First);
        }
        spool.bytes = self.limit("TRACE_SPOOL_MAX_BYTES", spool.bytes)?;
        spool.batches = self.limit("TRACE_SPOOL_MAX_BATCHES", spool.batches)?;
        Ok(Some(spool))
    }

    fn limit(&self, name: &'static str, written: Option<u64>) -> Result<Option<u64>, InitError> {
        let limit = if written.is_some() { written } else { self.number(name)? };
        if limit == Some(0) { Err(invalid(name, "0", "1 or more")) } else { Ok(limit) }
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

    /// Whether a gRPC endpoint without a scheme is meant to be plain.
    fn insecure(&self) -> Result<bool, InitError> {
        let name = self.first(["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"]);
        name.map_or(Ok(false), |(name, _)| self.flag(name))
    }

    fn endpoint(&self, protocol: Protocol) -> Result<String, InitError> {
        match self.first(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]) {
            Some((name, value)) if protocol.is_grpc() => parse::grpc_url(name, &value, self.insecure()?),
            None if protocol.is_grpc() => Ok(DEFAULT_GRPC_ENDPOINT.to_owned()),
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

    fn protocol(&self) -> Result<Protocol, InitError> {
        let names = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
        let word = self.first_word(names, Protocol::NAMES)?;
        Ok(word.and_then(Protocol::named).unwrap_or_default())
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
        resource.set_text("service.name", format!("unknown_service:{}", program.as_deref().unwrap_or("rust")));
        resource.set_text("telemetry.sdk.name", "trace");
        resource.set_text("telemetry.sdk.language", "rust");
        resource.set_text("telemetry.sdk.version", env!("CARGO_PKG_VERSION"));
        let name = "OTEL_RESOURCE_ATTRIBUTES";
        if let Some(text) = self.get(name) {
            for (key, value) in decoded_pairs(&text).map_err(|part| invalid(name, &part, accepted(name)))? {
                resource.set_text(&key, value);
            }
        }
        if let Some(name) = self.get("OTEL_SERVICE_NAME") {
            resource.set_text("service.name", name);
        }
        for (key, value) in &written.resource {
            resource.set(key, value.clone());
        }
        Ok(resource)
    }
}

/// A time limit.
pub(super) fn millis(name: &'static str, value: &str) -> Result<Duration, InitError> {
    match value.parse() {
        Err(_) => Err(invalid(name, value, "milliseconds as a whole number, 0 or more")),
        // As long as it takes (specification, "Timeout").
        Ok(0) => Ok(TIME_LONGEST),
        Ok(millis) => Ok(Duration::from_millis(millis).min(TIME_LONGEST)),
    }
}

pub(super) fn invalid(setting: &'static str, value: &str, accepted: &'static str) -> InitError {
    InitError::Invalid { setting, value: value.to_owned(), accepted }
}

fn invalid_path(setting: &'static str, path: &std::path::Path, accepted: &'static str) -> InitError {
    invalid(setting, &shown(path).to_string_lossy(), accepted)
}

fn accepted(name: &str) -> &'static str {
    match name {
        "TRACE_ERRORS" => "`message` or `type`",
        "TRACE_SUMMARY" => "`1`, `all`, or `0` for none",
        name if name.ends_with("PROTOCOL") => Protocol::ACCEPTED,
        "TRACE_SPOOL_MODE" => "`overflow` or `first`",
        name if name.ends_with("COMPRESSION") => Compression::ACCEPTED,
        _ => "`key=value` pairs with commas between them, percent-encoded",
    }
}
