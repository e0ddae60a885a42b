//! Workspaces: plan, gate, set-up links.

use maud::{Markup, html};
use poem::{
    IntoResponse, Request, Response, Result, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;

use super::{Here, frame};
use crate::{
    app::{
        App,
        error::AppError,
        operator::{self, NewWorkspace, WorkspaceChange, WorkspaceRow},
        set_up::{self, NewLink},
        sweep, tokens,
    },
    directory::{gate::Plan, provisioning::ManagedPeople},
    http::{
        context::browser_origin,
        pages::{
            failure::Failure,
            html::Html,
            parts::{Field, Tone, choose, name, next, tag, tick, ticked, time, with_query},
            said::Said,
            settings::{links_table, made_link},
            visitor::Operator,
        },
    },
    ids::{TokenId, WorkspaceId},
};

const PAGE: i64 = 50;
const DONE: [(&str, &str); 3] = [
    ("revoked", "The link was revoked. Whoever is setting up by it is refused from the next click on."),
    ("changed", "The workspace was changed. It counts from the next request on."),
    ("reconciling", "Everything of the workspace is looked at again; the worker carries it out."),
];
const PLANS: [(&str, &str); 4] = [("free", "Free"), ("team", "Team"), ("business", "Business"), ("enterprise", "Enterprise")];

#[derive(Deserialize)]
pub(super) struct Asked {
    after: Option<String>,
    slug: Option<String>,
    done: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct New {
    slug: String,
    name: String,
    plan: String,
    admin: String,
    scim: Option<String>,
}

/// The form of a workspace, as it is sent and as it is shown.
#[derive(Clone, Deserialize)]
pub(super) struct Change {
    name: String,
    plan: String,
    seats: String,
    default_role: String,
    scim: Option<String>,
    disable_saml: Option<String>,
    managed_people: String,
}

impl From<&WorkspaceRow> for Change {
    fn from(row: &WorkspaceRow) -> Self {
        Self {
            name: row.name.clone(),
            plan: row.plan.clone(),
            seats: row.seats.map(|seats| seats.to_string()).unwrap_or_default(),
            default_role: row.default_role.clone(),
            scim: ticked(row.scim_enabled),
            disable_saml: None,
            managed_people: String::new(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct For {
    name: String,
}

#[handler]
pub(super) async fn list(operator: Operator, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    if let Some(slug) = asked.slug.as_deref().map(str::trim).filter(|slug| !slug.is_empty()) {
        return match operator::workspace(app, operator.0, slug).await {
            Ok(found) => Ok(Redirect::see_other(format!("/ops/workspaces/{}", found.slug)).into_response()),
            Err(AppError::NotFound(_)) => {
                let said = Said::invalid("There is no workspace of that short name.");
                Ok(list_page(&operator, app, None, &New::default(), &said).await?.into_response())
            }
            Err(error) => Err(error.into()),
        };
    }
    let after =
        asked.after.as_deref().map(|id| WorkspaceId::parse(id).ok_or_else(|| Failure::not_found("workspace"))).transpose()?;
    Ok(list_page(&operator, app, after, &New::default(), &Said::Nothing).await?.into_response())
}

async fn list_page(operator: &Operator, app: &App, after: Option<WorkspaceId>, new: &New, said: &Said) -> Result<Html, Failure> {
    let rows = operator::workspaces(app, operator.0, after, PAGE).await?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found == PAGE);
    let last = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
    let following = last.as_deref().map(|id| with_query("/ops/workspaces", &[("after", Some(id))]));
    let find = Field { name: "slug", label: "Find by short name", kind: "search", value: "", hint: "", required: false };
    let body = html! {
        h1 { "Workspaces" }
        p.lead { "In the order of their making." }
        form.row method="get" action="/ops/workspaces" { (find.show()) button.plain { "Find" } }
        div.scroll { table.cards {
            thead { tr { th { "Workspace" } th { "Plan" } th { "SAML SSO" } th { "SCIM" } th { "Gate" } th { "Made" } } }
            tbody { @for row in &rows { (line(row)) } }
        } }
        (next(following.as_deref()))
        (form(new))
    };
    Ok(frame(Here::Workspaces, "Workspaces", said, &body))
}

fn yes(on: bool) -> Markup {
    if on { tag(Tone::Good, "enabled") } else { tag(Tone::Plain, "not enabled") }
}

fn gate(row: &WorkspaceRow) -> Markup {
    if operator::gate_of(row).is_empty() { tag(Tone::Good, "open") } else { tag(Tone::Warn, "closed") }
}

fn line(row: &WorkspaceRow) -> Markup {
    html! {
        tr {
            td data-label="Workspace" { a.name href={ "/ops/workspaces/" (row.slug) } { (row.slug) } " " (name(&row.name)) }
            td data-label="Plan" { (row.plan) }
            td data-label="SAML SSO" { (yes(row.saml_enabled)) }
            td data-label="SCIM" { (yes(row.scim_enabled)) }
            td data-label="Gate" { (gate(row)) }
            td data-label="Made" { (time(row.created_at)) }
        }
    }
}

fn form(new: &New) -> Markup {
    let slug = Field {
        name: "slug",
        label: "Short name",
        kind: "text",
        value: &new.slug,
        hint: "Lower-case letters, digits and hyphens. People type it to sign in.",
        required: true,
    };
    let called = Field { name: "name", label: "Name", kind: "text", value: &new.name, hint: "", required: true };
    let admin = Field {
        name: "admin",
        label: "First administrator",
        kind: "email",
        value: &new.admin,
        hint: "An e-mail address; may be left out.",
        required: false,
    };
    html! {
        details open[!new.slug.is_empty()] {
            summary { "Make a workspace" }
            div.inner {
                form method="post" action="/ops/workspaces" {
                    (slug.show()) (called.show()) (choose("plan", "Plan", &PLANS, if new.plan.is_empty() { "enterprise" } else { &new.plan })) (admin.show())
                    (tick("scim", "SCIM is enabled", "", new.scim.is_some()))
                    button { "Make the workspace" }
                }
            }
        }
    }
}

#[handler]
pub(super) async fn make(operator: Operator, Data(app): Data<&App>, Form(new): Form<New>) -> Result<Response, Failure> {
    let Ok(plan) = new.plan.parse::<Plan>() else {
        let said = Said::invalid("Choose one of the plans.");
        return Ok(list_page(&operator, app, None, &new, &said).await?.into_response());
    };
    let admin = Some(new.admin.trim().to_owned()).filter(|admin| !admin.is_empty());
    let wish = NewWorkspace { slug: new.slug.clone(), name: new.name.clone(), plan, scim_enabled: new.scim.is_some(), admin };
    match operator::create_workspace(app, operator.0, wish).await {
        Ok(made) => Ok(Redirect::see_other(format!("/ops/workspaces/{}", made.slug)).into_response()),
        Err(error) => Ok(list_page(&operator, app, None, &new, &Said::wrong(error)?).await?.into_response()),
    }
}

#[handler]
pub(super) async fn show(
    operator: Operator,
    Data(app): Data<&App>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html, Failure> {
    let row = operator::workspace(app, operator.0, &slug).await?;
    one(&operator, app, &row, Shown { said: Said::done(asked.done.as_deref(), &DONE), ..Shown::default() }).await
}

/// What the page of a workspace shows besides it.
#[derive(Default)]
struct Shown {
    /// A set-up link that was just made.
    link: Option<Markup>,
    /// The form that was not accepted.
    typed: Option<Change>,
    said: Said,
}

async fn one(operator: &Operator, app: &App, row: &WorkspaceRow, shown: Shown) -> Result<Html, Failure> {
    let Shown { link, typed, said } = shown;
    let shown = typed.unwrap_or_else(|| Change::from(row));
    let links = set_up::links_as_operator(app, operator.0, row.id).await?;
    let missing = operator::gate_of(row);
    let called = Field { name: "name", label: "Name", kind: "text", value: &shown.name, hint: "", required: true };
    let seats = Field {
        name: "seats",
        label: "Seats",
        kind: "number",
        value: &shown.seats,
        hint: "How many people it may have; empty for as many as they are.",
        required: false,
    };
    let default_role = Field {
        name: "default_role",
        label: "Default role",
        kind: "text",
        value: &shown.default_role,
        hint: "Of people to whom nothing gives a role: viewer, for instance, or one that the workspace has defined.",
        required: true,
    };
    let people = [("", "say nothing"), ("keep", "keep them as they are"), ("hand_over", "hand them over, to be managed by hand")];
    let for_whom = Field {
        name: "name",
        label: "For whom",
        kind: "text",
        value: "",
        hint: "The IT administrator of the customer. The link is good for a week.",
        required: true,
    };
    let address = |action: &str| format!("/ops/workspaces/{}/{action}", row.slug);
    let body = html! {
        p.crumbs { a href="/ops/workspaces" { "Workspaces" } }
        h1 { (name(&row.name)) }
        p.lead { code { (row.slug) } " · made " (time(row.created_at)) " · changed " (time(row.updated_at)) }
        @if let Some(link) = link { (link) }
        section.card aria-labelledby="gate" {
            h2 #gate { "Gate " (gate(row)) }
            ul.checks {
                li.done[row.plan == "enterprise"].missing[row.plan != "enterprise"] { "Enterprise plan" }
                li.done[row.saml_enabled].missing[!row.saml_enabled] { "SAML SSO: an active connection whose test sign-in has succeeded" }
                li.done[row.scim_enabled].missing[!row.scim_enabled] { "SCIM enabled for the workspace" }
            }
            @if !missing.is_empty() { ul { @for what in &missing { li { (what.to_string()) } } } }
        }
        section.card aria-labelledby="change" {
            h2 #change { "Change" }
            form method="post" action={ "/ops/workspaces/" (row.slug) } {
                (called.show()) (choose("plan", "Plan", &PLANS, &shown.plan)) (seats.show()) (default_role.show())
                (tick("scim", "SCIM is enabled", "", shown.scim.is_some()))
                @if row.saml_enabled {
                    (tick("disable_saml", "Disable the SAML connection", "Nobody signs in by it any more; who is signed in stays so. Only an administrator of the workspace activates one again.", shown.disable_saml.is_some()))
                }
                (choose("managed_people", "If SCIM is switched off by this, the directory’s people", &people, &shown.managed_people))
                button { "Change the workspace" }
            }
        }
        section.card aria-labelledby="links" {
            h2 #links { "Set-up links" }
            p { "With it the customer's IT administrator sets up SAML and SCIM without an account." }
            form.row method="post" action=(address("set-up-link")) { (for_whom.show()) button.plain { "Make a link" } }
            @if !links.is_empty() { (links_table(&links, &address("set-up-links"))) }
        }
        section.card aria-labelledby="again" {
            h2 #again { "Reconcile" }
            p { "Compares everything that the directory says with everything that is, and repairs what differs." }
            form method="post" action=(address("reconcile")) { button.plain { "Reconcile now" } }
        }
    };
    Ok(frame(Here::Workspaces, &row.name, &said, &body))
}

#[handler]
pub(super) async fn change(
    operator: Operator,
    Data(app): Data<&App>,
    Path(slug): Path<String>,
    Form(form): Form<Change>,
) -> Result<Response, Failure> {
    let said = match wished(form.clone()) {
        Ok(change) => match operator::change_workspace(app, operator.0, &slug, change).await {
            Ok(row) => return Ok(Redirect::see_other(format!("/ops/workspaces/{}?done=changed", row.slug)).into_response()),
            Err(error) => Said::wrong(error)?,
        },
        Err(wrong) => Said::invalid(wrong),
    };
    let row = operator::workspace(app, operator.0, &slug).await?;
    Ok(one(&operator, app, &row, Shown { typed: Some(form), said, ..Shown::default() }).await?.into_response())
}

fn wished(form: Change) -> Result<WorkspaceChange, String> {
    let seats = match form.seats.trim() {
        "" => None,
        seats => Some(seats.parse().map_err(|_| "Seats: a number, or nothing.".to_owned())?),
    };
    let managed_people = match form.managed_people.as_str() {
        "" => None,
        word => Some(word.parse::<ManagedPeople>()?),
    };
    Ok(WorkspaceChange {
        name: Some(form.name),
        plan: Some(form.plan.parse()?),
        disable_saml: form.disable_saml.is_some(),
        scim_enabled: Some(form.scim.is_some()),
        default_role: Some(form.default_role),
        seats: Some(seats),
        managed_people,
    })
}

#[handler]
pub(super) async fn make_link(
    request: &Request,
    operator: Operator,
    Data(app): Data<&App>,
    Path(slug): Path<String>,
    Form(form): Form<For>,
) -> Result<Html, Failure> {
    let row = operator::workspace(app, operator.0, &slug).await?;
    match set_up::make_link_as_operator(app, operator.0, &slug, NewLink { name: form.name, days: None }).await {
        Ok(made) => {
            let link = Some(made_link(&browser_origin(request), &made));
            let said = Said::Done("The link was made.");
            Ok(one(&operator, app, &row, Shown { link, said, ..Shown::default() }).await?.with_status(StatusCode::CREATED))
        }
        Err(error) => one(&operator, app, &row, Shown { said: Said::wrong(error)?, ..Shown::default() }).await,
    }
}

#[handler]
pub(super) async fn revoke_link(
    operator: Operator,
    Data(app): Data<&App>,
    Path((slug, link)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let row = operator::workspace(app, operator.0, &slug).await?;
    let id = TokenId::parse(&link).ok_or_else(|| Failure::not_found("set-up link"))?;
    tokens::revoke_as_operator(app, operator.0, row.id, id).await?;
    Ok(Redirect::see_other(format!("/ops/workspaces/{}?done=revoked", row.slug)).into_response())
}

#[handler]
pub(super) async fn reconcile(operator: Operator, Data(app): Data<&App>, Path(slug): Path<String>) -> Result<Response, Failure> {
    let row = operator::workspace(app, operator.0, &slug).await?;
    sweep::start_one(app, operator.0, row.id).await?;
    Ok(Redirect::see_other(format!("/ops/workspaces/{}?done=reconciling", row.slug)).into_response())
}
