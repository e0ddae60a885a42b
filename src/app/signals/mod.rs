//! What an identity provider tells of somebody besides provisioning, in a signed token: that sessions are to end. [`revoke()`] obeys a request
//! of Global Token Revocation, [`hear()`] takes a security event.
//!
//! Sessions end as they do when an administrator ends them ([`super::sessions`]): with the commit that gives the member's row another epoch.
//! See [`d43`](crate::decisions::d43_signals).

mod keys;
mod person;

pub(super) use keys::ACCEPT as KEYS;
pub use keys::KeySets;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::keys::NoKeys;
use super::{App, caller::Caller, effects, error::AppError, saml::Service, sessions};
use crate::{
    clock,
    ids::{AttemptId, ConnectionId, RequestId, WorkspaceId},
    saml::connection::Status,
    signals::{
        Claims, Kind, Refusal, Sender,
        event::{Event, What, events},
        subject::names,
        verify,
    },
    store::{
        global,
        saml::{
            self as connections,
            attempts::{self, AttemptRow},
        },
        tokens,
    },
};

/// What is written down of a signal that nobody could verify.
const NO_KEYS: &str = "signal_no_keys";

const TOO_MANY: &str = "Too many signals came for this connection within a minute. Send it again after the time in Retry-After.";

/// In which request a signal has come.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The request.
    pub request: RequestId,
    /// When it was received.
    pub received: DateTime<Utc>,
}

/// Why a signal was not taken.
#[derive(Debug)]
pub enum Failure {
    /// It is not believed, and that is written down.
    Refused(Refusal),
    /// Whether it can be believed is not known, because the issuer's keys are not: it may be sent again.
    NoKeys,
    /// It could not be obeyed.
    Error(AppError),
}

impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// A connection that takes signals.
struct Receiver {
    workspace: WorkspaceId,
    connection: ConnectionId,
    issuer: String,
    jwks_url: String,
    /// The identity provider as SAML knows it, which has people's names of its own.
    idp_entity_id: Option<String>,
    service: Service,
    arrival: Arrival,
}

impl Receiver {
    /// The one of an address. One by which nobody signs in takes none, as if there were none.
    async fn find(app: &App, connection: ConnectionId, arrival: Arrival) -> Result<Self, AppError> {
        const UNKNOWN: AppError = AppError::NotFound("connection");
        let workspace = global::workspace_of_connection(app.db.pool(), connection).await?.ok_or(UNKNOWN)?;
        let mut tx = app.db.workspace(workspace).await?;
        let row = connections::find(&mut tx, connection).await?.ok_or(UNKNOWN)?;
        match (row.status, row.signals_issuer, row.signals_jwks_url) {
            (Status::Testing | Status::Active, Some(issuer), Some(jwks_url)) => Ok(Self {
                workspace,
                connection,
                issuer,
                jwks_url,
                idp_entity_id: row.idp_entity_id,
                service: Service::of(app, connection)?,
                arrival,
            }),
            _ => Err(UNKNOWN),
        }
    }

    /// By whom people may be named.
    fn issuers(&self) -> Vec<&str> {
        [Some(self.issuer.as_str()), self.idp_entity_id.as_deref()].into_iter().flatten().collect()
    }

    fn caller(&self) -> Caller {
        let Arrival { request, received } = self.arrival;
        Caller { request, received, ..Caller::worker(self.workspace) }
    }

    /// What a token says, if it is believed. Its issuer may have got another key meanwhile, which is looked for once.
    async fn believe(&self, app: &App, token: &str, kind: Kind) -> Result<Claims, Failure> {
        let address = match kind {
            Kind::SecurityEvent => &self.service.signals,
            Kind::Revocation => &self.service.revocation,
        };
        let audiences = [address.as_str(), &self.service.entity_id];
        let verified = |keys| verify(token, kind, &Sender { issuer: &self.issuer, keys, audiences: &audiences }, clock::now());
        let source = keys::Source { workspace: self.workspace, connection: self.connection, url: &self.jwks_url };
        let before = match app.signal_keys.get(app, &source).await {
            Ok(keys) => keys,
            Err(none) => return self.cannot_verify(app, none).await,
        };
        let believed = match verified(&before) {
            Err(Refusal::UnknownKey) => match app.signal_keys.look_again(app, &source, &before).await {
                Ok(keys) => verified(&keys),
                Err(none) => return self.cannot_verify(app, none).await,
            },
            believed => believed,
        };
        match believed {
            Ok(claims) if app.sign_ins.may_obey(self.connection).await? => Ok(claims),
            Ok(_) => Err(AppError::TooManyRequests { what: TOO_MANY, seconds: 60 }.into()),
            Err(refusal) => self.refuse(app, refusal).await,
        }
    }

    async fn cannot_verify<T>(&self, app: &App, none: NoKeys) -> Result<T, Failure> {
        match none {
            NoKeys::Failed(why) => {
                let (workspace, connection) = (self.workspace, self.connection);
                tracing::info!(%workspace, %connection, why, "the keys of the issuer of signals could not be fetched");
                self.write_down(app, NO_KEYS).await?;
            }
            NoKeys::NotYet => {}
        }
        Err(Failure::NoKeys)
    }

    async fn refuse<T>(&self, app: &App, refusal: Refusal) -> Result<T, Failure> {
        self.write_down(app, refusal.code()).await?;
        Err(Failure::Refused(refusal))
    }

