//! What the worker still has to carry out, on pages that have asked for it. It goes by itself.

use maud::{Markup, html};

use super::{failure::Failure, parts::many, visitor::Admin};
use crate::app::{
    App,
    under_way::{MOST, Progress, UnderWay, under_way},
};

/// A region that says it, and nothing where nothing is left.
pub async fn region(admin: &Admin, app: &App) -> Result<Markup, Failure> {
    let UnderWay { marks, everybody } = under_way(app, &admin.caller).await?;
    let left = if marks >= MOST {
        format!("more than {MOST} people and groups")
    } else {
        many(marks, "person or group", "people and groups")
    };
    Ok(html! {
        div #under-way data-live="2" aria-live="polite" {
            @if everybody.is_some() || marks > 0 {
                div.notice {
                    p {
                        @if let Some(Progress { looked_at, all }) = everybody {
                            "Everybody is being looked at again: " (looked_at) " of " (many(all, "person or group", "people and groups")) ". "
                        }
                        @if marks > 0 { "Still to be looked at: " (left) "." }
                    }
                    @match everybody {
                        Some(Progress { looked_at, all }) => progress aria-label="The worker carries it out" value=(looked_at) max=(all.max(1)) {},
                        None => progress aria-label="The worker carries it out" {},
                    }
                }
            }
        }
    })
}
