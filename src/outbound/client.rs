//! One POST over one connection.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request,
    client::conn::http1,
    header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, ClientConfig, RootCertStore, pki_types::ServerName},
};

use super::{Refusal, Target};

/// Longest wait for one address of a host that has several.
const CONNECT: Duration = Duration::from_secs(5);
/// So much of an answer is read and thrown away: whoever sends more is cut off, and so is who takes longer.
const ANSWER: usize = 64 * 1024;
const READ_ANSWER: Duration = Duration::from_secs(1);
const AGENT: HeaderValue = HeaderValue::from_static(concat!("rollcall/", env!("CARGO_PKG_VERSION")));

/// Why there is no answer: one sentence that says what happened.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address may not be called.
    #[error("The address is not called: {0}.")]
    Refused(#[from] Refusal),
    /// Nobody listens there.
    #[error("No connection could be made.")]
    NoConnection,
    /// The host could not prove who it is.
    #[error("The encrypted connection could not be made: {0}.")]
    Tls(String),
    /// It took too long.
    #[error("There was no answer within {} seconds.", .0.as_secs())]
    TimedOut(Duration),
    /// The connection ended before the answer.
    #[error("The connection ended without an answer.")]
    Broken,
}

/// Makes calls.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    timeout: Duration,
}

impl Client {
    /// With this limit for each call as a whole, look-up included. Certificates must be of one of the authorities that browsers know.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(timeout: Duration) -> Result<Self, rustls::Error> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::trusting(roots, timeout)
    }

    fn trusting(roots: RootCertStore, timeout: Duration) -> Result<Self, rustls::Error> {
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), timeout })
    }

    /// Posts JSON with these headers and answers the status. Nothing else of the answer is looked at.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn post(&self, target: &Target, headers: &[(&'static str, &str)], body: Bytes) -> Result<u16, CallError> {
        let call = async {
            let stream = connect(&target.addresses().await?).await?;
            let request = request(target, headers, body)?;
            if !target.is_encrypted() {
                return exchange(stream, request).await;
            }
            let name = ServerName::try_from(target.host().trim_matches(['[', ']']).to_owned())
                .map_err(|_| CallError::Refused(Refusal::Unreadable))?;
            let stream = self.tls.connect(name, stream).await.map_err(|error| CallError::Tls(error.to_string()))?;
            exchange(stream, request).await
        };
        tokio::time::timeout(self.timeout, call).await.unwrap_or(Err(CallError::TimedOut(self.timeout)))
    }
}

/// Connects to the first of these addresses that lets us.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, CallError> {
    for address in addresses {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            // What is to be sent is one piece.
            drop(stream.set_nodelay(true));
            return Ok(stream);
        }
    }
    Err(CallError::NoConnection)
}

fn request(target: &Target, headers: &[(&'static str, &str)], body: Bytes) -> Result<Request<Full<Bytes>>, CallError> {
    let request = Request::post(target.path_and_query())
        .header(HOST, target.authority())
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close")
        .header(CONTENT_TYPE, "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Full::new(body)).map_err(|_| CallError::Refused(Refusal::Unreadable))
}

async fn exchange(stream: impl AsyncRead + AsyncWrite + Unpin + Send, request: Request<Full<Bytes>>) -> Result<u16, CallError> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(ANSWER).handshake(TokioIo::new(stream)).await.map_err(|_| CallError::Broken)?;
    // The connection may end with the answer; whether there was one, the exchange knows.
    let drive = async {
        drop(connection.await);
        std::future::pending::<()>().await;
    };
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|_| CallError::Broken)?;
        let status = answer.status().as_u16();
        drop(tokio::time::timeout(READ_ANSWER, Limited::new(answer.into_body(), ANSWER).collect()).await);
        Ok(status)
    };
    tokio::select! {
        status = exchange => status,
        () = drive => Err(CallError::Broken),
    }
}
