//! Looking into the log. Every question is answered from an index, and what it costs is bounded, however long the log is.

use chrono::{DateTime, Utc};

use super::exchange::person_key;
use crate::{
    app::{App, caller::AdminCaller, error::AppError},
    ids::{RequestId, UserId},
    scim::Secrets,
    store::{
        WorkspaceTx,
        provisioning_log::{self as store, EntryBodies, EntryRow, Facets, Stretch},
    },
};

/// Entries about a person that are looked at for one page, when only some of them are wanted.
const LOOKED_AT: i64 = 2000;

/// Which answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// Those of this status.
    Exactly(u16),
    /// Those of this hundred: 4 for 400 to 499.
    Class(u16),
    /// 400 and above.
    Failed,
    /// Below 400.
    Succeeded,
}

impl StatusFilter {
    fn range(self) -> (u16, u16) {
        match self {
            Self::Exactly(status) => (status, status),
            Self::Class(class) => (class * 100, class * 100 + 99),
            Self::Failed => (400, 999),
            Self::Succeeded => (0, 399),
        }
    }
}

impl std::str::FromStr for StatusFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |text: &str| text.parse::<u16>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let class = || digits(text.strip_suffix("xx")?).filter(|class| (1..=5).contains(class));
        match text {
            "failed" => Ok(Self::Failed),
            "succeeded" => Ok(Self::Succeeded),
            _ => digits(text)
                .filter(|status| (100..=599).contains(status))
                .map(Self::Exactly)
                .or_else(|| class().map(Self::Class))
                .ok_or_else(|| "must be a status like 404, a class like 4xx, failed or succeeded".into()),
        }
    }
}

/// Which entries are wanted; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// How they ended.
    pub status: Option<StatusFilter>,
    /// An `operationId`.
    pub operation: Option<String>,
    /// The id of a user (or a group), a `userName` or an `externalId`.
    pub person: Option<String>,
    /// Received then or later.
    pub from: Option<DateTime<Utc>>,
    /// Received before.
    pub to: Option<DateTime<Utc>>,
    /// This request, and what failed of it if it is a bulk request.
    pub request: Option<RequestId>,
    /// Older than this entry.
    pub after: Option<RequestId>,
}

/// A page of entries, newest first.
#[derive(Debug, Clone, Default)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<EntryRow>,
    /// Where the next page begins; none on the last one. A page with a next one may have fewer entries than it could, even none.
    pub next: Option<RequestId>,
}

/// A page of the workspace's log.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller, wanted: &Wanted, page: usize) -> Result<EntryPage, AppError> {
    let stretch = stretch(wanted);
    if stretch.is_empty() {
        return Ok(EntryPage::default());
    }
    let facets = facets(wanted);
    let is_narrowed = facets.narrow();
    let limit = i64::try_from(page).unwrap_or(i64::MAX).saturating_add(1);
    let mut tx = app.db.workspace(caller.workspace).await?;
    if let Some(person) = &wanted.person {
        return about(&mut tx, person, facets, wanted.request, stretch, page).await;
    }
    let rows = if let Some(request) = wanted.request {
        store::of_request(&mut tx, request, facets, stretch, limit).await?
    } else if is_narrowed {
        store::with_facets(&mut tx, facets, stretch, limit).await?
    } else {
        store::newest(&mut tx, stretch, limit).await?
    };
    Ok(paged(rows, page))
}

/// The ids that the times, the cursor and the request leave.
fn stretch(wanted: &Wanted) -> Stretch {
    let mut stretch = Stretch::of_time(wanted.from, wanted.to);
    if let Some(after) = wanted.after {
        stretch.before = stretch.before.min(after.as_uuid());
    }
    if let Some(request) = wanted.request {
        // Its operations are begun after it.
        stretch.from = stretch.from.max(request.as_uuid());
    }
    stretch
}

