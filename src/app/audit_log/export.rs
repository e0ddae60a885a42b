//! The log as a whole, page by page while the answer is sent: no answer holds it all, and no transaction waits for a client that reads
//! slowly.

use uuid::Uuid;

use super::{Entry, Wanted, slice};
use crate::{
    app::{App, caller::AdminCaller, error::AppError},
    clock,
    ids::WorkspaceId,
    store::{
        Db,
        audit::{Facets, Order},
        stretch::Stretch,
    },
};

/// Entries that are read at a time.
const PAGE: usize = 500;

/// Entries that are still to be read, oldest first.
pub struct Export {
    db: Db,
    workspace: WorkspaceId,
    facets: Facets,
    /// None when there is nothing left.
    rest: Option<Stretch>,
}

/// Begins an export of the workspace's log. It ends with what is there now, so that it has an end while others write.
///
/// # Errors
/// Postgres is busy or away.
pub async fn export(app: &App, caller: &AdminCaller, wanted: &Wanted) -> Result<Export, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let facets = wanted.facets(&mut tx).await?;
    let now = clock::now();
    let rest = Stretch::of_time(wanted.from, Some(wanted.to.map_or(now, |to| to.min(now))));
    let rest = Some(rest).filter(|rest| !rest.is_empty());
    Ok(Export { db: app.db.clone(), workspace: caller.workspace, facets, rest })
}

impl Export {
    /// The next entries, which may be none; nothing at the end.
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, AppError> {
        let Some(rest) = self.rest else { return Ok(None) };
        let mut tx = self.db.workspace(self.workspace).await?;
        let page = slice(&mut tx, &self.facets, rest, Order::OldestFirst, PAGE).await?;
        let behind = |last: Uuid| Uuid::from_u128(last.as_u128().saturating_add(1));
        self.rest = page.next.map(|last| Stretch { from: behind(last.as_uuid()), ..rest });
        Ok(Some(page.entries))
    }
}
