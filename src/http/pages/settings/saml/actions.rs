//! What is done to a connection. Each does one thing and shows the connection again.

use poem::{
    IntoResponse, Response, Result,
    error::ParseMultipartError,
    handler,
    web::{Data, Form, Multipart, Path, Redirect},
};
use serde::Deserialize;

use super::connection::{known, page};
use crate::{
    app::{
        App,
        error::AppError,
        saml::{self, Change, Connection, ItsSessions, SignalsChange},
    },
    directory::provisioning::ManagedPeople,
    http::pages::{
        failure::Failure,
        said::Said,
        visitor::{Admin, SetUp},
    },
    ids::ConnectionId,
    saml::connection::IdpInitiated,
};

/// On to the connection, or the page again with what is wrong.
async fn shown(
    visitor: &SetUp,
    app: &App,
    id: ConnectionId,
    done: &str,
    result: Result<Connection, AppError>,
) -> Result<Response, Failure> {
    match result {
        Ok(_) => Ok(Redirect::see_other(format!("{}/saml/{id}?done={done}", visitor.base())).into_response()),
        Err(error) => Ok(page(visitor, app, id, None, None, &Said::wrong(error)?).await?.into_response()),
    }
}

#[derive(Deserialize)]
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

#[handler]
pub(super) async fn change(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Settings>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let wish = Change {
        name: Some(form.name),
        idp_initiated: IdpInitiated::named(&form.idp_initiated),
        signs_requests: Some(form.signs_requests.is_some()),
        encrypts: Some(form.encrypts.is_some()),
        creates_members: Some(form.creates_members.is_some()),
        attribute_email: Some(form.attribute_email),
        attribute_given_name: Some(form.attribute_given_name),
        attribute_family_name: Some(form.attribute_family_name),
        attribute_role: Some(form.attribute_role),
        ..Change::default()
    };
    let changed = saml::change(app, &visitor.caller, id, wish).await;
    shown(&visitor, app, id, "changed", changed).await
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    url: Option<String>,
    xml: Option<String>,
}

/// The file that was chosen.
async fn file(mut form: Multipart) -> Result<String, AppError> {
    let broken = |error: ParseMultipartError| AppError::Invalid(format!("The file did not come in whole: {error}."));
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            let bytes = field.bytes().await.map_err(broken)?;
            if bytes.is_empty() {
                break;
            }
            return String::from_utf8(bytes).map_err(|_| AppError::Invalid("This file is no metadata: it is not UTF-8.".into()));
        }
    }
    Err(AppError::Invalid("Choose the file with the metadata first.".into()))
}

#[handler]
pub(super) async fn metadata_file(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let taken_over = match file(form).await {
        Ok(xml) => saml::use_metadata(app, &visitor.caller, id, &xml).await,
        Err(wrong) => Err(wrong),
    };
    shown(&visitor, app, id, "metadata", taken_over).await
}

#[handler]
pub(super) async fn metadata(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Metadata>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let taken_over = match (&form.url, &form.xml) {
        (Some(url), _) => saml::use_metadata_at(app, &visitor.caller, id, url.trim()).await,
        (None, Some(xml)) => saml::use_metadata(app, &visitor.caller, id, xml).await,
        (None, None) => Err(AppError::Invalid("Give the metadata, or its address.".into())),
    };
    shown(&visitor, app, id, "metadata", taken_over).await
}

#[handler]
pub(super) async fn refresh(visitor: SetUp, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let refreshed = saml::refresh(app, &visitor.caller, id).await;
    shown(&visitor, app, id, "refreshed", refreshed).await
}

#[derive(Deserialize)]
pub(super) struct ByHand {
    idp_entity_id: String,
    idp_sso_url: String,
    certificate: String,
}

#[handler]
pub(super) async fn by_hand(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<ByHand>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let wish = Change { idp_entity_id: Some(form.idp_entity_id), idp_sso_url: Some(form.idp_sso_url), ..Change::default() };
    let mut changed = saml::change(app, &visitor.caller, id, wish).await;
    if changed.is_ok() && !form.certificate.trim().is_empty() {
        changed = saml::pin(app, &visitor.caller, id, &form.certificate).await;
    }
    shown(&visitor, app, id, "changed", changed).await
}

#[derive(Deserialize)]
pub(super) struct Signals {
    issuer: String,
    jwks_url: String,
}

#[handler]
pub(super) async fn signals(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Signals>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let signals = SignalsChange { issuer: Some(form.issuer), jwks_url: Some(form.jwks_url) };
    let changed = saml::change(app, &visitor.caller, id, Change { signals, ..Change::default() }).await;
    shown(&visitor, app, id, "changed", changed).await
}

#[derive(Deserialize)]
pub(super) struct Pin {
    certificate: Option<String>,
    fingerprint: Option<String>,
}

#[handler]
pub(super) async fn pin(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Pin>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let pinned = match (&form.certificate, &form.fingerprint) {
        (Some(certificate), _) => saml::pin(app, &visitor.caller, id, certificate).await,
        (None, Some(fingerprint)) => saml::pin_staged(app, &visitor.caller, id, fingerprint).await,
        (None, None) => Err(AppError::Invalid("Give the certificate.".into())),
    };
    shown(&visitor, app, id, "pinned", pinned).await
}

#[handler]
pub(super) async fn unpin(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path((id, fingerprint)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let removed = saml::unpin(app, &visitor.caller, id, &fingerprint).await;
    shown(&visitor, app, id, "unpinned", removed).await
}

#[handler]
pub(super) async fn test(visitor: SetUp, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let shown = match saml::link(app, &visitor.caller, id).await {
        Ok(link) => page(&visitor, app, id, None, Some(&link), &Said::Nothing).await?,
        Err(error) => page(&visitor, app, id, None, None, &Said::wrong(error)?).await?,
    };
    Ok(shown.into_response())
}

#[handler]
pub(super) async fn activate(visitor: SetUp, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let activated = saml::activate(app, &visitor.caller, id).await;
    shown(&visitor, app, id, "activated", activated).await
}

#[derive(Deserialize)]
pub(super) struct Disabling {
    sessions: String,
    managed_people: String,
}

/// Only for administrators, and so is deleting: whoever sets up by a link ends nothing.
#[handler]
pub(super) async fn disable(
    visitor: SetUp,
    admin: Admin,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Disabling>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let sessions = if form.sessions == "end" { ItsSessions::End } else { ItsSessions::Keep };
    let people = Some(form.managed_people.as_str()).filter(|word| !word.is_empty()).map(str::parse::<ManagedPeople>).transpose();
    let disabled = match people {
        Ok(people) => saml::disable(app, &admin.caller, id, sessions, people).await,
        Err(wrong) => Err(AppError::Invalid(wrong)),
    };
    shown(&visitor, app, id, "changed", disabled).await
}

#[handler]
pub(super) async fn delete(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    saml::delete(app, &admin.caller, known(&id)?).await?;
    Ok(Redirect::see_other("/settings/saml?done=deleted").into_response())
}
