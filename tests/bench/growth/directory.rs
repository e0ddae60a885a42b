//! A directory of a given size, in a workspace of its own.

use anyhow::bail;
use rollcall::ids::WorkspaceId;

use super::super::{
    Bench, data,
    load::{Connection, Request},
};

/// A directory, and who may read it.
pub struct Directory {
    pub size: u64,
    pub token: String,
    pub workspace: WorkspaceId,
}

impl Directory {
    /// # Errors
    /// It cannot be filled, or the worker does not seal its places.
    pub async fn fill(bench: &mut Bench, size: u64) -> anyhow::Result<Self> {
        let slug = format!("growth-{size}");
        let id = bench.settings.workspace(&mut bench.connection, &slug).await?;
        let token = bench.settings.run(&["token", "create", &slug, "--name", "bench", "--scope", "scim", "--quiet"])?;
        let document = bench.names.document.clone();
        data::users(&mut bench.connection, &id.to_string(), &document, 1, size).await?;
        // Whoever writes wakes the worker, which seals some of the places each time.
        let mut connection = Connection::open(&bench.address, &token).await?;
        for number in 0.. {
            let sealed: i64 =
                sqlx::query_scalar("select coalesce(sum(n), 0)::bigint from directory_ranks where workspace_id = $1")
                    .bind(id)
                    .fetch_one(&mut bench.connection)
                    .await?;
            if sealed.unsigned_abs() + 2_000 >= size {
                break;
            }
            let body = format!(r#"{{"userName":"wakes{number}"}}"#);
            let (status, _) = connection.send(&Request { method: "POST", path: "/Users".to_owned(), body }).await?;
            if status != 201 || number > 100 {
                bail!("the places of {size} users are not sealed: {sealed}, {status}");
            }
            bench.drained().await?;
        }
        Ok(Self { size, token, workspace: WorkspaceId::from_uuid(id) })
    }
}
