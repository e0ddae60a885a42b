//! Domains of a workspace: shown to be its own by a TXT record, looked at again as long as they count. See
//! [`d37`](crate::decisions::d37_linking).

use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use serde_json::json;

use super::{
    App,
    caller::{AdminCaller, Caller},
    effects,
    error::AppError,
};
use crate::{
    clock,
    directory::domain::{self, Domain},
    ids::WorkspaceId,
    store::{
        domains::{self, DomainRow},
        global,
    },
};

pub use crate::store::domains::DomainRow as Row;

/// More than any company has that administers them by hand.
const MOST: usize = 100;
/// A verified domain counts no more after its record was not found so many times in a row.
const MOST_MISSES: i32 = 3;
/// Domains looked at in one round.
const ROUND: i64 = 200;
/// Of what was found instead of the record, so many are named, and so much of each.
const NAMED: usize = 3;
const NAMED_CHARACTERS: usize = 80;

/// What a look at a domain's TXT record has come to.
enum Look {
    Found,
    Missing(String),
    NoAnswer(String),
}

/// The domains of the caller's workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller) -> Result<Vec<DomainRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(domains::list(&mut tx).await?)
}

/// Adds a domain, which counts once [`verify`] has found its record.
///
/// # Errors
/// [`AppError::Invalid`] when it is no domain name; [`AppError::Conflict`] when it is there already, or there are too many.
pub async fn add(app: &App, caller: &AdminCaller, name: &str) -> Result<DomainRow, AppError> {
    let domain = Domain::parse(name).map_err(|wrong| AppError::Invalid(format!("domain: {wrong}.")))?;
    let mut random = [0; 20];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut random).map_err(|error| AppError::Bug(error.into()))?;
    let token = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
    let mut tx = app.db.workspace(caller.workspace).await?;
    domains::lock_list(&mut tx).await?;
    if domains::list(&mut tx).await?.len() >= MOST {
        return Err(AppError::Conflict(format!("A workspace may have {MOST} domains. Remove one first.")));
    }
    let Some(row) = domains::add(&mut tx, domain.as_str(), &token, clock::now()).await? else {
        return Err(AppError::Conflict(format!("{} is there already.", domain.as_str())));
    };
    let detail = json!({ "domain": row.name });
    effects::audit(&mut tx, caller, "domain.added", caller.workspace.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(row)
}

/// Looks for the domain's TXT record now.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] says what was found instead of the record.
pub async fn verify(app: &App, caller: &AdminCaller, name: &str) -> Result<DomainRow, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = domains::lock(&mut tx, &known(name)?).await?.ok_or(AppError::NotFound("domain"))?;
    drop(tx); // DNS may take its time
    let look = look(app, &row).await;
    let row = write_down(app, caller, &row.name, &look).await?.ok_or(AppError::NotFound("domain"))?;
    match look {
        Look::Found => Ok(row),
        Look::Missing(problem) | Look::NoAnswer(problem) => Err(AppError::Conflict(problem)),
    }
}

/// Removes a domain. Whoever was linked by it stays linked.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn remove(app: &App, caller: &AdminCaller, name: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let name = known(name)?;
    if !domains::remove(&mut tx, &name).await? {
        return Err(AppError::NotFound("domain"));
    }
    let detail = json!({ "domain": name });
    effects::audit(&mut tx, caller, "domain.removed", caller.workspace.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(())
}

/// What cannot be a domain is none of the workspace's.
fn known(name: &str) -> Result<String, AppError> {
    Domain::parse(name).map(|domain| domain.as_str().to_owned()).map_err(|_| AppError::NotFound("domain"))
}

/// Looks again at verified domains whose last look is long enough ago. Answers how many were looked at.
///
/// # Errors
/// Postgres is busy or away.
pub async fn look_again(app: &App) -> Result<usize, AppError> {
    let every = TimeDelta::from_std(app.config.domain_check_every).unwrap_or(TimeDelta::MAX);
    let due = global::domains_due(app.db.pool(), clock::now() - every, ROUND).await?;
    for (workspace, name) in &due {
        look_again_at(app, *workspace, name).await?;
    }
    Ok(due.len())
}

async fn look_again_at(app: &App, workspace: WorkspaceId, name: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    let Some(row) = domains::lock(&mut tx, name).await? else { return Ok(()) };
    drop(tx);
    let look = look(app, &row).await;
    write_down(app, &Caller::worker(workspace), name, &look).await?;
    Ok(())
}

async fn look(app: &App, row: &DomainRow) -> Look {
    let (name, value) = (domain::record_name(&row.name), domain::record_value(&row.token));
    match app.dns.txt(&name).await {
        Ok(texts) if texts.contains(&value) => Look::Found,
        Ok(texts) if texts.is_empty() => Look::Missing(format!(
            "There is no TXT record at {name}. Make one that says {value}; until it can be seen everywhere may take some minutes."
        )),
        Ok(texts) => {
            let named: Vec<String> = texts.iter().take(NAMED).map(|text| text.chars().take(NAMED_CHARACTERS).collect()).collect();
            Look::Missing(format!(
                "No TXT record at {name} says {value}. What is there: {}. Make another one; it may stand beside these.",
                named.join("; ")
            ))
        }
        Err(error) => {
            Look::NoAnswer(format!("DNS has not answered when asked for the TXT records at {name}: {error}. Try again later."))
        }
    }
}

/// None when the domain was removed meanwhile.
async fn write_down(app: &App, caller: &Caller, name: &str, look: &Look) -> Result<Option<DomainRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let Some(mut row) = domains::lock(&mut tx, name).await? else { return Ok(None) };
    let (now, was) = (clock::now(), row.verified_at.is_some());
    row.checked_at = Some(now);
    row.problem = None;
    match look {
        Look::Found => {
            row.misses = 0;
            row.verified_at = row.verified_at.or(Some(now));
        }
        Look::Missing(problem) => {
            row.misses = row.misses.saturating_add(1);
            row.problem = Some(problem.clone());
            row.verified_at = row.verified_at.filter(|_| row.misses < MOST_MISSES);
        }
        // Nobody's fault but the network's: what was shown stays shown.
        Look::NoAnswer(problem) => row.problem = Some(problem.clone()),
    }
    domains::update(&mut tx, &row).await?;
    let action = match (was, row.verified_at.is_some()) {
        (false, true) => Some("domain.verified"),
        (true, false) => Some("domain.lapsed"),
        (true, true) | (false, false) => None,
    };
    if let Some(action) = action {
        let detail = json!({ "domain": row.name });
        effects::audit(&mut tx, caller, action, caller.workspace.as_uuid(), Some(detail)).await?;
    }
    tx.commit().await?;
    Ok(Some(row))
}
