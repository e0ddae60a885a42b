//! Settings, SCIM: from what is missing for the gate to the first person who arrives, and how well it goes after that.

mod domains;
mod mappings;
mod preview;
mod safety;
mod schemas;

use maud::{Markup, html};
use poem::{
    IntoResponse, Request, Response, Result, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Query, Redirect},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::{
    app::{
        App,
        arrivals::{self, Arrivals, Health},
        caller::SetsUp as _,
        provisioning, saml,
        tokens::{self, MadeToken},
        workspace::Overview,
    },
    directory::{gate::Plan, provisioning::Provisioning},
    http::{
        context::ScimRoot,
        pages::{
            failure::Failure,
            guides::Guide,
            html::{Html, Place},
            parts::{Tone, copy, copy_secret, name, tag, text, time},
            said::Said,
            under_way,
            visitor::{Admin, SetUp},
        },
    },
};

const DONE: [(&str, &str); 2] = [
    ("live", "The workspace is live. Members become what the directory says; the worker carries it out now."),
    ("observe", "Nothing follows from the directory any more, until you go live again. Members stay as they are."),
];

/// Below `/settings/scim`, for administrators.
pub fn routes() -> Route {
    shared()
        .at("/live", post(go_live))
        .at("/observe", post(observe))
        .at("/preview", get(preview::show))
        .at("/mappings", get(mappings::show).post(mappings::put))
        .at("/mappings/preview", post(mappings::look).get(mappings::show))
        .at("/mappings/:group/remove", post(mappings::remove))
        .at("/safety", get(safety::show).post(safety::change))
        .at("/domains", get(domains::show).post(domains::add))
        .at("/domains/:name/verify", post(domains::verify))
        .at("/domains/:name/remove", post(domains::remove))
        .at("/schemas", get(schemas::show).post(schemas::define))
        .at("/schemas/:urn/remove", post(schemas::remove))
        .at("/rules", post(schemas::change_rules))
}

/// Below `/set-up/scim`.
pub fn shared() -> Route {
    Route::new().at("/", get(show)).at("/token", post(make_token).get(show))
}

/// A part of the SCIM settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Connection,
    Preview,
    Mappings,
    Safety,
    Domains,
    Schemas,
}

const PARTS: [(Part, &str, &str); 6] = [
    (Part::Connection, "/settings/scim", "Connection"),
    (Part::Preview, "/settings/scim/preview", "Preview"),
    (Part::Mappings, "/settings/scim/mappings", "Groups to roles"),
    (Part::Safety, "/settings/scim/safety", "Brake and seats"),
    (Part::Domains, "/settings/scim/domains", "Domains"),
    (Part::Schemas, "/settings/scim/schemas", "Attributes and rules"),
];

fn tabs(here: Part) -> Markup {
    html! {
        nav aria-label="SCIM" { ul.tabs { @for (part, address, called) in PARTS {
            li { a href=(address) aria-current=[(part == here).then_some("page")] { (called) } }
        } } }
    }
}

#[derive(Deserialize)]
struct Asked {
    idp: Option<String>,
    done: Option<String>,
}

#[handler]
async fn show(visitor: SetUp, request: &Request, Data(app): Data<&App>, Query(asked): Query<Asked>) -> Result<Html, Failure> {
    let said = Said::done(asked.done.as_deref(), &DONE);
    page(&visitor, app, &ScimRoot::of(request).0, asked.idp.as_deref(), None, &said).await
}

/// Makes a token for the identity provider. The answer is the only page on which it stands.
#[handler]
async fn make_token(visitor: SetUp, request: &Request, Data(app): Data<&App>) -> Result<Html, Failure> {
    let root = ScimRoot::of(request).0;
    match tokens::create_for_scim(app, &visitor.caller, "Identity provider".to_owned()).await {
        Ok(made) => Ok(page(&visitor, app, &root, None, Some(&made), &Said::Done("The token was made."))
            .await?
            .with_status(StatusCode::CREATED)),
        Err(error) => page(&visitor, app, &root, None, None, &Said::wrong(error)?).await,
    }
}