fn facets(wanted: &Wanted) -> Facets<'_> {
    let (lowest, highest) = wanted.status.map_or((0, 999), StatusFilter::range);
    let signed = |status: u16| i16::try_from(status).unwrap_or(i16::MAX);
    Facets { lowest: signed(lowest), highest: signed(highest), operation: wanted.operation.as_deref() }
}

fn paged(mut rows: Vec<EntryRow>, page: usize) -> EntryPage {
    let is_last = rows.len() <= page;
    rows.truncate(page);
    let next = if is_last { None } else { rows.last().map(|row| row.id) };
    EntryPage { entries: rows, next }
}

async fn about(
    tx: &mut WorkspaceTx,
    person: &str,
    facets: Facets<'_>,
    request: Option<RequestId>,
    stretch: Stretch,
    page: usize,
) -> Result<EntryPage, AppError> {
    let is_narrowed = facets.narrow() || request.is_some();
    let id = UserId::parse(person);
    let key = if id.is_some() { None } else { person_key(person, &Secrets::default()) };
    let users = match (id, &key) {
        (Some(id), _) => vec![id],
        (None, Some(key)) => store::users_named(tx, key, person).await?,
        (None, None) => return Ok(EntryPage::default()),
    };
    let one_more = i64::try_from(page).unwrap_or(i64::MAX).saturating_add(1);
    let looked_at = if is_narrowed { LOOKED_AT.max(one_more) } else { one_more };
    let ids = store::about(tx, &users, key.as_deref(), stretch, looked_at).await?;
    let found = paged(store::among(tx, &ids, facets, request, one_more).await?, page);
    // All that were looked at are on this page, and there may be more behind them.
    let next = found.next.or_else(|| {
        let is_full = is_narrowed && ids.len() as i64 == looked_at;
        ids.last().filter(|_| is_full).copied().map(RequestId::from_uuid)
    });
    Ok(EntryPage { next, ..found })
}

/// One entry of the workspace's log, with its bodies.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such entry.
pub async fn get(app: &App, caller: &AdminCaller, id: RequestId) -> Result<(EntryRow, EntryBodies), AppError> {
    let unknown = || AppError::NotFound("entry of the provisioning log");
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = store::find(&mut tx, id).await?.ok_or_else(unknown)?;
    let bodies = store::bodies(&mut tx, id).await?.ok_or_else(unknown)?;
    Ok((row, bodies))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn statuses_are_read() {
        for (text, range) in [
            ("404", Some((404, 404))),
            ("4xx", Some((400, 499))),
            ("2xx", Some((200, 299))),
            ("failed", Some((400, 999))),
            ("succeeded", Some((0, 399))),
            ("", None),
            ("+404", None),
            ("99", None),
            ("600", None),
            ("6xx", None),
            ("xx", None),
            ("4XX", None),
            ("40x", None),
            ("FAILED", None),
        ] {
            assert_eq!(text.parse::<StatusFilter>().ok().map(StatusFilter::range), range, "{text}");
        }
    }

    #[test]
    fn a_stretch_of_time_is_a_stretch_of_ids() {
        let id = RequestId::new();
        let at = id.made_at().expect("a time");
        let (micro, milli) = (TimeDelta::microseconds(1), TimeDelta::milliseconds(1));
        let has = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| {
            let stretch = stretch(&Wanted { from, to, ..Wanted::default() });
            stretch.from <= id.as_uuid() && id.as_uuid() < stretch.before
        };
        assert!(has(None, None) && has(Some(at), None) && has(Some(at - micro), Some(at + micro)));
        assert!(!has(Some(at + micro), None) && !has(None, Some(at)) && has(None, Some(at + milli)));
        let behind = stretch(&Wanted { request: Some(id), ..Wanted::default() });
        assert!(behind.from == id.as_uuid() && behind.before > id.as_uuid());
        let none = stretch(&Wanted { request: Some(id), after: Some(id), ..Wanted::default() });
        assert!(none.from >= none.before);
    }
}
