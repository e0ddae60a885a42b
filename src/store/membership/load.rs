//! Reads desired and effective state.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};

use super::read_source;
use crate::store::{self, StoreError, WorkspaceTx, domains, members::StoredStatus};
use crate::{
    directory::{
        domain::Domain,
        membership::{Desired, Effective, Profile},
        roles::{self, Grant, Role, Roles},
        user,
    },
    ids::{GroupId, MemberId, UserId},
    scim::{Document, identity},
};

/// One person: what the directory says, what is, and which request asked last.
#[derive(Debug, Clone)]
pub struct Person {
    /// What the directory says; none when the directory user is gone.
    pub desired: Option<Desired>,
    /// What is; none when there is no member yet.
    pub effective: Option<Effective>,
}

/// What people are read for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To be reconciled. Their directory rows stay as they are until the end of the transaction (`for share`), and their member rows are
    /// locked, so nothing is applied that a deactivation has overtaken.
    Reconcile,
    /// To be looked at, as if these groups gave these roles, or none, instead of what they give.
    Preview(&'a BTreeMap<GroupId, Option<Role>>),
}

/// The statement for reading with the lock, or without it.
macro_rules! locking {
    ($purpose:expr, $sql:literal, $lock:literal) => {
        match $purpose {
            Purpose::Reconcile => concat!($sql, " ", $lock),
            Purpose::Preview(_) => $sql,
        }
    };
}

/// Reads people by directory user and by member.
///
/// # Errors
/// Postgres is busy or away.
pub async fn load(
    tx: &mut WorkspaceTx,
    users: &[UserId],
    members: &[MemberId],
    purpose: Purpose<'_>,
) -> Result<Vec<Person>, StoreError> {
    let roles = store::roles::load(tx).await?;
    let desired = load_desired(tx, users, &roles, purpose).await?;
    let effective = load_effective(tx, users, members, &desired, &roles, purpose).await?;
    let mut by_user: BTreeMap<UserId, Effective> = BTreeMap::new();
    let mut people = Vec::with_capacity(users.len() + members.len());
    for (user, member) in effective {
        match user {
            Some(user) if desired.contains_key(&user) => {
                by_user.insert(user, member);
            }
            // Asked for by member and still behind a directory user: that one is reconciled under its user's mark.
            Some(_) => {}
            None => people.push(Person { desired: None, effective: Some(member) }),
        }
    }
    people.extend(desired.into_iter().map(|(user, desired)| Person { desired: Some(desired), effective: by_user.remove(&user) }));
    Ok(people)
}

#[derive(FromRow)]
struct DesiredRow {
    id: UserId,
    user_name_key: String,
    external_id: Option<String>,
    active: bool,
    document: Json<Map<String, Value>>,
}

#[derive(FromRow)]
struct DesiredGroup {
    user_id: UserId,
    group_id: GroupId,
    role: Option<String>,
}

async fn load_desired(
    tx: &mut WorkspaceTx,
    users: &[UserId],
    roles: &Roles,
    purpose: Purpose<'_>,
) -> Result<BTreeMap<UserId, Desired>, StoreError> {
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<DesiredRow> = sqlx::query_as(locking!(
        purpose,
        "select id, user_name_key, external_id, active, document from users
         where workspace_id = $1 and id = any($2) order by id",
        "for share"
    ))
    .bind(tx.workspace())
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    // Every group that somebody is in, directly or through others; see the groups of a user.
    let groups: Vec<DesiredGroup> = sqlx::query_as(
        "with recursive above (user_id, group_id) as (
             select m.user_id, m.group_id from group_members m where m.workspace_id = $1 and m.user_id = any($2)
             union
             select a.user_id, s.group_id
             from above a cross join lateral (
                 select e.group_id from group_subgroups e where e.workspace_id = $1 and e.subgroup_id = a.group_id limit all
             ) as s
         )
         select a.user_id, a.group_id, r.role
         from above a left join role_mappings r on r.workspace_id = $1 and r.group_id = a.group_id",
    )
    .bind(tx.workspace())
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    let mut groups_of: HashMap<UserId, Vec<DesiredGroup>> = HashMap::new();
    for group in groups {
        groups_of.entry(group.user_id).or_default().push(group);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let groups = groups_of.remove(&row.id).unwrap_or_default();
            let document = Document::from_stored(row.document.0);
            let given = |group: &DesiredGroup| match purpose {
                Purpose::Preview(instead) if instead.contains_key(&group.group_id) => instead[&group.group_id].clone(),
                Purpose::Preview(_) | Purpose::Reconcile => roles.named(group.role.as_deref()?),
            };
            let mapped = groups.iter().filter_map(|group| Some((group.group_id, given(group)?)));
            let desired = Desired {
                grants: roles::from_directory(user::role(&document, roles), mapped, roles.default()),
                profile: Profile {
                    user: Some(row.id),
                    external_id: row.external_id,
                    user_name_key: Some(row.user_name_key),
                    email: user::email(&document).map(str::to_owned),
                    display_name: user::display_name(&document),
                },
                active: row.active,
                groups: groups.iter().map(|group| group.group_id).collect(),
            };
            (row.id, desired)
        })
        .collect())
}

