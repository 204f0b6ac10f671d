//! A receiver behind TLS, and certificates for it, good and bad.

use crate::raw::GOOD;
use crate::receiver::{Receiver, read_spans};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Who signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub struct Identity {
    /// The certificate, as PEM.
    pub certificate: String,
    /// The key, as PEM.
    pub key: String,
    der: CertificateDer<'static>,
    key_der: Vec<u8>,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// If there are no random numbers.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Its own certificate, as PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `name`, valid from one year to another.
    ///
    /// # Panics
    /// If `name` is none.
    pub fn issue(&self, name: &str, from: i32, to: i32) -> Identity {
        let (params, key) = request(name, from, to);
        let signed = params.signed_by(&key, &self.0).expect("a certificate");
        Identity::new(&signed, &key)
    }
}

fn request(name: &str, from: i32, to: i32) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    (params, KeyPair::generate().expect("a key"))
}

impl Identity {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().clone(),
            key_der: key.serialize_der(),
        }
    }

    /// One that nobody else signed.
    ///
    /// # Panics
    /// If `name` is none.
    pub fn self_signed(name: &str) -> Self {
        let (params, key) = request(name, 2020, 2120);
        Self::new(&params.self_signed(&key).expect("a certificate"), &key)
    }
}

/// The receiver; its threads live as long as the test process.
#[derive(Clone)]
pub struct Tls {
    address: SocketAddr,
    config: Arc<ServerConfig>,
    receiver: Receiver,
    connections: Arc<AtomicUsize>,
    decrypted: Arc<AtomicUsize>,
}

impl Tls {
    /// Shows `identity`, and wants a certificate of `clients` if that is given.
    ///
    /// # Panics
    /// If the identity is of no use to a server.
    pub fn start(identity: &Identity, clients: Option<&Authority>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone());
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.0.der().clone()).expect("a certificate");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key_der.clone()));
        let config = config.with_single_cert(vec![identity.der.clone()], key).expect("an identity");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let tls = Self {
            address: listener.local_addr().expect("an address"),
            config: Arc::new(config),
            receiver: Receiver::start(),
            connections: Arc::default(),
            decrypted: Arc::default(),
        };
        let server = tls.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        tls
    }

    /// The base endpoint.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// What arrived.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Connections that were opened.
    pub fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }

    /// Bytes of requests that came out of the encryption.
    pub fn decrypted(&self) -> usize {
        self.decrypted.load(Relaxed)
    }

    fn serve(&self, socket: TcpStream) {
        self.connections.fetch_add(1, Relaxed);
        let Ok(after) = socket.try_clone() else { return };
        let Ok(connection) = ServerConnection::new(self.config.clone()) else { return };
        let counted = Counted { stream: StreamOwned::new(connection, socket), bytes: &self.decrypted };
        let mut reader = BufReader::new(counted);
        while let Ok(Some((request, spans))) = read_spans(&mut reader) {
            self.receiver.keep(request, spans);
            if reader.get_mut().stream.write_all(GOOD).and_then(|()| reader.get_mut().stream.flush()).is_err() {
                break;
            }
        }
        // To close with something unread is a reset, which can overtake the alert that says why.
        let _ = io::copy(&mut &after, &mut io::sink());
    }
}

struct Counted<'a> {
    stream: StreamOwned<ServerConnection, TcpStream>,
    bytes: &'a AtomicUsize,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.bytes.fetch_add(read, Relaxed);
        Ok(read)
    }
}
