//! Applies planned steps.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::write_source;
use crate::{
    directory::{
        membership::{Desired, Effective, Profile, Status, Step},
        roles::Role,
    },
    ids::{GroupId, MemberId, RequestId},
    store::{StoreError, WorkspaceTx, members, seats},
};

/// The steps of one person.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The member that the steps are about; a new id for `Invite`.
    pub member: MemberId,
    /// What the directory says.
    pub desired: Option<Desired>,
    /// What was, before the steps.
    pub effective: Option<Effective>,
    /// What to do.
    pub steps: Vec<Step>,
    /// Which request asked.
    pub request: Option<RequestId>,
}

/// Applies every step but [`Step::Close`], which is [`crate::store::members::close`].
///
/// # Errors
/// Postgres is busy or away.
pub async fn apply(tx: &mut WorkspaceTx, plans: &[Planned], now: DateTime<Utc>) -> Result<(), StoreError> {
    invite(tx, plans, now).await?;
    update_profiles(tx, plans, now).await?;
    reopen(tx, plans, now).await?;
    take_back(tx, plans).await?;
    give(tx, plans, now).await?;
    set_roles(tx, plans, now).await?;
    move_groups(tx, plans).await
}

async fn write_profiles(
    tx: &mut WorkspaceTx,
    rows: Vec<(MemberId, &Profile)>,
    sql: &'static str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let column = |read: fn(&Profile) -> Option<String>| rows.iter().map(|(_, profile)| read(profile)).collect::<Vec<_>>();
    sqlx::query(sql)
        .bind(tx.workspace())
        .bind(rows.iter().map(|(member, _)| *member).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, profile)| profile.user).collect::<Vec<_>>())
        .bind(column(|profile| profile.external_id.clone()))
        .bind(column(|profile| profile.user_name_key.clone()))
        .bind(column(|profile| profile.email.clone()))
        .bind(column(|profile| profile.email.as_deref().map(crate::scim::identity::fold)))
        .bind(column(|profile| profile.display_name.clone()))
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn with_profile(plans: &[Planned], step: Step) -> Vec<(MemberId, &Profile)> {
    plans
        .iter()
        .filter(|plan| plan.steps.contains(&step))
        .filter_map(|plan| Some((plan.member, &plan.desired.as_ref()?.profile)))
        .collect()
}

async fn invite(tx: &mut WorkspaceTx, plans: &[Planned], now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "insert into members
                   (workspace_id, id, user_id, origin, external_id, user_name_key, email, email_key, display_name, status, created_at, updated_at)
               select $1, id, user_id, 'directory', external_id, user_name_key, email, email_key, display_name, 'invited', $9, $9
               from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
                    as new (id, user_id, external_id, user_name_key, email, email_key, display_name)";
    let rows = with_profile(plans, Step::Invite);
    let made: Vec<MemberId> = rows.iter().map(|(member, _)| *member).collect();
    write_profiles(tx, rows, sql, now).await?;
    members::count_in(tx, &made).await
}

async fn update_profiles(tx: &mut WorkspaceTx, plans: &[Planned], now: DateTime<Utc>) -> Result<(), StoreError> {
    let sql = "update members m
               set user_id = new.user_id, external_id = new.external_id, user_name_key = new.user_name_key, email = new.email,
                   email_key = new.email_key, display_name = new.display_name, updated_at = $9, origin = 'directory'
               from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
                    as new (id, user_id, external_id, user_name_key, email, email_key, display_name)
               where m.workspace_id = $1 and m.id = new.id";
    write_profiles(tx, with_profile(plans, Step::UpdateProfile), sql, now).await?;
    // The directory user has taken a seat of its own.
    let linked: Vec<MemberId> = plans
        .iter()
        .filter(|plan| plan.effective.as_ref().is_some_and(|now| now.by_hand && now.status.is_open()))
        .map(|plan| plan.member)
        .collect();
    seats::leave(tx, &linked).await
}

