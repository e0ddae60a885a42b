//! The cookies of ours: two of signing in, and those by which pages know whoever sets up by a link, and operators. All are for this host alone, out of reach of scripts, and not sent with what other sites post; `Lax` because
//! the way back from the identity provider is a link from another site.

use chrono::{DateTime, Utc};
use poem::{Request, http::header};

use crate::{app::App, clock};

/// What ties a sign-in to the browser in which it began.
const BROWSER: &str = "rollcall_browser";
/// A session.
const SESSION: &str = "rollcall_session";
/// The names under which a session is read.
const SESSIONS: [&str; 2] = ["__Host-rollcall_session", SESSION];
/// Browsers take a cookie of this name only from this host, encrypted, for all of its paths.
const PREFIX: &str = "__Host-";
const BROWSER_SECONDS: i64 = 600;

/// Whether the installation is reached over TLS. Only one for development is not.
fn is_encrypted(app: &App) -> bool {
    app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
}

fn set(app: &App, name: &str, value: &str, seconds: i64) -> String {
    let (prefix, secure) = if is_encrypted(app) { (PREFIX, "; Secure") } else { ("", "") };
    format!("{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// What a request carries under a name.
fn value<'a>(app: &App, request: &'a Request, name: &str) -> Option<&'a str> {
    let name = if is_encrypted(app) { format!("{PREFIX}{name}") } else { name.to_owned() };
    let cookies = request.headers().get(header::COOKIE)?.to_str().ok()?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The browser of a request, if it has begun a sign-in.
pub fn browser<'a>(app: &App, request: &'a Request) -> Option<&'a str> {
    value(app, request, BROWSER)
}

/// Remembers a browser.
pub fn set_browser(app: &App, value: &str) -> String {
    set(app, BROWSER, value, BROWSER_SECONDS)
}

/// The cookies of a request that may carry a session, with what they carry, the one that counts first: the other one may have been set by another
/// host of the same domain. Signing in by SAML sets one of them, the SaaS's backend may set the other.
pub fn sessions(request: &Request) -> impl Iterator<Item = (&'static str, &str)> {
    let cookies = request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    SESSIONS.into_iter().filter_map(move |wanted| {
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| (wanted, value))
    })
}

/// Takes the sessions from a browser that has brought some.
pub fn clear_sessions(app: &App, request: &Request) -> Vec<String> {
    let secure = |name: &str| if name.starts_with(PREFIX) || is_encrypted(app) { "; Secure" } else { "" };
    let clear = |(name, _)| format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}", secure(name));
    sessions(request).map(clear).collect()
}

/// Gives a browser its session.
pub fn set_session(app: &App, id: &str, expires_at: DateTime<Utc>) -> String {
    set(app, SESSION, id, (expires_at - clock::now()).num_seconds().max(0))
}

/// What only the pages for it know under a name: the code of a set-up link, an operator's way in.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    /// The code of a set-up link.
    SetUp,
    /// An operator.
    Operator,
}

impl Kept {
    const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "rollcall_set_up",
            Self::Operator => "rollcall_operator",
        }
    }

    /// What a request carries of it.
    pub fn of<'a>(self, app: &App, request: &'a Request) -> Option<&'a str> {
        value(app, request, self.name())
    }

    /// Gives it to a browser, until then.
    pub fn set(self, app: &App, value: &str, expires_at: DateTime<Utc>) -> String {
        set(app, self.name(), value, (expires_at - clock::now()).num_seconds().max(0))
    }

    /// Takes it from a browser.
    pub fn clear(self, app: &App) -> String {
        set(app, self.name(), "", 0)
    }
}
