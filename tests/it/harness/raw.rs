//! Requests byte for byte, for what no HTTP library would send.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread::{self, JoinHandle},
    time::Duration,
};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::api::Answer;

/// A request whose target, headers and body go out exactly as they are written here.
#[derive(Clone)]
pub struct Raw {
    address: String,
    line: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    length: bool,
}

impl Raw {
    pub(super) fn new(base: &str, token: Option<&str>, method: &str, target: &str) -> Self {
        let address = base.trim_start_matches("http://");
        let (address, prefix) = address.find('/').map_or((address, ""), |slash| address.split_at(slash));
        let mut headers = vec![("Host".to_owned(), address.as_bytes().to_vec())];
        headers.extend(token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}").into_bytes())));
        let line = format!("{method} {prefix}{target} HTTP/1.1\r\n");
        Self { address: address.to_owned(), line, headers, body: Vec::new(), length: true }
    }

    /// The method and the target.
    pub fn what(&self) -> &str {
        self.line.trim_end().trim_end_matches(" HTTP/1.1")
    }

    /// With this header, in the place of one of the same name.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// With a body and its length.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// With a body in one chunk, whose length no header tells.
    pub fn chunked(self, body: &[u8]) -> Self {
        let mut chunk = format!("{:x}\r\n", body.len()).into_bytes();
        chunk.extend_from_slice(body);
        chunk.extend_from_slice(b"\r\n0\r\n\r\n");
        Self { body: chunk, length: false, ..self }.header("Transfer-Encoding", "chunked")
    }

    /// Sends it and reads the whole answer.
    pub fn send(self) -> Answer {
        let (mut stream, writing) = self.open();
        let mut bytes = Vec::new();
        let mut buffer = [0; 64 * 1024];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..n]);
        }
        drop(stream);
        drop(writing.join());
        parsed(&bytes)
    }

    /// Sends it; the answer is the caller's to read.
    pub fn open(self) -> (TcpStream, JoinHandle<()>) {
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
        let mut request = self.line.into_bytes();
        for (name, value) in &self.headers {
            request.extend_from_slice(name.as_bytes());
            request.extend_from_slice(b": ");
            request.extend_from_slice(value);
            request.extend_from_slice(b"\r\n");
        }
        if self.length {
            request.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        request.extend_from_slice(b"Connection: close\r\n\r\n");
        request.extend_from_slice(&self.body);
        // A server may answer and hang up before it has read everything, so reading does not wait for the end of writing.
        let mut writer = stream.try_clone().expect("a second handle");
        let writing = thread::spawn(move || drop(writer.write_all(&request)));
        (stream, writing)
    }
}

fn parsed(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse::<HeaderName>().expect(name), HeaderValue::from_str(value).expect(value)))
        .collect();
    let is_chunked = headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked");
    let text = if is_chunked { joined(body) } else { body.to_owned() };
    Answer { status: status.expect("a status"), headers, text }
}

/// What is in the chunks of a body, which must come to its end.
fn joined(mut body: &str) -> String {
    let mut text = String::new();
    loop {
        let (length, rest) = body.split_once("\r\n").unwrap_or_else(|| panic!("the body stops in the middle: {body:?}"));
        let length = usize::from_str_radix(length, 16).expect("the length of a chunk");
        if length == 0 {
            return text;
        }
        text.push_str(&rest[..length]);
        body = rest[length..].strip_prefix("\r\n").expect("the end of a chunk");
    }
}
