//! One connection, step by step.

use maud::{Markup, html};
use poem::{
    Result, handler,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{report, status};
use crate::{
    app::{
        App,
        saml::{self, AttemptRow, CertificateRow, Connection, Link, days_left, warnings},
    },
    clock,
    http::pages::{
        failure::Failure,
        guides::Guide,
        html::{Html, Place},
        parts::{Field, Tone, careful, choose, copy, name, tag, tick, time, time_or},
        said::Said,
        visitor::SetUp,
    },
    ids::ConnectionId,
    saml::connection::{IdpInitiated, Status},
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
const NAMED: usize = 16;

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
    page(&visitor, app, known(&id)?, asked.idp.as_deref(), None, &Said::done(asked.done.as_deref(), &DONE)).await
}

/// The page, with a test link that was just made.
pub(super) async fn page(
    visitor: &SetUp,
    app: &App,
    id: ConnectionId,
    idp: Option<&str>,
    link: Option<&Link>,
    said: &Said,
) -> Result<Html, Failure> {
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
            @if may_change { (metadata(&connection, &address, is_filled)) }
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
                (certificates(&connection, &address))
                (settings(&connection, &address))
                (signals(&connection, &address))
            }
        }
        @if visitor.admin().is_some() { (ending(&connection, &address)) }
    };
    Ok(visitor.page(Place::Saml, &row.name, said, &body))
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

