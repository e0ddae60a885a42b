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
    resource::{Page, Resource},
    users,
};
use crate::{
    scim::{ListQuery, Paging, Position, ResourceType},
    store::{
        WorkspaceTx,
        listing::{self, Listing, Source},
    },
};

pub use index::forget_walks;

/// One page of what the queries ask for, which are of different resource types and of one order. Where nothing else orders them, the
/// types come one after the other.
///
/// # Errors
/// `invalidCursor`, `expiredCursor`, `invalidCount`; Postgres is busy or away.
pub async fn list(app: &App, caller: &ScimCaller, queries: &[ListQuery], paging: &Paging) -> Result<Page, AppError> {
    let list = List::new(app, caller.root(), queries);
    match paging {
        Paging::Index(page) => index::page(app, caller, &list, *page).await,
        Paging::Cursor(page) => cursor::page(app, caller, &list, page).await,
    }
}

/// What is listed, and what is shown of it.
struct List<'a> {
    app: &'a App,
    queries: &'a [ListQuery],
    listing: Listing<'a>,
}

/// Some resources of a list, one after the other.
struct Slice {
    resources: Vec<Resource>,
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
    async fn slice(&self, tx: &mut WorkspaceTx, after: Option<&Position>, count: u64) -> Result<Slice, AppError> {
        // One more than asked for tells whether there is one more.
        let limit = count.saturating_add(1);
        if let ([query], [source]) = (self.queries, self.listing.sources.as_slice()) {
            return match query.resource_type {
                ResourceType::User => {
                    let found = listing::users(tx, &self.listing, source, after, limit).await?;
                    let (rows, places, last, more) = cut(found, count);
                    Ok(Slice { resources: users::show_all(tx, rows, &query.projection).await?, places, last, more })
                }
                ResourceType::Group => {
                    let found = listing::groups(tx, &self.listing, source, after, limit).await?;
                    let (rows, places, last, more) = cut(found, count);
                    Ok(Slice { resources: groups::show_all(self.app, tx, rows, &query.projection).await?, places, last, more })
                }
            };
        }
        let found = listing::positions(tx, &self.listing, after, limit).await?;
        let (positions, places, last, more) =
            cut(found.into_iter().map(|position| (position.clone(), position)).collect(), count);
        Ok(Slice { resources: self.at(tx, &positions).await?, places, last, more })
    }

    /// The resources at these positions, in their order.
    async fn at(&self, tx: &mut WorkspaceTx, positions: &[Position]) -> Result<Vec<Resource>, AppError> {
        let mut found: HashMap<String, Resource> = HashMap::new();
        for query in self.queries {
            let of_type = positions.iter().filter(|position| position.resource_type == query.resource_type);
            let ids: Vec<Uuid> = of_type.map(|position| position.id).collect();
            if ids.is_empty() {
                continue;
            }
            let resources = match query.resource_type {
                ResourceType::User => {
                    let rows = listing::users_by_id(tx, &ids).await?;
                    users::show_all(tx, rows, &query.projection).await?
                }
                ResourceType::Group => {
                    let rows = listing::groups_by_id(tx, &ids).await?;
                    groups::show_all(self.app, tx, rows, &query.projection).await?
                }
            };
            found.extend(resources.into_iter().map(|resource| (resource.id.clone(), resource)));
        }
        Ok(positions.iter().filter_map(|position| found.remove(&position.id.to_string())).collect())
    }
}

/// The rows of a page without the one behind it, how many they are, where the last is, and whether there is one behind it.
fn cut<R>(mut found: Vec<listing::Found<R>>, count: u64) -> (Vec<R>, u64, Option<Position>, bool) {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let more = found.len() > count;
    found.truncate(count);
    let places = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let (rows, mut positions): (Vec<R>, Vec<Position>) = found.into_iter().unzip();
    (rows, places, positions.pop(), more)
}
