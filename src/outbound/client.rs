//! One call over one connection: JSON is posted, or a document is got.

use std::{io::Read as _, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
    http::request::Builder,
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
/// The largest document that is got, in octets, as it comes and as it is decompressed.
const DOCUMENT: usize = 1024 * 1024;
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
    /// The document has more than a mebibyte.
    #[error("The answer is larger than 1 MiB.")]
    TooLarge,
    /// It is compressed, and not in the one way that is understood besides.
    #[error("The answer is compressed in a way that cannot be read.")]
    Compressed,
}

/// What was answered to a GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The document; empty unless the status is 200.
    pub body: Bytes,
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
        let request = request(Method::POST, target).header(CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.call(target, request, body, status).await
    }

    /// Gets a document, of a mebibyte at most. Only an answer 200 has one: a redirect is answered as what it is, and not followed.
    ///
    /// # Errors
    /// Why there is no answer, or none that is read.
    pub async fn get(&self, target: &Target, accept: &'static str) -> Result<Answer, CallError> {
        let request = request(Method::GET, target).header(ACCEPT, accept).header(ACCEPT_ENCODING, "identity");
        self.call(target, request, Bytes::new(), document).await
    }

    /// Every call goes this way: to an address that was looked up and admitted here, within the time limit, reading as far as `read` does.
    async fn call<T, R>(
        &self,
        target: &Target,
        request: Builder,
        body: Bytes,
        read: impl FnOnce(Response<Incoming>) -> R,
    ) -> Result<T, CallError>
    where
        R: Future<Output = Result<T, CallError>>,
    {
        let request = request.body(Full::new(body)).map_err(|_| CallError::Refused(Refusal::Unreadable))?;
        let call = async {
            let stream = connect(&target.addresses().await?).await?;
            if !target.is_encrypted() {
                return exchange(stream, request, read).await;
            }
            let name = ServerName::try_from(target.host().trim_matches(['[', ']']).to_owned())
                .map_err(|_| CallError::Refused(Refusal::Unreadable))?;
            let stream = self.tls.connect(name, stream).await.map_err(|error| CallError::Tls(error.to_string()))?;
            exchange(stream, request, read).await
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

fn request(method: Method, target: &Target) -> Builder {
    Request::builder()
        .method(method)
        .uri(target.path_and_query())
        .header(HOST, target.authority())
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close")
}

async fn exchange<T, R>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Full<Bytes>>,
    read: impl FnOnce(Response<Incoming>) -> R,
) -> Result<T, CallError>
where
    R: Future<Output = Result<T, CallError>>,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(ANSWER).handshake(TokioIo::new(stream)).await.map_err(|_| CallError::Broken)?;
    // The connection may end with the answer; whether there was one, the exchange knows.
    let drive = async {
        drop(connection.await);
        std::future::pending::<()>().await;
    };
    let exchange = async { read(sender.send_request(request).await.map_err(|_| CallError::Broken)?).await };
    tokio::select! {
        read = exchange => read,
        () = drive => Err(CallError::Broken),
    }
}

/// The status of an answer whose body is thrown away.
async fn status(answer: Response<Incoming>) -> Result<u16, CallError> {
    let status = answer.status().as_u16();
    drop(tokio::time::timeout(READ_ANSWER, Limited::new(answer.into_body(), ANSWER).collect()).await);
    Ok(status)
}

/// An answer with its document, whatever length it says that has.
async fn document(answer: Response<Incoming>) -> Result<Answer, CallError> {
    let status = answer.status();
    if status != StatusCode::OK {
        return Ok(Answer { status: status.as_u16(), body: Bytes::new() });
    }
    let is_gzip = is_gzip(answer.headers())?;
    let body = Limited::new(answer.into_body(), DOCUMENT).collect().await;
    let refused = |error: Box<dyn std::error::Error + Send + Sync>| {
        if error.is::<LengthLimitError>() { CallError::TooLarge } else { CallError::Broken }
    };
    let body = body.map_err(refused)?.to_bytes();
    Ok(Answer { status: status.as_u16(), body: if is_gzip { decompressed(&body)? } else { body } })
}

/// Whether it is compressed, which was not asked for and is what some do nevertheless.
fn is_gzip(headers: &HeaderMap) -> Result<bool, CallError> {
    let encodings: Vec<_> = headers.get_all(CONTENT_ENCODING).iter().map(|name| name.as_bytes().to_ascii_lowercase()).collect();
    match encodings.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
        [] | [b"identity"] => Ok(false),
        [b"gzip" | b"x-gzip"] => Ok(true),
        _ => Err(CallError::Compressed),
    }
}

