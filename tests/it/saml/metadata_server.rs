//! Where an identity provider offers its metadata, played.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it answers.
#[derive(Clone)]
pub enum Says {
    /// These octets, then it hangs up.
    Octets(Vec<u8>),
    /// A document that never ends, a blank at a time.
    Trickle,
}

impl Says {
    /// A document, with what stands before it besides.
    pub fn with(status: &str, headers: &str, body: &[u8]) -> Self {
        Self::Octets([format!("HTTP/1.1 {status}\r\n{headers}\r\n").as_bytes(), body].concat())
    }

    /// A document.
    pub fn document(text: &str) -> Self {
        let headers = format!("Content-Type: application/samlmetadata+xml\r\nContent-Length: {}\r\n", text.len());
        Self::with("200 OK", &headers, text.as_bytes())
    }
}

/// Listens until it is dropped.
pub struct MetadataServer {
    /// Where the document is.
    pub url: String,
    /// Its port.
    pub port: u16,
    says: Arc<Mutex<Says>>,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl MetadataServer {
    /// One that says this.
    pub async fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (says, heard) = (Arc::new(Mutex::new(says)), Arc::<Mutex<Vec<String>>>::default());
        let (asked, kept) = (says.clone(), heard.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, asked.clone(), kept.clone()));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/metadata?app=1"), port, says, heard, task }
    }

    /// From now on it says this.
    pub fn says(&self, says: Says) {
        *self.says.lock().expect("what it says") = says;
    }

    /// What it was asked so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("what it heard").clone()
    }
}

impl Drop for MetadataServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Notes whoever connects, whether or not they speak HTTP.
async fn serve(mut stream: TcpStream, says: Arc<Mutex<Says>>, heard: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            break;
        }
    }
    heard.lock().expect("what it heard").push(String::from_utf8_lossy(&request).into_owned());
    let answer = says.lock().expect("what it says").clone();
    match answer {
        Says::Octets(octets) => stream.write_all(&octets).await.ok()?,
        Says::Trickle => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<").await.ok()?;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    stream.shutdown().await.ok()
}
