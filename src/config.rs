//! Configuration: from the environment, checked whole at the start. A missing, unreadable or unknown key stops the start with a
//! sentence that names it.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    str::FromStr,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

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
    /// Seals what clients carry around, cursors for instance: 64 hexadecimal digits, the same for every `serve`. Without it each
    /// process makes one of its own.
    pub seal_key: Option<SecretString>,
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

/// Why the configuration cannot be used: one sentence that names the key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The key must be set and is not.
    #[error("{key} is not set: {help} (deploy/rollcall.env.example shows every key)")]
    Missing {
        /// The key.
        key: &'static str,
        /// What it is.
        help: &'static str,
    },
    /// The key's value cannot be used.
    #[error("{key} cannot be used: {reason}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A key that starts like ours and is none of ours.
    #[error(
        "{key} is no configuration key of Rollcall: correct its name or remove it (deploy/rollcall.env.example shows every key)"
    )]
    Unknown {
        /// The key.
        key: String,
    },
}

const OPERATOR_TOKEN_LENGTH: usize = 32;
const SEAL_KEY_DIGITS: usize = 64;
const KEYS: &[&str] = &[
    "DATABASE_URL",
    "REDIS_URL",
    "ROLLCALL_REDIS_NAMESPACE",
    "ROLLCALL_LISTEN",
    "ROLLCALL_WORKER_LISTEN",
    "ROLLCALL_PUBLIC_URL",
    "ROLLCALL_OPERATOR_TOKEN",
    "ROLLCALL_SEAL_KEY",
    "ROLLCALL_DATABASE_CONNECTIONS",
    "ROLLCALL_SESSION_ABSOLUTE_SECONDS",
    "ROLLCALL_SESSION_IDLE_SECONDS",
    "ROLLCALL_SCIM_REQUESTS_PER_SECOND",
    "ROLLCALL_SWEEP_SECONDS",
    "ROLLCALL_PROVISIONING_LOG_DAYS",
    "ROLLCALL_PROVISIONING_LOG_ENTRIES",
    "ROLLCALL_PROVISIONING_LOG_MIB",
    "ROLLCALL_PROVISIONING_LOG_PRUNE_SECONDS",
    "ROLLCALL_SMTP_URL",
    "ROLLCALL_SMTP_FROM",
    "ROLLCALL_SIGN_IN_URL",
    "ROLLCALL_SHUTDOWN_SECONDS",
    "ROLLCALL_SCIM_BULK",
    "ROLLCALL_LOG_FORMAT",
    "ROLLCALL_LOG",
];
/// Keys that `rollcall demo` and `deploy/dev` set for the terminal; no process is configured by them.
const CLIENT_KEYS: [&str; 6] =
    ["ROLLCALL_URL", "ROLLCALL_SCIM_URL", "ROLLCALL_SCIM_TOKEN", "ROLLCALL_API_PID", "ROLLCALL_WORKER_PID", "ROLLCALL_WORKSPACE"];

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
        if seal_key.is_some_and(|key| key.len() != SEAL_KEY_DIGITS || !key.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            return Err(ConfigError::Invalid {
                key: "ROLLCALL_SEAL_KEY",
                reason: format!("it must have {SEAL_KEY_DIGITS} hexadecimal digits; `openssl rand -hex 32` makes them"),
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
            mail: mail(&keys)?,
            shutdown: keys.seconds("ROLLCALL_SHUTDOWN_SECONDS", 20)?,
            scim_bulk: keys.parsed("ROLLCALL_SCIM_BULK", Switch::On)? == Switch::On,
            log_format: keys.parsed("ROLLCALL_LOG_FORMAT", LogFormat::Json)?,
            log: keys.text("ROLLCALL_LOG").unwrap_or("info").to_owned(),
        })
    }
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

struct Keys(BTreeMap<String, String>);

impl Keys {
    fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut ours = BTreeMap::new();
        for (key, value) in pairs {
            if KEYS.contains(&key.as_str()) {
                ours.insert(key, value);
            } else if key.starts_with("ROLLCALL_") && !key.starts_with("ROLLCALL_TEST_") && !CLIENT_KEYS.contains(&key.as_str()) {
                return Err(ConfigError::Unknown { key });
            }
        }
        Ok(Self(ours))
    }

    /// An empty value is no value: that is how a line of an environment file is switched off.
    fn text(&self, key: &'static str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn required(&self, key: &'static str, help: &'static str) -> Result<String, ConfigError> {
        self.text(key).map(str::to_owned).ok_or(ConfigError::Missing { key, help })
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, key: &'static str, default: T) -> Result<T, ConfigError> {
        self.text(key).map_or(Ok(default), |text| {
            text.parse().map_err(|error: T::Err| ConfigError::Invalid { key, reason: error.to_string() })
        })
    }

    fn optional<T: FromStr<Err: std::fmt::Display>>(&self, key: &'static str) -> Result<Option<T>, ConfigError> {
        let invalid = |error: T::Err| ConfigError::Invalid { key, reason: error.to_string() };
        self.text(key).map(|text| text.parse().map_err(invalid)).transpose()
    }

    fn at_least_one(&self, key: &'static str, default: u32) -> Result<u32, ConfigError> {
        match self.parsed(key, default)? {
            0 => Err(ConfigError::Invalid { key, reason: "it must be at least 1".into() }),
            number => Ok(number),
        }
    }

    fn seconds(&self, key: &'static str, default: u64) -> Result<Duration, ConfigError> {
        let seconds = self.parsed(key, default)?;
        if seconds == 0 {
            return Err(ConfigError::Invalid { key, reason: "it must be at least one second".into() });
        }
        Ok(Duration::from_secs(seconds))
    }
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
            (("ROLLCALL_OPERATOR_TOKEN", "short"), "ROLLCALL_OPERATOR_TOKEN"),
            (("ROLLCALL_SEAL_KEY", "0123456789abcdef"), "ROLLCALL_SEAL_KEY"),
            (("ROLLCALL_SEAL_KEY", &"x".repeat(64)), "ROLLCALL_SEAL_KEY"),
            (("ROLLCALL_PUBLIC_URL", "example.com"), "ROLLCALL_PUBLIC_URL"),
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
        ])
        .expect("a configuration");
        assert!(!format!("{config:?}").contains("0123456789"));
        assert!(!format!("{config:?}").contains("postgres://"));
    }

    #[test]
    fn the_example_shows_every_key() {
        let example = include_str!("../deploy/rollcall.env.example");
        for key in KEYS {
            assert!(example.contains(key), "deploy/rollcall.env.example does not show {key}");
        }
    }
}
