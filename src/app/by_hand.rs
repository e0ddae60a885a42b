//! What administrators do with members by hand: invite, give and take roles, put out and let in again, mark break-glass owners.

use serde_json::json;

use super::{App, caller::AdminCaller, effects, error::AppError, guard, invitations, operator::gate_of, roles};
use crate::{
    clock,
    directory::{
        event::EventType,
        roles::{Role, is_admin},
    },
    ids::MemberId,
    scim::identity,
    store::{
        StoreError, WorkspaceTx, by_hand, dirty, held_changes,
        members::{self, GrantRow, Guarded, MemberRow, Whom},
        workspaces,
    },
};

/// Characters of an address (RFC 5321 §4.5.3.1.3).
const ADDRESS_CHARACTERS: usize = 254;
/// Members of this origin are the directory's.
const DIRECTORY: &str = "directory";
/// The source of what is given by hand.
const MANUAL: &str = "manual";

/// Invites somebody whom the directory does not know.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with address or role; [`AppError::Conflict`] when a member has the address, or all seats are
/// taken.
pub async fn invite(app: &App, caller: &AdminCaller, email: &str, role: &str) -> Result<MemberRow, AppError> {
    let email = email.trim();
    let is_address = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    if !is_address || email.chars().count() > ADDRESS_CHARACTERS || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AppError::Invalid("email: must be one e-mail address.".into()));
    }
    let mut tx = app.db.workspace(caller.workspace).await?;
    let role = roles::wanted(&mut tx, role).await?;
    let key = identity::fold(email);
    by_hand::lock_email(&mut tx, &key).await?;
    if let Some(other) = members::with_email(&mut tx, &key).await?.first() {
        let what = if other.status.0.is_open() { "is in the workspace" } else { "is deactivated" };
        return Err(AppError::Conflict(format!("The member {} has this address and {what}.", other.id)));
    }
    let id = MemberId::new();
    let invited = by_hand::Invited { id, email, email_key: &key, display_name: None, role: &role };
    by_hand::invite(&mut tx, invited, caller.request, clock::now()).await.map_err(no_seat)?;
    let detail = json!({ "role": role.as_str(), "origin": "manual" });
    effects::event(&mut tx, caller, EventType::MemberInvited, id.as_uuid(), Some(json!({ "role": role.as_str() }))).await?;
    effects::audit(&mut tx, caller, "member.invited", id.as_uuid(), Some(detail)).await?;
    invitations::opened(&mut tx, &[(id, caller.request)]).await?;
    let row = members::find(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(row)
}

