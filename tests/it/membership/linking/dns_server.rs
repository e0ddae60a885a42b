//! A DNS server that knows some TXT records.

use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
    thread,
};

/// What it says about a name.
#[derive(Debug, Clone)]
pub enum Says {
    /// These TXT records.
    Texts(Vec<String>),
    /// That it cannot say anything (SERVFAIL).
    Failure,
}

/// A DNS server; it lives as long as the test's process.
pub struct DnsServer {
    pub address: SocketAddr,
    names: Arc<Mutex<HashMap<String, Says>>>,
}

impl DnsServer {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        let names: Arc<Mutex<HashMap<String, Says>>> = Arc::default();
        let known = names.clone();
        thread::spawn(move || {
            let mut query = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                let known = known.lock().expect("names");
                let answer = answer(&query[..length], |name| known.get(name).cloned());
                drop(known);
                socket.send_to(&answer, from).ok();
            }
        });
        Self { address, names }
    }

    pub fn says(&self, name: &str, says: Says) {
        self.names.lock().expect("names").insert(name.to_owned(), says);
    }
}

/// RFC 1035 §4: the question again, and a record for each text. Texts longer than 255 bytes come in pieces.
fn answer(query: &[u8], known: impl Fn(&str) -> Option<Says>) -> Vec<u8> {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    let question = &query[12..at + 5];
    let is_txt = query[at + 1..at + 3] == [0, 16];
    let (code, texts) = match known(&labels.join(".")) {
        Some(Says::Texts(texts)) if is_txt => (0_u8, texts),
        Some(Says::Texts(_)) => (0, Vec::new()),
        Some(Says::Failure) => (2, Vec::new()),
        None => (3, Vec::new()),
    };
    let mut answer = Vec::from(&query[..2]);
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(texts.len()).expect("few texts"), 0, 0, 0, 0]);
    answer.extend(question);
    for text in texts {
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(255).collect();
        let length = u16::try_from(text.len() + pieces.len()).expect("a short text");
        answer.extend([0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 0]);
        answer.extend(length.to_be_bytes());
        for piece in pieces {
            answer.push(u8::try_from(piece.len()).expect("a short piece"));
            answer.extend(piece);
        }
    }
    answer
}