/// Every step of the plans that is of one kind, with the plan it stands in.
fn pick<'a, T>(plans: &'a [Planned], read: impl Fn(&'a Step) -> Option<T>) -> Vec<(&'a Planned, T)> {
    plans
        .iter()
        .flat_map(|plan| plan.steps.iter().map(move |step| (plan, step)))
        .filter_map(|(plan, step)| Some((plan, read(step)?)))
        .collect()
}

fn ids<T>(rows: &[(&Planned, T)]) -> Vec<MemberId> {
    rows.iter().map(|(plan, _)| plan.member).collect()
}

async fn reopen(tx: &mut WorkspaceTx, plans: &[Planned], now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows = pick(plans, |step| if let Step::Reopen(status) = step { Some(*status) } else { None });
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update members m set status = new.status, deactivated_at = null, updated_at = $4
         from unnest($2::uuid[], $3::text[]) as new (id, status)
         where m.workspace_id = $1 and m.id = new.id",
    )
    .bind(tx.workspace())
    .bind(ids(&rows))
    .bind(rows.iter().map(|(_, status): &(_, Status)| status.as_str()).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.connection())
    .await?;
    members::count_in(tx, &ids(&rows)).await
}

async fn take_back(tx: &mut WorkspaceTx, plans: &[Planned]) -> Result<(), StoreError> {
    let rows = pick(plans, |step| if let Step::TakeBack(grant) = step { Some(grant) } else { None });
    if rows.is_empty() {
        return Ok(());
    }
    let (sources, keys): (Vec<_>, Vec<_>) = rows.iter().map(|(_, grant)| write_source(grant.source)).unzip();
    sqlx::query(
        "delete from grants g using unnest($2::uuid[], $3::text[], $4::text[]) as old (member_id, source, source_key)
         where g.workspace_id = $1 and g.member_id = old.member_id and g.source = old.source and g.source_key = old.source_key",
    )
    .bind(tx.workspace())
    .bind(ids(&rows))
    .bind(sources)
    .bind(keys)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn give(tx: &mut WorkspaceTx, plans: &[Planned], now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows = pick(plans, |step| if let Step::Give(grant) = step { Some(grant) } else { None });
    if rows.is_empty() {
        return Ok(());
    }
    let (sources, keys): (Vec<_>, Vec<_>) = rows.iter().map(|(_, grant)| write_source(grant.source)).unzip();
    sqlx::query(
        "insert into grants (workspace_id, member_id, source, source_key, role, request_id, granted_at)
         select $1, member_id, source, source_key, role, request_id, $7
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[]) as new (member_id, source, source_key, role, request_id)
         on conflict (workspace_id, member_id, source, source_key)
         do update set role = excluded.role, request_id = excluded.request_id, granted_at = excluded.granted_at",
    )
    .bind(tx.workspace())
    .bind(ids(&rows))
    .bind(sources)
    .bind(keys)
    .bind(rows.iter().map(|(_, grant)| grant.role.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(plan, _)| plan.request).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn set_roles(tx: &mut WorkspaceTx, plans: &[Planned], now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows = pick(plans, |step| if let Step::SetRole(role) = step { Some(role.as_ref()) } else { None });
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update members m set role = new.role, updated_at = $4 from unnest($2::uuid[], $3::text[]) as new (id, role)
         where m.workspace_id = $1 and m.id = new.id",
    )
    .bind(tx.workspace())
    .bind(ids(&rows))
    .bind(rows.iter().map(|(_, role)| role.map(Role::as_str)).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn move_groups(tx: &mut WorkspaceTx, plans: &[Planned]) -> Result<(), StoreError> {
    let leaves = pick(plans, |step| if let Step::Leave(group) = step { Some(*group) } else { None });
    if !leaves.is_empty() {
        sqlx::query(
            "delete from workspace_group_members m using unnest($2::uuid[], $3::uuid[]) as old (member_id, group_id)
             where m.workspace_id = $1 and m.member_id = old.member_id and m.group_id = old.group_id",
        )
        .bind(tx.workspace())
        .bind(ids(&leaves))
        .bind(leaves.iter().map(|(_, group)| *group).collect::<Vec<_>>())
        .execute(tx.connection())
        .await?;
    }
    let joins = pick(plans, |step| if let Step::Join(group) = step { Some(*group) } else { None });
    if !joins.is_empty() {
        sqlx::query(
            "insert into workspace_group_members (workspace_id, member_id, group_id)
             select $1, member_id, group_id from unnest($2::uuid[], $3::uuid[]) as new (member_id, group_id)
             on conflict (workspace_id, member_id, group_id) do nothing",
        )
        .bind(tx.workspace())
        .bind(ids(&joins))
        .bind(joins.iter().map(|(_, group)| *group).collect::<Vec<_>>())
        .execute(tx.connection())
        .await?;
    }
    Ok(())
}

/// Takes role, grants and workspace groups from members who are out and whose rows this transaction has locked; what was given by hand
/// stays for the day on which they come back.
///
/// # Errors
/// Postgres is busy or away.
pub async fn strip(tx: &mut WorkspaceTx, members: &[MemberId], now: DateTime<Utc>) -> Result<(), StoreError> {
    if members.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with taken as (
             delete from grants where workspace_id = $1 and member_id = any($2) and source <> 'manual'
         ), left_groups as (
             delete from workspace_group_members where workspace_id = $1 and member_id = any($2)
         )
         update members set role = null, updated_at = $3
         where workspace_id = $1 and id = any($2) and status = 'deactivated' and role is not null",
    )
    .bind(tx.workspace())
    .bind(members)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Those of these directory groups that the workspace groups do not follow: to be made, renamed or removed. Nothing is locked.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups_astray(tx: &mut WorkspaceTx, groups: &[Uuid]) -> Result<Vec<GroupId>, StoreError> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let astray = sqlx::query_scalar(
        "select w.id from workspace_groups w where w.workspace_id = $1 and w.id = any($2)
           and not exists (select from groups g where g.workspace_id = $1 and g.id = w.id)
         union all
         select g.id from groups g left join workspace_groups w on w.workspace_id = $1 and w.id = g.id
         where g.workspace_id = $1 and g.id = any($2) and w.display_name is distinct from coalesce(g.document ->> 'displayName', '')",
    )
    .bind(tx.workspace())
    .bind(groups)
    .fetch_all(tx.connection())
    .await?;
    Ok(astray)
}

/// Makes the workspace groups follow these directory groups: made, renamed, removed. Answers which were not as they should be.
///
/// # Errors
/// Postgres is busy or away.
pub async fn follow_groups(tx: &mut WorkspaceTx, groups: &[Uuid], now: DateTime<Utc>) -> Result<Vec<GroupId>, StoreError> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let mut changed: Vec<GroupId> = sqlx::query_scalar(
        "delete from workspace_groups w where w.workspace_id = $1 and w.id = any($2)
           and not exists (select from groups g where g.workspace_id = $1 and g.id = w.id)
         returning w.id",
    )
    .bind(tx.workspace())
    .bind(groups)
    .fetch_all(tx.connection())
    .await?;
    let followed: Vec<GroupId> = sqlx::query_scalar(
        "insert into workspace_groups as w (workspace_id, id, display_name, updated_at)
         select workspace_id, id, coalesce(document ->> 'displayName', ''), $3 from groups where workspace_id = $1 and id = any($2)
         on conflict (workspace_id, id) do update set display_name = excluded.display_name, updated_at = excluded.updated_at
         where w.display_name <> excluded.display_name
         returning w.id",
    )
    .bind(tx.workspace())
    .bind(groups)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    changed.extend(followed);
    Ok(changed)
}
