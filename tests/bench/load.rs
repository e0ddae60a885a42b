//! The load generator: as many persistent connections as clients, each with one request at a time, on one thread. HTTP by hand,
//! because what it takes of the machine it takes from what is measured.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// One connection.
pub struct Connection {
    stream: TcpStream,
    address: String,
    token: String,
    buffer: Vec<u8>,
}

/// A request without its head.
pub struct Request {
    pub method: &'static str,
    /// Below the address of the API.
    pub path: String,
    pub body: String,
}

impl Connection {
    pub async fn open(address: &str, token: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address: address.to_owned(), token: token.to_owned(), buffer: Vec::with_capacity(1 << 16) })
    }

    /// The next requests come with this token or session.
    pub fn present(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Sends a request below the SCIM address and reads the whole answer.
    pub async fn send(&mut self, request: &Request) -> anyhow::Result<(u16, &[u8])> {
        self.exchange("/api/v1/auth/scim", "application/scim+json", request).await
    }

    /// The same below the address of the workspace API.
    pub async fn call(&mut self, request: &Request) -> anyhow::Result<(u16, &[u8])> {
        self.exchange("/api/v1", "application/json", request).await
    }

    /// A page, for whoever's session is presented.
    pub async fn page(&mut self, path: &str) -> anyhow::Result<(u16, &[u8])> {
        self.exchange("", "text/html", &Request { method: "GET", path: path.to_owned(), body: String::new() }).await
    }

    /// Posts a form, as browsers do, whose last byte goes out then and not before.
    pub async fn post(&mut self, path: &str, form: &str, then: Instant) -> anyhow::Result<(u16, &[u8])> {
        let (head, address) = ("content-type: application/x-www-form-urlencoded", &self.address);
        let text = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\n{head}\r\ncontent-length: {}\r\n\r\n", form.len());
        self.stream.write_all(text.as_bytes()).await?;
        let (most, last) = form.as_bytes().split_at(form.len().saturating_sub(1));
        self.stream.write_all(most).await?;
        tokio::time::sleep_until(then.into()).await;
        self.stream.write_all(last).await?;
        self.answer().await
    }

    async fn exchange(&mut self, prefix: &str, media_type: &str, request: &Request) -> anyhow::Result<(u16, &[u8])> {
        let Request { method, path, body } = request;
        let (address, token, length) = (&self.address, &self.token, body.len());
        let text = format!(
            "{method} {prefix}{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(text.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> anyhow::Result<(u16, &[u8])> {
        self.buffer.clear();
        let (mut head, mut wanted, mut chunked) = (0, usize::MAX, false);
        while self.buffer.len() < wanted && !(chunked && self.buffer.ends_with(b"\r\n0\r\n\r\n")) {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server has closed the connection");
            }
            if head == 0
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                head = end + 4;
                chunked = is_chunked(&self.buffer[..head]);
                wanted = if chunked { usize::MAX } else { head + content_length(&self.buffer[..head])? };
            }
        }
        if chunked {
            unchunk(&mut self.buffer, head)?;
        }
        let status = std::str::from_utf8(self.buffer.get(9..12).unwrap_or_default())?.parse()?;
        Ok((status, &self.buffer[head..]))
    }
}

/// Of an answer that is written while it is made, as those to bulk requests are (RFC 9112 §7.1).
fn is_chunked(head: &[u8]) -> bool {
    String::from_utf8_lossy(head).to_ascii_lowercase().contains("\r\ntransfer-encoding: chunked\r\n")
}

/// Takes the lengths out of a body that begins there.
fn unchunk(buffer: &mut Vec<u8>, body: usize) -> anyhow::Result<()> {
    let (mut from, mut to) = (body, body);
    loop {
        let line = buffer[from..].windows(2).position(|two| two == b"\r\n").context("a chunk without a length")?;
        let length = usize::from_str_radix(std::str::from_utf8(&buffer[from..from + line])?.trim(), 16)?;
        from += line + 2;
        if length == 0 {
            buffer.truncate(to);
            return Ok(());
        }
        buffer.copy_within(from..from + length, to);
        (from, to) = (from + length + 2, to + length);
    }
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let value = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|value| value.trim().to_owned()));
    match value {
        Some(value) => Ok(value.parse()?),
        None if head.starts_with("HTTP/1.1 204") => Ok(0),
        None => bail!("an answer without a length: {head}"),
    }
}

/// How one round went.
pub struct Round {
    pub requests_per_second: f64,
    /// Ascending.
    pub latencies: Vec<Duration>,
}

/// Runs `clients` clients for a time. `next` makes the request of a client's turn; every answer must have the status.
pub async fn run<F>(address: &str, token: &str, clients: usize, time: Duration, status: u16, next: F) -> anyhow::Result<Round>
where
    F: Fn(usize, usize) -> Request + Clone + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for client in 0..clients {
        let (next, mut connection) = (next.clone(), Connection::open(address, token).await?);
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(1 << 14);
            let mut turn = 0;
            while started.elapsed() < time {
                let request = next(client, turn);
                let sent = Instant::now();
                let (came, body) = connection.send(&request).await?;
                latencies.push(sent.elapsed());
                if came != status {
                    bail!("{} {} was answered with {came}: {}", request.method, request.path, String::from_utf8_lossy(body));
                }
                turn += 1;
            }
            Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done.context("a client has died")??);
    }
    let requests_per_second = latencies.len() as f64 / started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Ok(Round { requests_per_second, latencies })
}

/// The latency that this share of the requests did not exceed.
pub fn percentile(latencies: &[Duration], share: f64) -> Duration {
    let place = ((latencies.len().saturating_sub(1)) as f64 * share).round() as usize;
    latencies.get(place).copied().unwrap_or_default()
}