#[handler]
async fn go_live(admin: Admin, Data(app): Data<&App>) -> Result<Response, Failure> {
    provisioning::set(app, &admin.caller, Provisioning::Live).await?;
    Ok(Redirect::see_other("/settings/scim?done=live").into_response())
}

#[handler]
async fn observe(admin: Admin, Data(app): Data<&App>) -> Result<Response, Failure> {
    provisioning::set(app, &admin.caller, Provisioning::Observe).await?;
    Ok(Redirect::see_other("/settings/scim?done=observe").into_response())
}

async fn page(
    visitor: &SetUp,
    app: &App,
    root: &str,
    idp: Option<&str>,
    made: Option<&MadeToken>,
    said: &Said,
) -> Result<Html, Failure> {
    let arrivals = arrivals::arrivals(app, &visitor.caller).await?;
    let (health, under_way) = match visitor.admin() {
        Some(admin) => (Some(arrivals::health(app, &admin.caller).await?), Some(under_way::region(admin, app).await?)),
        None => (None, None),
    };
    let connections = if idp.is_some() { Vec::new() } else { saml::list(app, &visitor.caller).await.unwrap_or_default() };
    let hints: Vec<Option<&str>> =
        connections.iter().flat_map(|known| [Some(known.row.name.as_str()), known.row.idp_entity_id.as_deref()]).collect();
    let guide = Guide::of(idp, &hints);
    let address = format!("{}/scim", visitor.base());
    let workspace = &visitor.workspace;
    let is_open = workspace.missing.is_empty();
    let is_admin = visitor.caller.may_change_what_is_in_use();
    let body = html! {
        h1 { "SCIM provisioning" }
        @if is_admin { (tabs(Part::Connection)) }
        @if let Some(health) = health.filter(|_| arrivals.row.used_at.is_some()) { (well(&health, visitor.base())) }
        section.card aria-labelledby="gate" {
            h2 #gate { "1. What SCIM needs " @if is_open { (tag(Tone::Good, "all there")) } }
            (gate(workspace, visitor.base()))
        }
        section.card aria-labelledby="address" {
            h2 #address { "2. Address and token" }
            dl.facts {
                dt { "SCIM address" span.hint { "Base URL, Tenant URL" } } dd { (copy("scim-address", root)) }
                dt { "Token" span.hint { "Secret Token, Bearer Token" } }
                dd { (token(made, &arrivals, &address, is_admin)) }
            }
        }
        section.card aria-labelledby="steps" {
            h2 #steps { "3. At your identity provider" }
            (guide.tabs(&address))
            (guide.scim())
        }
        section.card aria-labelledby="arrivals" {
            h2 #arrivals { "4. See it arrive" }
            (checks(&arrivals, is_open, is_admin))
        }
        @if let Some(under_way) = under_way { (mode(workspace, &under_way)) }
    };
    Ok(visitor.page(Place::Scim, "SCIM", said, &body))
}

fn well(health: &Health, base: &str) -> Markup {
    let (tone, word) = match health.score {
        90.. => (Tone::Good, "healthy"),
        60..90 => (Tone::Warn, "needs a look"),
        _ => (Tone::Bad, "does not work as it should"),
    };
    let place = |place: &str| match place {
        "api" => format!("{base}/api"),
        "activity" => "/activity?status=failed".to_owned(),
        "held" => "/held-changes".to_owned(),
        "safety" => format!("{base}/scim/safety"),
        "mode" => "#mode".to_owned(),
        _ => "#gate".to_owned(),
    };
    html! {
        section.card aria-labelledby="health" {
            h2 #health { "Health of the connection: " (health.score) " of 100 " (tag(tone, word)) }
            @if health.findings.is_empty() { p { "Nothing is wrong." } }
            ul { @for finding in &health.findings {
                li { (finding.text) " " a href=(place(finding.place)) { "Go there" } span.soft { " (−" (finding.points) ")" } }
            } }
        }
    }
}