/// Stops where the document is too large, however little it came as.
fn decompressed(body: &[u8]) -> Result<Bytes, CallError> {
    let mut document = Vec::new();
    let most = u64::try_from(DOCUMENT).unwrap_or(u64::MAX);
    GzDecoder::new(body).take(most + 1).read_to_end(&mut document).map_err(|_| CallError::Compressed)?;
    if document.len() > DOCUMENT { Err(CallError::TooLarge) } else { Ok(document.into()) }
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

    /// What is asked: a GET ends with its head.
    async fn asked(stream: &mut TcpStream) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut heard).await.expect("a request");
        }
        String::from_utf8(heard).expect("text")
    }

    /// Answers one call with these octets, and says what it was.
    async fn offers(answer: Vec<u8>) -> (Target, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a call");
            let heard = asked(&mut stream).await;
            // Whoever has read enough hangs up.
            drop(stream.write_all(&answer).await);
            drop(stream.shutdown().await);
            heard
        });
        (Target::parse(&format!("http://127.0.0.1:{port}/m?x=1"), Reach::Anywhere).expect("an address"), task)
    }

    async fn got(answer: Vec<u8>) -> Result<Answer, CallError> {
        let (target, _task) = offers(answer).await;
        Client::new(PATIENCE).expect("a client").get(&target, "application/xml").await
    }

    fn with(headers: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat()
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, body).expect("room");
        encoder.finish().expect("room")
    }

    #[tokio::test]
    async fn a_document_is_got_and_nothing_is_sent_with_it() {
        let (target, heard) = offers(with("Content-Length: 4\r\n", b"<a/>")).await;
        let answer = Client::new(PATIENCE).expect("a client").get(&target, "application/xml").await.expect("an answer");
        assert_eq!(answer, Answer { status: 200, body: Bytes::from_static(b"<a/>") });
        let heard = heard.await.expect("no panic").to_lowercase();
        assert!(heard.starts_with("get /m?x=1 http/1.1\r\n") && heard.contains("\r\naccept: application/xml\r\n"), "{heard}");
        for header in ["content-type", "cookie", "authorization", "referer"] {
            assert!(!heard.contains(header), "{heard}");
        }
        for body in [with("", b"<a/>"), with("Content-Encoding: gzip\r\n", &gzip(b"<a/>"))] {
            assert_eq!(got(body).await.expect("an answer").body, "<a/>");
        }
        let redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 2\r\n\r\nno".to_vec();
        assert_eq!(got(redirect).await.expect("an answer"), Answer { status: 302, body: Bytes::new() });
    }

    #[tokio::test]
    async fn a_document_is_read_no_further_than_it_may_be_long() {
        let (most, more) = (vec![b'x'; DOCUMENT], vec![b'x'; DOCUMENT + 1]);
        let announced = format!("Content-Length: {}\r\n", more.len());
        assert_eq!(got(with("", &most)).await.expect("an answer").body.len(), DOCUMENT);
        assert_eq!(got(with("Content-Encoding: gzip\r\n", &gzip(&most))).await.expect("an answer").body.len(), DOCUMENT);
        for answer in [with(&announced, &more), with("", &more), with("Content-Encoding: gzip\r\n", &gzip(&more))] {
            assert!(matches!(got(answer).await, Err(CallError::TooLarge)));
        }
        for answer in [with("Content-Encoding: br\r\n", b"x"), with("Content-Encoding: gzip\r\n", b"none")] {
            assert!(matches!(got(answer).await, Err(CallError::Compressed)));
        }
        assert!(matches!(got(with("Content-Length: 9\r\n", b"cut")).await, Err(CallError::Broken)));
    }

    #[tokio::test]
    async fn a_document_that_trickles_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a call");
            asked(&mut stream).await;
            drop(stream.write_all(&with("", b"<")).await);
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let target = Target::parse(&format!("http://127.0.0.1:{port}/"), Reach::Anywhere).expect("an address");
        let client = Client::new(Duration::from_secs(1)).expect("a client");
        assert!(matches!(client.get(&target, "application/xml").await, Err(CallError::TimedOut(_))));
        task.abort();
    }
}
