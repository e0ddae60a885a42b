//! Members with status, role and why.

use maud::{Markup, html};
use poem::{
    IntoResponse, Response, Result, handler,
    web::{Data, Form, Query, Redirect},
};
use serde::Deserialize;

use crate::{
    app::{
        App,
        browse::{self, Which},
        by_hand, members, roles,
    },
    directory::membership::Status,
    http::pages::{
        failure::Failure,
        html::{self, Html, Place},
        parts::{Field, Tone, choose, many, name, next, tag, time, with_query},
        said::Said,
        under_way,
        visitor::Admin,
    },
    ids::MemberId,
};

const PAGE: i64 = 50;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    which: Option<String>,
    address: Option<String>,
    after: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Invitation {
    email: String,
    role: String,
}

impl Asked {
    fn which(&self) -> Which {
        if let Some(address) = self.address.as_deref().filter(|address| !address.trim().is_empty()) {
            return Which::Address(address.to_owned());
        }
        match self.which.as_deref() {
            Some("administrators") => Which::Administrators,
            Some("deactivated") => Which::Deactivated,
            Some(_) | None => Which::All,
        }
    }
}

#[handler]
pub(super) async fn show(admin: Admin, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    page(&admin, app, &asked, &Invitation::default(), &Said::Nothing).await
}

#[handler]
pub(super) async fn invite(admin: Admin, Data(app): Data<&App>, Form(invitation): Form<Invitation>) -> Result<Response, Failure> {
    match by_hand::invite(app, &admin.caller, &invitation.email, &invitation.role).await {
        Ok(member) => Ok(Redirect::see_other(format!("/members/{}?done=invited", member.id)).into_response()),
        Err(error) => Ok(page(&admin, app, &Asked::default(), &invitation, &Said::wrong(error)?).await?.into_response()),
    }
}

async fn page(admin: &Admin, app: &App, asked: &Asked, invitation: &Invitation, said: &Said) -> Result<Html, Failure> {
    let after = asked.after.as_deref().map(|id| MemberId::parse(id).ok_or_else(|| Failure::not_found("member"))).transpose()?;
    let which = asked.which();
    let under_way = under_way::region(admin, app).await?;
    let rows = browse::members(app, &admin.caller, &which, after, PAGE).await?;
    let seats = members::seats(app, &admin.caller).await?;
    let names: Vec<String> = roles::list(app, &admin.caller).await?.iter().map(ToString::to_string).collect();
    let options: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found == PAGE);
    let by_address = matches!(which, Which::Address(_));
    let following = rows
        .last()
        .filter(|_| is_full && !by_address)
        .map(|last| with_query("/members", &[("which", asked.which.as_deref()), ("after", Some(&last.id.to_string()))]));
    let address = asked.address.as_deref().unwrap_or_default();
    let find = Field {
        name: "address",
        label: "Find by e-mail address",
        kind: "search",
        value: address,
        hint: "By how it begins.",
        required: false,
    };
    let email =
        Field { name: "email", label: "E-mail address", kind: "email", value: &invitation.email, hint: "", required: true };
    let tab = |called: &str, word: Option<&str>, of: &Which| {
        html! {
            li { a href=(with_query("/members", &[("which", word)])) aria-current=[(*of == which).then_some("page")] { (called) } }
        }
    };
    let body = html! {
        h1 { "Members" }
        p.lead { (many(seats.taken, "seat is", "seats are")) " taken" @if let Some(most) = seats.seats { ", of " (most) } ". " @if admin.person.workspace.missing.is_empty() { "Your identity provider decides who." } }
        (under_way)
        form.row method="get" action="/members" role="search" { (find.show()) button.plain { "Find" } }
        nav aria-label="Which members" { ul.tabs {
            (tab("Everybody", None, &Which::All)) (tab("Administrators", Some("administrators"), &Which::Administrators)) (tab("Out", Some("deactivated"), &Which::Deactivated))
        } }
        @if rows.is_empty() {
            p.card { @if by_address { "Nobody's address begins so. Whoever your identity provider has sent and is not here stands in the " a href="/activity" { "provisioning log" } "." } @else { "Nobody." } }
        } @else {
            div.scroll { table.cards {
                thead { tr { th { "Person" } th { "Status" } th { "Role" } th { "Why" } th { "Since" } } }
                tbody { @for row in &rows { (line(row)) } }
            } }
            @if is_full && by_address { p.soft { "There may be more: write more of the address." } }
        }
        (next(following.as_deref()))
        details open[!invitation.email.is_empty()] {
            summary { "Invite somebody by hand" }
            div.inner { form method="post" action="/members" {
                p { "For people whom your identity provider does not manage." }
                (email.show()) (choose("role", "Role", &options, if invitation.role.is_empty() { "viewer" } else { &invitation.role }))
                button { "Invite" }
            } }
        }
    };
    Ok(html::admin(admin, Place::Members, "Members", said, &body))
}

/// A status, in its colour.
pub fn status(status: Status) -> Markup {
    let tone = match status {
        Status::Active => Tone::Good,
        Status::Invited => Tone::Warn,
        Status::Deactivated => Tone::Plain,
    };
    tag(tone, status.as_str())
}

fn line(row: &members::MemberRow) -> Markup {
    let called =
        row.display_name.as_deref().filter(|name| !name.trim().is_empty()).or(row.email.as_deref()).unwrap_or("without a name");
    let since = row.deactivated_at.or(row.activated_at).unwrap_or(row.created_at);
    html! {
        tr {
            td data-label="Person" {
                a.name href={ "/members/" (row.id) } { (name(called)) }
                @if let Some(email) = row.email.as_deref().filter(|email| *email != called) { span.soft { (name(email)) } }
            }
            td data-label="Status" { (status(row.status.0)) @if row.break_glass { " " (tag(Tone::Warn, "break-glass")) } }
            td data-label="Role" { (row.role.as_deref().unwrap_or("–")) }
            td data-label="Why" { @if row.origin == "directory" { "your identity provider" } @else { "by hand" } }
            td data-label="Since" { (time(since)) }
        }
    }
}