/// Gives somebody a role by hand, beside what the directory gives; the strongest holds. The one that was given before is replaced.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] when the workspace has no such role; [`AppError::Conflict`] when nobody would be left to
/// administer the workspace.
pub async fn give(app: &App, caller: &AdminCaller, id: MemberId, role: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let role = roles::wanted(&mut tx, role).await?;
    let member = members::lock(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    change_grant(&mut tx, caller, &member, Some(&role)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

/// Takes back what was given by hand; what the directory gives remains.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such member, or nothing was given; [`AppError::Conflict`] when the person has no other role, or
/// nobody would be left to administer the workspace.
pub async fn take_back(app: &App, caller: &AdminCaller, id: MemberId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = members::lock(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    if member.origin != DIRECTORY {
        return Err(AppError::Conflict(
            "The directory does not know this member, who has no other role: give another one, or deactivate the member.".into(),
        ));
    }
    change_grant(&mut tx, caller, &member, None).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

/// Replaces the grant by hand. What follows from it for a member of the directory, the reconciliation finds out.
async fn change_grant(tx: &mut WorkspaceTx, caller: &AdminCaller, member: &Guarded, role: Option<&Role>) -> Result<(), AppError> {
    let (id, now) = (member.id, clock::now());
    let grants = members::grants_of(tx, id).await?;
    let before = grants.iter().find(|grant| grant.source == MANUAL).map(|grant| grant.role.as_str());
    let wanted = role.map(Role::as_str);
    if before == wanted {
        return if wanted.is_some() { Ok(()) } else { Err(AppError::NotFound("grant by hand")) };
    }
    let by_others = |grant: &GrantRow| grant.source != MANUAL && is_admin(Some(&grant.role));
    let stays_admin = is_admin(wanted) || grants.iter().any(by_others);
    if member.status.0.is_open() && is_admin(member.role.as_deref()) && !stays_admin {
        guard::keep_an_admin(tx, id).await?;
    }
    match role {
        Some(role) => by_hand::give(tx, id, role, caller.request, now).await?,
        None => by_hand::take_back(tx, id).await?,
    }
    let detail = json!({ "before": { "role": before }, "after": { "role": wanted } });
    effects::audit(tx, caller, "grant.changed", id.as_uuid(), Some(detail)).await?;
    if member.origin == DIRECTORY {
        let subject = by_hand::subject(tx, id).await?;
        dirty::mark(tx, &[subject], Some(caller.request)).await?;
    } else if let Some(role) = role.filter(|_| member.status.0.is_open()) {
        by_hand::set_role(tx, id, role, now).await?;
        let data = json!({ "before": member.role, "after": role.as_str() });
        effects::event(tx, caller, EventType::MemberRoleChanged, id.as_uuid(), Some(data)).await?;
        let detail = json!({ "before": { "role": member.role }, "after": { "role": role.as_str() } });
        effects::audit(tx, caller, "member.role_changed", id.as_uuid(), Some(detail)).await?;
        if *role == Role::ADMIN {
            held_changes::look_again_at_last_admins(tx).await?;
        }
    }
    Ok(())
}

/// Puts out a member whom the directory does not know, with the commit of this transaction: what the person has left is deleted by the
/// worker.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for members of the directory, and for the last administrator.
pub async fn deactivate(app: &App, caller: &AdminCaller, id: MemberId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = lock_manual(&mut tx, id).await?;
    if !member.status.0.is_open() {
        return Ok(());
    }
    if is_admin(member.role.as_deref()) {
        guard::keep_an_admin(&mut tx, id).await?;
    }
    effects::close(&mut tx, caller, Whom::Members(&[id]), "member.deactivated").await?;
    effects::audit(&mut tx, caller, "member.deactivated", id.as_uuid(), None).await?;
    tx.commit().await?;
    app.wake.reconcile();
    app.wake.deprovision();
    Ok(())
}

/// Lets a member in again whom the directory does not know, with the role that was given by hand.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for members of the directory.
pub async fn reactivate(app: &App, caller: &AdminCaller, id: MemberId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = lock_manual(&mut tx, id).await?;
    if member.status.0.is_open() {
        return Ok(());
    }
    by_hand::reopen(&mut tx, id, caller.request, clock::now()).await.map_err(no_seat)?;
    effects::event(&mut tx, caller, EventType::MemberReactivated, id.as_uuid(), None).await?;
    effects::audit(&mut tx, caller, "member.reactivated", id.as_uuid(), None).await?;
    invitations::opened(&mut tx, &[(id, caller.request)]).await?;
    held_changes::look_again_at_last_admins(&mut tx).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

fn no_seat(error: StoreError) -> AppError {
    match error {
        StoreError::NoSeat(seats) => AppError::Conflict(format!(
            "All {seats} seats of this workspace are taken. Deactivate somebody who needs none, or have the workspace's plan extended."
        )),
        other => other.into(),
    }
}

async fn lock_manual(tx: &mut WorkspaceTx, id: MemberId) -> Result<Guarded, AppError> {
    let member = members::lock(tx, id).await?.ok_or(AppError::NotFound("member"))?;
    if member.origin == DIRECTORY {
        if workspaces::lock(tx).await?.is_some_and(|workspace| !gate_of(&workspace).is_empty()) {
            return Err(AppError::Conflict(
                "This member is the directory's, and SCIM is switched off, so that nobody can change it there. Hand the directory's people over first: POST /provisioning/hand-over.".into(),
            ));
        }
        return Err(AppError::Conflict(
            "The identity provider decides about this member: activate or deactivate the person there. An administrator's change here would be undone.".into(),
        ));
    }
    Ok(member)
}

/// Marks a break-glass owner, from whom the directory takes nothing, or takes the mark away.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the member is no administrator.
pub async fn mark_break_glass(app: &App, caller: &AdminCaller, id: MemberId, is: bool) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = members::lock(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    if member.break_glass == is {
        return Ok(());
    }
    if is && (!is_admin(member.role.as_deref()) || !member.status.0.is_open()) {
        return Err(AppError::Conflict(
            "Only an administrator can be a break-glass owner: give the member the role first.".into(),
        ));
    }
    by_hand::set_break_glass(&mut tx, id, is, clock::now()).await?;
    let action = if is { "member.break_glass_set" } else { "member.break_glass_removed" };
    effects::audit(&mut tx, caller, action, id.as_uuid(), None).await?;
    if !is && member.origin == DIRECTORY {
        // What was held because of it is not any more.
        let subject = by_hand::subject(&mut tx, id).await?;
        dirty::mark(&mut tx, &[subject], Some(caller.request)).await?;
    }
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}
