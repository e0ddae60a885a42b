//! Documents, fetched from where an identity provider offers them: its metadata, the keys of its signals. Whoever names an address makes us call
//! it: what may be called, and how, is said in [`crate::outbound`].

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;

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

/// Fetches what identity providers offer.
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

/// What is at an address, whatever it is.
#[derive(Debug)]
pub(in crate::app) struct Document {
    /// The address as it is kept.
    pub url: String,
    /// What is there.
    pub body: Bytes,
}

/// Why there is nothing.
#[derive(Debug, thiserror::Error)]
pub(in crate::app) enum NoDocument {
    #[error("{0}")]
    NotReached(CallError),
    #[error("There was no whole answer within {} seconds.", .0.as_secs())]
    TooSlow(Duration),
    #[error("What is at the address is larger than 1 MiB.")]
    TooLarge,
    #[error("The address answers {0}, a redirect, and redirects are not followed.")]
    Redirect(u16),
    #[error("The address answers {0} and no document.")]
    Status(u16),
}

/// Why there is no metadata: what was wrong, and what to do.
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

impl From<CallError> for NoDocument {
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

impl From<NoDocument> for FetchError {
    fn from(none: NoDocument) -> Self {
        match none {
            NoDocument::NotReached(error) => Self::NotReached(error),
            NoDocument::TooSlow(limit) => Self::TooSlow(limit),
            NoDocument::TooLarge => Self::TooLarge,
            NoDocument::Redirect(status) => Self::Redirect(status),
            NoDocument::Status(status) => Self::Status(status),
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
    /// Why there is nothing.
    pub(in crate::app) async fn get(
        &self,
        app: &App,
        workspace: WorkspaceId,
        url: &str,
        accept: &'static str,
    ) -> Result<Document, NoDocument> {
        let target = Target::parse(url.trim(), reach(app)).map_err(CallError::Refused)?;
        // It is never closed, so there is always a turn.
        let _turn = self.turns.of(workspace).acquire_owned().await;
        let answer = self.client.get(&target, accept).await?;
        match answer.status {
            200 => Ok(Document { url: target.as_str().to_owned(), body: answer.body }),
            status @ 300..=399 => Err(NoDocument::Redirect(status)),
            status => Err(NoDocument::Status(status)),
        }
    }

    /// Fetches metadata.
    ///
    /// # Errors
    /// What an administrator is told.
    pub(super) async fn fetch(&self, app: &App, workspace: WorkspaceId, url: &str) -> Result<Fetched, FetchError> {
        let Document { url, body } = self.get(app, workspace, url, ACCEPT).await?;
        Ok(Fetched { url, text: document(&body)? })
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
