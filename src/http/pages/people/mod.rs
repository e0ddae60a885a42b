//! Who is in the workspace: members, one person, groups, and changes that are held.

mod groups;
mod held;
mod members;
mod person;

use poem::{Route, get, post};

/// Members, groups and held changes.
pub fn routes(pages: Route) -> Route {
    pages
        .at("/members", get(members::show).post(members::invite))
        .at("/members/:member", get(person::show))
        .at("/members/:member/role", post(person::give))
        .at("/members/:member/role/take-back", post(person::take_back))
        .at("/members/:member/deactivate", post(person::deactivate))
        .at("/members/:member/reactivate", post(person::reactivate))
        .at("/members/:member/break-glass", post(person::mark))
        .at("/members/:member/no-break-glass", post(person::unmark))
        .at("/members/:member/invite-again", post(person::invite_again))
        .at("/members/:member/sessions/end", post(person::end_sessions))
        .at("/groups", get(groups::list))
        .at("/groups/:group", get(groups::show))
        .at("/held-changes", get(held::show))
        .at("/held-changes/batches/:batch/:decision", post(held::decide_batch))
        .at("/held-changes/members/:member/:decision", post(held::decide_member))
}
