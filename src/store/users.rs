//! Users of the directory.

mod together;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::{FromRow, Row, types::Json};
use uuid::Uuid;

use super::{StoreError, WorkspaceTx, document::DocumentColumn, ranks, seats};
use crate::{
    directory::user::UserRecord,
    ids::{GroupId, UserId},
    scim::ResourceType,
};

pub use self::together::{deactivate_all, insert_all, lock_all};

/// A stored user.
#[derive(Debug, Clone, FromRow)]
pub struct UserRow {
    /// The SCIM `id`.
    pub id: UserId,
    /// Whether the person is to be in.
    pub active: bool,
    /// Canonical attributes, without `id`, `meta` and read-only ones.
    pub document: DocumentColumn,
    /// Moves with every change, starts at 1.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a new row's statement answers: the row, and up to which id the directory is sealed.
#[derive(FromRow)]
pub(super) struct Inserted<T> {
    /// The row.
    #[sqlx(flatten)]
    pub row: T,
    /// For [`ranks::changed`].
    pub sealed_to: Option<Uuid>,
}

#[derive(FromRow)]
struct Seated<T> {
    #[sqlx(flatten)]
    row: T,
    seats: Option<i32>,
}

/// Stores a new user and counts it. Answers as well how many seats the workspace has, if there is none for this user: then the transaction
/// must not be committed as it is.
///
/// # Errors
/// [`super::Constraint::UserName`] when the name is taken.
pub async fn insert(
    tx: &mut WorkspaceTx,
    id: UserId,
    user: &UserRecord,
    now: DateTime<Utc>,
) -> Result<(UserRow, Option<i32>), StoreError> {
    let Seated { row: Inserted { row, sealed_to }, seats } = sqlx::query_as(
        "with counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats) values ($1, 'user', counter_slot(), 1, $5::boolean::int)
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + 1, seats = directory_counts.seats + excluded.seats
             returning sealed_to
         ),
         addresses as (
             insert into user_emails (workspace_id, user_id, email_key) select $1, $2, key from unnest($8::text[]) as key
         )
         insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         returning id, active, document, version, created_at, updated_at, (select sealed_to from counted) as sealed_to,
                   (select seats from workspaces where workspaces.id = $1) as seats",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(&user.user_name_key)
    .bind(&user.external_id)
    .bind(user.active)
    .bind(Json(user.document.as_map()))
    .bind(now)
    .bind(Vec::from_iter(&user.email_keys))
    .fetch_one(tx.connection())
    .await?;
    ranks::changed(tx, ResourceType::User, id.as_uuid(), sealed_to, 1).await?;
    match seats::check(tx, seats.filter(|_| user.active)).await {
        Err(StoreError::NoSeat(seats)) => Ok((row, Some(seats))),
        checked => checked.map(|()| (row, None)),
    }
}

/// Reads one user.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: UserId) -> Result<Option<UserRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, active, document, version, created_at, updated_at from users where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Reads one user and keeps everybody else from changing it until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: UserId) -> Result<Option<UserRow>, StoreError> {
    let row = sqlx::query_as(
        // `no key update`: rows that point at the user, group memberships for instance, may be added meanwhile.
        "select id, active, document, version, created_at, updated_at from users where workspace_id = $1 and id = $2 for no key update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// As [`lock`], by the key of the `userName`.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_named(tx: &mut WorkspaceTx, user_name_key: &str) -> Result<Option<UserRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, active, document, version, created_at, updated_at from users
         where workspace_id = $1 and user_name_key = $2 for no key update",
    )
    .bind(tx.workspace())
    .bind(user_name_key)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Replaces a locked user's attributes and moves its version. Unless `emails_change`, nobody looks at the addresses. `stood` is whether
/// the user was active.
///
/// # Errors
/// [`super::Constraint::UserName`] when the new name is taken, [`StoreError::NoSeat`].
pub async fn update(
    tx: &mut WorkspaceTx,
    id: UserId,
    user: &UserRecord,
    emails_change: bool,
    stood: bool,
    now: DateTime<Utc>,
) -> Result<UserRow, StoreError> {
    let taken = i64::from(user.active) - i64::from(stood);
    let Seated { row, seats } = sqlx::query_as(
        "with gone as (
             delete from user_emails
             where $8::text[] is not null and workspace_id = $1 and user_id = $2 and email_key <> all($8::text[])
         ),
         addresses as (
             insert into user_emails (workspace_id, user_id, email_key) select $1, $2, key from unnest($8::text[]) as key
             on conflict (workspace_id, user_id, email_key) do nothing
         ),
         seated as (
             insert into directory_counts (workspace_id, kind, slot, n, seats) select $1, 'user', counter_slot(), 0, $9::bigint where $9::bigint <> 0
             on conflict (workspace_id, kind, slot) do update set seats = directory_counts.seats + excluded.seats
         )
         update users
         set user_name_key = $3, external_id = $4, active = $5, document = $6, version = version + 1, updated_at = $7
         where workspace_id = $1 and id = $2
         returning id, active, document, version, created_at, updated_at,
                   case when $9::bigint > 0 then (select seats from workspaces where workspaces.id = $1) end as seats",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(&user.user_name_key)
    .bind(&user.external_id)
    .bind(user.active)
    .bind(Json(user.document.as_map()))
    .bind(now)
    .bind(emails_change.then(|| Vec::from_iter(&user.email_keys)))
    .bind(taken)
    .fetch_one(tx.connection())
    .await?;
    seats::check(tx, seats).await?;
    Ok(row)
}

/// Moves the version of every group that a user is in, because the user is about to leave. Comes before the user's own lock:
/// changes of a group lock the group first and its users after it, and whoever takes another order waits for ever.
///
/// # Errors
/// Postgres is busy or away.
pub async fn leave_groups(tx: &mut WorkspaceTx, id: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "with left_groups as (
             select g.id from groups g join group_members m on m.workspace_id = g.workspace_id and m.group_id = g.id
             where m.workspace_id = $1 and m.user_id = $2
             order by g.id for no key update of g
         )
         update groups g set version = g.version + 1, updated_at = $3 from left_groups
         where g.workspace_id = $1 and g.id = left_groups.id",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Removes a user, and with it its group memberships. False when there is none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete(tx: &mut WorkspaceTx, id: UserId) -> Result<bool, StoreError> {
    let deleted: Option<Option<Uuid>> = sqlx::query_scalar(
        "with deleted as (
             delete from users where workspace_id = $1 and id = $2 returning active
         )
         insert into directory_counts (workspace_id, kind, slot, n, seats) select $1, 'user', counter_slot(), -1, -(active::int) from deleted
         on conflict (workspace_id, kind, slot) do update
         set n = directory_counts.n + excluded.n, seats = directory_counts.seats + excluded.seats
         returning sealed_to",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    let Some(sealed_to) = deleted else { return Ok(false) };
    ranks::changed(tx, ResourceType::User, id.as_uuid(), sealed_to, -1).await?;
    Ok(true)
}

