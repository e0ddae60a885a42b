//! A receiver of webhooks as somebody else would write it: plain HTTP, and signatures checked by the letter of the specification.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use data_encoding::BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::harness::eventually;

/// A request that has come.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// When it was there as a whole.
    pub at: Instant,
    /// Its first line.
    pub line: String,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body as it came.
    pub body: String,
}

impl Delivery {
    /// The body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The number of the event.
    pub fn seq(&self) -> i64 {
        self.json()["data"]["seq"].as_i64().expect("a number")
    }

    /// Which of its signatures is the one of this secret.
    pub fn signed_by(&self, secret: &str) -> Option<usize> {
        let key = BASE64.decode(secret.strip_prefix("whsec_").expect("the prefix").as_bytes()).expect("base64");
        let signed = format!("{}.{}.{}", self.headers["webhook-id"], self.headers["webhook-timestamp"], self.body);
        let wanted = format!("v1,{}", BASE64.encode(&hmac(&key, signed.as_bytes())));
        self.headers["webhook-signature"].split(' ').position(|signature| signature == wanted)
    }
}

/// RFC 2104, so that it is not the library of the sender that is checked against itself.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |byte: u8| (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ byte).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// After how long.
    pub after: Duration,
    /// Headers besides, each with its line break.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A status, at once.
    pub fn status(status: u16) -> Self {
        Self { status, after: Duration::ZERO, headers: String::new(), body: Vec::new() }
    }

    /// The same, later.
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

type Answers = Box<dyn FnMut(&Delivery) -> Reply + Send>;

/// Listens until it is dropped.
pub struct Receiver {
    /// Where it is reached.
    pub url: String,
    /// Its port.
    pub port: u16,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    answers: Arc<Mutex<Answers>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// One that answers 204.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let deliveries: Arc<Mutex<Vec<Delivery>>> = Arc::default();
        let answers: Arc<Mutex<Answers>> = Arc::new(Mutex::new(Box::new(|_| Reply::status(204))));
        let (kept, asked) = (deliveries.clone(), answers.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), asked.clone()));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/hook/path-of-the-receiver"), port, deliveries, answers, task }
    }

    /// From now on it answers so.
    pub fn answers(&self, answers: impl FnMut(&Delivery) -> Reply + Send + 'static) {
        *self.answers.lock().expect("the answers") = Box::new(answers);
    }

    /// Everything that has come.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.lock().expect("the deliveries").clone()
    }

    /// The numbers of the events that have come.
    pub fn numbers(&self) -> Vec<i64> {
        self.deliveries().iter().map(Delivery::seq).collect()
    }

    /// Waits until so many have come.
    pub async fn has(&self, count: usize) -> Vec<Delivery> {
        eventually(&format!("{count} deliveries"), async || self.deliveries().len() >= count).await;
        self.deliveries()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, kept: Arc<Mutex<Vec<Delivery>>>, answers: Arc<Mutex<Answers>>) -> Option<()> {
    let delivery = read(&mut stream).await?;
    kept.lock().expect("the deliveries").push(delivery.clone());
    let reply = (*answers.lock().expect("the answers"))(&delivery);
    tokio::time::sleep(reply.after).await;
    let head = format!("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n", reply.status, reply.headers, reply.body.len());
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&reply.body).await.ok()?;
    stream.shutdown().await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<Delivery> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: BTreeMap<String, String> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length: usize = headers["content-length"].parse().expect("a length");
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(bytes[end + 4..].to_vec()).expect("text");
    Some(Delivery { at: Instant::now(), line, headers, body })
}
