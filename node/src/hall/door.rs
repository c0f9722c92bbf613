//! Where browsers come in: one port, with TLS or without.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How long a browser may take for its part of TLS.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait after a failure of this computer (too many open files) before others are let in.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How many may wait to be served.
const MOST_WAITING: usize = 64;

/// Why nobody can come in.
#[derive(Debug, Error)]
pub(crate) enum DoorError {
    /// The port cannot be used.
    #[error("port {port} cannot be used: {error}. Choose another one with --port")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        error: io::Error,
    },
    /// Certificate or key cannot be read.
    #[error("{} cannot be read as {what}: {reason}", .file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// They do not belong together.
    #[error("certificate and key do not belong together: {0}")]
    Pair(String),
}

/// What a browser reads and writes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// See the module's documentation.
pub(super) struct Door {
    guests: mpsc::Receiver<(Box<dyn Stream>, SocketAddr)>,
    address: SocketAddr,
}

impl Door {
    /// Listens on `port` of all of this computer's addresses; with TLS where there are a certificate and its key.
    ///
    /// # Errors
    /// When it cannot.
    pub(super) async fn open(port: u16, pair: Option<(&Path, &Path)>) -> Result<Self, DoorError> {
        let tls = pair.map(|(certificate, key)| acceptor(certificate, key)).transpose()?;
        let failed = |error| DoorError::Port { port, error };
        let listener = match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
            Ok(listener) => listener,
            // Where there is no IPv6.
            Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await.map_err(failed)?,
        };
        let address = listener.local_addr().map_err(failed)?;
        let (let_in, guests) = mpsc::channel(MOST_WAITING);
        tokio::spawn(watch(listener, tls, let_in));
        Ok(Self { guests, address })
    }
}

impl Listener for Door {
    type Io = Box<dyn Stream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.guests.recv().await {
            Some(guest) => guest,
            // Whoever lets them in stays as long as this.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Lets in whoever comes. One that is slow with its part of TLS keeps nobody else waiting.
async fn watch(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    let_in: mpsc::Sender<(Box<dyn Stream>, SocketAddr)>,
) {
    while !let_in.is_closed() {
        let Ok((stream, from)) = listener.accept().await else {
            sleep(AGAIN_AFTER).await;
            continue;
        };
        let (tls, let_in) = (tls.clone(), let_in.clone());
        tokio::spawn(async move {
            if let Some(stream) = welcome(stream, tls).await {
                // Nobody is served any more once the class has ended.
                drop(let_in.send((stream, from)).await);
            }
        });
    }
}

async fn welcome(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Box<dyn Stream>> {
    // Small messages are not to wait for others.
    stream.set_nodelay(true).ok()?;
    match tls {
        None => Some(Box::new(stream)),
        Some(tls) => Some(Box::new(timeout(PATIENCE, tls.accept(stream)).await.ok()?.ok()?)),
    }
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, DoorError> {
    let unreadable = |file: &Path, what, reason: &dyn std::fmt::Display| DoorError::Pem {
        file: file.to_owned(),
        what,
        reason: reason.to_string(),
    };
    let no_certificate = |reason: &dyn std::fmt::Display| unreadable(certificate, "a certificate", reason);
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .map_err(|error| no_certificate(&error))?
        .collect::<Result<_, _>>()
        .map_err(|error| no_certificate(&error))?;
    if chain.is_empty() {
        return Err(no_certificate(&"there is none in it"));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, "a private key", &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| DoorError::Pair(error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
