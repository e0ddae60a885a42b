//! The connection to Redis.

use std::{future::Future, sync::Arc, time::Duration};

use redis::{
    Client, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::SessionError;

/// Time for one answer of Redis, and for one connection to it.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Redis, and the beginning of all keys there. Clones share one connection, which is made when first used and made again when lost.
#[derive(Clone)]
pub struct Link {
    redis: ConnectionManager,
    namespace: Arc<str>,
}

impl Link {
    /// Connects with the first command, so that a process starts while Redis is away. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// The address or the namespace cannot be used.
    pub fn new(url: &str, namespace: &str) -> Result<Self, SessionError> {
        if namespace.contains(['{', '}']) {
            return Err(SessionError::Namespace);
        }
        let client = Client::open(url).map_err(SessionError::Address)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(TIMEOUT))
            .set_connection_timeout(Some(TIMEOUT))
            // A caller is waiting: try twice, then say so. The next command tries again.
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(20));
        let redis = ConnectionManager::new_lazy_with_config(client, config).map_err(SessionError::Address)?;
        Ok(Self { redis, namespace: namespace.into() })
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Commands in flight are lost with their connection. All that are given here may be sent again, and are, once.
    pub(super) async fn twice<T, F>(&self, command: impl Fn(ConnectionManager) -> F) -> Result<T, SessionError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let again = |error: &RedisError| error.is_connection_dropped() && !error.is_connection_refusal();
        let result = match command(self.redis.clone()).await {
            Err(error) if again(&error) => command(self.redis.clone()).await,
            other => other,
        };
        result.map_err(SessionError::Unavailable)
    }
}
