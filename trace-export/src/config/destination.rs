//! A destination as the program names it, and as it is saved.

use super::{Compression, Env, Otlp, Protocol, parse};
use crate::bounds::DESTINATION_BYTES;
use crate::error::InitError;
use crate::spool::{DESTINATION, read_small, replace};
use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A backend that speaks OTLP, when it becomes known while the program runs, or in another program.
///
/// What it does not say, the standard variables do.
///
/// ```
/// use trace_export::Destination;
/// let destination = Destination::new("https://tempo.example:4318").header("x-tenant", "blue").certificate("ca.pem");
/// # let dir = std::env::temp_dir().join(format!("destination-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// # let destination = Destination::new("http://tempo.example:4318");
/// destination.save(&dir)?; // for the programs that use this spool
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Destination {
    pub(crate) endpoint: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) compression: Option<Compression>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

impl Destination {
    /// The endpoint, without the path of the signal (`OTEL_EXPORTER_OTLP_ENDPOINT`).
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..Self::default() }
    }

    /// A header of every request, in addition to `OTEL_EXPORTER_OTLP_HEADERS`. Its value is never printed.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What one request may take (`OTEL_EXPORTER_OTLP_TIMEOUT`). Default 10 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// In which form requests go out (`OTEL_EXPORTER_OTLP_PROTOCOL`). Default: `http/protobuf`.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// How requests are compressed (`OTEL_EXPORTER_OTLP_COMPRESSION`). Default: not.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// A PEM file with the certificates to trust, instead of those of Mozilla's programme
    /// (`OTEL_EXPORTER_OTLP_CERTIFICATE`). Read again after a connection failed.
    #[must_use]
    pub fn certificate(mut self, pem_file: impl Into<PathBuf>) -> Self {
        self.certificate = Some(pem_file.into());
        self
    }

    /// PEM files with the program's own certificate and its key (`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `.._CLIENT_KEY`).
    #[must_use]
    pub fn client_certificate(mut self, pem_file: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        self.identity = Some((pem_file.into(), key_file.into()));
        self
    }

    /// The same at this endpoint.
    pub(crate) fn at(&self, endpoint: &str) -> Self {
        Self { endpoint: Some(endpoint.to_owned()), ..self.clone() }
    }

    /// Saves it in the directory of a [`Spool`](crate::Spool), for all programs that use that and are not told their
    /// destination otherwise. They see it within a second, or when a request that is under way is over. Headers are saved in clear, in a file that only this user may read.
    ///
    /// # Errors
    /// [`InitError::Invalid`] names what is wrong with it; [`InitError::Save`] if the file cannot be written.
    pub fn save(&self, spool: impl AsRef<Path>) -> Result<(), InitError> {
        let endpoint = self.endpoint.as_deref().unwrap_or_default();
        parse::whole_url("endpoint", endpoint)?;
        // Without this program's environment: another one reads it.
        Env::of_map(BTreeMap::new()).otlp(self)?;
        let mut lines = vec![("ENDPOINT", endpoint.to_owned())];
        if !self.headers.is_empty() {
            let headers = self.headers.iter().map(|(name, value)| format!("{name}={}", parse::encoded(value)));
            lines.push(("HEADERS", headers.collect::<Vec<_>>().join(",")));
        }
        if let Some(timeout) = self.timeout {
            lines.push(("TIMEOUT", timeout.as_millis().max(1).to_string()));
        }
        if let Some(protocol) = self.protocol {
            lines.push(("PROTOCOL", protocol.name().to_owned()));
        }
        if let Some(compression) = self.compression {
            lines.push(("COMPRESSION", compression.name().to_owned()));
        }
        // Another program has another directory.
        let path = |path: &Path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            path.to_string_lossy().into_owned()
        };
        lines.extend(self.certificate.as_deref().map(|file| ("CERTIFICATE", path(file))));
        if let Some((certificate, key)) = &self.identity {
            lines.extend([("CLIENT_CERTIFICATE", path(certificate)), ("CLIENT_KEY", path(key))]);
        }
        let line = |(name, value): &(_, _)| format!("OTEL_EXPORTER_OTLP_{name}={value}");
        let text = lines.iter().map(line).collect::<Vec<_>>().join("\n") + "\n";
        crate::spool::prepare(spool.as_ref())
            .and_then(|()| replace(&spool.as_ref().join(DESTINATION), text.as_bytes()))
            .map_err(InitError::Save)
    }

    /// What was saved. The text says why it cannot be used, without its values.
    pub(crate) fn read(path: &Path) -> Result<Otlp, String> {
        let text = read_small(path, DESTINATION_BYTES).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => "it is not a text file of this user alone".to_owned(),
            _ => error.to_string(),
        })?;
        let mut variables = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let known = line.split_once('=').filter(|(name, _)| name.trim().starts_with("OTEL_EXPORTER_OTLP_"));
            let (name, value) = known.ok_or("a line is not OTEL_EXPORTER_OTLP_..=value")?;
            variables.insert(name.trim().to_owned(), value.to_owned());
        }
        let env = Env::of_map(variables).or_process();
        if !env.names_endpoint() {
            return Err("it names no endpoint".to_owned());
        }
        env.otlp(&Self::default()).map_err(|error| error.to_string())
    }
}

/// Without the values of headers.
impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.as_deref().map(parse::without_secrets);
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Destination").field("endpoint", &endpoint).field("headers", &headers).finish_non_exhaustive()
    }
}
