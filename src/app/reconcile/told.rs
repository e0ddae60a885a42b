//! What is told of planned steps: rows of the audit log and events, of many people in one statement each.

use serde_json::json;

use crate::{
    app::{caller::Caller, effects, error::AppError},
    clock,
    directory::{event::EventType, membership::Step, roles::Role},
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
    let (mut entries, mut news) = (Vec::new(), Vec::new());
    let worker = Caller::worker(tx.workspace());
    for planned in plans {
        let own = Caller::worker(tx.workspace());
        let caller = Caller { request: planned.request.unwrap_or(own.request), ..own };
        let subject = planned.member.as_uuid();
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
    audit::append_all(tx, entries).await?;
    Ok(events::append(tx, news).await?)
}
