//! Mail: one message to one person, and what became of it. It knows no member and no queue.

mod conversation;
mod letter;

use std::{str::FromStr as _, sync::Arc};

use lettre::{
    message::Mailbox,
    transport::smtp::{authentication::Credentials, client::TlsParameters, extension::ClientId},
};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use conversation::Outcome;
pub use letter::Letter;

/// Sends messages; cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Settings>);

struct Settings {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    hello: ClientId,
    from: Mailbox,
    sign_in_url: String,
}

enum Encryption {
    /// For a server on the same machine or network.
    None,
    /// From the first byte on.
    Whole(TlsParameters),
    /// After a greeting in the clear; nothing else is said in the clear.
    Upgraded(TlsParameters),
}

/// Why messages cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

impl Mailer {
    /// Connects when a message is sent. The address is `smtps://user:password@host`, `smtp+starttls://…`, or, without encryption,
    /// `smtp://host:port`.
    ///
    /// # Errors
    /// An address cannot be read. The text has no part of it, because it may hold a password.
    pub fn new(url: &SecretString, from: &str, sign_in_url: &str) -> Result<Self, MailError> {
        let wrong = |what: &str| MailError(what.to_owned());
        let url = Url::parse(url.expose_secret()).map_err(|_| wrong("the address of the mail server is no URL"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("the address names no mail server"))?;
        let tls = || TlsParameters::new_rustls(host.to_owned()).map_err(|_| wrong("the mail server has no name for TLS"));
        let (port, encryption) = match url.scheme() {
            "smtp" => (25, Encryption::None),
            "smtps" => (465, Encryption::Whole(tls()?)),
            "smtp+starttls" => (587, Encryption::Upgraded(tls()?)),
            _ => return Err(wrong("it must start with smtps://, smtp+starttls:// or smtp://")),
        };
        let from = Mailbox::from_str(from).map_err(|_| wrong("the sender is no e-mail address"))?;
        let hello = ClientId::Domain(from.email.domain().to_owned());
        Ok(Self(Arc::new(Settings {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(port),
            encryption,
            credentials: credentials(&url).ok_or_else(|| wrong("user or password of the address cannot be read"))?,
            hello,
            from,
            sign_in_url: sign_in_url.to_owned(),
        })))
    }
}

/// User and password, if the address has them; none when they cannot be read.
fn credentials(url: &Url) -> Option<Option<Credentials>> {
    if url.username().is_empty() {
        return Some(None);
    }
    let decoded = |text| percent_decode_str(text).decode_utf8().ok();
    let user = decoded(url.username())?.into_owned();
    let password = decoded(url.password().unwrap_or_default())?.into_owned();
    Some(Some(Credentials::new(user, password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(url: &str, from: &str) -> Result<Mailer, MailError> {
        Mailer::new(&url.into(), from, "https://app.example.com")
    }

    #[test]
    fn addresses_are_read_and_what_is_wrong_is_said_without_them() {
        let from = "Acme <invitations@acme.test>";
        let encrypted = mailer("smtps://us%40er:pass%2Fword@mail.acme.test", from).expect("an address");
        assert_eq!((encrypted.0.host.as_str(), encrypted.0.port), ("mail.acme.test", 465));
        assert!(matches!(encrypted.0.encryption, Encryption::Whole(_)) && encrypted.0.credentials.is_some());
        let upgraded = mailer("smtp+starttls://mail.acme.test:2525", from).expect("an address");
        assert!(matches!(upgraded.0.encryption, Encryption::Upgraded(_)) && upgraded.0.port == 2525);
        let plain = mailer("smtp://[::1]:1025", from).expect("an address");
        assert!(matches!(plain.0.encryption, Encryption::None) && plain.0.host == "::1" && plain.0.credentials.is_none());
        for (url, from) in [
            ("secret", from),
            ("smtp://", from),
            ("http://user:secret@mail.acme.test", from),
            ("smtps://user:secret%ff@mail.acme.test", from),
            ("smtp://mail.acme.test", "nobody"),
            ("smtp://mail.acme.test", "a@b.test\r\nBcc: secret@b.test"),
        ] {
            let error = mailer(url, from).err().unwrap_or_else(|| panic!("{url} {from}")).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
