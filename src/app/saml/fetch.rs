//! Metadata, fetched from where an identity provider offers it. Whoever names an address makes us call it: what may be called, and how,
//! is said in [`crate::outbound`].

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;

use crate::{
    app::{App, per_workspace::PerWorkspace, webhooks::reach},
    ids::WorkspaceId,
    outbound::{CallError, Client, Target},
};

/// A fetch as a whole takes no longer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Fetches that a process makes for one workspace at a time; others wait.
const AT_ONCE: usize = 2;
const ACCEPT: &str = "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1";

/// Fetches metadata.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    turns: Arc<PerWorkspace>,
}

/// A document, and where it was.
#[derive(Debug)]
pub(super) struct Fetched {
    /// The address as it is kept.
    pub url: String,
    /// The document.
    pub text: String,
}

/// Why there is no document: what was wrong, and what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("{0} Check the address, or give the XML document itself.")]
    NotReached(CallError),
    #[error("There was no whole answer within {} seconds: try again later, or give the XML document itself.", .0.as_secs())]
    TooSlow(Duration),
    #[error(
        "What is at the address is larger than 1 MiB: give the address of the metadata of this identity provider alone, not of a federation."
    )]
    TooLarge,
    #[error(
        "The address answers {0}, a redirect, and redirects are not followed: open it in a browser, and give the address at which the document is in the end."
    )]
    Redirect(u16),
    #[error(
        "The address answers {0} and no document: open it in a browser without being signed in anywhere; it has to show the XML document."
    )]
    Status(u16),
    #[error(
        "At the address is a web page and no metadata: give the address of the XML document, to which such a page often has a link."
    )]
    WebPage,
    #[error("What is at the address is not XML: give the address of the identity provider's metadata.")]
    NotXml,
}

impl From<CallError> for FetchError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::TooLarge => Self::TooLarge,
            CallError::TimedOut(limit) => Self::TooSlow(limit),
            CallError::Refused(_) | CallError::NoConnection | CallError::Tls(_) | CallError::Broken | CallError::Compressed => {
                Self::NotReached(error)
            }
        }
    }
}

impl Fetcher {
    /// That of a process.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new() -> anyhow::Result<Self> {
        let client = Client::new(TIMEOUT).context("the client of metadata")?;
        Ok(Self { client, turns: Arc::new(PerWorkspace::new(AT_ONCE)) })
    }

    /// Fetches what is at an address.
    ///
    /// # Errors
    /// What an administrator is told.
    pub(super) async fn fetch(&self, app: &App, workspace: WorkspaceId, url: &str) -> Result<Fetched, FetchError> {
        let target = Target::parse(url.trim(), reach(app)).map_err(CallError::Refused)?;
        // It is never closed, so there is always a turn.
        let _turn = self.turns.of(workspace).acquire_owned().await;
        let answer = self.client.get(&target, ACCEPT).await?;
        let text = match answer.status {
            200 => document(&answer.body)?,
            status @ 300..=399 => return Err(FetchError::Redirect(status)),
            status => return Err(FetchError::Status(status)),
        };
        Ok(Fetched { url: target.as_str().to_owned(), text })
    }
}

/// Whether it may be XML, as far as that is seen from its beginning.
fn document(body: &[u8]) -> Result<String, FetchError> {
    let text = str::from_utf8(body).map_err(|_| FetchError::NotXml)?;
    let beginning = text.trim_start_matches('\u{feff}').trim_start();
    let begins_with = |word: &str| beginning.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if begins_with("<!doctype html") || begins_with("<html") {
        return Err(FetchError::WebPage);
    }
    if !begins_with("<") {
        return Err(FetchError::NotXml);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_for_people_is_told_from_a_document() {
        for text in ["<!DOCTYPE html><html/>", "\u{feff}\r\n<!doctype HTML>", "<HTML lang='en'>", "  <html></html>"] {
            assert!(matches!(document(text.as_bytes()), Err(FetchError::WebPage)), "{text}");
        }
        for text in [&b""[..], b"  ", b"{}", b"not found", b"\xff\xfe<\0a\0", "ä".as_bytes()] {
            assert!(matches!(document(text), Err(FetchError::NotXml)), "{text:?}");
        }
        for text in ["<a/>", "\u{feff}<?xml version='1.0'?><a/>", "\n<!-- html --><a/>"] {
            assert_eq!(document(text.as_bytes()).expect(text), text);
        }
    }
}