    /// Among the attempts to sign in, where administrators look for what the identity provider has done wrong.
    async fn write_down(&self, app: &App, code: &str) -> Result<(), AppError> {
        let connection = self.connection;
        if !app.sign_ins.may_write_signal(connection).await? {
            return Err(AppError::TooManyRequests { what: TOO_MANY, seconds: 60 });
        }
        let id = AttemptId::new();
        let row = AttemptRow {
            id,
            connection_id: connection,
            at: clock::now(),
            is_test: false,
            code: Some(code.to_owned()),
            name_id: None,
            email: None,
            member_id: None,
            fingerprint: None,
            attributes: None,
            checks: None,
        };
        let mut tx = app.db.workspace(self.workspace).await?;
        attempts::insert(&mut tx, &row).await?;
        tx.commit().await?;
        tracing::info!(workspace = %self.workspace, %connection, reference = %id, code, "a signal was refused");
        Ok(())
    }

    /// A token's name among those that were obeyed.
    fn name(&self, claims: &Claims) -> String {
        format!("{} {}", self.connection, claims.id)
    }

    /// Does what follows from an event, and writes it down. False when nobody is meant who is known here.
    async fn obey(&self, app: &App, event: &Event, jti: &str) -> Result<bool, AppError> {
        let caller = self.caller();
        let mut tx = app.db.workspace(self.workspace).await?;
        let mut detail = json!({ "event": event.what.as_str(), "connection_id": self.connection, "jti": jti });
        let Some(member) = person::find(&mut tx, self.connection, &event.names).await? else {
            detail["member_id"] = Value::Null;
            effects::audit(&mut tx, &caller, "signal.received", self.connection.as_uuid(), Some(detail)).await?;
            tx.commit().await?;
            return Ok(false);
        };
        let ended = sessions::end_all_in(app, &mut tx, &caller, member.id).await?;
        let takes_tokens = match event.what {
            // From a break-glass owner an identity provider takes nothing for good: that is what they are for.
            What::AccountDisabled => !member.break_glass,
            What::SessionRevoked | What::Revocation => false,
        };
        if takes_tokens {
            detail["tokens"] = tokens::revoke_those_of(&mut tx, member.id, clock::now()).await?.into();
        }
        detail["member_id"] = json!(member.id);
        detail["sessions"] = json!(ended.sessions);
        effects::audit(&mut tx, &caller, "signal.received", member.id.as_uuid(), Some(detail)).await?;
        tx.commit().await?;
        ended.tidy_up(app).await;
        Ok(true)
    }
}

/// Ends all sessions of the person whom a request of Global Token Revocation names. The token authenticates one request: the same one may be
/// sent again and is answered again, without effect.
///
/// # Errors
/// [`Failure::Refused`] when the token is not believed; [`AppError::Invalid`] when the request cannot be read; [`AppError::NotFound`] when
/// nobody is meant who is known here, or the connection takes no signals.
pub async fn revoke(app: &App, id: ConnectionId, arrival: Arrival, token: Option<&str>, body: &[u8]) -> Result<(), Failure> {
    let receiver = Receiver::find(app, id, arrival).await?;
    let Some(token) = token else { return receiver.refuse(app, Refusal::Missing).await };
    let claims = receiver.believe(app, token, Kind::Revocation).await?;
    let request: Value = serde_json::from_slice(body).map_err(|_| AppError::Invalid("The body is no JSON.".into()))?;
    let names = names(&request["sub_id"], &receiver.issuers());
    if names.is_empty() {
        return Err(AppError::Invalid(
            "sub_id: names nobody. It is a subject identifier (RFC 9493) of the format email, iss_sub, opaque, account or aliases; the iss of iss_sub is the issuer of this connection.".into(),
        )
        .into());
    }
    let (signal, asked) = (receiver.name(&claims), HEXLOWER.encode(&Sha256::digest(body)));
    match app.sign_ins.obeyed(&signal).await? {
        Some(before) if before == asked => return Ok(()),
        Some(_) => return receiver.refuse(app, Refusal::Reused).await,
        None => {}
    }
    if !receiver.obey(app, &Event { what: What::Revocation, names }, &claims.id).await? {
        return Err(AppError::NotFound("person").into());
    }
    // What was obeyed and could not be noted is obeyed again: nobody has lost by that. The other way round a revocation could be lost.
    app.sign_ins.obey(&signal, &asked, claims.good_until, clock::now()).await?;
    Ok(())
}

/// Takes a security event. Nothing follows from one that is not known, that means nobody who is known here, or that was taken before:
/// whoever sends it is told all the same that it has arrived.
///
/// # Errors
/// [`Failure::Refused`] when the token is not believed; [`AppError::NotFound`] when the connection takes no signals.
pub async fn hear(app: &App, id: ConnectionId, arrival: Arrival, token: &str) -> Result<(), Failure> {
    const HEARD: &str = "heard";
    let receiver = Receiver::find(app, id, arrival).await?;
    let claims = receiver.believe(app, token, Kind::SecurityEvent).await?;
    let events = match events(&claims.all, &receiver.issuers()) {
        Ok(events) => events,
        Err(refusal) => return receiver.refuse(app, refusal).await,
    };
    let signal = receiver.name(&claims);
    if app.sign_ins.obeyed(&signal).await?.is_some() {
        return Ok(());
    }
    for name in &events.others {
        tracing::info!(workspace = %receiver.workspace, connection = %id, event = name, "nothing follows from a security event");
    }
    for event in &events.known {
        receiver.obey(app, event, &claims.id).await?;
    }
    app.sign_ins.obey(&signal, HEARD, claims.good_until, clock::now()).await?;
    Ok(())
}
