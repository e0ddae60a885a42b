//! `/saml`

use chrono::{DateTime, Utc};
use poem::{Request, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    auth::AdminAuth,
    parameters::{self, parsed},
    saml_answers::{AttemptAnswer, ConnectionAnswer, TestLink},
    sessions::holder,
    tokens::Done,
};
use crate::{
    app::{
        App,
        error::AppError,
        saml::{self, Change, ItsSessions, SignalsChange},
        sso,
    },
    http::problem::Problem,
    ids::{AttemptId, ConnectionId},
    saml::connection::IdpInitiated,
};

/// Identity providers by which people sign in.
pub struct SamlApi;

/// A connection to make.
#[derive(Debug, Object)]
#[oai(rename = "NewSamlConnection", deny_unknown_fields)]
struct NewConnection {
    /// What administrators call it: the identity provider's name, for instance.
    name: String,
}

/// What is to change; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "SamlConnectionChange", deny_unknown_fields)]
struct ConnectionChange {
    /// What administrators call it.
    name: Option<String>,
    /// The identity provider's entity ID (issuer).
    idp_entity_id: Option<String>,
    /// The identity provider's single sign-on address with the HTTP-Redirect binding.
    idp_sso_url: Option<String>,
    /// Whether our requests are signed.
    signs_requests: Option<bool>,
    /// Whether our metadata offers a certificate to encrypt assertions with. Some identity providers encrypt as soon as they see one.
    encrypts: Option<bool>,
    /// What becomes of a sign-in that the identity provider begins: `bounce` makes it one that we begin, `refuse` refuses it.
    idp_initiated: Option<String>,
    /// Whether people of the workspace's verified domains become members by signing in, while SCIM is off.
    creates_members: Option<bool>,
    /// The name of the attribute with the e-mail address; empty for the usual names.
    attribute_email: Option<String>,
    /// The name of the attribute with the given name; empty for the usual names.
    attribute_given_name: Option<String>,
    /// The name of the attribute with the family name; empty for the usual names.
    attribute_family_name: Option<String>,
    /// The name of the attribute with the role; empty for no role.
    attribute_role: Option<String>,
    /// Who signs signals (security events and requests of Global Token Revocation), as the `iss` of their tokens says; empty to take none.
    /// Goes with `signals_jwks_url`.
    signals_issuer: Option<String>,
    /// Where the public keys of that issuer are (`jwks_uri`), which starts with `https://`; empty to take none. It is fetched now, and when a
    /// signal comes.
    signals_jwks_url: Option<String>,
}

/// Metadata of an identity provider: the document, or its address.
#[derive(Debug, Object)]
#[oai(rename = "SamlMetadata", deny_unknown_fields)]
struct Metadata {
    /// The XML document, as the identity provider offers it.
    xml: Option<String>,
    /// The address at which the identity provider offers it, which starts with `https://`. It is fetched now, and again every day.
    url: Option<String>,
}

/// A certificate to pin.
#[derive(Debug, Object)]
#[oai(rename = "SamlCertificateToPin", deny_unknown_fields)]
struct CertificateToPin {
    /// The X.509 certificate in PEM, or in base64 as it stands in metadata.
    certificate: String,
}

/// How a connection is to be ended.
#[derive(Debug, Object)]
#[oai(rename = "SamlDisabling", deny_unknown_fields)]
struct Disabling {
    /// What becomes of the sessions that were opened by it: `keep` or `end`.
    sessions: String,
    /// What becomes of the directory's people, where SCIM is switched off by this: `keep` or `hand_over`.
    managed_people: Option<String>,
}

#[derive(ApiResponse)]
enum Created {
    /// A draft, of whose identity provider nothing is known yet.
    #[oai(status = 201)]
    Created(Json<ConnectionAnswer>),
}

fn known(id: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(id).ok_or_else(|| Problem::not_found("connection"))
}

fn idp_initiated(word: &str) -> Result<IdpInitiated, AppError> {
    IdpInitiated::named(word).ok_or_else(|| AppError::Invalid("idp_initiated: is `bounce` or `refuse`.".into()))
}

/// Whether people must sign in by SAML.
#[derive(Debug, Object)]
#[oai(rename = "SsoRequirement")]
struct Requirement {
    /// Since when; none when they need not.
    required_since: Option<DateTime<Utc>>,
}

