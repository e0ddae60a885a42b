//! What the directory asks for and does not get at once: the last admin, break-glass owners, and more people than a workspace can mean
//! to lose are held until somebody has looked. The directory's record says what the identity provider has said all the same.

use std::collections::BTreeMap;

use serde_json::json;

use super::{caller::Caller, effects, error::AppError};
use crate::{
    clock,
    directory::{
        event::EventType,
        guard::{self, Effect, Reason},
        roles::{Role, is_admin},
    },
    ids::{MemberId, RequestId, UserId},
    store::{
        WorkspaceTx, admins,
        audit::{self, Entry},
        events::{self, NewEvent},
        held_changes::{self, HeldRow, New, State},
        members::{self, Leaver, Whom},
        membership::Planned,
    },
};

mod brake;
pub mod held;
pub mod settings;

/// Puts out the member behind a directory user, with the commit of this transaction, unless that is held: then it stands where
/// administrators see it. In a workspace that only observes, nothing follows from it.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn put_out(tx: &mut WorkspaceTx, caller: &Caller, user: UserId, cause: &'static str) -> Result<(), AppError> {
    let Some(Leaver { member, observed, held, held_in_batch }) = members::lock_leaver(tx, user).await? else { return Ok(()) };
    if !member.status.0.is_open() || observed {
        return Ok(());
    }
    let state = held.as_deref().and_then(State::named);
    let protected = protects(tx, member.id, member.break_glass, member.role.as_deref(), &mut Vec::new()).await?;
    let reason = match (protected, state) {
        (Some(reason), _) => Some(reason),
        // Nothing has changed about a batch that nobody has decided about; what was rejected is asked for anew.
        (None, Some(State::Held)) if held_in_batch => return Ok(()),
        (None, Some(State::Approved)) => None,
        (None, Some(State::Held | State::Rejected) | None) => (brake::admit(tx, 1).await? == 0).then_some(Reason::MassChange),
    };
    let Some(reason) = reason else {
        effects::close(tx, caller, Whom::Members(&[member.id]), cause).await?;
        if state.is_some() {
            held_changes::let_go(tx, &[(member.id, Effect::Access)]).await?;
        }
        return Ok(());
    };
    let change = Held { member: member.id, effect: Effect::Access, reason, request: Some(caller.request) };
    hold(tx, caller, &[change]).await
}

/// As [`put_out`], for several people at once who are to be put out together. False when any of them must be looked at alone, because a
/// guard may protect them or has held something of theirs, or too many would leave; then nothing was done.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn put_out_all(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    users: &[UserId],
    cause: &'static str,
) -> Result<bool, AppError> {
    let leavers = members::lock_leavers(tx, users).await?;
    let mut leaving = Vec::with_capacity(leavers.len());
    for Leaver { member, observed, held, .. } in leavers {
        if observed || !member.status.0.is_open() {
            continue;
        }
        if held.is_some() || member.break_glass || is_admin(member.role.as_deref()) {
            return Ok(false);
        }
        leaving.push(member.id);
    }
    let people = leaving.len() as u64;
    if brake::admit(tx, people).await? < people {
        return Ok(false);
    }
    if !leaving.is_empty() {
        effects::close(tx, caller, Whom::Members(&leaving), cause).await?;
    }
    Ok(true)
}

/// Whether somebody is one from whom the directory cannot take anything now. Of several who lose something at once, `without` are the
/// administrators among them so far.
async fn protects(
    tx: &mut WorkspaceTx,
    member: MemberId,
    break_glass: bool,
    role: Option<&str>,
    without: &mut Vec<MemberId>,
) -> Result<Option<Reason>, AppError> {
    if break_glass {
        return Ok(Some(Reason::BreakGlass));
    }
    if !is_admin(role) {
        return Ok(None);
    }
    admins::lock(tx).await?;
    without.push(member);
    if admins::are_there_without(tx, without).await? {
        return Ok(None);
    }
    without.pop();
    Ok(Some(Reason::LastAdmin))
}

/// A change that is to be held.
struct Held {
    member: MemberId,
    effect: Effect,
    reason: Reason,
    request: Option<RequestId>,
}