fn metadata(connection: &Connection, address: &str, is_filled: bool) -> Markup {
    let row = &connection.row;
    let url = Field {
        name: "url",
        label: "Metadata address",
        kind: "url",
        value: row.metadata_url.as_deref().unwrap_or_default(),
        hint: "It starts with https://. We fetch it now, and again every day, so that a new certificate does not lock people out.",
        required: true,
    };
    let entity_id = Field {
        name: "idp_entity_id",
        label: "Entity ID (issuer)",
        kind: "text",
        value: row.idp_entity_id.as_deref().unwrap_or_default(),
        hint: "",
        required: true,
    };
    let sso_url = Field {
        name: "idp_sso_url",
        label: "Single sign-on address",
        kind: "url",
        value: row.idp_sso_url.as_deref().unwrap_or_default(),
        hint: "With the HTTP-Redirect binding.",
        required: true,
    };
    html! {
        details open[!is_filled] {
            summary { @if is_filled { "Give its metadata anew" } @else { "Give its metadata" } }
            div.inner {
                form method="post" action={ (address) "/metadata" } { (url.show()) button { "Fetch it" } }
                form method="post" action={ (address) "/metadata/file" } enctype="multipart/form-data" {
                    div.field {
                        label for="file" { "Or the file with the metadata" }
                        input type="file" id="file" name="file" required accept=".xml,application/xml,text/xml,application/samlmetadata+xml";
                    }
                    button { "Upload it" }
                }
                form method="post" action={ (address) "/metadata" } {
                    div.field {
                        label for="xml" { "Or the metadata itself" }
                        textarea id="xml" name="xml" required spellcheck="false" aria-describedby="xml-hint" {}
                        span.hint #xml-hint { "Paste the XML." }
                    }
                    button { "Take it over" }
                }
                details {
                    summary { "By hand, where there is no metadata" }
                    div.inner { form method="post" action={ (address) "/by-hand" } {
                        (entity_id.show()) (sso_url.show())
                        div.field {
                            label for="certificate" { "Signing certificate" }
                            textarea id="certificate" name="certificate" spellcheck="false" aria-describedby="certificate-hint" {}
                            span.hint #certificate-hint { "X.509, in PEM. May be left empty when one is pinned already." }
                        }
                        button { "Save" }
                    } }
                }
                @if row.metadata_url.is_some() {
                    form method="post" action={ (address) "/refresh" } { button.plain { "Fetch the metadata again now" } }
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

fn certificates(connection: &Connection, address: &str) -> Markup {
    html! {
        details {
            summary { "Certificates (" (connection.certificates.len()) ")" }
            div.inner {
                div.scroll { table.cards {
                    thead { tr { th { "Certificate" } th { "State" } th { "Runs out" } th { "Last used" } th { span.hidden { "Action" } } } }
                    tbody { @for row in &connection.certificates { (certificate(row, address)) } }
                } }
                form method="post" action={ (address) "/pin" } {
                    div.field {
                        label for="pin" { "Pin another one" }
                        textarea id="pin" name="certificate" required spellcheck="false" aria-describedby="pin-hint" {}
                        span.hint #pin-hint { "X.509, in PEM. Four at most, so that your identity provider can change its certificate without an outage." }
                    }
                    button.plain { "Pin it" }
                }
            }
        }
    }
}

fn certificate(row: &CertificateRow, address: &str) -> Markup {
    let days = days_left(row.not_after, clock::now());
    let short = row.fingerprint.get(..NAMED).unwrap_or(&row.fingerprint);
    html! {
        tr {
            td data-label="Certificate" { (name(&row.subject)) code title=(row.fingerprint) { (short) "…" } }
            td data-label="State" { @if row.staged { (tag(Tone::Warn, "staged")) } @else { (tag(Tone::Good, "pinned")) } }
            td data-label="Runs out" { (time(row.not_after)) @if days < 30 { " " (tag(Tone::Warn, &format!("{days} days"))) } }
            td data-label="Last used" { (time_or(row.last_used_at, "never")) }
            td {
                @if row.staged {
                    form method="post" action={ (address) "/pin" } {
                        input type="hidden" name="fingerprint" value=(row.fingerprint);
                        button.plain { "Pin it" }
                    }
                }
                (careful("Remove", &html! { p { "What it signs is refused from then on. Where it is the only one, pin the next one first." } }, &format!("{address}/unpin/{}", row.fingerprint), "Remove this certificate"))
            }
        }
    }
}

fn settings(connection: &Connection, address: &str) -> Markup {
    let row = &connection.row;
    let called = Field { name: "name", label: "Name", kind: "text", value: &row.name, hint: "", required: true };
    let attribute = |name, label, value: &Option<String>, hint| {
        Field { name, label, kind: "text", value: value.as_deref().unwrap_or_default(), hint, required: false }.show()
    };
    let initiated =
        [(IdpInitiated::Bounce.as_str(), "begin it again from here (recommended)"), (IdpInitiated::Refuse.as_str(), "refuse it")];
    html! {
        details {
            summary { "Behaviour and attribute names" }
            div.inner { form method="post" action=(address) {
                (called.show())
                (choose("idp_initiated", "A sign-in that begins at the identity provider", &initiated, row.idp_initiated.as_str()))
                (tick("signs_requests", "Sign our requests", "For identity providers that ask for it.", row.signs_requests))
                (tick("encrypts", "Offer a certificate for encrypting assertions", "Some identity providers encrypt as soon as they see one.", row.encrypts))
                (tick("creates_members", "People of verified domains become members by signing in", "Only while SCIM is off; with SCIM on, nobody is created by signing in.", row.creates_members))
                (attribute("attribute_email", "Attribute with the e-mail address", &row.attribute_email, "Empty for the usual names."))
                (attribute("attribute_given_name", "Attribute with the given name", &row.attribute_given_name, "Empty for the usual names."))
                (attribute("attribute_family_name", "Attribute with the family name", &row.attribute_family_name, "Empty for the usual names."))
                (attribute("attribute_role", "Attribute with the role", &row.attribute_role, "Of people who become members by signing in; empty for the default role."))
                button { "Save" }
            } }
        }
    }
}

fn signals(connection: &Connection, address: &str) -> Markup {
    let row = &connection.row;
    let issuer = Field {
        name: "issuer",
        label: "Issuer",
        kind: "text",
        value: row.signals_issuer.as_deref().unwrap_or_default(),
        hint: "The iss of the tokens. Empty, with the address below, for taking no signals.",
        required: false,
    };
    let keys = Field {
        name: "jwks_url",
        label: "Address of its keys (JWKS)",
        kind: "url",
        value: row.signals_jwks_url.as_deref().unwrap_or_default(),
        hint: "It starts with https://.",
        required: false,
    };
    html! {
        details {
            summary { "Signals: Universal Logout, CAEP and RISC" }
            div.inner {
                p { "Your identity provider can have sessions ended here at once, beside what it says by SCIM." }
                dl.facts {
                    dt { "Universal Logout" span.hint { "Global Token Revocation endpoint" } } dd { (copy("revocation", &connection.service.revocation)) }
                    dt { "Shared signals" span.hint { "Push delivery (RFC 8935)" } } dd { (copy("signals", &connection.service.signals)) }
                }
                form method="post" action={ (address) "/signals" } { (issuer.show()) (keys.show()) button { "Save" } }
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
