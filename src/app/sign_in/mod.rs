//! Signing in by SAML: [`start()`] sends a browser to the identity provider, [`answer()`] takes what that says, [`finish()`] opens the session in the
//! browser that has asked.
//!
//! Between them nothing is kept but what Redis has for minutes, and of a request that waits nothing at all: it is sealed in its own id. The
//! connection comes from the address and from nothing else, the answer to a request is taken once, and so is an assertion. What lets somebody in is decided under the lock on their member's row, with its epoch.

mod answer;
mod finish;
mod request;
mod start;
mod way_in;

pub use answer::{Answered, answer};
pub use finish::{Finished, finish};
pub(in crate::app) use start::local_path;
pub use start::{Started, start};
pub use way_in::{WayIn, ways_in};

use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use super::{App, error::AppError};
use crate::{
    clock,
    directory::sign_in::Refused,
    ids::{AttemptId, ConnectionId, MemberId, WorkspaceId, lowest_made_at},
    saml::{Refusal, report::Report},
    store::{
        WorkspaceTx, global,
        saml::{
            self as connections, ConnectionRow,
            attempts::{self, CheckRow},
        },
    },
};

/// How long attempts are kept.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Attempts that are forgotten at once.
const BATCH: i64 = 10_000;

/// Nobody is signed in. The person reads one sentence and a reference; the reason stands under it for administrators.
#[derive(Debug)]
pub struct Refusing {
    /// The reference.
    pub reference: AttemptId,
    /// What the person may know.
    pub sentence: &'static str,
}

/// Why there is no answer but a sentence.
#[derive(Debug)]
pub enum Failure {
    /// It was refused, and that is written down.
    Refused(Refusing),
    /// It could not be decided.
    Error(AppError),
}

impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Why nobody was signed in, in one word for administrators.
#[derive(Debug, Clone, Copy)]
enum Reason {
    Response(Refusal),
    Person(Refused),
    SignedOut,
}

impl Reason {
    const fn code(self) -> &'static str {
        match self {
            Self::Response(refusal) => refusal.code(),
            Self::Person(Refused::Deactivated) => "deactivated",
            Self::Person(Refused::NotProvisioned) => "not_provisioned",
            Self::SignedOut => "signed_out",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Response(Refusal::OtherBrowser | Refusal::InResponseTo | Refusal::Replayed | Refusal::Expired) => {
                "This sign-in took too long or was begun elsewhere. Begin again."
            }
            Self::Response(_) => "Your company's sign-in could not be verified. Tell your administrator the reference.",
            Self::Person(Refused::Deactivated) => {
                "Your access has been ended. If that is a mistake, tell your administrator the reference."
            }
            Self::Person(Refused::NotProvisioned) => {
                "You are not a member of this workspace. Ask your administrator for access, and tell the reference."
            }
            Self::SignedOut => "You were signed out everywhere while you signed in here. Begin again.",
        }
    }
}

/// What is known of an attempt.
#[derive(Debug, Clone, Default)]
struct Attempt {
    is_test: bool,
    name_id: Option<String>,
    email: Option<String>,
    member: Option<MemberId>,
    fingerprint: Option<String>,
    attributes: Option<Value>,
    checks: Option<Vec<CheckRow>>,
}

impl Attempt {
    /// Of a test, with everything that can be found out about the response.
    fn of_test(report: &Report) -> Self {
        let checks = report.checks.iter().map(|check| CheckRow {
            name: check.name.to_owned(),
            code: check.refusal.map(|refusal| refusal.code().to_owned()),
            found: check.found.clone(),
            expected: check.expected.clone(),
        });
        Self { is_test: true, attributes: Some(json!(report.attributes)), checks: Some(checks.collect()), ..Self::default() }
    }

    /// Adds what was checked besides the response itself.
    fn checked(&mut self, name: &str, refusal: Option<Refusal>) {
        if let Some(checks) = &mut self.checks {
            let code = refusal.map(|refusal| refusal.code().to_owned());
            checks.push(CheckRow { name: name.to_owned(), code, found: None, expected: None });
        }
    }
}

/// Writes an attempt down.
async fn write_down(
    tx: &mut WorkspaceTx,
    connection: ConnectionId,
    attempt: Attempt,
    code: Option<&str>,
) -> Result<AttemptId, AppError> {
    let Attempt { is_test, name_id, email, member, fingerprint, attributes, checks } = attempt;
    let id = AttemptId::new();
    let row = attempts::AttemptRow {
        id,
        connection_id: connection,
        at: clock::now(),
        is_test,
        code: code.map(str::to_owned),
        name_id,
        email,
        member_id: member,
        fingerprint,
        attributes,
        checks: checks.map(attempts::kept),
    };
    attempts::insert(tx, &row).await?;
    Ok(id)
}

/// Refuses, in a transaction of its own.
async fn refuse(app: &App, workspace: WorkspaceId, connection: ConnectionId, attempt: Attempt, reason: Reason) -> Failure {
    let written = async {
        if !app.sign_ins.may_write_refusal(connection).await? {
            return Err(AppError::TooManyRequests { what: TOO_MANY_REFUSED, seconds: 60 });
        }
        let mut tx = app.db.workspace(workspace).await?;
        let id = write_down(&mut tx, connection, attempt, Some(reason.code())).await?;
        tx.commit().await?;
        Ok::<_, AppError>(id)
    };
    match written.await {
        Ok(reference) => {
            tracing::info!(%workspace, %connection, %reference, code = reason.code(), "a sign-in was refused");
            Failure::Refused(Refusing { reference, sentence: reason.sentence() })
        }
        Err(error) => Failure::Error(error),
    }
}

/// Forgets attempts that are too old to help anybody. Answers how many there were.
///
/// # Errors
/// Postgres is busy or away.
pub async fn prune(app: &App) -> Result<u64, AppError> {
    let before = lowest_made_at(clock::now() - KEPT);
    Ok(global::forget_attempts(app.db.pool(), before, BATCH).await?)
}

const TOO_MANY_REFUSED: &str =
    "Too many sign-ins of this workspace were refused within a minute, and nobody is told why any more. Try again in a minute.";

const UNKNOWN: AppError = AppError::NotFound("connection");

/// Whose a connection is.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such connection.
pub async fn workspace_of(app: &App, id: ConnectionId) -> Result<WorkspaceId, AppError> {
    global::workspace_of_connection(app.db.pool(), id).await?.ok_or(UNKNOWN)
}

/// The connection of an address, and whose it is.
async fn connection(app: &App, id: ConnectionId) -> Result<(WorkspaceTx, ConnectionRow), AppError> {
    let workspace = workspace_of(app, id).await?;
    let mut tx = app.db.workspace(workspace).await?;
    let row = connections::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    Ok((tx, row))
}

/// Random text that nobody can guess: 256 bits.
pub(in crate::app) fn random() -> Result<String, AppError> {
    let mut random = [0; 32];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut random).map_err(|error| AppError::Bug(error.into()))?;
    Ok(BASE32_NOPAD.encode(&random).to_ascii_lowercase())
}