async fn hold(tx: &mut WorkspaceTx, caller: &Caller, changes: &[Held]) -> Result<(), AppError> {
    let batch = if changes.iter().any(|change| change.reason == Reason::MassChange) {
        Some(brake::batch(tx, caller).await?)
    } else {
        None
    };
    let new: Vec<New> = changes
        .iter()
        .map(|change| New {
            member: change.member,
            effect: change.effect,
            reason: change.reason,
            batch: batch.filter(|_| change.reason == Reason::MassChange),
            request: change.request,
        })
        .collect();
    held_changes::hold(tx, &new, clock::now()).await?;
    let (mut entries, mut news) = (Vec::new(), Vec::new());
    for change in changes {
        metrics::counter!("rollcall_changes_held_total", "reason" => change.reason.as_str()).increment(1);
        let (kind, subject) = (EventType::MemberChangeHeld, change.member.as_uuid());
        let request = Some(change.request.unwrap_or(caller.request));
        let detail = json!({ "effect": change.effect.as_str(), "reason": change.reason.as_str() });
        news.push(NewEvent { kind, at: caller.received, subject, request, data: detail.clone() });
        entries.push(Entry { actor: &caller.actor, action: kind.as_str(), subject, request, detail: Some(detail) });
    }
    audit::append_all(tx, entries).await?;
    Ok(events::append(tx, news).await?)
}

/// Takes out of the plans what is held, or must be from now on, and lets go of what the directory does not ask for any more. The plans
/// are of everybody who was looked at, those without steps included.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn hold_back(tx: &mut WorkspaceTx, caller: &Caller, plans: &mut [Planned]) -> Result<(), AppError> {
    let known: Vec<MemberId> = plans.iter().filter(|plan| plan.effective.is_some()).map(|plan| plan.member).collect();
    if known.is_empty() {
        return Ok(());
    }
    let mut rows: BTreeMap<(MemberId, String), HeldRow> = BTreeMap::new();
    for row in held_changes::of(tx, &known).await? {
        rows.insert((row.member_id, row.effect.clone()), row);
    }
    let (mut asked, mut held) = (Vec::new(), Vec::new());
    let mut without_admin = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let Some(effect) = guard::loss(&plan.steps, plan.effective.as_ref()) else { continue };
        let row = rows.remove(&(plan.member, effect.as_str().to_owned()));
        let (glass, role) =
            plan.effective.as_ref().map_or((false, None), |now| (now.break_glass, now.role.as_ref().map(Role::as_str)));
        let protected = protects(tx, plan.member, glass, role, &mut without_admin).await?;
        match (protected, row) {
            (Some(reason), Some(row)) if row.reason == reason.as_str() => held.push((index, effect, None)),
            (Some(reason), _) => held.push((index, effect, Some(reason))),
            (None, Some(row)) if row.batch_id.is_some() && row.state != State::Approved.as_str() => {
                held.push((index, effect, None));
            }
            (None, Some(row)) => {
                if row.batch_id.is_none() {
                    asked.push((index, effect)); // protected until now
                }
                rows.insert((plan.member, effect.as_str().to_owned()), row); // it takes effect, and stands no longer
            }
            (None, None) => asked.push((index, effect)),
        }
    }
    let pass = usize::try_from(brake::admit(tx, asked.len() as u64).await?).unwrap_or(usize::MAX);
    held.extend(asked.into_iter().skip(pass).map(|(index, effect)| (index, effect, Some(Reason::MassChange))));
    let mut new = Vec::new();
    for (index, effect, reason) in held {
        let Some(plan) = plans.get_mut(index) else { continue };
        plan.steps = guard::without(effect, std::mem::take(&mut plan.steps));
        if let Some(reason) = reason {
            rows.remove(&(plan.member, effect.as_str().to_owned()));
            new.push(Held { member: plan.member, effect, reason, request: plan.request });
        }
    }
    hold(tx, caller, &new).await?;
    let over: Vec<(MemberId, Effect)> =
        rows.into_keys().filter_map(|(member, effect)| Some((member, Effect::named(&effect)?))).collect();
    Ok(held_changes::let_go(tx, &over).await?)
}

/// Refuses what would leave the workspace without an administrator, when somebody wants it by hand.
///
/// # Errors
/// [`AppError::Conflict`] says what to do first.
pub(super) async fn keep_an_admin(tx: &mut WorkspaceTx, member: MemberId) -> Result<(), AppError> {
    admins::lock(tx).await?;
    if admins::are_there_without(tx, &[member]).await? {
        return Ok(());
    }
    Err(AppError::Conflict("This is the last administrator of the workspace: make somebody else an administrator first.".into()))
}
