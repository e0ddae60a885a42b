//! Which groups give which roles.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;

use super::{
    Part,
    preview::{NEXT_ONES, many_at_a_time, most, place, result},
    tabs,
};
use crate::{
    app::{
        App, browse,
        preview::{self, Among, Page, Question},
        role_mappings, roles,
    },
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, choose, name, next, optional, with_query},
        said::Said,
        under_way,
        visitor::Admin,
    },
    ids::GroupId,
};

const PAGE: i64 = 50;
const DONE: [(&str, &str); 2] = [
    ("mapped", "The mapping counts from now on. Everybody in the group is looked at again."),
    ("removed", "The group gives no role any more. Everybody in it is looked at again."),
];

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    group: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Wish {
    group: String,
    role: String,
    /// Where the look goes on.
    after: Option<String>,
    /// To look at as many as can be told at a time.
    many: Option<String>,
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let said = Said::done(asked.done.as_deref(), &DONE);
    page(&admin, app, &asked, None, &said).await
}

/// Shows what a mapping would change, without changing it.
#[handler]
pub(super) async fn look(admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Html, Failure> {
    let role = Some(wish.role.clone()).filter(|role| !role.is_empty());
    let question = Question {
        mappings: vec![(known(&wish.group)?, role)],
        among: Among::TheGroups,
        after: place(wish.after.as_deref())?,
        most: most(wish.many.as_deref()),
    };
    match preview::preview(app, &admin.caller, question).await {
        Ok(looked) => page(&admin, app, &Asked::default(), Some((&wish, &looked)), &Said::Nothing).await,
        Err(error) => page(&admin, app, &Asked::default(), None, &Said::wrong(error)?).await,
    }
}

#[handler]
pub(super) async fn put(admin: Admin, Data(app): Data<&App>, Form(wish): Form<Wish>) -> Result<Response, Failure> {
    let group = known(&wish.group)?;
    let done = if wish.role.is_empty() {
        role_mappings::delete(app, &admin.caller, group).await.map(|()| "removed")
    } else {
        role_mappings::put(app, &admin.caller, group, &wish.role).await.map(|()| "mapped")
    };
    match done {
        Ok(done) => Ok(Redirect::see_other(format!("/settings/scim/mappings?done={done}")).into_response()),
        Err(error) => Ok(page(&admin, app, &Asked::default(), None, &Said::wrong(error)?).await?.into_response()),
    }
}

#[handler]
pub(super) async fn remove(admin: Admin, Data(app): Data<&App>, Path(group): Path<String>) -> Result<Response, Failure> {
    role_mappings::delete(app, &admin.caller, known(&group)?).await?;
    Ok(Redirect::see_other("/settings/scim/mappings?done=removed").into_response())
}

fn known(group: &str) -> Result<GroupId, Failure> {
    GroupId::parse(group).ok_or_else(|| Failure::not_found("group"))
}

async fn page(admin: &Admin, app: &App, asked: &Asked, looked: Option<(&Wish, &Page)>, said: &Said) -> Result<Html, Failure> {
    let under_way = under_way::region(admin, app).await?;
    let mappings = role_mappings::list(app, &admin.caller).await?;
    let roles = roles::list(app, &admin.caller).await?;
    let beginning = asked.group.as_deref().unwrap_or_default();
    let groups = browse::groups(app, &admin.caller, beginning, asked.after.as_deref(), PAGE).await?;
    let names: Vec<String> = roles.iter().map(ToString::to_string).collect();
    let options: Vec<(&str, &str)> =
        std::iter::once(("", "no role")).chain(names.iter().map(|name| (name.as_str(), name.as_str()))).collect();
    let is_full = i64::try_from(groups.len()).is_ok_and(|found| found == PAGE);
    let following = groups
        .last()
        .filter(|_| is_full)
        .map(|last| with_query("/settings/scim/mappings", &[("group", asked.group.as_deref()), ("after", Some(&last.key))]));
    let find = Field {
        name: "group",
        label: "Find a group",
        kind: "search",
        value: beginning,
        hint: "By how its name begins.",
        required: false,
    };
    let body = html! {
        h1 { "SCIM provisioning" }
        (tabs(Part::Mappings))
        p.lead { "Whoever is in a group, directly or through other groups, has its role. The strongest role counts; whoever has none has the default role, " code { (roles.default()) } "." }
        (under_way)
        @if let Some((wish, looked)) = looked { (previewed(wish, looked)) }
        section aria-labelledby="mapped" {
            h2 #mapped { "Groups that give a role" }
            @if mappings.is_empty() { p.card { "None yet." } } @else {
                div.scroll { table.cards {
                    thead { tr { th { "Group" } th { "Role" } th { span.hidden { "Action" } } } }
                    tbody { @for row in &mappings { tr {
                        td data-label="Group" { a href={ "/groups/" (row.group_id) } { (optional(row.display_name.as_deref())) } }
                        td data-label="Role" { code { (row.role) } }
                        td { (wanted(&row.group_id.to_string(), "", "See what happens without it")) }
                    } } }
                } }
            }
        }
        section.card aria-labelledby="map" {
            h2 #map { "Give a role to a group" }
            form.row method="get" action="/settings/scim/mappings" { (find.show()) button.plain { "Find" } }
            @if groups.is_empty() { p { "No group is found. Your identity provider has to push it first." } } @else {
                form method="post" action="/settings/scim/mappings/preview" {
                    fieldset {
                        legend { "Group" }
                        @for (place, group) in groups.iter().enumerate() {
                            div.tick {
                                input type="radio" name="group" id={ "group-" (place) } value=(group.id) required;
                                label for={ "group-" (place) } {
                                    (optional(group.display_name.as_deref()))
                                    @if let Some(role) = &group.role { span.hint { "gives " code { (role) } } }
                                }
                            }
                        }
                    }
                    (next(following.as_deref()))
                    (choose("role", "Role", &options, ""))
                    button { "See what would happen" }
                }
            }
        }
    };
    Ok(html::admin(admin, Place::Scim, "Groups to roles", said, &body))
}

fn wanted(group: &str, role: &str, button: &str) -> Markup {
    looked_at(&Wish { group: group.to_owned(), role: role.to_owned(), after: None, many: None }, button)
}

fn looked_at(wish: &Wish, button: &str) -> Markup {
    html! {
        form method="post" action="/settings/scim/mappings/preview" {
            input type="hidden" name="group" value=(wish.group);
            input type="hidden" name="role" value=(wish.role);
            @if let Some(after) = &wish.after { input type="hidden" name="after" value=(after); }
            @if let Some(many) = &wish.many { input type="hidden" name="many" value=(many); }
            button.plain { (button) }
        }
    }
}

fn previewed(wish: &Wish, looked: &Page) -> Markup {
    html! {
        section aria-labelledby="wish" {
            h2 #wish { "What would happen: " @if wish.role.is_empty() { "the group gives no role any more" } @else { "the group gives " code { (name(&wish.role)) } } }
            p.soft { "Of whoever is in the group, directly or through other groups." }
            (result(looked))
            @if let Some(at) = looked.next {
                div.row {
                    (looked_at(&Wish { after: Some(at.to_string()), ..wish.clone() }, NEXT_ONES))
                    @if wish.many.is_none() { (looked_at(&Wish { many: Some("on".to_owned()), ..wish.clone() }, &many_at_a_time())) }
                }
            }
            form method="post" action="/settings/scim/mappings" {
                input type="hidden" name="group" value=(wish.group);
                input type="hidden" name="role" value=(wish.role);
                button { "Do it" } " " a.button.plain href="/settings/scim/mappings" { "Leave it" }
            }
        }
    }
}
