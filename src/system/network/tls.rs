//! TLS with a mail server: any certificate is accepted in the handshake, kept, and judged afterwards.

use crate::system;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls;

/// Where distributions keep the roots that the system trusts.
const ROOTS: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];
/// The largest file of roots that is read.
const MOST: u64 = 16 << 20;

/// Makes TLS connections; cheap to copy.
#[derive(Clone)]
pub(super) struct Client {
    config: Option<Arc<ClientConfig>>,
}

impl Client {
    pub(super) fn new() -> Client {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().ok().map(|builder| {
            let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider))).with_no_client_auth();
            // Mail servers name no server by default (`smtp_tls_servername` of Postfix is empty), and what one presents may depend on it.
            config.enable_sni = false;
            config.resumption = Resumption::disabled();
            Arc::new(config)
        });
        Client { config }
    }

    /// Returns what makes a connection; `None` where TLS cannot be used at all.
    pub(super) fn connector(&self) -> Option<TlsConnector> {
        self.config.clone().map(TlsConnector::from)
    }
}

/// The name for a handshake in which none is sent.
pub(super) fn no_name() -> ServerName<'static> {
    ServerName::from(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Accepts whatever a server presents: it is looked at afterwards, and nothing secret is ever sent.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The roots against which certificates are judged.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    verifier: Option<Arc<WebPkiServerVerifier>>,
    /// How many there are.
    pub count: usize,
}

impl Roots {
    /// Reads the roots of the system that `root` is the root folder of, and those in `files`.
    pub fn read(root: &Path, files: &[String]) -> Roots {
        let at = |path: &str| -> PathBuf { root.join(Path::new(path).strip_prefix("/").unwrap_or(Path::new(path))) };
        let mut store = RootCertStore::empty();
        let system = ROOTS.iter().find_map(|path| system::read_bytes(&at(path), MOST).ok());
        let given = files.iter().filter_map(|path| system::read_bytes(&at(path), MOST).ok());
        for bytes in system.into_iter().chain(given) {
            store.add_parsable_certificates(CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok));
        }
        let count = store.len();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Without a single root there is nothing to judge by, and that is said.
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build().ok();
        Roots { verifier, count }
    }

    /// Says whether a chain holds for a name at a time (seconds since 1970): `ok`, or the reason in the words that OpenSSL uses.
    pub fn judge(&self, chain: &[Vec<u8>], name: &str, at: i64) -> String {
        let chain: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let Some((first, others)) = chain.split_first() else { return "no peer certificate available".to_owned() };
        let dates = super::certificate::validity(first);
        if let Some((from, to)) = dates {
            if at > to {
                return "certificate has expired".to_owned();
            }
            if at < from {
                return "certificate is not yet valid".to_owned();
            }
        }
        let Some(verifier) = &self.verifier else { return "unable to get local issuer certificate".to_owned() };
        let Ok(server) = ServerName::try_from(name.to_owned()) else { return "hostname mismatch".to_owned() };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or_default()));
        match verifier.verify_server_cert(first, others, &server, &[], now) {
            Ok(_) => "ok".to_owned(),
            Err(Error::InvalidCertificate(reason)) => reason_of(&reason, first),
            Err(error) => super::dns::brief(&error.to_string()),
        }
    }
}

fn reason_of(reason: &CertificateError, first: &CertificateDer<'_>) -> String {
    let alone = super::certificate::is_self_signed(first);
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "certificate has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "certificate is not yet valid".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "hostname mismatch".to_owned(),
        _ if alone => "self-signed certificate".to_owned(),
        CertificateError::UnknownIssuer => "unable to get local issuer certificate".to_owned(),
        CertificateError::Revoked => "certificate revoked".to_owned(),
        other => super::dns::brief(&other.to_string()),
    }
}
