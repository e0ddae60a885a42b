//! How many blocks the requests of a connection touch.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::Value;
use sqlx::PgConnection;

use super::super::{
    data,
    load::{Connection, Request},
};

/// How often each thing is measured.
pub const TURNS: u64 = 200;

/// Reads what Postgres has counted.
pub struct Meter<'c> {
    connection: &'c mut PgConnection,
}

/// A request, and the status that its answer must have.
pub type Turn = (Request, u16);

impl<'c> Meter<'c> {
    pub fn of(connection: &'c mut PgConnection) -> Self {
        Self { connection }
    }

    /// Sends the request of each turn; answers how long each took, the blocks of one (hit and read), and the last answer.
    ///
    /// # Errors
    /// A request was not answered as it should be.
    pub async fn measure(
        &mut self,
        connection: &mut Connection,
        turn: impl Fn(u64) -> Turn,
    ) -> anyhow::Result<(Vec<Duration>, u64, Value)> {
        said(connection).await?;
        let before = self.touched().await?;
        let (mut times, mut last) = (Vec::new(), Vec::new());
        for number in 0..TURNS {
            let (request, status) = turn(number);
            let started = Instant::now();
            let (came, body) = connection.send(&request).await?;
            times.push(started.elapsed());
            if came != status {
                bail!("{} {} was answered with {came}: {}", request.method, request.path, String::from_utf8_lossy(body));
            }
            if number + 1 == TURNS {
                last = body.to_vec();
            }
        }
        said(connection).await?;
        let blocks = (self.touched().await? - before) / TURNS;
        Ok((times, blocks, serde_json::from_slice(&last).unwrap_or_default()))
    }

    /// Forgets where clients are in lists. No client asks for one page two hundred times, and the walks that do are no cost of it.
    ///
    /// # Errors
    /// Postgres is away.
    pub async fn forget_walks(&mut self) -> anyhow::Result<()> {
        sqlx::query("truncate list_walks").execute(&mut *self.connection).await?;
        Ok(())
    }

    async fn touched(&mut self) -> anyhow::Result<u64> {
        let blocks: i64 =
            sqlx::query_scalar("select (blks_hit + blks_read)::bigint from pg_stat_database where datname = current_database()")
                .fetch_one(&mut *self.connection)
                .await?;
        Ok(blocks.unsigned_abs())
    }
}

/// A server process of Postgres says what it has counted with the first transaction that ends a second after it has last said it.
/// One request for one user is so little that it is not taken off.
async fn said(connection: &mut Connection) -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let path = format!("/Users/{}", data::user_id(data::FIRST + 1));
    connection.send(&Request { method: "GET", path, body: String::new() }).await?;
    Ok(())
}