/// What is missing, and who can change it.
fn gate(workspace: &Overview, base: &str) -> Markup {
    let conditions = workspace.conditions;
    let has_plan = conditions.plan == Plan::Enterprise;
    let line = |done: bool, what: &Markup| html! { li.done[done].missing[!done] { (what) } };
    html! {
        ul.checks {
            (line(has_plan, &html! {
                "The Enterprise plan"
                @if !has_plan { span.hint { "The workspace is on the " (conditions.plan.as_str()) " plan. Its owner upgrades it under Settings, Billing, or our sales team does." } }
            }))
            (line(conditions.saml_enabled, &html! {
                "SAML single sign-on"
                @if !conditions.saml_enabled { span.hint { "Connect your identity provider and test the sign-in: " a href={ (base) "/saml" } { "SAML" } "." } }
            }))
            (line(conditions.scim_enabled, &html! {
                "SCIM enabled for this workspace"
                @if !conditions.scim_enabled { span.hint { "Our support enables it: write to us, and name the workspace “" (workspace.slug) "”." } }
            }))
        }
    }
}

fn token(made: Option<&MadeToken>, arrivals: &Arrivals, address: &str, is_admin: bool) -> Markup {
    html! {
        @if let Some(made) = made {
            p { strong { "Copy it now: it is shown this once." } }
            (copy_secret("secret", made.secret.expose_secret()))
        } @else {
            @if arrivals.row.has_token {
                p { "There is one already. What it is was shown once, when it was made; make another one if it is lost." }
            }
            form method="post" action={ (address) "/token" } {
                @if arrivals.row.has_token { button.plain { "Make another token" } } @else { button { "Make the token" } }
            }
            @if is_admin { p.hint { a href="/settings/api" { "All tokens" } ": rotate and revoke them there." } }
        }
    }
}

/// What turns green by itself.
fn checks(arrivals: &Arrivals, is_open: bool, is_admin: bool) -> Markup {
    let row = &arrivals.row;
    let line = |done: bool, what: &str, hint: &Markup| {
        html! {
            li.done[done] { span.hidden { @if done { "Done: " } @else { "Waiting: " } } (what) span.hint { (hint) } }
        }
    };
    html! {
        div #live-checks data-live="3" aria-live="polite" {
            ul.checks {
                (line(row.used_at.is_some(), "First request", &html! {
                    @match row.used_at { Some(at) => { "The last one with a good token: " (time(at)) } None => { "Nothing has called with a token of this workspace yet." } }
                }))
                (line(row.has_user, "First person in the directory", &html! { @if !row.has_user { "Assign one person, yourself for instance." } }))
                (line(row.has_group, "First group", &html! { @if !row.has_group { "Only where roles follow from groups." } }))
                (line(row.has_member, "First member", &html! { @if row.has_user && !row.has_member { "The worker invites them within seconds, unless the workspace only observes." } }))
            }
            @if !is_open { p.soft { "Requests are refused while something is missing above." } }
            @if let Some(failed) = &arrivals.last_failed {
                div.notice.warn {
                    p { strong { "The last request that failed: " } code { (failed.method) " " (name(&failed.path)) } " was answered " (failed.status) " " (time(failed.at)) "." }
                    @if let Some(detail) = &failed.detail { p { (text(detail)) } }
                    @if is_admin { p { a href={ "/activity/" (failed.id) } { "What was sent and answered" } } }
                }
            }
        }
    }
}

fn mode(workspace: &Overview, under_way: &Markup) -> Markup {
    html! {
        section.card aria-labelledby="mode" {
            h2 #mode {
                "5. Observe or live "
                @match workspace.provisioning { Provisioning::Live => (tag(Tone::Good, "live")), Provisioning::Observe => (tag(Tone::Warn, "observes")) }
            }
            (under_way)
            @match workspace.provisioning {
                Provisioning::Observe => {
                    p { "The directory is taken in, and nothing follows from it. Look at " a href="/settings/scim/preview" { "what would happen" } ", then go live." }
                    form method="post" action="/settings/scim/live" { button { "Go live" } }
                }
                Provisioning::Live => {
                    p { "Whatever your identity provider says happens at once." }
                    details {
                        summary { "Only observe" }
                        div.inner {
                            p { "Nothing follows from the directory then: nobody is invited, and whoever leaves stays in." }
                            form method="post" action="/settings/scim/observe" { button.danger { "Only observe" } }
                        }
                    }
                }
            }
        }
    }
}
