//! Configuration: from the environment, checked whole at the start. A missing, unreadable or unknown key stops the start with a
//! sentence that names it.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    str::FromStr,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

mod keys;

pub use keys::ConfigError;
use keys::Keys;

/// Everything that an operator can set. See `deploy/rollcall.env.example`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Postgres (15 or newer).
    pub database_url: SecretString,
    /// Redis (7 or newer), for sessions.
    pub redis_url: SecretString,
    /// Puts a prefix before every Redis key, so that several installations can share one Redis.
    pub redis_namespace: String,
    /// Where `serve` listens.
    pub listen: SocketAddr,
    /// Where the worker serves its metrics; nowhere, when left out.
    pub worker_listen: Option<SocketAddr>,
    /// Scheme and host under which identity providers reach us; `location` values start with it. Without it the `Host` of each
    /// request is used.
    pub public_url: Option<String>,
    /// The token of the operators' API. Without it that API refuses everybody.
    pub operator_token: Option<SecretString>,
    /// Seals what clients carry around, cursors and ids of SAML requests for instance: 64 hexadecimal digits, the same for every `serve`.
    /// Without it each process makes one of its own.
    pub seal_key: Option<SecretString>,
    /// Seal what we have to be able to read again, secrets of webhooks and keys of SAML connections: 64 hexadecimal digits each. The first
    /// one seals, all of them open. Without one no webhook can be made, and no SAML request be signed.
    pub secret_keys: Vec<SecretString>,
    /// Connections to Postgres that a process may hold.
    pub database_connections: u32,
    /// A session ends after this time, however much it is used.
    pub session_absolute: Duration,
    /// A session ends after this time without use.
    pub session_idle: Duration,
    /// SCIM requests that a process takes from one workspace in a second, also at once; none for no bound.
    pub scim_requests_per_second: Option<NonZeroU32>,
    /// Time between two sweeps of every workspace by the worker.
    pub sweep_every: Duration,
    /// How much of the provisioning log is kept.
    pub provisioning_log: LogBounds,
    /// How long events are kept.
    pub events: EventBounds,
    /// How webhooks are sent.
    pub webhooks: WebhookSettings,
    /// The DNS server to ask; none for those of the machine.
    pub dns_server: Option<SocketAddr>,
    /// Time between two looks at the record of a verified domain.
    pub domain_check_every: Duration,
    /// Time between two looks at the metadata of an identity provider, where its address is known.
    pub metadata_refresh_every: Duration,
    /// Invitations by e-mail; none, when left out.
    pub mail: Option<MailConfig>,
    /// How long a stopping process may finish what is in flight.
    pub shutdown: Duration,
    /// Whether bulk requests (RFC 7644 §3.7) are offered.
    pub scim_bulk: bool,
    /// `json` (one object a line) or `text`.
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `tracing`'s `EnvFilter`.
    pub log: String,
}

/// How much of the provisioning log is kept, for each workspace: what is older or more is removed, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBounds {
    /// Days.
    pub days: u32,
    /// Entries.
    pub entries: u32,
    /// Their size, in mebibytes.
    pub mebibytes: u32,
    /// Time between two looks of the worker.
    pub prune_every: Duration,
}

/// How long events are kept, in every workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBounds {
    /// Days.
    pub days: u32,
    /// Time between two looks of the worker.
    pub prune_every: Duration,
}

/// How webhooks are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The pauses after one, two, three, ... attempts that have failed; after one more the endpoint is parked.
    pub pauses: Vec<Duration>,
    /// An attempt that takes longer has failed.
    pub timeout: Duration,
    /// Whether addresses may be called that are not public, and without encryption; also of SAML metadata. For development.
    pub private_addresses: bool,
}

/// How invitations are sent.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The mail server, with user and password: `smtps://…`, `smtp+starttls://…`, or `smtp://…` without encryption.
    pub smtp_url: SecretString,
    /// The sender, as it stands in the message.
    pub from: String,
    /// Where people sign in.
    pub sign_in_url: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("must be `json` or `text`".into()),
        }
    }
}

/// Whether something is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("must be `on` or `off`".into()),
        }
    }
}

