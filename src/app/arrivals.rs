//! How far the connection to the identity provider has come, and how well it is: what whoever sets it up looks at.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    App,
    caller::{AdminCaller, SetsUp},
    error::AppError,
};
use crate::{
    clock,
    directory::provisioning::Provisioning,
    store::{
        browse,
        provisioning_log::{self, EntryRow, Facets, Stretch},
        seats, workspaces,
    },
};

pub use crate::store::browse::ArrivalsRow;

/// Requests that a judgement looks at: the newest.
const LOOKED_AT: i64 = 200;
/// Of fewer requests no share is made.
const ENOUGH: usize = 50;
/// A token that stops working within this time is warned of.
const SOON: TimeDelta = TimeDelta::days(30);
const EVERYTHING: Stretch = Stretch { from: uuid::Uuid::nil(), before: uuid::Uuid::max() };

/// How far it has come.
pub struct Arrivals {
    /// What has arrived.
    pub row: ArrivalsRow,
    /// The newest request.
    pub last: Option<EntryRow>,
    /// The newest request that failed.
    pub last_failed: Option<EntryRow>,
}

/// Reads it, for whoever sets up.
///
/// # Errors
/// Postgres is busy or away.
pub async fn arrivals(app: &App, caller: &impl SetsUp) -> Result<Arrivals, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = browse::arrivals(&mut tx, clock::now()).await?;
    let last = provisioning_log::newest(&mut tx, EVERYTHING, 1).await?.pop();
    let failed = Facets { lowest: 400, highest: 999, operation: None };
    let last_failed = provisioning_log::with_facets(&mut tx, failed, EVERYTHING, 1).await?.pop();
    Ok(Arrivals { row, last, last_failed })
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How many points of a hundred it costs.
    pub points: u8,
    /// What it is, and what to do.
    pub text: String,
    /// Where that is done: a word that the pages know.
    pub place: &'static str,
}

/// How well the connection is.
#[derive(Debug, Clone)]
pub struct Health {
    /// A hundred when nothing is wrong.
    pub score: u8,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
}

/// What a judgement is made of.
#[derive(Debug, Clone, Default)]
struct Signs {
    missing: Vec<String>,
    has_token: bool,
    token_ends_at: Option<DateTime<Utc>>,
    looked_at: usize,
    failed: usize,
    last_failure: Option<String>,
    observes: bool,
    held: i64,
    seats: Option<(i64, i64)>,
}

/// Judges it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn health(app: &App, caller: &AdminCaller) -> Result<Health, AppError> {
    let now = clock::now();
    let mut tx = app.db.workspace(caller.workspace).await?;
    let workspace = workspaces::read(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let row = browse::arrivals(&mut tx, now).await?;
    let newest = provisioning_log::newest(&mut tx, EVERYTHING, LOOKED_AT).await?;
    let failures: Vec<&EntryRow> = newest.iter().filter(|entry| is_failure(entry)).collect();
    let seats = seats::read(&mut tx).await?;
    let held = crate::store::held_batches::newest(&mut tx, 1).await?;
    let signs = Signs {
        missing: super::operator::gate_of(&workspace).iter().map(ToString::to_string).collect(),
        has_token: row.has_token,
        token_ends_at: row.token_expires_at,
        looked_at: newest.len(),
        failed: failures.len(),
        last_failure: failures.first().and_then(|entry| entry.detail.clone()),
        observes: workspaces::provisioning(&mut tx).await? == Provisioning::Observe,
        held: held.iter().filter(|batch| batch.decided_at.is_none()).map(|batch| batch.access_changes + batch.role_changes).sum(),
        seats: seats.seats.map(|most| (seats.taken, most.into())),
    };
    Ok(judge(&signs, now))
}

/// A look-up that finds nothing is how identity providers ask, and no failure.
fn is_failure(entry: &EntryRow) -> bool {
    entry.status >= 400 && !(entry.status == 404 && entry.method == "GET")
}

fn judge(signs: &Signs, now: DateTime<Utc>) -> Health {
    let mut findings: Vec<Finding> = Vec::new();
    let mut finds = |points: u8, place: &'static str, text: String| findings.push(Finding { points, text, place });
    for missing in &signs.missing {
        finds(50, "gate", format!("SCIM is refused: {missing}."));
    }
    if !signs.has_token {
        finds(40, "api", "There is no token with which the identity provider could call: make one.".into());
    }
    if let Some(ends_at) = signs.token_ends_at.filter(|at| *at - now < SOON) {
        let date = ends_at.format("%-d %b %Y");
        finds(
            15,
            "api",
            format!("The token stops working on {date}: rotate it, and enter the new one at the identity provider."),
        );
    }
    if signs.failed > 0 {
        // A tenth that fails is as bad as all; of a few requests one says little.
        let share = (signs.failed * 100).div_ceil(signs.looked_at.max(ENOUGH)).min(10);
        let points = u8::try_from(10 + share * 3).unwrap_or(40);
        let why = signs.last_failure.as_deref().map(|detail| format!(" The last one: {detail}")).unwrap_or_default();
        finds(points, "activity", format!("{} of the last {} requests failed.{why}", signs.failed, signs.looked_at));
    }
    if signs.observes {
        finds(10, "mode", "Nothing follows from the directory: look at the preview, then go live.".into());
    }
    if signs.held > 0 {
        finds(10, "held", format!("{} changes are held by the brake: approve or reject them.", signs.held));
    }
    if let Some((taken, most)) = signs.seats.filter(|(taken, most)| taken * 10 >= most * 9) {
        let points = if taken >= most { 20 } else { 5 };
        finds(points, "safety", format!("{taken} of {most} seats are taken: nobody is let in beyond them."));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.points));
    let lost: u32 = findings.iter().map(|finding| u32::from(finding.points)).sum();
    Health { score: u8::try_from(100_u32.saturating_sub(lost)).unwrap_or(0), findings }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Signs {
        Signs { has_token: true, looked_at: 200, ..Signs::default() }
    }

    #[test]
    fn nothing_wrong_is_a_hundred_and_the_worst_comes_first() {
        let now = clock::now();
        assert_eq!(judge(&well(), now).score, 100);
        let signs = Signs {
            failed: 1,
            last_failure: Some("userName is taken.".into()),
            token_ends_at: Some(now + TimeDelta::days(2)),
            held: 3,
            ..well()
        };
        let health = judge(&signs, now);
        assert_eq!(health.score, 100 - 13 - 15 - 10);
        let places: Vec<&str> = health.findings.iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["api", "activity", "held"]);
        assert!(health.findings[1].text.contains("1 of the last 200") && health.findings[1].text.contains("userName is taken."));
    }

    #[test]
    fn it_is_never_below_nothing() {
        let missing = vec!["the plan".to_owned(), "SAML".to_owned(), "SCIM".to_owned()];
        let signs = Signs { missing, failed: 200, looked_at: 200, observes: true, seats: Some((5, 5)), ..Signs::default() };
        let health = judge(&signs, clock::now());
        assert_eq!(health.score, 0);
        assert_eq!(health.findings.len(), 7);
    }

    #[test]
    fn far_ends_and_free_seats_cost_nothing() {
        let now = clock::now();
        let signs = Signs { token_ends_at: Some(now + TimeDelta::days(31)), seats: Some((8, 10)), ..well() };
        assert_eq!(judge(&signs, now).score, 100);
        assert_eq!(judge(&Signs { seats: Some((9, 10)), ..well() }, now).score, 95);
    }
}
