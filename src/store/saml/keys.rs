//! Our keys of connections, sealed: with them requests are signed and assertions decrypted.

use crate::{
    ids::ConnectionId,
    store::{StoreError, WorkspaceTx},
};

/// Our key of a connection, sealed; none while none was needed.
///
/// # Errors
/// Postgres is busy or away.
pub async fn private_key(tx: &mut WorkspaceTx, id: ConnectionId) -> Result<Option<String>, StoreError> {
    let sealed: Option<Option<String>> =
        sqlx::query_scalar("select private_key from saml_connections where workspace_id = $1 and id = $2")
            .bind(tx.workspace())
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    Ok(sealed.flatten())
}

/// Gives a connection our key.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_key(tx: &mut WorkspaceTx, id: ConnectionId, sealed: &str, certificate: &[u8]) -> Result<(), StoreError> {
    sqlx::query("update saml_connections set private_key = $3, certificate = $4 where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .bind(sealed)
        .bind(certificate)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Puts the same key there, sealed under another one of ours. False when it is another key meanwhile.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reseal_key(tx: &mut WorkspaceTx, id: ConnectionId, before: &str, sealed: &str) -> Result<bool, StoreError> {
    let resealed =
        sqlx::query("update saml_connections set private_key = $4 where workspace_id = $1 and id = $2 and private_key = $3")
            .bind(tx.workspace())
            .bind(id)
            .bind(before)
            .bind(sealed)
            .execute(tx.connection())
            .await?;
    Ok(resealed.rows_affected() == 1)
}
