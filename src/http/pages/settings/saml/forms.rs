//! The forms of a connection. One that was not accepted is shown again as it was typed.

use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    app::saml::{CertificateRow, Change, Connection, ConnectionRow, SignalsChange, days_left},
    clock,
    http::pages::parts::{Field, Tone, careful, choose, copy, name, tag, tick, ticked, time, time_or},
    saml::connection::IdpInitiated,
};

/// Characters of a fingerprint that are shown.
const NAMED: usize = 16;

/// The metadata, or where it lies.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    pub url: Option<String>,
    pub xml: Option<String>,
}

/// The identity provider where there is no metadata.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ByHand {
    idp_entity_id: String,
    idp_sso_url: String,
    certificate: String,
}

/// How the connection behaves.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Settings {
    name: String,
    idp_initiated: String,
    signs_requests: Option<String>,
    encrypts: Option<String>,
    creates_members: Option<String>,
    attribute_email: String,
    attribute_given_name: String,
    attribute_family_name: String,
    attribute_role: String,
}

/// Who signs signals.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Signals {
    issuer: String,
    jwks_url: String,
}

/// A form as it was typed.
#[derive(Debug)]
pub(super) enum Typed {
    Metadata(Metadata),
    ByHand(ByHand),
    Settings(Settings),
    Signals(Signals),
    Pin(String),
}

impl From<&ConnectionRow> for ByHand {
    fn from(row: &ConnectionRow) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self { idp_entity_id: text(&row.idp_entity_id), idp_sso_url: text(&row.idp_sso_url), certificate: String::new() }
    }
}

impl From<ByHand> for Change {
    fn from(form: ByHand) -> Self {
        Self {
            idp_entity_id: Some(form.idp_entity_id),
            idp_sso_url: Some(form.idp_sso_url),
            certificate: Some(form.certificate).filter(|text| !text.trim().is_empty()),
            ..Self::default()
        }
    }
}

impl From<&ConnectionRow> for Settings {
    fn from(row: &ConnectionRow) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            name: row.name.clone(),
            idp_initiated: row.idp_initiated.as_str().to_owned(),
            signs_requests: ticked(row.signs_requests),
            encrypts: ticked(row.encrypts),
            creates_members: ticked(row.creates_members),
            attribute_email: text(&row.attribute_email),
            attribute_given_name: text(&row.attribute_given_name),
            attribute_family_name: text(&row.attribute_family_name),
            attribute_role: text(&row.attribute_role),
        }
    }
}

impl From<Settings> for Change {
    fn from(form: Settings) -> Self {
        Self {
            name: Some(form.name),
            idp_initiated: IdpInitiated::named(&form.idp_initiated),
            signs_requests: Some(form.signs_requests.is_some()),
            encrypts: Some(form.encrypts.is_some()),
            creates_members: Some(form.creates_members.is_some()),
            attribute_email: Some(form.attribute_email),
            attribute_given_name: Some(form.attribute_given_name),
            attribute_family_name: Some(form.attribute_family_name),
            attribute_role: Some(form.attribute_role),
            ..Self::default()
        }
    }
}

impl From<&ConnectionRow> for Signals {
    fn from(row: &ConnectionRow) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self { issuer: text(&row.signals_issuer), jwks_url: text(&row.signals_jwks_url) }
    }
}

impl From<Signals> for Change {
    fn from(form: Signals) -> Self {
        let signals = SignalsChange { issuer: Some(form.issuer), jwks_url: Some(form.jwks_url) };
        Self { signals, ..Self::default() }
    }
}

