//! What an administrator should see to before people cannot sign in any more.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{CertificateRow, Connection, ConnectionRow};
use crate::{
    app::{App, caller::Caller, effects, error::AppError},
    clock,
    directory::event::EventType,
    store::{global, saml::certificates as pinned},
};

/// How many days before its end a certificate is told of, once each. With the first it is warned of.
const DAYS: [i32; 3] = [30, 7, 1];
const WARNED_DAYS: i64 = 30;
const SECONDS_OF_A_DAY: i64 = 24 * 3600;
/// Connections that are dealt with in one turn.
const BATCH: i64 = 100;
/// So much of a fingerprint tells certificates apart.
const NAMED: usize = 8;

/// Whole days until then; negative when it is over.
pub fn days_left(not_after: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (not_after - now).num_seconds().div_euclid(SECONDS_OF_A_DAY)
}

/// What is to be seen to, in sentences.
pub fn warnings(connection: &Connection, now: DateTime<Utc>) -> Vec<String> {
    let certificates = connection.certificates.iter().filter_map(|row| of_certificate(row, now));
    certificates.chain(of_metadata(&connection.row)).collect()
}

fn of_certificate(row: &CertificateRow, now: DateTime<Utc>) -> Option<String> {
    let name = format!("{} ({})", row.subject, row.fingerprint.get(..NAMED).unwrap_or(&row.fingerprint));
    if row.staged {
        return Some(format!(
            "A new certificate is staged: {name}. Nothing that it signs is accepted until it is pinned: pin it before the identity provider signs with it."
        ));
    }
    let date = row.not_after.format("%Y-%m-%d");
    let how = match days_left(row.not_after, now) {
        ..0 => {
            return Some(format!(
                "The certificate {name} has run out on {date}. Sign-in goes on with it, because what counts is that it is pinned: pin the next one when the identity provider has it, and remove this one when it is used no more."
            ));
        }
        0 => "in less than a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days @ 2..=WARNED_DAYS => format!("in {days} days"),
        _ => return None,
    };
    Some(format!(
        "The certificate {name} runs out {how}, on {date}. Sign-in goes on with it, but the identity provider will sign with another one: pin that before it does."
    ))
}

fn of_metadata(row: &ConnectionRow) -> Option<String> {
    let (why, since) = (row.metadata_error.as_deref()?, row.metadata_fetched_at?);
    Some(format!("The metadata could not be refreshed since {}: {why}", since.format("%Y-%m-%d %H:%M UTC")))
}

/// Tells of the certificates of active connections that run out soon, once for each number of days. Answers how many were told of.
///
/// # Errors
/// Postgres is busy or away.
pub async fn tell_expiring(app: &App) -> Result<usize, AppError> {
    let now = clock::now();
    let mut told = 0;
    for (workspace, connection) in global::connections_to_be_warned(app.db.pool(), &DAYS, now, BATCH).await? {
        let caller = Caller::worker(workspace);
        let mut tx = app.db.workspace(workspace).await?;
        for row in pinned::tell_expiring(&mut tx, connection, &DAYS, now).await? {
            let data = json!({
                "fingerprint": row.fingerprint, "subject": row.subject, "not_after": row.not_after, "days": row.days,
            });
            let kind = EventType::ConnectionCertificateExpiring;
            effects::event(&mut tx, &caller, kind, connection.as_uuid(), Some(data)).await?;
            told += 1;
        }
        tx.commit().await?;
    }
    if told > 0 {
        app.wake.reconcile();
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::ids::ConnectionId;

    fn now() -> DateTime<Utc> {
        "2026-05-01T12:00:00Z".parse().expect("a time")
    }

    fn certificate(left: TimeDelta, staged: bool) -> CertificateRow {
        CertificateRow {
            connection_id: ConnectionId::new(),
            fingerprint: "0123456789abcdef".repeat(4),
            subject: "CN=idp.test".into(),
            not_after: now() + left,
            staged,
            created_at: now(),
            last_used_at: None,
        }
    }

    #[test]
    fn a_certificate_is_warned_of_in_its_last_days_and_afterwards() {
        let said = |left| of_certificate(&certificate(left, false), now());
        assert_eq!(said(TimeDelta::days(31)), None);
        for (left, words) in [
            (TimeDelta::days(30), "CN=idp.test (01234567) runs out in 30 days, on 2026-05-31."),
            (TimeDelta::days(7) + TimeDelta::hours(1), "runs out in 7 days, on 2026-05-08."),
            (TimeDelta::days(1), "runs out in 1 day, on 2026-05-02."),
            (TimeDelta::hours(1), "runs out in less than a day, on 2026-05-01."),
            (-TimeDelta::seconds(1), "has run out on 2026-05-01. Sign-in goes on"),
            (-TimeDelta::days(700), "has run out on 2024-05-31. Sign-in goes on"),
        ] {
            let warning = said(left).expect(words);
            assert!(warning.contains(words), "{warning}");
        }
    }

    #[test]
    fn one_that_is_staged_is_to_be_pinned_whatever_its_end() {
        for left in [TimeDelta::days(400), TimeDelta::days(3), -TimeDelta::days(3)] {
            let warning = of_certificate(&certificate(left, true), now()).expect("a warning");
            assert!(warning.contains("is staged: CN=idp.test (01234567).") && warning.contains("pin it"), "{warning}");
        }
    }

    #[test]
    fn days_are_whole_ones_in_both_directions() {
        for (seconds, days) in [(0, 0), (86_399, 0), (86_400, 1), (-1, -1), (-86_400, -1), (-86_401, -2)] {
            assert_eq!(days_left(now() + TimeDelta::seconds(seconds), now()), days, "{seconds}");
        }
    }
}
