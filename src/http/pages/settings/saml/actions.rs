//! What is done to a connection. Each does one thing and shows the connection again.

use poem::{
    IntoResponse, Response, Result,
    error::ParseMultipartError,
    handler,
    web::{Data, Form, Multipart, Path, Redirect},
};
use serde::Deserialize;

use super::{
    connection::{Shown, known, page},
    forms::{ByHand, Metadata, Settings, Signals, Typed},
};
use crate::{
    app::{
        App,
        error::AppError,
        saml::{self, Connection, ItsSessions},
    },
    directory::provisioning::ManagedPeople,
    http::pages::{
        failure::Failure,
        said::Said,
        visitor::{Admin, SetUp},
    },
    ids::ConnectionId,
};

/// On to the connection, or the page again with what is wrong.
async fn shown(
    visitor: &SetUp,
    app: &App,
    id: ConnectionId,
    done: &str,
    result: Result<Connection, AppError>,
    typed: Option<Typed>,
) -> Result<Response, Failure> {
    match result {
        Ok(_) => Ok(Redirect::see_other(format!("{}/saml/{id}?done={done}", visitor.base())).into_response()),
        Err(error) => {
            Ok(page(visitor, app, id, Shown { typed, said: Said::wrong(error)?, ..Shown::default() }).await?.into_response())
        }
    }
}

#[handler]
pub(super) async fn change(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Settings>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let changed = saml::change(app, &visitor.caller, id, form.clone().into()).await;
    shown(&visitor, app, id, "changed", changed, Some(Typed::Settings(form))).await
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
    shown(&visitor, app, id, "metadata", taken_over, None).await
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
    shown(&visitor, app, id, "metadata", taken_over, Some(Typed::Metadata(form))).await
}

#[handler]
pub(super) async fn refresh(visitor: SetUp, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let refreshed = saml::refresh(app, &visitor.caller, id).await;
    shown(&visitor, app, id, "refreshed", refreshed, None).await
}

#[handler]
pub(super) async fn by_hand(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<ByHand>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let changed = saml::change(app, &visitor.caller, id, form.clone().into()).await;
    shown(&visitor, app, id, "changed", changed, Some(Typed::ByHand(form))).await
}

#[handler]
pub(super) async fn signals(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Form(form): Form<Signals>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let changed = saml::change(app, &visitor.caller, id, form.clone().into()).await;
    shown(&visitor, app, id, "changed", changed, Some(Typed::Signals(form))).await
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
    shown(&visitor, app, id, "pinned", pinned, form.certificate.map(Typed::Pin)).await
}

#[handler]
pub(super) async fn unpin(
    visitor: SetUp,
    Data(app): Data<&App>,
    Path((id, fingerprint)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = known(&id)?;
    let removed = saml::unpin(app, &visitor.caller, id, &fingerprint).await;
    shown(&visitor, app, id, "unpinned", removed, None).await
}

#[handler]
pub(super) async fn test(visitor: SetUp, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let shown = match saml::link(app, &visitor.caller, id).await {
        Ok(link) => page(&visitor, app, id, Shown { link: Some(&link), ..Shown::default() }).await?,
        Err(error) => page(&visitor, app, id, Shown { said: Said::wrong(error)?, ..Shown::default() }).await?,
    };
    Ok(shown.into_response())
}

#[handler]
pub(super) async fn activate(visitor: SetUp, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = known(&id)?;
    let activated = saml::activate(app, &visitor.caller, id).await;
    shown(&visitor, app, id, "activated", activated, None).await
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
    shown(&visitor, app, id, "changed", disabled, None).await
}

#[handler]
pub(super) async fn delete(admin: Admin, Data(app): Data<&App>, Path(id): Path<String>) -> Result<Response, Failure> {
    saml::delete(app, &admin.caller, known(&id)?).await?;
    Ok(Redirect::see_other("/settings/saml?done=deleted").into_response())
}
