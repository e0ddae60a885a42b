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
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
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

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{ServerConfig, pki_types::PrivateKeyDer},
    };

    use super::*;
    use crate::outbound::Reach;

    /// A certificate for `localhost` that nobody else trusts, signed by itself, until 2120; and its key, which protects nothing.
    const CERTIFICATE: &str = "MIIBdjCCARygAwIBAgIBATAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVyZWNlaXZlciBvZiB0aGUgdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMj\
         EyMDAxMDEwMDAwMDBaMCAxHjAcBgNVBAMMFXJlY2VpdmVyIG9mIHRoZSB0ZXN0czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGfgxoyB3cwW\
         BuU1wXaNxWHKMLYij1vCXp/anSuw4lb8WzXz6D2TiGwvJ1Cgqcbb6NhzUbUCZNcduL7vm/1Lh+ijRTBDMBQGA1UdEQQNMAuCCWxvY2FsaG9zdD\
         AMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBSc6TAqR++0AoP2WWD6R0llKGYdLjAKBggqhkjOPQQDAgNIADBFAiEA4b1YgydpRQicKqpsd6BBhCYS\
         El4v0Wg9mF8cRU2VejQCIBrhIC3J0Xkq/bGF/1gkEcC1mUCn+vtG6FAyDsV2+OWN";
    const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9X5v/RVZTYUwQ3dOKv+ykJZW9JqH2NtZLzzNnKnFGkehRANCAARn4MaMgd3MFg\
         blNcF2jcVhyjC2Io9bwl6f2p0rsOJW/Fs18+g9k4hsLydQoKnG2+jYc1G1AmTXHbi+75v9S4fo";
    const PATIENCE: Duration = Duration::from_secs(5);

    fn certificate() -> rustls::pki_types::CertificateDer<'static> {
        BASE64.decode(CERTIFICATE.as_bytes()).expect("base64").into()
    }

    /// Answers one encrypted call and says what it was.
    async fn receiver() -> (u16, tokio::task::JoinHandle<Option<String>>) {
        let key = PrivateKeyDer::try_from(BASE64.decode(KEY.as_bytes()).expect("base64")).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate()], key)
            .expect("a certificate");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.ok()?;
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.ok()?;
            let mut heard = Vec::new();
            while !heard.ends_with(b"{}") {
                stream.read_buf(&mut heard).await.ok()?;
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok()?;
            stream.shutdown().await.ok()?;
            String::from_utf8(heard).ok()
        });
        (port, task)
    }

    async fn call(client: &Client, host: &str, port: u16) -> Result<u16, CallError> {
        let target = Target::parse(&format!("https://{host}:{port}/a?b=c"), Reach::Anywhere).expect("an address");
        client.post(&target, &[("webhook-id", "msg_1")], Bytes::from_static(b"{}")).await
    }

    #[tokio::test]
    async fn an_encrypted_call_arrives_as_it_was_meant() {
        let mut roots = RootCertStore::empty();
        roots.add(certificate()).expect("a root");
        let client = Client::trusting(roots, PATIENCE).expect("a client");
        let (port, heard) = receiver().await;
        assert_eq!(call(&client, "localhost", port).await.expect("an answer"), 204);
        let heard = heard.await.expect("no panic").expect("a call").to_lowercase();
        assert!(heard.starts_with("post /a?b=c http/1.1\r\n"), "{heard}");
        for line in [format!("host: localhost:{port}"), "webhook-id: msg_1".into(), "content-length: 2".into()] {
            assert!(heard.contains(&format!("\r\n{line}\r\n")), "{line} in {heard}");
        }
        // The certificate is another name's.
        let (port, heard) = receiver().await;
        assert!(matches!(call(&client, "127.0.0.1", port).await, Err(CallError::Tls(_))));
        assert_eq!(heard.await.expect("no panic"), None);
    }

    #[tokio::test]
    async fn whoever_is_not_known_gets_nothing() {
        let client = Client::new(PATIENCE).expect("a client");
        let (port, heard) = receiver().await;
        let refused = call(&client, "localhost", port).await.expect_err("a stranger").to_string();
        assert!(refused.contains("certificate"), "{refused}");
        assert_eq!(heard.await.expect("no panic"), None);
    }

    #[tokio::test]
    async fn who_is_silent_or_away_is_not_waited_for_long() {
        let client = Client::new(Duration::from_secs(1)).expect("a client");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        assert!(matches!(call(&client, "127.0.0.1", port).await, Err(CallError::TimedOut(_))));
        drop(listener);
        assert!(matches!(call(&client, "127.0.0.1", port).await, Err(CallError::NoConnection)));
    }
}
