//! Lists of users, of groups, and of both at once (RFC 7644 §3.4.2): by index or by cursor, filtered, sorted.
//!
//! A page begins after a position, never after a number of rows. A cursor has the position in it ([`cursor`]); `startIndex` finds it by
//! the walk that the client is on, or by its rank (`index`).

pub mod cursor;
mod index;

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    App,
    caller::ScimCaller,
    error::AppError,
    groups,
    resource::{Page, Resource, Show},
    users,
};
use crate::{
    scim::{LIMITS, ListQuery, Paging, Position, ResourceType},
    store::{
        WorkspaceTx,
        listing::{self, Listing, Sent, Source},
    },
};

pub use index::forget_walks;

/// One page of what the queries ask for, which are of different resource types and of one order. Where nothing else orders them, the
/// types come one after the other. A page of very large resources, or of users with very many groups, has fewer of them than were asked
/// for (RFC 7644 §3.4.2.4).
///
/// # Errors
/// `invalidCursor`, `expiredCursor`, `invalidCount`; Postgres is busy or away.
pub async fn list<S>(
    app: &App,
    caller: &ScimCaller,
    queries: &[ListQuery],
    paging: &Paging,
    show: &mut Show<'_, S>,
) -> Result<Page<S>, AppError> {
    let list = List::new(app, caller.root(), queries);
    match paging {
        Paging::Index(page) => index::page(app, caller, &list, *page, show).await,
        Paging::Cursor(page) => cursor::page(app, caller, &list, page, show).await,
    }
}

/// What is listed, and what is shown of it.
struct List<'a> {
    app: &'a App,
    queries: &'a [ListQuery],
    listing: Listing<'a>,
}

/// As many resources of a list of several types are looked up at a time.
const AT_A_TIME: usize = 16;

/// Some resources of a list, one after the other.
struct Slice<S> {
    shown: Vec<S>,
    /// How many places they take in the list.
    places: u64,
    /// Where the last of them is; none when there are none.
    last: Option<Position>,
    /// Whether others follow.
    more: bool,
}

impl<'a> List<'a> {
    fn new(app: &'a App, root: &'a str, queries: &'a [ListQuery]) -> Self {
        let several = queries.len() > 1;
        let source = |query: &'a ListQuery| Source {
            resource_type: query.resource_type,
            filter: query.filter.as_ref(),
            // The order that there is anyway, for which ranks are known.
            sort: query.sort.as_ref().filter(|sort| several || !sort.is_by_id()),
        };
        Self { app, queries, listing: Listing { root, sources: queries.iter().map(source).collect() } }
    }

    /// At most `count` resources after a position.
    async fn slice<S>(
        &self,
        tx: &mut WorkspaceTx,
        after: Option<&Position>,
        count: u64,
        show: &mut Show<'_, S>,
    ) -> Result<Slice<S>, AppError> {
        let ([query], [source]) = (self.queries, self.listing.sources.as_slice()) else {
            return self.slice_of_several(tx, after, count, show).await;
        };
        let (shown, last, more) = match query.resource_type {
            ResourceType::User => {
                let mut stretch = listing::users(tx, &self.listing, source, after, count).await?;
                let (room, groups) = users::groups_of_first(tx, &stretch.rows, &query.projection).await?;
                stretch.cut(room);
                let (last, more) = (stretch.last()?, stretch.more);
                (users::show_each(stretch.rows, &groups, &query.projection, show)?, last, more)
            }
            ResourceType::Group => {
                let stretch = listing::groups(tx, &self.listing, source, after, count).await?;
                let (last, more) = (stretch.last()?, stretch.more);
                (groups::show_each(self.app, tx, stretch.rows, &query.projection, show).await?, last, more)
            }
        };
        Ok(Slice { places: u64::try_from(shown.len()).unwrap_or(u64::MAX), shown, last, more })
    }

    async fn slice_of_several<S>(
        &self,
        tx: &mut WorkspaceTx,
        after: Option<&Position>,
        count: u64,
        show: &mut Show<'_, S>,
    ) -> Result<Slice<S>, AppError> {
        // One more than asked for tells whether there is one more.
        let positions = listing::positions(tx, &self.listing, after, count.saturating_add(1)).await?;
        let most = usize::try_from(count).unwrap_or(usize::MAX).min(positions.len());
        let (mut shown, mut bytes, mut seen) = (Vec::new(), 0, 0);
        for part in positions.get(..most).unwrap_or_default().chunks(AT_A_TIME) {
            if bytes >= LIMITS.max_page_bytes {
                break;
            }
            bytes += self.at(tx, part, &mut shown, show).await?;
            seen += part.len();
        }
        let last = seen.checked_sub(1).and_then(|last| positions.get(last)).cloned();
        Ok(Slice { shown, places: u64::try_from(seen).unwrap_or(u64::MAX), last, more: seen < positions.len() })
    }

    /// Shows the resources at these positions, in their order; answers how many bytes their documents have, groups of users included.
    async fn at<S>(
        &self,
        tx: &mut WorkspaceTx,
        positions: &[Position],
        shown: &mut Vec<S>,
        show: &mut Show<'_, S>,
    ) -> Result<usize, AppError> {
        let (mut found, mut bytes): (HashMap<String, S>, _) = (HashMap::new(), 0);
        let mut keyed = |resource: Resource| (resource.id.clone(), show(resource));
        for query in self.queries {
            let of_type = positions.iter().filter(|position| position.resource_type == query.resource_type);
            let ids: Vec<Uuid> = of_type.map(|position| position.id).collect();
            if ids.is_empty() {
                continue;
            }
            match query.resource_type {
                ResourceType::User => {
                    let mut rows = listing::users_by_id(tx, &ids).await?;
                    bytes += rows.iter().map(Sent::bytes).sum::<usize>();
                    while !rows.is_empty() {
                        let (room, groups) = users::groups_of_first(tx, &rows, &query.projection).await?;
                        // As full as the page is by either bound.
                        bytes += groups.len() * (LIMITS.max_page_bytes / LIMITS.max_page_groups);
                        let rest = rows.split_off(room);
                        let first = std::mem::replace(&mut rows, rest);
                        found.extend(users::show_each(first, &groups, &query.projection, &mut keyed)?);
                    }
                }
                ResourceType::Group => {
                    let rows = listing::groups_by_id(tx, &ids).await?;
                    bytes += rows.iter().map(Sent::bytes).sum::<usize>();
                    found.extend(groups::show_each(self.app, tx, rows, &query.projection, &mut keyed).await?);
                }
            }
        }
        shown.extend(positions.iter().filter_map(|position| found.remove(&position.id.to_string())));
        Ok(bytes)
    }
}
