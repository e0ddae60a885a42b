//! What is told of planned steps: rows of the audit log and events, of many people in one statement each.

use serde_json::json;

use crate::{
    app::{caller::Caller, effects, error::AppError, invitations},
    clock,
    directory::{event::EventType, membership::Step, roles::Role},
    ids::UserId,
    store::{
        WorkspaceTx,
        audit::{self, Entry},
        events::{self, NewEvent},
        members::Whom,
        membership::Planned,
    },
};

/// Tells what a person notices, and closes those whom a lost mark, a repair or a decision about a held change finds still in.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn tell(tx: &mut WorkspaceTx, plans: &[Planned]) -> Result<(), AppError> {
    let now = clock::now();
    let (mut entries, mut news, mut opened) = (Vec::new(), Vec::new(), Vec::new());
    let worker = Caller::worker(tx.workspace());
    for planned in plans {
        let own = Caller::worker(tx.workspace());
        let caller = Caller { request: planned.request.unwrap_or(own.request), ..own };
        let subject = planned.member.as_uuid();
        if planned.steps.iter().any(|step| matches!(step, Step::Invite | Step::Reopen(_))) {
            opened.push((planned.member, caller.request));
        }
        if let Some((user, by)) = linked(planned) {
            let data = json!({ "user_id": user, "by": by });
            let kind = EventType::MemberLinked;
            news.push(NewEvent { kind, at: now, subject, request: Some(caller.request), data: data.clone() });
            entries.push(Entry {
                actor: &worker.actor,
                action: kind.as_str(),
                subject,
                request: Some(caller.request),
                detail: Some(data),
            });
        }
        for step in &planned.steps {
            let (kind, data, detail) = match step {
                Step::Invite => (EventType::MemberInvited, Some(json!({})), None),
                Step::Reopen(status) => {
                    let data = json!({ "status": status.as_str() });
                    (EventType::MemberReactivated, Some(data.clone()), Some(data))
                }
                Step::SetRole(role) => {
                    let before = planned.effective.as_ref().and_then(|effective| effective.role.as_ref()).map(Role::as_str);
                    let after = role.as_ref().map(Role::as_str);
                    let detail = json!({ "before": { "role": before }, "after": { "role": after } });
                    (EventType::MemberRoleChanged, Some(json!({ "before": before, "after": after })), Some(detail))
                }
                Step::Close => {
                    // Tells the event itself.
                    effects::close(tx, &caller, Whom::Members(&[planned.member]), "reconciled").await?;
                    (EventType::MemberDeactivated, None, None)
                }
                // Visible in the grants and groups themselves, which carry time and request.
                Step::UpdateProfile | Step::Give(_) | Step::TakeBack(_) | Step::Join(_) | Step::Leave(_) => continue,
            };
            news.extend(data.map(|data| NewEvent { kind, at: now, subject, request: Some(caller.request), data }));
            entries.push(Entry { actor: &worker.actor, action: kind.as_str(), subject, request: Some(caller.request), detail });
        }
    }
    invitations::opened(tx, &opened).await?;
    audit::append_all(tx, entries).await?;
    Ok(events::append(tx, news).await?)
}

/// The directory user to which a member is linked by these steps, and what they have in common.
fn linked(planned: &Planned) -> Option<(UserId, &'static str)> {
    let (before, after) = (planned.effective.as_ref()?, planned.desired.as_ref()?);
    let user = after.profile.user.filter(|_| before.profile.user.is_none())?;
    let by = if before.profile.external_id.is_some() {
        "externalId"
    } else if before.by_hand {
        "email"
    } else {
        "userName"
    };
    Some((user, by))
}
