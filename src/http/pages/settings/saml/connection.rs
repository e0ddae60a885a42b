//! One connection, step by step.

use maud::{Markup, html};
use poem::{
    Result, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    forms::{self, Typed},
    report, status,
};
use crate::{
    app::{
        App,
        saml::{self, AttemptRow, Connection, Link, warnings},
    },
    clock,
    http::pages::{
        failure::Failure,
        guides::Guide,
        html::{Html, Place},
        parts::{Tone, careful, choose, copy, name, tag, time, time_or},
        said::Said,
        visitor::SetUp,
    },
    ids::ConnectionId,
    saml::connection::Status,
};

const DONE: [(&str, &str); 6] = [
    ("changed", "The connection was changed."),
    ("metadata", "The metadata was taken over."),
    ("pinned", "The certificate counts from now on."),
    ("unpinned", "The certificate was removed. What it signs is refused from now on."),
    ("activated", "The connection is active: people sign in by it from now on."),
    ("refreshed", "The metadata was fetched again."),
];
/// Attempts that are looked through for the last test.
const LOOKED_THROUGH: usize = 100;

#[derive(Deserialize)]
pub(super) struct Asked {
    idp: Option<String>,
    done: Option<String>,
}

/// The connection that an address names.
pub(super) fn known(id: &str) -> Result<ConnectionId, Failure> {
    ConnectionId::parse(id).ok_or_else(|| Failure::not_found("connection"))
}

#[handler]
pub(super) async fn show(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html, Failure> {
    let said = Said::done(asked.done.as_deref(), &DONE);
    page(&visitor, app, known(&id)?, Shown { idp: asked.idp.as_deref(), said, ..Shown::default() }).await
}

/// What the page shows besides the connection.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// The identity provider whose guide is open.
    pub idp: Option<&'a str>,
    /// A test link that was just made.
    pub link: Option<&'a Link>,
    /// The form that was not accepted.
    pub typed: Option<Typed>,
    pub said: Said,
}

/// The page.
pub(super) async fn page(visitor: &SetUp, app: &App, id: ConnectionId, shown: Shown<'_>) -> Result<Html, Failure> {
    let Shown { idp, link, typed, said } = shown;
    let typed = typed.as_ref();
    let connection = saml::get(app, &visitor.caller, id).await?;
    let attempts = saml::attempts(app, &visitor.caller, None, LOOKED_THROUGH).await?;
    let last_test = attempts.iter().find(|attempt| attempt.is_test && attempt.connection_id == id);
    let row = &connection.row;
    let address = format!("{}/saml/{id}", visitor.base());
    let guide = Guide::of(idp, &[Some(&row.name), row.idp_entity_id.as_deref()]);
    let is_filled =
        row.idp_entity_id.is_some() && row.idp_sso_url.is_some() && connection.certificates.iter().any(|row| !row.staged);
    let may_change = visitor.admin().is_some() || row.status != Status::Active;
    let body = html! {
        p.crumbs { a href={ (visitor.base()) "/saml" } { "SAML" } }
        h1 { (name(&row.name)) " " (status(row.status)) }
        @for warning in warnings(&connection, clock::now()) { div.notice.warn { p { (warning) } } }
        @if !may_change { div.notice.warn { p { "People sign in by this connection. Only an administrator of the workspace changes it." } } }
        section.card aria-labelledby="one" {
            h2 #one { "1. At your identity provider" }
            (guide.tabs(&address))
            (guide.saml())
            h3 { "Values to copy" }
            (values(&connection))
        }
        section.card aria-labelledby="two" {
            h2 #two { "2. Tell us about it " @if is_filled { (tag(Tone::Good, "done")) } }
            (facts(&connection))
            @if may_change { (forms::metadata(&connection, &address, is_filled, typed)) }
        }
        section.card aria-labelledby="three" {
            h2 #three { "3. Test it " @if row.tested_at.is_some() { (tag(Tone::Good, "done")) } }
            (test(&address, link, last_test, is_filled))
        }
        section.card aria-labelledby="four" {
            h2 #four { "4. Activate it " @if row.status == Status::Active { (tag(Tone::Good, "done")) } }
            (activation(&connection, &address))
        }
        @if may_change {
            section.card aria-labelledby="more" {
                h2 #more { "More settings" }
                (forms::certificates(&connection, &address, typed))
                (forms::settings(&connection, &address, typed))
                (forms::signals(&connection, &address, typed))
            }
        }
        @if visitor.admin().is_some() { (ending(&connection, &address)) }
    };
    Ok(visitor.page(Place::Saml, &row.name, &said, &body))
}

