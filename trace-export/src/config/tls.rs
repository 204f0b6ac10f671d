//! Certificates, from PEM files.

use std::path::PathBuf;
#[cfg(feature = "tls")]
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

/// Which files to use.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    /// Whom to trust, instead of Mozilla's programme.
    pub(crate) authority: Option<PathBuf>,
    /// Our own certificate, and its key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

/// What a file is for.
#[cfg(feature = "tls")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Authority,
    Certificate,
    Key,
}

/// A file that cannot be used. Nothing of its content is in the text.
#[cfg(feature = "tls")]
pub(crate) struct Unusable {
    pub(crate) role: Role,
    pub(crate) path: PathBuf,
    pub(crate) why: String,
}

#[cfg(feature = "tls")]
impl Tls {
    /// Reads the files.
    pub(crate) fn load(&self) -> Result<TlsConfig, Unusable> {
        let mut config = TlsConfig::builder();
        if let Some(path) = &self.authority {
            let certificates = certificates(Role::Authority, path)?;
            config = config.root_certs(RootCerts::new_with_certs(&certificates));
        }
        if let Some((certificate, key)) = &self.identity {
            let chain = certificates(Role::Certificate, certificate)?;
            let text = read(Role::Key, key)?;
            let no_key = |_| unusable(Role::Key, key, "no private key is in it");
            let private = PrivateKey::from_pem(&text).map_err(no_key)?;
            fits(&chain, &text).map_err(|why| unusable(Role::Key, key, &why))?;
            config = config.client_cert(Some(ClientCert::new_with_certs(&chain, private)));
        }
        Ok(config.build())
    }
}

/// What the files hold.
#[cfg(all(feature = "tls", feature = "grpc"))]
pub(crate) struct Pem {
    pub(crate) authority: Option<Vec<u8>>,
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

#[cfg(all(feature = "tls", feature = "grpc"))]
impl Tls {
    /// Reads the files, and whether they can be used.
    pub(crate) fn pem(&self) -> Result<Pem, Unusable> {
        self.load()?;
        let authority = self.authority.as_deref().map(|path| read(Role::Authority, path)).transpose()?;
        let identity = match &self.identity {
            Some((certificate, key)) => Some((read(Role::Certificate, certificate)?, read(Role::Key, key)?)),
            None => None,
        };
        Ok(Pem { authority, identity })
    }
}

/// Whether the key belongs to the certificate. The HTTP client would find out in the middle of connecting, and panic.
#[cfg(feature = "tls")]
fn fits(chain: &[Certificate<'_>], key: &[u8]) -> Result<(), String> {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "no private key is in it".to_owned())?;
    let chain = chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    let provider = rustls::crypto::ring::default_provider();
    let signer = rustls::sign::CertifiedKey::from_der(chain, key, &provider);
    match signer {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => Err("it is the key of another certificate".to_owned()),
        Err(_) => Err("it is no key that can be used".to_owned()),
    }
}

#[cfg(feature = "tls")]
fn certificates(role: Role, path: &std::path::Path) -> Result<Vec<Certificate<'static>>, Unusable> {
    let text = read(role, path)?;
    let items = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = items.collect();
    if certificates.is_empty() {
        return Err(unusable(role, path, "no certificate is in it"));
    }
    Ok(certificates)
}

#[cfg(feature = "tls")]
fn read(role: Role, path: &std::path::Path) -> Result<Vec<u8>, Unusable> {
    std::fs::read(path).map_err(|error| unusable(role, path, &error.to_string()))
}

#[cfg(feature = "tls")]
fn unusable(role: Role, path: &std::path::Path, why: &str) -> Unusable {
    Unusable { role, path: shown(path), why: why.to_owned() }
}

/// A path for people. Somebody may have written the key itself in its place.
pub(crate) fn shown(path: &std::path::Path) -> PathBuf {
    let text = path.to_string_lossy();
    let is_content = text.contains("-----") || text.contains(['\n', '\r']) || text.len() > 1024;
    if is_content { "[REDACTED]".into() } else { path.to_owned() }
}
