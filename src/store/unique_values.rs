//! Values of extension attributes that a workspace has defined as unique.

use super::{StoreError, WorkspaceTx};
use crate::ids::{GroupId, UserId};

/// Whose values they are.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    /// A user's.
    User(UserId),
    /// A group's.
    Group(GroupId),
}

/// Makes these the unique values of a resource: path of the attribute, and value in its comparable form.
///
/// # Errors
/// [`StoreError::Taken`] when another resource has one of them.
pub async fn replace(tx: &mut WorkspaceTx, owner: Owner, values: &[(String, String)]) -> Result<(), StoreError> {
    let (user, group) = match owner {
        Owner::User(user) => (Some(user), None),
        Owner::Group(group) => (None, Some(group)),
    };
    let (paths, keys): (Vec<&str>, Vec<&str>) = values.iter().map(|(path, key)| (path.as_str(), key.as_str())).unzip();
    sqlx::query(
        "with kept as (select * from unnest($4::text[], $5::text[]) as k (path, value_key))
         delete from unique_values u
         where u.workspace_id = $1 and (u.user_id = $2 or u.group_id = $3)
           and not exists (select from kept k where k.path = u.path and k.value_key = u.value_key)",
    )
    .bind(tx.workspace())
    .bind(user)
    .bind(group)
    .bind(&paths)
    .bind(&keys)
    .execute(tx.connection())
    .await?;
    let taken: Option<String> = sqlx::query_scalar(
        "with wanted as (select * from unnest($4::text[], $5::text[]) as k (path, value_key)),
         added as (
             insert into unique_values (workspace_id, path, value_key, user_id, group_id)
             select $1, path, value_key, $2, $3 from wanted order by path, value_key
             on conflict (workspace_id, path, value_key) do nothing
             returning path, value_key
         )
         select w.path from wanted w
         where not exists (select from added a where a.path = w.path and a.value_key = w.value_key)
           and not exists (
               select from unique_values u
               where u.workspace_id = $1 and u.path = w.path and u.value_key = w.value_key and (u.user_id = $2 or u.group_id = $3)
           )
         order by w.path limit 1",
    )
    .bind(tx.workspace())
    .bind(user)
    .bind(group)
    .bind(&paths)
    .bind(&keys)
    .fetch_optional(tx.connection())
    .await?;
    taken.map_or(Ok(()), |path| Err(StoreError::Taken(path)))
}