const OPERATOR_TOKEN_LENGTH: usize = 32;
const SEAL_KEY_DIGITS: usize = 64;
/// About a day: who repairs a receiver the next morning has lost nothing.
const WEBHOOK_PAUSES: &str = "5,30,120,600,1800,3600,7200,14400,28800,43200";
impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_pairs(
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Reads configuration from pairs of key and value. Keys that are neither ours nor named `ROLLCALL_…` are not looked at.
    ///
    /// # Errors
    /// One sentence that names the key and says what is wrong with it.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let keys = Keys::new(pairs)?;
        let operator_token = keys.text("ROLLCALL_OPERATOR_TOKEN").map(SecretString::from);
        if operator_token.as_ref().is_some_and(|token| token.expose_secret().len() < OPERATOR_TOKEN_LENGTH) {
            return Err(ConfigError::Invalid {
                key: "ROLLCALL_OPERATOR_TOKEN",
                reason: format!("it must have at least {OPERATOR_TOKEN_LENGTH} characters; `openssl rand -hex 32` makes one"),
            });
        }
        let seal_key = keys.text("ROLLCALL_SEAL_KEY");
        if seal_key.is_some_and(|key| !is_key(key)) {
            return Err(ConfigError::Invalid {
                key: "ROLLCALL_SEAL_KEY",
                reason: format!("it must have {SEAL_KEY_DIGITS} hexadecimal digits; `openssl rand -hex 32` makes them"),
            });
        }
        let secret_keys: Vec<&str> = keys.text("ROLLCALL_SECRET_KEY").map(|text| text.split(',').collect()).unwrap_or_default();
        if !secret_keys.iter().all(|key| is_key(key)) {
            return Err(ConfigError::Invalid {
                key: "ROLLCALL_SECRET_KEY",
                reason: format!(
                    "it must have {SEAL_KEY_DIGITS} hexadecimal digits, which `openssl rand -hex 32` makes, and after a comma those of keys before it"
                ),
            });
        }
        let database_url =
            keys.required("DATABASE_URL", "the address of Postgres, like postgres://user:password@host/database")?;
        if !database_url.starts_with("postgres://") && !database_url.starts_with("postgresql://") {
            return Err(ConfigError::Invalid { key: "DATABASE_URL", reason: "it must start with postgres://".into() });
        }
        let public_url = keys.text("ROLLCALL_PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned());
        if public_url.as_deref().is_some_and(|url| !is_protected(url)) {
            return Err(ConfigError::Invalid {
                key: "ROLLCALL_PUBLIC_URL",
                reason: "it must start with https://, because tokens travel over it (http:// only for localhost)".into(),
            });
        }
        Ok(Self {
            database_url: database_url.into(),
            redis_url: keys.required("REDIS_URL", "the address of Redis, like redis://:password@host:6379/0")?.into(),
            redis_namespace: keys.text("ROLLCALL_REDIS_NAMESPACE").unwrap_or("rollcall").to_owned(),
            listen: keys.parsed("ROLLCALL_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            worker_listen: keys.optional("ROLLCALL_WORKER_LISTEN")?,
            public_url,
            operator_token,
            seal_key: seal_key.map(SecretString::from),
            secret_keys: secret_keys.into_iter().map(SecretString::from).collect(),
            database_connections: keys.parsed("ROLLCALL_DATABASE_CONNECTIONS", 16)?,
            session_absolute: keys.seconds("ROLLCALL_SESSION_ABSOLUTE_SECONDS", 12 * 3600)?,
            session_idle: keys.seconds("ROLLCALL_SESSION_IDLE_SECONDS", 3600)?,
            scim_requests_per_second: NonZeroU32::new(keys.parsed("ROLLCALL_SCIM_REQUESTS_PER_SECOND", 5_000)?),
            sweep_every: keys.seconds("ROLLCALL_SWEEP_SECONDS", 300)?,
            provisioning_log: LogBounds {
                days: keys.at_least_one("ROLLCALL_PROVISIONING_LOG_DAYS", 30)?,
                entries: keys.at_least_one("ROLLCALL_PROVISIONING_LOG_ENTRIES", 100_000)?,
                mebibytes: keys.at_least_one("ROLLCALL_PROVISIONING_LOG_MIB", 256)?,
                prune_every: keys.seconds("ROLLCALL_PROVISIONING_LOG_PRUNE_SECONDS", 60)?,
            },
            events: EventBounds {
                days: keys.at_least_one("ROLLCALL_EVENTS_DAYS", 30)?,
                prune_every: keys.seconds("ROLLCALL_EVENTS_PRUNE_SECONDS", 60)?,
            },
            webhooks: WebhookSettings {
                pauses: keys.pauses("ROLLCALL_WEBHOOK_PAUSES", WEBHOOK_PAUSES)?,
                timeout: keys.seconds("ROLLCALL_WEBHOOK_TIMEOUT_SECONDS", 15)?,
                private_addresses: keys.parsed("ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES", Switch::Off)? == Switch::On,
            },
            dns_server: keys.optional("ROLLCALL_DNS_SERVER")?,
            domain_check_every: keys.seconds("ROLLCALL_DOMAIN_CHECK_SECONDS", 24 * 3600)?,
            metadata_refresh_every: keys.seconds("ROLLCALL_METADATA_REFRESH_SECONDS", 24 * 3600)?,
            mail: mail(&keys)?,
            shutdown: keys.seconds("ROLLCALL_SHUTDOWN_SECONDS", 20)?,
            scim_bulk: keys.parsed("ROLLCALL_SCIM_BULK", Switch::On)? == Switch::On,
            log_format: keys.parsed("ROLLCALL_LOG_FORMAT", LogFormat::Json)?,
            log: keys.text("ROLLCALL_LOG").unwrap_or("info").to_owned(),
        })
    }
}

fn is_key(text: &str) -> bool {
    text.len() == SEAL_KEY_DIGITS && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// All of it, or nothing.
fn mail(keys: &Keys) -> Result<Option<MailConfig>, ConfigError> {
    let Some(smtp_url) = keys.text("ROLLCALL_SMTP_URL") else { return Ok(None) };
    let help = "invitations by e-mail need it, because ROLLCALL_SMTP_URL is set";
    let sign_in_url = keys.required("ROLLCALL_SIGN_IN_URL", help)?;
    if !is_protected(&sign_in_url) {
        return Err(ConfigError::Invalid {
            key: "ROLLCALL_SIGN_IN_URL",
            reason: "it must start with https:// (http:// only for localhost)".into(),
        });
    }
    Ok(Some(MailConfig { smtp_url: smtp_url.into(), from: keys.required("ROLLCALL_SMTP_FROM", help)?, sign_in_url }))
}

/// Whether what is sent to this address cannot be read on the way (RFC 7644 §7.2): encrypted, or not leaving the machine.
fn is_protected(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return url.starts_with("https://");
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(extra: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let base = [("DATABASE_URL", "postgres://localhost/rollcall"), ("REDIS_URL", "redis://localhost")];
        Config::from_pairs(base.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_wrong_key_stops_the_start_by_name() {
        for (extra, name) in [
            (("ROLLCALL_LISTN", "127.0.0.1:1"), "ROLLCALL_LISTN"),
            (("ROLLCALL_LISTEN", "somewhere"), "ROLLCALL_LISTEN"),
            (("ROLLCALL_WORKER_LISTEN", "9090"), "ROLLCALL_WORKER_LISTEN"),
            (("ROLLCALL_DNS_SERVER", "dns.acme.test"), "ROLLCALL_DNS_SERVER"),
            (("ROLLCALL_OPERATOR_TOKEN", "short"), "ROLLCALL_OPERATOR_TOKEN"),
            (("ROLLCALL_SEAL_KEY", "0123456789abcdef"), "ROLLCALL_SEAL_KEY"),
            (("ROLLCALL_SEAL_KEY", &"x".repeat(64)), "ROLLCALL_SEAL_KEY"),
            (("ROLLCALL_PUBLIC_URL", "example.com"), "ROLLCALL_PUBLIC_URL"),
            (("ROLLCALL_SECRET_KEY", "0123"), "ROLLCALL_SECRET_KEY"),
            (("ROLLCALL_SECRET_KEY", &format!("{},", "a".repeat(64))), "ROLLCALL_SECRET_KEY"),
            (("ROLLCALL_WEBHOOK_PAUSES", "5,0"), "ROLLCALL_WEBHOOK_PAUSES"),
            (("ROLLCALL_WEBHOOK_PAUSES", "5,,7"), "ROLLCALL_WEBHOOK_PAUSES"),
            (("ROLLCALL_SWEEP_SECONDS", "0"), "ROLLCALL_SWEEP_SECONDS"),
            (("ROLLCALL_SCIM_BULK", "yes"), "ROLLCALL_SCIM_BULK"),
            (("ROLLCALL_SMTP_URL", "smtp://localhost"), "ROLLCALL_SIGN_IN_URL"),
            (("ROLLCALL_PROVISIONING_LOG_DAYS", "0"), "ROLLCALL_PROVISIONING_LOG_DAYS"),
            (("ROLLCALL_PROVISIONING_LOG_MIB", "-1"), "ROLLCALL_PROVISIONING_LOG_MIB"),
            (("REDIS_URL", ""), "REDIS_URL"),
        ] {
            let error = with(&[extra]).expect_err(name).to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn tokens_travel_encrypted_or_stay_on_the_machine() {
        for url in
            ["https://example.com", "http://localhost", "http://localhost:8080/", "http://127.0.0.1:8080", "http://[::1]:8080"]
        {
            assert!(with(&[("ROLLCALL_PUBLIC_URL", url)]).is_ok(), "{url}");
        }
        for url in [
            "http://example.com",
            "http://10.0.0.7:8080",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "http://127.0.0.1.example.com",
            "http://",
            "ftp://localhost",
            "HTTPS//example.com",
        ] {
            let error = with(&[("ROLLCALL_PUBLIC_URL", url)]).expect_err(url).to_string();
            assert!(error.contains("https://"), "{error}");
        }
    }

    #[test]
    fn other_peoples_keys_are_left_alone_and_secrets_are_not_shown() {
        let config = with(&[
            ("HOME", "/"),
            ("ROLLCALL_OPERATOR_TOKEN", "0123456789012345678901234567890123456789"),
            ("ROLLCALL_SEAL_KEY", &"0123456789abcdef".repeat(4)),
            ("ROLLCALL_SECRET_KEY", &["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)].join(",")),
        ])
        .expect("a configuration");
        assert_eq!(config.secret_keys.len(), 2);
        assert_eq!(config.webhooks.pauses.len(), 10);
        assert!(!format!("{config:?}").contains("fedcba98"));
        assert!(!format!("{config:?}").contains("0123456789"));
        assert!(!format!("{config:?}").contains("postgres://"));
    }

    #[test]
    fn the_example_shows_every_key() {
        let example = include_str!("../../deploy/rollcall.env.example");
        for key in keys::KEYS {
            assert!(example.contains(key), "deploy/rollcall.env.example does not show {key}");
        }
    }
}