#[derive(FromRow)]
struct EffectiveRow {
    id: MemberId,
    user_id: Option<UserId>,
    external_id: Option<String>,
    user_name_key: Option<String>,
    email: Option<String>,
    display_name: Option<String>,
    #[sqlx(try_from = "String")]
    status: StoredStatus,
    has_signed_in: bool,
    role: Option<String>,
    break_glass: bool,
    by_hand: bool,
}

async fn load_effective(
    tx: &mut WorkspaceTx,
    users: &[UserId],
    members: &[MemberId],
    desired: &BTreeMap<UserId, Desired>,
    roles: &Roles,
    purpose: Purpose<'_>,
) -> Result<Vec<(Option<UserId>, Effective)>, StoreError> {
    let mut rows: Vec<EffectiveRow> = sqlx::query_as(locking!(
        purpose,
        "select id, user_id, external_id, user_name_key, email, display_name, status, activated_at is not null as has_signed_in, role,
                break_glass, origin = 'manual' as by_hand
         from members where workspace_id = $1 and origin = 'directory' and (user_id = any($2) or id = any($3))
         order by id",
        "for update"
    ))
    .bind(tx.workspace())
    .bind(users)
    .bind(members)
    .fetch_all(tx.connection())
    .await?;
    let known: BTreeSet<UserId> = rows.iter().filter_map(|row| row.user_id).collect();
    let newcomers: Vec<(&UserId, &Profile)> =
        desired.iter().filter(|(user, _)| !known.contains(user)).map(|(user, desired)| (user, &desired.profile)).collect();
    let mut returning = load_returning(tx, &newcomers, purpose).await?;
    let strangers: Vec<&Desired> = desired
        .iter()
        .filter(|(user, _)| !known.contains(user) && !returning.iter().any(|(found, _)| found == *user))
        .map(|(_, desired)| desired)
        .collect();
    returning.extend(load_by_address(tx, &strangers, purpose).await?);
    let returning_ids: BTreeSet<MemberId> = returning.iter().map(|(_, row)| row.id).collect();
    rows.retain(|row| !returning_ids.contains(&row.id));
    let mut found: Vec<(Option<UserId>, EffectiveRow)> = rows.into_iter().map(|row| (row.user_id, row)).collect();
    found.extend(returning.into_iter().map(|(user, row)| (Some(user), row)));

    let ids: Vec<MemberId> = found.iter().map(|(_, row)| row.id).collect();
    let mut grants = load_grants(tx, &ids, roles).await?;
    let mut groups = load_groups(tx, &ids).await?;
    Ok(found
        .into_iter()
        .map(|(user, row)| {
            let effective = Effective {
                id: row.id,
                profile: Profile {
                    user: row.user_id,
                    external_id: row.external_id,
                    user_name_key: row.user_name_key,
                    email: row.email,
                    display_name: row.display_name,
                },
                status: row.status.0,
                has_signed_in: row.has_signed_in,
                role: row.role.as_deref().map(|name| roles.stored(name)),
                groups: groups.remove(&row.id).unwrap_or_default(),
                grants: grants.remove(&row.id).unwrap_or_default(),
                break_glass: row.break_glass,
                by_hand: row.by_hand,
            };
            (user, effective)
        })
        .collect())
}