fn values(connection: &Connection) -> Markup {
    let service = &connection.service;
    html! {
        dl.facts {
            dt { "ACS URL" span.hint { "Single sign-on URL, Reply URL" } } dd { (copy("acs", &service.acs)) }
            dt { "Entity ID" span.hint { "Audience URI, Identifier; our metadata is there" } } dd { (copy("entity-id", &service.entity_id)) }
            dt { "Sign-in address" span.hint { "Sign on URL" } } dd { (copy("start", &service.start)) }
        }
    }
}

fn facts(connection: &Connection) -> Markup {
    let row = &connection.row;
    html! {
        @if row.idp_entity_id.is_some() || row.idp_sso_url.is_some() {
            dl.facts {
                dt { "Entity ID" } dd { @match &row.idp_entity_id { Some(id) => (name(id)), None => span.soft { "missing" } } }
                dt { "Single sign-on address" } dd { @match &row.idp_sso_url { Some(url) => (name(url)), None => span.soft { "missing" } } }
                dt { "Certificates" } dd { (connection.certificates.iter().filter(|row| !row.staged).count()) " pinned" }
                @if let Some(url) = &row.metadata_url {
                    dt { "Metadata" } dd { (name(url)) br; span.soft { "fetched " (time_or(row.metadata_fetched_at, "never")) ", and again every day" } }
                }
            }
        }
    }
}

fn test(address: &str, link: Option<&Link>, last: Option<&AttemptRow>, is_filled: bool) -> Markup {
    html! {
        @if !is_filled { p.soft { "Possible once the identity provider is filled in." } } @else {
            p { "Sign in once at your identity provider. Nobody is signed in here by it; you see everything that was received, and every check." }
            @if let Some(link) = link {
                p { a.button href=(link.url) target="_blank" rel="noopener" { "Open the test sign-in" } }
                p.hint { "In a new tab; this page shows what becomes of it. The link is good until " (time(link.expires_at)) ", and for whoever you send it to." }
                (copy("test-link", &link.url))
            } @else {
                form method="post" action={ (address) "/test" } { button { "Make a test link" } }
            }
        }
        div #last-test data-live="3" aria-live="polite" {
            @if let Some(attempt) = last { (report::test(attempt)) }
        }
    }
}

fn activation(connection: &Connection, address: &str) -> Markup {
    let row = &connection.row;
    html! {
        div #activation data-live="5" {
            @if row.status == Status::Active {
                p { "People sign in by it since " (time_or(row.activated_at, "now")) "." }
            } @else if row.tested_at.is_some() {
                p { "People sign in by it from then on, and SAML SSO is enabled. A connection that is active now is disabled by this; whoever is signed in stays so." }
                form method="post" action={ (address) "/activate" } { button { "Activate" } }
            } @else {
                p.soft { "Possible once a test sign-in has succeeded with the connection as it is." }
            }
        }
    }
}

fn ending(connection: &Connection, address: &str) -> Markup {
    let row = &connection.row;
    let sessions = [("keep", "go on until they end by themselves"), ("end", "are refused at once")];
    let people = [
        ("", "there are none"),
        ("keep", "stay as they are until SCIM is on again"),
        ("hand_over", "are handed over, to be managed by hand"),
    ];
    html! {
        section.card aria-labelledby="end" {
            h2 #end { "End it" }
            @if row.status == Status::Active {
                details {
                    summary { "Disable" }
                    div.inner {
                        p { "Nobody signs in by it any more. SAML SSO is not enabled then, and SCIM provisioning stops with it." }
                        form method="post" action={ (address) "/disable" } {
                            (choose("sessions", "Sessions that it has opened", &sessions, "keep"))
                            (choose("managed_people", "People whom your identity provider manages", &people, ""))
                            button.danger { "Disable this connection" }
                        }
                    }
                }
            } @else {
                (careful("Delete", &html! { p { "Its settings, certificates and key are gone then. Sessions that it has opened are refused." } }, &format!("{address}/delete"), "Delete this connection"))
            }
        }
    }
}