/// A group as a user's `groups` shows it.
#[derive(Debug, Clone, FromRow)]
pub struct GroupOfUser {
    /// Whose group it is.
    pub user_id: UserId,
    /// The group.
    pub group_id: GroupId,
    /// Whether the user is in the group itself, whatever other ways there are; else in a group below it.
    pub direct: bool,
    /// Its `displayName`.
    pub display_name: Option<String>,
}

/// The way up from users to all groups that they are in. A group that is reached twice is walked once (`union`), so cycles end.
/// `limit all` makes the planner look up the edges of each group; it would rather read all of the workspace's for a page of users. For
/// the same reason the names are looked up one by one. A `limit` of `$found` ends the walk itself.
macro_rules! groups_above {
    ($users:literal, $found:literal) => {
        concat!(
            "with recursive above (user_id, group_id, direct) as (
                 select m.user_id, m.group_id, true from group_members m where m.workspace_id = $1 and m.user_id ",
            $users,
            "    union
                 select a.user_id, s.group_id, false
                 from above a cross join lateral (
                     select e.group_id from group_subgroups e where e.workspace_id = $1 and e.subgroup_id = a.group_id limit all
                 ) as s
             )
             select a.user_id, a.group_id, a.direct, a.ways,
                    (select g.document ->> 'displayName' from groups g where g.workspace_id = $1 and g.id = a.group_id) as display_name
             from (select user_id, group_id, bool_or(direct) as direct, count(*) as ways from ",
            $found,
            "      group by user_id, group_id) as a
             order by a.user_id, a.group_id"
        )
    };
}

/// The groups of one user.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups_of(tx: &mut WorkspaceTx, user: UserId) -> Result<Vec<GroupOfUser>, StoreError> {
    // A statement of its own: an array of unknown length is taken for ten, and Postgres then plans the join anew for each call, which
    // costs several times what the statement does.
    let rows = sqlx::query_as(groups_above!("= $2", "above")).bind(tx.workspace()).bind(user).fetch_all(tx.connection()).await?;
    Ok(rows)
}

/// The groups of several users, in one query; none if there are more than `most`, where a group that is reached in two ways may count
/// twice. No more than that is read to know it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups_of_each(tx: &mut WorkspaceTx, users: &[UserId], most: usize) -> Result<Option<Vec<GroupOfUser>>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut sent = sqlx::query(groups_above!("= any($2)", "(select * from above limit $3) as found "))
        .bind(tx.workspace())
        .bind(users)
        .bind(most.saturating_add(1))
        .fetch(tx.connection());
    let (mut groups, mut ways) = (Vec::new(), 0);
    while let Some(row) = sent.try_next().await? {
        ways += row.try_get::<i64, _>("ways")?;
        groups.push(GroupOfUser::from_row(&row)?);
    }
    Ok((ways <= most).then_some(groups))
}
