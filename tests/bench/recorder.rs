//! Listens in between a server and Postgres, and writes down the SQL that goes by: what the server really sends, in its order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
};

/// What was heard so far.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Takes what was heard, without what the waker says to the worker and what the journal writes for several requests at once: both
    /// come after the commit.
    pub fn take(&self) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.into_iter().filter(|sql| !sql.contains("pg_notify") && !sql.contains("provisioning_log")).collect()
    }

    fn add(&self, sql: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sql);
    }
}

/// Starts listening; answers the port.
pub async fn start(postgres: String) -> anyhow::Result<(u16, Heard)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let heard = Heard::default();
    let recording = heard.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&postgres).await else { continue };
            let ((from_client, mut to_client), (mut from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            tokio::spawn(forward(from_client, to_server, recording.clone()));
        }
    });
    Ok((port, heard))
}

/// Passes messages on, one by one (Postgres' frontend protocol, version 3).
async fn forward(mut from: OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf, heard: Heard) -> std::io::Result<()> {
    let mut prepared: HashMap<Vec<u8>, String> = HashMap::new();
    let mut is_first = true; // the first message has no type
    loop {
        let mut head = Vec::new();
        if !is_first {
            head.push(from.read_u8().await?);
        }
        let length = from.read_u32().await?;
        head.extend(length.to_be_bytes());
        let mut body = vec![0; (length as usize).saturating_sub(4)];
        from.read_exact(&mut body).await?;
        let mut texts = body.split(|byte| *byte == 0);
        let mut text = || texts.next().unwrap_or_default().to_vec();
        match head.first() {
            Some(b'Q') if !is_first => heard.add(String::from_utf8_lossy(&text()).into_owned()),
            Some(b'P') if !is_first => drop(prepared.insert(text(), String::from_utf8_lossy(&text()).into_owned())),
            Some(b'B') if !is_first => {
                let (_portal, name) = (text(), text());
                heard.add(prepared.get(&name).cloned().unwrap_or_default());
            }
            _ => {}
        }
        is_first = false;
        to.write_all(&head).await?;
        to.write_all(&body).await?;
    }
}
