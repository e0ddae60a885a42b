//! Pages by cursor (RFC 9865). A cursor is sealed: whoever has it can read nothing in it and make none, and it is good for one
//! workspace and one query. The server remembers nothing.

use super::{
    super::{
        App,
        caller::ScimCaller,
        error::AppError,
        resource::{Page, Show},
        seal::Sealer,
    },
    List,
};
use crate::{
    ids::WorkspaceId,
    scim::{
        Cursor, ListQuery, cursor,
        discovery::LIMITS,
        page::{CursorRequest, Place},
        query::fingerprint,
    },
    store::listing,
};

/// # Errors
/// As [`super::list`].
pub(super) async fn page<S: Send>(
    app: &App,
    caller: &ScimCaller,
    list: &List<'_>,
    request: &CursorRequest,
    show: &mut Show<'_, S>,
) -> Result<Page<S>, AppError> {
    let (after, count) = if request.cursor.is_empty() {
        (None, request.count.unwrap_or(LIMITS.default_page))
    } else {
        let opened = open(&app.seal, caller.workspace, list.queries, &request.cursor).ok_or_else(cursor::invalid)?;
        let (after, count) = opened.resume(caller.received, request.count)?;
        (Some(after), count)
    };
    let mut tx = app.db.workspace(caller.workspace).await?;
    if count == 0 {
        let total = listing::count(&mut tx, &list.listing).await?;
        return Ok(Page { place: Place::Cursor { total: Some(total), next: None }, resources: Vec::new() });
    }
    let slice = list.slice(&mut tx, after.as_ref(), count, show).await?;
    let next = match slice.last {
        Some(last) if slice.more => {
            let next = Cursor::new(last, count, caller.received);
            Some(seal(&app.seal, caller.workspace, list.queries, &next)?)
        }
        Some(_) | None => None,
    };
    Ok(Page { place: Place::Cursor { total: None, next }, resources: slice.shown })
}

/// The text of a cursor: characters of RFC 3986 §2.3 only.
///
/// # Errors
/// The machine has no random numbers.
pub fn seal(sealer: &Sealer, workspace: WorkspaceId, queries: &[ListQuery], cursor: &Cursor) -> Result<String, AppError> {
    sealer.seal(workspace, &context(queries), cursor.to_bytes())
}

/// The cursor of a text; none when it is not one of this workspace and these queries, as it was handed out.
pub fn open(sealer: &Sealer, workspace: WorkspaceId, queries: &[ListQuery], text: &str) -> Option<Cursor> {
    Cursor::from_bytes(&sealer.open(workspace, &context(queries), text)?)
}

fn context(queries: &[ListQuery]) -> Vec<u8> {
    [b"cursor ".as_slice(), &fingerprint(queries)].concat()
}
