//! What the worker still has to carry out, on pages that have asked for it. It goes by itself.

use maud::{Markup, html};

use super::{failure::Failure, parts::many, visitor::Admin};
use crate::app::{
    App,
    under_way::{MOST, UnderWay, under_way},
};

/// A region that says it, and nothing where nothing is left.
pub async fn region(admin: &Admin, app: &App) -> Result<Markup, Failure> {
    let UnderWay { marks, is_for_everybody } = under_way(app, &admin.caller).await?;
    let left = if marks >= MOST {
        format!("more than {MOST} people and groups")
    } else {
        many(marks, "person or group", "people and groups")
    };
    Ok(html! {
        div #under-way data-live="2" aria-live="polite" {
            @if is_for_everybody || marks > 0 {
                div.notice {
                    p {
                        @if is_for_everybody { "Everybody is being looked at again. " }
                        @if marks > 0 { "Still to be looked at: " (left) "." }
                    }
                    progress aria-label="The worker carries it out" {}
                }
            }
        }
    })
}
