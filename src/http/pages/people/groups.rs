//! Groups of the directory.

use maud::{Markup, html};
use poem::{
    Result, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use crate::{
    app::{
        App,
        browse::{self, GroupLine, PersonInGroup},
    },
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, name, next, optional, time, with_query},
        said::Said,
        visitor::Admin,
    },
    ids::{GroupId, UserId},
};

const PAGE: i64 = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    name: Option<String>,
    after: Option<String>,
}

#[handler]
pub(super) async fn list(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let beginning = asked.name.as_deref().unwrap_or_default();
    let groups = browse::groups(app, &admin.caller, beginning, asked.after.as_deref(), PAGE).await?;
    let is_full = i64::try_from(groups.len()).is_ok_and(|found| found == PAGE);
    let following = groups
        .last()
        .filter(|_| is_full)
        .map(|last| with_query("/groups", &[("name", asked.name.as_deref()), ("after", Some(&last.key))]));
    let find = Field {
        name: "name",
        label: "Find by name",
        kind: "search",
        value: beginning,
        hint: "By how it begins.",
        required: false,
    };
    let body = html! {
        h1 { "Groups" }
        p.lead { "As your identity provider has pushed them. A group gives a role where it is " a href="/settings/scim/mappings" { "mapped to one" } "." }
        form.row method="get" action="/groups" role="search" { (find.show()) button.plain { "Find" } }
        @if groups.is_empty() { p.card { "No group." } } @else {
            div.scroll { table.cards {
                thead { tr { th { "Group" } th { "Role that it gives" } th { "Last changed" } } }
                tbody { @for group in &groups { (line(group)) } }
            } }
        }
        (next(following.as_deref()))
    };
    Ok(html::admin(&admin, Place::Groups, "Groups", &Said::Nothing, &body))
}

fn line(group: &GroupLine) -> Markup {
    html! {
        tr {
            td data-label="Group" { a.name href={ "/groups/" (group.id) } { (optional(group.display_name.as_deref())) } }
            td data-label="Role that it gives" { @match &group.role { Some(role) => code { (role) }, None => span.soft { "–" } } }
            td data-label="Last changed" { (time(group.updated_at)) }
        }
    }
}

#[handler]
pub(super) async fn show(
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html, Failure> {
    let id = GroupId::parse(&id).ok_or_else(|| Failure::not_found("group"))?;
    let after = asked.after.as_deref().map(|id| UserId::parse(id).ok_or_else(|| Failure::not_found("person"))).transpose()?;
    let (group, people) = browse::group(app, &admin.caller, id, after, PAGE).await?;
    let is_full = i64::try_from(people.len()).is_ok_and(|found| found == PAGE);
    let following = people
        .last()
        .filter(|_| is_full)
        .map(|last| with_query(&format!("/groups/{id}"), &[("after", Some(&last.user_id.to_string()))]));
    let called = group.display_name.as_deref().unwrap_or("without a name");
    let body = html! {
        p.crumbs { a href="/groups" { "Groups" } }
        h1 { (name(called)) }
        dl.facts.card {
            dt { "Role that it gives" } dd { @match &group.role { Some(role) => code { (role) }, None => span.soft { "none" } } " " a href=(with_query("/settings/scim/mappings", &[("group", Some(called))])) { "change" } }
            dt { "Last changed" } dd { (time(group.updated_at)) }
            dt { "SCIM id" } dd { code { (group.id) } }
            dt { "What was sent about it" } dd { a href=(with_query("/activity", &[("person", Some(&group.id.to_string()))])) { "provisioning log" } }
        }
        h2 { "Who is in it directly" }
        @if people.is_empty() { p.card { "Nobody." } } @else {
            div.scroll { table.cards {
                thead { tr { th { "Person" } th { "Status" } th { "Role" } } }
                tbody { @for person in &people { (member(person)) } }
            } }
        }
        (next(following.as_deref()))
    };
    Ok(html::admin(&admin, Place::Groups, called, &Said::Nothing, &body))
}

fn member(person: &PersonInGroup) -> Markup {
    let called = person.display_name.as_deref().or(person.email.as_deref()).unwrap_or("not a member yet");
    html! {
        tr {
            td data-label="Person" { @match person.member_id { Some(id) => a.name href={ "/members/" (id) } { (name(called)) }, None => (name(called)) } }
            td data-label="Status" { (person.status.as_deref().unwrap_or("–")) }
            td data-label="Role" { (person.role.as_deref().unwrap_or("–")) }
        }
    }
}
