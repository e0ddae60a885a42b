//! Pages by `startIndex` (RFC 7644 §3.4.2.4). The place before a page is where the client's last page ended, if it is on a walk; else
//! it is found by rank, and in a list that is filtered or sorted by reading keys up to it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    super::{
        App,
        caller::ScimCaller,
        error::AppError,
        resource::{Page, Show},
    },
    List, Slice,
};
use crate::{
    clock,
    ids::Actor,
    scim::{
        Position,
        page::{PageRequest, Place},
        query::fingerprint,
    },
    store::{
        WorkspaceTx, global,
        listing::{self, Listing, Source},
        ranks::{self, Rank},
        walks::{self, Step, Waiting, Walker},
    },
};

/// A walk that has not moved for this long is over.
const WALK_ENDS: TimeDelta = TimeDelta::minutes(10);

/// Where a page begins.
enum Start {
    /// With the first one.
    Beginning,
    /// After this one.
    After(Position),
    /// Behind the last one.
    End,
}

/// # Errors
/// As [`super::list`].
pub(super) async fn page<S: Send>(
    app: &App,
    caller: &ScimCaller,
    list: &List<'_>,
    request: PageRequest,
    show: &mut Show<'_, S>,
) -> Result<Page<S>, AppError> {
    let PageRequest { start_index, count } = request;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let answer = |total, resources| Page { place: Place::Index { total, start_index }, resources };
    if count == 0 {
        return Ok(answer(listing::count(&mut tx, &list.listing).await?, Vec::new()));
    }
    let (walker, now) = (walker(caller, list), clock::now());
    let waiting = match start_index {
        1 => Vec::new(),
        index => walks::waiting(&mut tx, &list.listing, walker, index, now - WALK_ENDS).await?,
    };
    // The lowest of them, so that nobody misses anybody.
    let start = match waiting.first().and_then(|lowest| lowest.after.clone()) {
        Some(after) => Start::After(after),
        None => find(&mut tx, &list.listing, start_index - 1).await?,
    };
    let after = match &start {
        Start::Beginning => None,
        Start::After(position) => Some(position),
        Start::End => return Ok(answer(listing::count(&mut tx, &list.listing).await?, Vec::new())),
    };
    let slice = list.slice(&mut tx, after, count, show).await?;
    let total = total(&mut tx, list, start_index, &slice, waiting.first()).await?;
    // The highest of those that wait here, so that the lowest stays for whoever has not come by yet.
    let walk = waiting.iter().rev().find(|waiting| waiting.is_next).map(|waiting| waiting.walk);
    match (&slice.last, walk) {
        (Some(last), _) if slice.more => {
            let step = Step { index: start_index, after, next_index: start_index.saturating_add(slice.places), last, total };
            walks::advance(&mut tx, &list.listing, walker, walk, step, now).await?;
            tx.commit().await?;
        }
        (_, Some(walk)) => {
            walks::end(&mut tx, walker, walk).await?;
            tx.commit().await?;
        }
        (_, None) => {}
    }
    Ok(answer(total, slice.shown))
}

fn walker(caller: &ScimCaller, list: &List<'_>) -> Walker {
    let token = match caller.actor {
        Actor::Token(token) => token.as_uuid(),
        Actor::Member(_) | Actor::Operator | Actor::Worker => Uuid::nil(),
    };
    let half = fingerprint(list.queries).first_chunk().copied().unwrap_or_default();
    Walker { token, list: Uuid::from_bytes(half) }
}

/// The place after the first `skip` resources.
async fn find(tx: &mut WorkspaceTx, list: &Listing<'_>, skip: u64) -> Result<Start, AppError> {
    if skip == 0 {
        return Ok(Start::Beginning);
    }
    if list.is_unfiltered() && skip >= listing::count(tx, list).await? {
        return Ok(Start::End);
    }
    if !list.is_unfiltered() || !list.is_unsorted() {
        let passed = listing::passed_by(tx, list, None, skip).await?;
        return Ok(passed.map_or(Start::End, Start::After));
    }
    let mut skip = skip;
    for source in &list.sources {
        let here = listing::counted(tx, source.resource_type).await?;
        if skip < here {
            return by_rank(tx, list.root, *source, skip).await;
        }
        skip -= here;
    }
    Ok(Start::End)
}

/// The place after the first `skip` resources of one type, in the order of their ids.
async fn by_rank(tx: &mut WorkspaceTx, root: &str, source: Source<'_>, skip: u64) -> Result<Start, AppError> {
    let position = |id| Position { resource_type: source.resource_type, value: None, id };
    let Rank { after, more } = ranks::find(tx, source.resource_type, skip).await?;
    // Behind the types that come before this one, where its own resources begin.
    let after = position(after.unwrap_or(Uuid::nil()));
    if more == 0 {
        return Ok(Start::After(after));
    }
    let passed = listing::passed_by(tx, &Listing::of(root, source), Some(&after), more).await?;
    Ok(passed.map_or(Start::End, Start::After))
}

/// How many match in all. Exact, as long as nobody changes anything; and never so few that a client on a walk would stop although
/// there are more, because somebody whom it has seen is gone.
async fn total<S>(
    tx: &mut WorkspaceTx,
    list: &List<'_>,
    start_index: u64,
    slice: &Slice<S>,
    waiting: Option<&Waiting>,
) -> Result<u64, AppError> {
    let seen = start_index - 1 + slice.places;
    if !slice.more && (start_index == 1 || slice.places > 0) {
        return Ok(seen);
    }
    let counted = match waiting {
        // Counted when the walk began: to count all matches for each page would make every page as dear as the whole list.
        Some(walk) if slice.more && !list.listing.is_unfiltered() => walk.total,
        Some(_) | None => listing::count(tx, &list.listing).await?,
    };
    Ok(if slice.more { counted.max(seen + 1) } else { counted })
}

/// Forgets the walks that are over. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget_walks(app: &App, now: DateTime<Utc>) -> Result<u64, AppError> {
    Ok(global::forget_walks(app.db.pool(), now - WALK_ENDS).await?)
}
