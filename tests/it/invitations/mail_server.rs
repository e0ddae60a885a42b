//! A mail server for one test: it speaks as much SMTP as it must, keeps what it is sent, and behaves as it is told.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How it behaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Manner {
    /// It takes everything.
    Takes,
    /// It answers every recipient so.
    Says(&'static str),
    /// It takes the message and never says so.
    FallsSilent,
    /// It takes the message and hangs up.
    HangsUp,
}

/// What it was sent.
#[derive(Debug, Clone)]
pub struct Message {
    /// Who is to get it, as the conversation said.
    pub recipients: Vec<String>,
    /// Headers and body.
    pub text: String,
}

impl Message {
    /// The headers, one on a line each.
    pub fn headers(&self) -> Vec<String> {
        let (head, _) = self.text.split_once("\r\n\r\n").expect("a body");
        let mut lines: Vec<String> = Vec::new();
        for line in head.split("\r\n") {
            match lines.last_mut() {
                Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
                _ => lines.push(line.to_owned()),
            }
        }
        lines
    }

    /// A header.
    pub fn header(&self, name: &str) -> String {
        let prefix = format!("{name}: ");
        self.headers().iter().find_map(|line| line.strip_prefix(&prefix).map(str::to_owned)).unwrap_or_default()
    }
}

/// Lives as long as the test.
pub struct MailServer {
    /// Its address, without encryption.
    pub url: String,
    manner: Arc<Mutex<Manner>>,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl MailServer {
    /// Starts one.
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let (manner, messages) = (Arc::new(Mutex::new(manner)), Arc::<Mutex<Vec<Message>>>::default());
        let shared = (manner.clone(), messages.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, messages) = shared.clone();
                thread::spawn(move || converse(stream, &manner, &messages));
            }
        });
        Self { url, manner, messages }
    }

    /// From the next command on it behaves so.
    pub fn now(&self, manner: Manner) {
        *self.manner.lock().expect("no panic") = manner;
    }

    /// Every message that it has, whether it said so or not.
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().expect("no panic").clone()
    }

    /// The messages for this address.
    pub fn messages_for(&self, address: &str) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.recipients.iter().any(|recipient| recipient == address)).collect()
    }
}

fn converse(stream: TcpStream, manner: &Mutex<Manner>, messages: &Mutex<Vec<Message>>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let mut recipients = Vec::new();
    writer.write_all(b"220 mail.test ESMTP\r\n").ok()?;
    loop {
        let line = line(&mut reader)?;
        let answer = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-mail.test\r\n250 8BITMIME".to_owned(),
            "MAIL" => "250 ok".to_owned(),
            "RCPT" => {
                let said = match &*manner.lock().expect("no panic") {
                    Manner::Says(said) => (*said).to_owned(),
                    Manner::Takes | Manner::FallsSilent | Manner::HangsUp => "250 ok".to_owned(),
                };
                let (_, address) = line.split_once('<')?;
                recipients.push(address.split('>').next()?.to_owned());
                said
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").ok()?;
                let mut text = String::new();
                loop {
                    match self::line(&mut reader)? {
                        line if line == "." => break,
                        line => text = text + line.strip_prefix('.').unwrap_or(&line) + "\r\n",
                    }
                }
                messages.lock().expect("no panic").push(Message { recipients: std::mem::take(&mut recipients), text });
                let manner = manner.lock().expect("no panic").clone();
                match manner {
                    Manner::Takes | Manner::Says(_) => "250 taken".to_owned(),
                    Manner::HangsUp => return None,
                    Manner::FallsSilent => {
                        thread::sleep(Duration::from_secs(300));
                        return None;
                    }
                }
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").ok()?;
                return Some(());
            }
            _ => "502 no".to_owned(),
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
    Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}
