//! The keys of the configuration, and how their values are read.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

/// Every key of ours.
pub(super) const KEYS: &[&str] = &[
    "DATABASE_URL",
    "REDIS_URL",
    "ROLLCALL_REDIS_NAMESPACE",
    "ROLLCALL_LISTEN",
    "ROLLCALL_WORKER_LISTEN",
    "ROLLCALL_PUBLIC_URL",
    "ROLLCALL_OPERATOR_TOKEN",
    "ROLLCALL_SEAL_KEY",
    "ROLLCALL_SECRET_KEY",
    "ROLLCALL_DATABASE_CONNECTIONS",
    "ROLLCALL_SESSION_ABSOLUTE_SECONDS",
    "ROLLCALL_SESSION_IDLE_SECONDS",
    "ROLLCALL_SCIM_REQUESTS_PER_SECOND",
    "ROLLCALL_SWEEP_SECONDS",
    "ROLLCALL_PROVISIONING_LOG_DAYS",
    "ROLLCALL_PROVISIONING_LOG_ENTRIES",
    "ROLLCALL_PROVISIONING_LOG_MIB",
    "ROLLCALL_PROVISIONING_LOG_PRUNE_SECONDS",
    "ROLLCALL_EVENTS_DAYS",
    "ROLLCALL_EVENTS_PRUNE_SECONDS",
    "ROLLCALL_WEBHOOK_PAUSES",
    "ROLLCALL_WEBHOOK_TIMEOUT_SECONDS",
    "ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES",
    "ROLLCALL_DNS_SERVER",
    "ROLLCALL_DOMAIN_CHECK_SECONDS",
    "ROLLCALL_METADATA_REFRESH_SECONDS",
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

/// Keys and values, as they were given.
pub(super) struct Keys(BTreeMap<String, String>);

impl Keys {
    pub(super) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
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
    pub(super) fn text(&self, key: &'static str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, key: &'static str, help: &'static str) -> Result<String, ConfigError> {
        self.text(key).map(str::to_owned).ok_or(ConfigError::Missing { key, help })
    }

    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, key: &'static str, default: T) -> Result<T, ConfigError> {
        self.text(key).map_or(Ok(default), |text| {
            text.parse().map_err(|error: T::Err| ConfigError::Invalid { key, reason: error.to_string() })
        })
    }

    pub(super) fn optional<T: FromStr<Err: std::fmt::Display>>(&self, key: &'static str) -> Result<Option<T>, ConfigError> {
        let invalid = |error: T::Err| ConfigError::Invalid { key, reason: error.to_string() };
        self.text(key).map(|text| text.parse().map_err(invalid)).transpose()
    }

    pub(super) fn at_least_one(&self, key: &'static str, default: u32) -> Result<u32, ConfigError> {
        match self.parsed(key, default)? {
            0 => Err(ConfigError::Invalid { key, reason: "it must be at least 1".into() }),
            number => Ok(number),
        }
    }

    pub(super) fn seconds(&self, key: &'static str, default: u64) -> Result<Duration, ConfigError> {
        let seconds = self.parsed(key, default)?;
        if seconds == 0 {
            return Err(ConfigError::Invalid { key, reason: "it must be at least one second".into() });
        }
        Ok(Duration::from_secs(seconds))
    }

    pub(super) fn pauses(&self, key: &'static str, default: &str) -> Result<Vec<Duration>, ConfigError> {
        let seconds = self.text(key).unwrap_or(default).split(',').map(|text| text.trim().parse().ok().filter(|n| *n > 0));
        let pauses: Option<Vec<Duration>> =
            seconds.map(|seconds: Option<u32>| Some(Duration::from_secs(seconds?.into()))).collect();
        pauses.ok_or_else(|| ConfigError::Invalid {
            key,
            reason: "it must be seconds with commas between them, like 5,30,120".into(),
        })
    }
}