/// Members whose directory user is gone and who are back under a new one: the same `externalId`, also of people who were handed over
/// meanwhile, or, where there never was one, the same `userName`. A recycled address under another `externalId` is another person.
async fn load_returning(
    tx: &mut WorkspaceTx,
    newcomers: &[(&UserId, &Profile)],
    purpose: Purpose<'_>,
) -> Result<Vec<(UserId, EffectiveRow)>, StoreError> {
    if newcomers.is_empty() {
        return Ok(Vec::new());
    }
    let external: Vec<&str> = newcomers.iter().filter_map(|(_, profile)| profile.external_id.as_deref()).collect();
    let names: Vec<&str> = newcomers
        .iter()
        .filter(|(_, profile)| profile.external_id.is_none())
        .filter_map(|(_, profile)| profile.user_name_key.as_deref())
        .collect();
    let rows: Vec<EffectiveRow> = sqlx::query_as(locking!(
        purpose,
        "select id, user_id, external_id, user_name_key, email, display_name, status, activated_at is not null as has_signed_in, role,
                break_glass, origin = 'manual' as by_hand
         from members where workspace_id = $1 and user_id is null
           and (external_id = any($2) or (origin = 'directory' and external_id is null and user_name_key = any($3)))
         order by id",
        "for update"
    ))
    .bind(tx.workspace())
    .bind(external)
    .bind(names)
    .fetch_all(tx.connection())
    .await?;
    let mut found = BTreeMap::new();
    for row in rows {
        let user = newcomers.iter().find(|(_, profile)| {
            if row.external_id.is_some() {
                profile.external_id == row.external_id
            } else {
                profile.external_id.is_none() && profile.user_name_key == row.user_name_key
            }
        });
        if let Some((user, _)) = user {
            found.insert(**user, row); // the newest of several, by the order of the query
        }
    }
    Ok(found.into_iter().collect())
}

/// Members who were given by hand and are in, and whom the directory now knows as well: the same address, in a domain that the workspace
/// has verified. Of those who are out the address may have gone to somebody else; and somebody whom the directory does not want in is
/// not linked to be put out.
async fn load_by_address(
    tx: &mut WorkspaceTx,
    strangers: &[&Desired],
    purpose: Purpose<'_>,
) -> Result<Vec<(UserId, EffectiveRow)>, StoreError> {
    if strangers.is_empty() {
        return Ok(Vec::new());
    }
    let verified = domains::verified(tx).await?;
    let mut users: BTreeMap<String, UserId> = BTreeMap::new();
    for desired in strangers.iter().filter(|desired| desired.active && !verified.is_empty()) {
        if let Some(user) = desired.profile.user
            && let Some(address) = desired.profile.email.as_deref()
            && Domain::of_address(address).is_some_and(|domain| verified.contains(domain.as_str()))
        {
            users.entry(identity::fold(address)).or_insert(user);
        }
    }
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ByAddress> = sqlx::query_as(locking!(
        purpose,
        "select id, user_id, external_id, user_name_key, email, display_name, status, activated_at is not null as has_signed_in, role,
                break_glass, origin = 'manual' as by_hand, email_key
         from members where workspace_id = $1 and origin = 'manual' and status <> 'deactivated' and email_key = any($2)
         order by id",
        "for update"
    ))
    .bind(tx.workspace())
    .bind(users.keys().collect::<Vec<_>>())
    .fetch_all(tx.connection())
    .await?;
    let mut found: BTreeMap<String, Vec<EffectiveRow>> = BTreeMap::new();
    for ByAddress { row, email_key } in rows {
        found.entry(email_key).or_default().push(row);
    }
    // Which of several it would be, nobody knows.
    let only = |(key, mut rows): (String, Vec<EffectiveRow>)| Some((*users.get(&key)?, rows.pop().filter(|_| rows.is_empty())?));
    Ok(found.into_iter().filter_map(only).collect())
}

#[derive(FromRow)]
struct ByAddress {
    #[sqlx(flatten)]
    row: EffectiveRow,
    email_key: String,
}

async fn load_grants(
    tx: &mut WorkspaceTx,
    members: &[MemberId],
    roles: &Roles,
) -> Result<HashMap<MemberId, BTreeSet<Grant>>, StoreError> {
    let rows: Vec<(MemberId, String, String, String)> =
        sqlx::query_as("select member_id, source, source_key, role from grants where workspace_id = $1 and member_id = any($2)")
            .bind(tx.workspace())
            .bind(members)
            .fetch_all(tx.connection())
            .await?;
    let mut grants: HashMap<MemberId, BTreeSet<Grant>> = HashMap::new();
    for (member, source, key, role) in rows {
        if let Some(source) = read_source(&source, &key) {
            grants.entry(member).or_default().insert(Grant { source, role: roles.stored(&role) });
        }
    }
    Ok(grants)
}

async fn load_groups(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<HashMap<MemberId, BTreeSet<GroupId>>, StoreError> {
    let rows: Vec<(MemberId, GroupId)> =
        sqlx::query_as("select member_id, group_id from workspace_group_members where workspace_id = $1 and member_id = any($2)")
            .bind(tx.workspace())
            .bind(members)
            .fetch_all(tx.connection())
            .await?;
    let mut groups: HashMap<MemberId, BTreeSet<GroupId>> = HashMap::new();
    for (member, group) in rows {
        groups.entry(member).or_default().insert(group);
    }
    Ok(groups)
}
