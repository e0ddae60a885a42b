//! A query over users and groups at once (RFC 7644 §3.4.2.1): the users that match come first, then the groups.

use super::{App, caller::ScimCaller, error::AppError, groups, resource::Page, users};
use crate::scim::{Filter, PageRequest, Projection};

/// What is asked of one resource type: its filter and its projection.
pub struct Query {
    /// Which resources; none for all.
    pub filter: Option<Filter>,
    /// What of them.
    pub projection: Projection,
}

/// One page over both types.
///
/// # Errors
/// Postgres is busy or away.
pub async fn both(
    app: &App,
    caller: &ScimCaller,
    root: &str,
    of_users: &Query,
    of_groups: &Query,
    page: PageRequest,
) -> Result<Page, AppError> {
    let found = users::list(app, caller, root, of_users.filter.as_ref(), page, &of_users.projection).await?;
    let mut resources = found.resources;
    let taken = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    let rest = PageRequest {
        // The place among the groups of what comes after the users of this page.
        start_index: (page.start_index + taken).saturating_sub(found.total).max(1),
        count: if page.start_index + taken > found.total { page.count - taken } else { 0 },
    };
    let groups = groups::list(app, caller, root, of_groups.filter.as_ref(), rest, &of_groups.projection).await?;
    resources.extend(groups.resources);
    Ok(Page { total: found.total + groups.total, start_index: page.start_index, resources })
}