/// The ways to give the identity provider's metadata.
pub(super) fn metadata(connection: &Connection, address: &str, is_filled: bool, typed: Option<&Typed>) -> Markup {
    let row = &connection.row;
    let given = match typed {
        Some(Typed::Metadata(given)) => Some(given),
        _ => None,
    };
    let by_hand = match typed {
        Some(Typed::ByHand(typed)) => typed.clone(),
        _ => ByHand::from(row),
    };
    let is_by_hand = matches!(typed, Some(Typed::ByHand(_)));
    let xml = given.and_then(|given| given.xml.as_deref()).unwrap_or_default();
    let url = Field {
        name: "url",
        label: "Metadata address",
        kind: "url",
        value: given.and_then(|given| given.url.as_deref()).or(row.metadata_url.as_deref()).unwrap_or_default(),
        hint: "It starts with https://. We fetch it now, and again every day, so that a new certificate does not lock people out.",
        required: true,
    };
    let entity_id = Field {
        name: "idp_entity_id",
        label: "Entity ID (issuer)",
        kind: "text",
        value: &by_hand.idp_entity_id,
        hint: "",
        required: true,
    };
    let sso_url = Field {
        name: "idp_sso_url",
        label: "Single sign-on address",
        kind: "url",
        value: &by_hand.idp_sso_url,
        hint: "With the HTTP-Redirect binding.",
        required: true,
    };
    html! {
        details open[!is_filled || given.is_some() || is_by_hand] {
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
                        textarea id="xml" name="xml" required spellcheck="false" aria-describedby="xml-hint" { (xml) }
                        span.hint #xml-hint { "Paste the XML." }
                    }
                    button { "Take it over" }
                }
                details open[is_by_hand] {
                    summary { "By hand, where there is no metadata" }
                    div.inner { form method="post" action={ (address) "/by-hand" } {
                        (entity_id.show()) (sso_url.show())
                        div.field {
                            label for="certificate" { "Signing certificate" }
                            textarea id="certificate" name="certificate" spellcheck="false" aria-describedby="certificate-hint" { (by_hand.certificate) }
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

/// The certificates, and the form for one more.
pub(super) fn certificates(connection: &Connection, address: &str, typed: Option<&Typed>) -> Markup {
    let pin = match typed {
        Some(Typed::Pin(certificate)) => certificate.as_str(),
        _ => "",
    };
    html! {
        details open[!pin.is_empty()] {
            summary { "Certificates (" (connection.certificates.len()) ")" }
            div.inner {
                div.scroll { table.cards {
                    thead { tr { th { "Certificate" } th { "State" } th { "Runs out" } th { "Last used" } th { span.hidden { "Action" } } } }
                    tbody { @for row in &connection.certificates { (certificate(row, address)) } }
                } }
                form method="post" action={ (address) "/pin" } {
                    div.field {
                        label for="pin" { "Pin another one" }
                        textarea id="pin" name="certificate" required spellcheck="false" aria-describedby="pin-hint" { (pin) }
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

/// How it behaves.
pub(super) fn settings(connection: &Connection, address: &str, typed: Option<&Typed>) -> Markup {
    let (shown, is_typed) = match typed {
        Some(Typed::Settings(typed)) => (typed.clone(), true),
        _ => (Settings::from(&connection.row), false),
    };
    let called = Field { name: "name", label: "Name", kind: "text", value: &shown.name, hint: "", required: true };
    let attribute = |name, label, value: &str, hint| Field { name, label, kind: "text", value, hint, required: false }.show();
    let initiated =
        [(IdpInitiated::Bounce.as_str(), "begin it again from here (recommended)"), (IdpInitiated::Refuse.as_str(), "refuse it")];
    html! {
        details open[is_typed] {
            summary { "Behaviour and attribute names" }
            div.inner { form method="post" action=(address) {
                (called.show())
                (choose("idp_initiated", "A sign-in that begins at the identity provider", &initiated, &shown.idp_initiated))
                (tick("signs_requests", "Sign our requests", "For identity providers that ask for it.", shown.signs_requests.is_some()))
                (tick("encrypts", "Offer a certificate for encrypting assertions", "Some identity providers encrypt as soon as they see one.", shown.encrypts.is_some()))
                (tick("creates_members", "People of verified domains become members by signing in", "Only while SCIM is off; with SCIM on, nobody is created by signing in.", shown.creates_members.is_some()))
                (attribute("attribute_email", "Attribute with the e-mail address", &shown.attribute_email, "Empty for the usual names."))
                (attribute("attribute_given_name", "Attribute with the given name", &shown.attribute_given_name, "Empty for the usual names."))
                (attribute("attribute_family_name", "Attribute with the family name", &shown.attribute_family_name, "Empty for the usual names."))
                (attribute("attribute_role", "Attribute with the role", &shown.attribute_role, "Of people who become members by signing in; empty for the default role."))
                button { "Save" }
            } }
        }
    }
}

/// Who may send signals.
pub(super) fn signals(connection: &Connection, address: &str, typed: Option<&Typed>) -> Markup {
    let (shown, is_typed) = match typed {
        Some(Typed::Signals(typed)) => (typed.clone(), true),
        _ => (Signals::from(&connection.row), false),
    };
    let issuer = Field {
        name: "issuer",
        label: "Issuer",
        kind: "text",
        value: &shown.issuer,
        hint: "The iss of the tokens. Empty, with the address below, for taking no signals.",
        required: false,
    };
    let keys = Field {
        name: "jwks_url",
        label: "Address of its keys (JWKS)",
        kind: "url",
        value: &shown.jwks_url,
        hint: "It starts with https://.",
        required: false,
    };
    html! {
        details open[is_typed] {
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