#[OpenApi]
impl SamlApi {
    /// Tells whether SAML SSO is required
    #[oai(path = "/saml/required", method = "get", operation_id = "getSsoRequirement")]
    async fn required(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Requirement>, Problem> {
        Ok(Json(Requirement { required_since: sso::required(app, &auth.0).await? }))
    }

    /// Requires SAML SSO
    ///
    /// In the name of an administrator's session that the active connection has opened, which is sent. From then on the SaaS's backend opens
    /// no sessions, but with a recovery code, and those that it has opened are refused.
    #[oai(path = "/saml/required", method = "put", operation_id = "requireSso")]
    async fn require(&self, request: &Request, Data(app): Data<&App>) -> Result<Json<Requirement>, Problem> {
        let since = sso::require(app, &holder(request, app).await?).await?;
        Ok(Json(Requirement { required_since: Some(since) }))
    }

    /// Requires SAML SSO no longer
    #[oai(path = "/saml/required", method = "delete", operation_id = "releaseSso")]
    async fn release(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Done, Problem> {
        sso::release(app, &auth.0).await?;
        Ok(Done::Done)
    }

    /// Lists SAML connections
    #[oai(path = "/saml/connections", method = "get", operation_id = "listSamlConnections")]
    async fn list(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<ConnectionAnswer>>, Problem> {
        Ok(Json(saml::list(app, &auth.0).await?.into_iter().map(ConnectionAnswer::from).collect()))
    }

    /// Makes a SAML connection
    ///
    /// A draft. The answer says what is to be entered at the identity provider; its metadata, or what is in it, comes next.
    #[oai(path = "/saml/connections", method = "post", operation_id = "createSamlConnection")]
    async fn create(&self, auth: AdminAuth, Data(app): Data<&App>, body: Json<NewConnection>) -> Result<Created, Problem> {
        Ok(Created::Created(Json(saml::create(app, &auth.0, &body.name).await?.into())))
    }

    /// Shows a SAML connection
    #[oai(path = "/saml/connections/:id", method = "get", operation_id = "getSamlConnection")]
    async fn get(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<ConnectionAnswer>, Problem> {
        Ok(Json(saml::get(app, &auth.0, known(&id)?).await?.into()))
    }

    /// Changes a SAML connection
    ///
    /// A connection by which people sign in stays that of its identity provider: another entity ID is refused.
    #[oai(path = "/saml/connections/:id", method = "patch", operation_id = "changeSamlConnection")]
    async fn change(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<ConnectionChange>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let ConnectionChange {
            name,
            idp_entity_id,
            idp_sso_url,
            signs_requests,
            encrypts,
            idp_initiated: wish,
            creates_members,
            attribute_email,
            attribute_given_name,
            attribute_family_name,
            attribute_role,
            signals_issuer,
            signals_jwks_url,
        } = body.0;
        let change = Change {
            name,
            idp_entity_id,
            idp_sso_url,
            signs_requests,
            encrypts,
            idp_initiated: wish.as_deref().map(idp_initiated).transpose()?,
            creates_members,
            attribute_email,
            attribute_given_name,
            attribute_family_name,
            attribute_role,
            signals: SignalsChange { issuer: signals_issuer, jwks_url: signals_jwks_url },
            certificate: None,
        };
        Ok(Json(saml::change(app, &auth.0, known(&id)?, change).await?.into()))
    }

    /// Removes a SAML connection
    #[oai(path = "/saml/connections/:id", method = "delete", operation_id = "deleteSamlConnection")]
    async fn delete(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Done, Problem> {
        saml::delete(app, &auth.0, known(&id)?).await?;
        Ok(Done::Done)
    }

    /// Takes over metadata
    ///
    /// Entity ID, address and certificates of the identity provider, from the document itself (`xml`) or from its address (`url`). While
    /// people sign in by the connection, certificates that are new are staged: pin them once the identity provider is known to use them.
    ///
    /// What is at an address is fetched again every day. A certificate that is new there is staged, in whatever state the connection is; none
    /// is removed, and another entity ID is not followed. That ends when a document is given, or another entity ID or address by hand.
    #[oai(path = "/saml/connections/:id/metadata", method = "put", operation_id = "putSamlMetadata")]
    async fn metadata(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<Metadata>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let id = known(&id)?;
        let connection = match (&body.xml, &body.url) {
            (Some(xml), None) => saml::use_metadata(app, &auth.0, id, xml).await?,
            (None, Some(url)) => saml::use_metadata_at(app, &auth.0, id, url).await?,
            (Some(_), Some(_)) | (None, None) => {
                return Err(AppError::Invalid("Give either xml, the document, or url, its address.".into()).into());
            }
        };
        Ok(Json(connection.into()))
    }

    /// Refreshes metadata
    ///
    /// Fetches it now from the address that the connection has, as is done every day. When that fails, the answer says why, and so does the
    /// connection.
    #[oai(path = "/saml/connections/:id/metadata/refresh", method = "post", operation_id = "refreshSamlMetadata")]
    async fn refresh(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<ConnectionAnswer>, Problem> {
        Ok(Json(saml::refresh(app, &auth.0, known(&id)?).await?.into()))
    }

    /// Pins a certificate
    ///
    /// Four at most, so that the identity provider can change its certificate without an outage. A staged one counts from then on.
    #[oai(path = "/saml/connections/:id/certificates", method = "post", operation_id = "pinSamlCertificate")]
    async fn pin(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<CertificateToPin>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        Ok(Json(saml::pin(app, &auth.0, known(&id)?, &body.certificate).await?.into()))
    }

    /// Removes a certificate
    #[oai(path = "/saml/connections/:id/certificates/:fingerprint", method = "delete", operation_id = "unpinSamlCertificate")]
    async fn unpin(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        /// SHA-256 of the certificate's DER form, in lower-case hexadecimal
        fingerprint: Path<String>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        Ok(Json(saml::unpin(app, &auth.0, known(&id)?, &fingerprint).await?.into()))
    }

    /// Makes a link for a test sign-in
    ///
    /// Open it in a browser within fifteen minutes and sign in at the identity provider. Nobody is signed in here by it; what was received
    /// stands in the attempts. A connection can be activated once a test has succeeded.
    #[oai(path = "/saml/connections/:id/test", method = "post", operation_id = "testSamlConnection")]
    async fn test(&self, auth: AdminAuth, Data(app): Data<&App>, id: Path<String>) -> Result<Json<TestLink>, Problem> {
        let link = saml::link(app, &auth.0, known(&id)?).await?;
        Ok(Json(TestLink { url: link.url, expires_at: link.expires_at }))
    }

    /// Activates a SAML connection
    ///
    /// People sign in by it from now on, and SAML SSO is enabled. The connection that was active before is disabled; who is signed in stays so.
    #[oai(path = "/saml/connections/:id/activate", method = "post", operation_id = "activateSamlConnection")]
    async fn activate(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        Ok(Json(saml::activate(app, &auth.0, known(&id)?).await?.into()))
    }

    /// Disables a SAML connection
    ///
    /// Nobody signs in by it any more, and SAML SSO is not enabled, by which SCIM is switched off too.
    #[oai(path = "/saml/connections/:id/disable", method = "post", operation_id = "disableSamlConnection")]
    async fn disable(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        body: Json<Disabling>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let sessions = match body.sessions.as_str() {
            "keep" => ItsSessions::Keep,
            "end" => ItsSessions::End,
            _ => return Err(AppError::Invalid("sessions: is `keep` or `end`.".into()).into()),
        };
        let people = parsed("managed_people", body.managed_people.as_deref())?;
        Ok(Json(saml::disable(app, &auth.0, known(&id)?, sessions, people).await?.into()))
    }

    /// Lists attempts to sign in
    ///
    /// Newest first, with the reason and the fix of each that was refused. The `id` is the reference that the person was told.
    ///
    /// Signals of the identity provider that were refused stand among them, with a `code` that begins with `signal_`.
    #[oai(path = "/saml/attempts", method = "get", operation_id = "listSignInAttempts")]
    async fn attempts(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        /// The `id` of the last one of the page before
        after: Query<Option<String>>,
        /// Attempts of a page, 100 at most; 20 when left out
        limit: Query<Option<String>>,
    ) -> Result<Json<Vec<AttemptAnswer>>, Problem> {
        let before = parameters::id("after", AttemptId::parse, after.as_deref())?;
        let limit = parameters::limit(limit.as_deref(), 20, 100)?;
        Ok(Json(saml::attempts(app, &auth.0, before, limit).await?.into_iter().map(AttemptAnswer::from).collect()))
    }
}
