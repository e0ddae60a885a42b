//! Settings, Roles: what members may be, beside what every workspace has.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;

use crate::{
    app::{App, roles},
    directory::roles::Role,
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, Tone, careful, name, tag},
        said::{Asked, Said},
        under_way,
        visitor::Admin,
    },
};

const DONE: [(&str, &str); 2] =
    [("defined", "The role counts from now on. Everybody's role is looked at again."), ("deleted", "The role was deleted.")];

/// A role that is wanted.
#[derive(Default, Deserialize)]
pub struct Wish {
    name: String,
    rank: String,
}

/// The page.
#[handler]
pub async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&admin, app, &Wish::default(), &Said::done(asked.done.as_deref(), &DONE)).await
}

/// Defines a role, or gives it another rank.
#[handler]
pub async fn put(admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Response, Failure> {
    let said = match wish.rank.trim().parse() {
        Ok(rank) => match roles::put(app, &admin.caller, wish.name.trim(), rank).await {
            Ok(_) => return Ok(Redirect::see_other("/settings/roles?done=defined").into_response()),
            Err(error) => Said::wrong(error)?,
        },
        Err(_) => Said::invalid("Rank: a number from 1 to 999."),
    };
    Ok(page(&admin, app, &wish, &said).await?.into_response())
}

/// Deletes a role.
#[handler]
pub async fn delete(admin: Admin, Data(app): Data<&App>, Path(role): Path<String>) -> Result<Response, Failure> {
    match roles::delete(app, &admin.caller, &role).await {
        Ok(()) => Ok(Redirect::see_other("/settings/roles?done=deleted").into_response()),
        Err(error) => Ok(page(&admin, app, &Wish::default(), &Said::wrong(error)?).await?.into_response()),
    }
}

async fn page(admin: &Admin, app: &App, wish: &Wish, said: &Said) -> Result<Html, Failure> {
    let under_way = under_way::region(admin, app).await?;
    let roles = roles::list(app, &admin.caller).await?;
    let strongest_first: Vec<&Role> = roles.iter().collect::<Vec<_>>().into_iter().rev().collect();
    let called = Field {
        name: "name",
        label: "Name",
        kind: "text",
        value: &wish.name,
        hint: "As your identity provider sends it and groups give it: “support”, for instance. One that there is gets another rank.",
        required: true,
    };
    let rank = Field {
        name: "rank",
        label: "Rank",
        kind: "number",
        value: &wish.rank,
        hint: "From 1 to 999, and no other role's. The higher one counts.",
        required: true,
    };
    let body = html! {
        h1 { "Roles" }
        p.lead { "Of several roles that somebody is given, the one with the highest rank counts. What a role may do, the application decides." }
        (under_way)
        div.scroll { table.cards {
            thead { tr { th { "Role" } th { "Rank" } th { span.hidden { "Action" } } } }
            tbody { @for role in strongest_first { (line(role, role == roles.default())) } }
        } }
        p.soft { "People to whom nothing gives a role have the default one. Our support sets another." }
        p { a href="/settings/scim/mappings" { "Groups to roles" } ": who is given which." }
        section.card aria-labelledby="define" {
            h2 #define { "Define a role" }
            form method="post" action="/settings/roles" { (called.show()) (rank.show()) button { "Define it" } }
        }
    };
    Ok(html::admin(admin, Place::Roles, "Roles", said, &body))
}

fn line(role: &Role, is_default: bool) -> Markup {
    html! {
        tr {
            td data-label="Role" {
                code { (name(role.as_str())) }
                @if is_default { " " (tag(Tone::Good, "default")) }
                @if role.is_built_in() { " " (tag(Tone::Plain, "every workspace has it")) }
            }
            td data-label="Rank" { (role.rank()) }
            td { @if !role.is_built_in() {
                (careful("Delete", &html! { p { "Possible while nothing gives it to anybody." } }, &format!("/settings/roles/{role}/delete"), "Delete this role"))
            } }
        }
    }
}
