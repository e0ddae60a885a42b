//! Lists of users, of groups, and of both at once (RFC 7644 §3.4.2): by index or by cursor, filtered, sorted.
//!
//! A page begins after a position, never after a number of rows. A cursor has the position in it ([`cursor`]); `startIndex` finds it by
//! the walk that the client is on, or by its rank (`index`).

pub mod cursor;
mod groups_of_users;
mod index;

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    App,
    caller::ScimCaller,
    error::AppError,
    groups,
    resource::{Page, Resource, Show},
};
use crate::{
    ids::UserId,
    scim::{LIMITS, ListQuery, Paging, Position, ResourceType},
    store::{
        WorkspaceTx,
        listing::{self, Listed, Listing, Read, Source},
        users::UserRow,
    },
};

pub use index::forget_walks;

/// One page of what the queries ask for, which are of different resource types and of one order. Where nothing else orders them, the
/// types come one after the other. A page of very large resources, or of users with very many groups, has fewer of them than were asked
/// for (RFC 7644 §3.4.2.4).
///
/// # Errors
/// `invalidCursor`, `expiredCursor`, `invalidCount`; Postgres is busy or away.
pub async fn list<S: Send>(
    app: &App,
    caller: &ScimCaller,
    queries: &[ListQuery],
    paging: &Paging,
    show: &mut Show<'_, S>,
) -> Result<Page<S>, AppError> {
    let _turn = match queries.iter().all(ListQuery::is_look_up) {
        true => None,
        false => Some(app.turns.take(caller.workspace).await?),
    };
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

impl<S> Slice<S> {
    fn new(shown: Vec<S>, last: Option<Position>, more: bool) -> Self {
        Self { places: u64::try_from(shown.len()).unwrap_or(u64::MAX), shown, last, more }
    }
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
    async fn slice<S: Send>(
        &self,
        tx: &mut WorkspaceTx,
        after: Option<&Position>,
        count: u64,
        show: &mut Show<'_, S>,
    ) -> Result<Slice<S>, AppError> {
        let ([query], [source]) = (self.queries, self.listing.sources.as_slice()) else {
            return self.slice_of_several(tx, after, count, show).await;
        };
        match query.resource_type {
            ResourceType::User if !groups_of_users::are_shown(&query.projection) => {
                let mut shown = Vec::new();
                let each = |row, _| shown.push(show(Resource::user(row, &[], false)));
                let Read { last, more } = listing::users(tx, &self.listing, source, after, count, each).await?;
                Ok(Slice::new(shown, last, more))
            }
            ResourceType::User if self.is_natural() => self.users_by_id(tx, query, source, after, count, show).await,
            ResourceType::User => self.users_in_another_order(tx, query, source, after, count, show).await,
            ResourceType::Group => {
                let mut rows = Vec::new();
                let Read { last, more } =
                    listing::groups(tx, &self.listing, source, after, count, |row, _| rows.push(row)).await?;
                Ok(Slice::new(groups::show_each(self.app, tx, rows, &query.projection, show).await?, last, more))
            }
        }
    }

    /// Whether all of a type is in the list, in the order of the ids: who is on a page is told by an index then.
    fn is_natural(&self) -> bool {
        self.listing.is_unfiltered() && self.listing.is_unsorted()
    }

    /// Users in the order of their ids, whose groups are known before their documents come. Each is shown while Postgres sends the next
    /// ones: a page takes as long as the slower of the two, and not both.
    async fn users_by_id<S: Send>(
        &self,
        tx: &mut WorkspaceTx,
        query: &ListQuery,
        source: &Source<'_>,
        after: Option<&Position>,
        count: u64,
        show: &mut Show<'_, S>,
    ) -> Result<Slice<S>, AppError> {
        // One more than asked for tells whether there is one more.
        let positions = listing::positions(tx, &self.listing, after, count.saturating_add(1)).await?;
        let most = usize::try_from(count).unwrap_or(usize::MAX).min(positions.len());
        let ids: Vec<UserId> = positions.iter().take(most).map(|position| UserId::from_uuid(position.id)).collect();
        let groups = groups_of_users::of_first(tx, &ids, &query.projection).await?;
        let known = ids.get(..groups.users).unwrap_or_default();
        let Some(end) = known.len().checked_sub(1).and_then(|end| positions.get(end)) else {
            return Ok(Slice::new(Vec::new(), None, false));
        };
        let mut shown = Vec::new();
        let each = |row: UserRow, _| {
            // Who was created meanwhile comes with a later page, or with the next walk.
            if known.binary_search(&row.id).is_ok() {
                shown.push(show(groups.resource(row, &query.projection)));
            }
        };
        let wanted = u64::try_from(known.len()).unwrap_or(u64::MAX);
        let read = listing::users(tx, &self.listing, source, after, wanted, each).await?;
        // Should somebody be gone meanwhile, the first of the next page was read too, and is still to come.
        let last = read.last.filter(|last| read.more && last.id < end.id).unwrap_or_else(|| end.clone());
        Ok(Slice::new(shown, Some(last), read.more || groups.users < positions.len()))
    }

    /// Users of whom only their rows tell who they are.
    async fn users_in_another_order<S: Send>(
        &self,
        tx: &mut WorkspaceTx,
        query: &ListQuery,
        source: &Source<'_>,
        after: Option<&Position>,
        count: u64,
        show: &mut Show<'_, S>,
    ) -> Result<Slice<S>, AppError> {
        let mut rows = Vec::new();
        let keep = |row, position| rows.push((row, position));
        let Read { mut last, mut more } = listing::users(tx, &self.listing, source, after, count, keep).await?;
        let ids: Vec<UserId> = rows.iter().map(|(row, _): &(UserRow, _)| row.id).collect();
        let groups = groups_of_users::of_first(tx, &ids, &query.projection).await?;
        if groups.users < rows.len() {
            rows.truncate(groups.users);
            (last, more) = (rows.last().map(|(_, position)| position.clone()), true);
        }
        let shown = rows.into_iter().map(|(row, _)| show(groups.resource(row, &query.projection)));
        Ok(Slice::new(shown.collect(), last, more))
    }

    async fn slice_of_several<S: Send>(
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
    async fn at<S: Send>(
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
                    bytes += rows.iter().map(Listed::bytes).sum::<usize>();
                    while !rows.is_empty() {
                        let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
                        let groups = groups_of_users::of_first(tx, &ids, &query.projection).await?;
                        bytes += groups.bytes();
                        let first = rows.drain(..groups.users);
                        found.extend(first.map(|row| keyed(groups.resource(row, &query.projection))));
                    }
                }
                ResourceType::Group => {
                    let rows = listing::groups_by_id(tx, &ids).await?;
                    bytes += rows.iter().map(Listed::bytes).sum::<usize>();
                    found.extend(groups::show_each(self.app, tx, rows, &query.projection, &mut keyed).await?);
                }
            }
        }
        shown.extend(positions.iter().filter_map(|position| found.remove(&position.id.to_string())));
        Ok(bytes)
    }
}
