//! A SCIM resource as a use case hands it to the edge, which renders it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::more_members::MoreMembers;
use crate::{
    scim::{
        AttrPath, ResourceType,
        document::Stored,
        etag::{version_tag, version_tag_with},
        page::Place,
    },
    store::{
        group_members::GroupMember,
        groups::GroupRow,
        users::{GroupOfUser, UserRow},
    },
};

/// One resource. `$ref` and `location` are relative to the SCIM root (`Users/<id>`); the edge knows under which address it is reached.
#[derive(Debug, Clone)]
pub struct Resource {
    /// User or Group.
    pub resource_type: ResourceType,
    /// The SCIM `id`.
    pub id: String,
    /// What the identity provider has written.
    pub document: Stored,
    /// What the server adds: `groups` of a user, `members` of a group.
    pub read_only: Map<String, Value>,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it was last changed.
    pub last_modified: DateTime<Utc>,
    /// Moves with every change of what the identity provider has written.
    pub version: i64,
    /// Its entity tag: the `ETag` header and `meta.version`.
    pub tag: String,
    /// The members of a large group that do not stand in `read_only`.
    pub more_members: Option<MoreMembers>,
    /// What this request has written of the attributes that are returned on request only.
    pub written: Vec<AttrPath>,
}

/// A page of resources as they are shown: each was made and shown before the next one was, so that they are never all there.
#[derive(Debug, Clone)]
pub struct Page<S> {
    /// Where it is in its list.
    pub place: Place,
    /// The page itself.
    pub resources: Vec<S>,
}

/// What becomes of a resource when its turn comes.
pub type Show<'s, S> = dyn FnMut(Resource) -> S + Send + 's;

impl Resource {
    /// A user; `groups` are all of its own, and shown if `shows` says so.
    pub(super) fn user(row: UserRow, groups: &[GroupOfUser], shows: bool) -> Self {
        let (mut read_only, mut tag) = (Map::new(), version_tag(row.version));
        if !groups.is_empty() {
            let groups = groups.iter().map(|group| {
                let kind = if group.direct { "direct" } else { "indirect" };
                reference(ResourceType::Group, &group.group_id.to_string(), group.display_name.as_deref(), kind)
            });
            let groups: Value = groups.collect();
            tag = version_tag_with(row.version, &groups);
            if shows {
                read_only.insert("groups".into(), groups);
            }
        }
        Self {
            resource_type: ResourceType::User,
            id: row.id.to_string(),
            document: row.document.0,
            read_only,
            created: row.created_at,
            last_modified: row.updated_at,
            version: row.version,
            tag,
            more_members: None,
            written: Vec::new(),
        }
    }

    /// A group; `members` are its first or all, or none when they were not asked for. They carry no `display`: it is the member's to
    /// change, and reading it would cost a look at every member. An empty group shows an empty list: there are
    /// identity providers that take a missing one for "unknown" and add nobody.
    pub(super) fn group(row: GroupRow, members: Option<&[GroupMember]>) -> Self {
        let mut read_only = Map::new();
        if let Some(members) = members {
            read_only.insert("members".into(), members.iter().copied().map(member).collect());
        }
        Self {
            resource_type: ResourceType::Group,
            id: row.id.to_string(),
            document: row.document.0,
            read_only,
            created: row.created_at,
            last_modified: row.updated_at,
            version: row.version,
            tag: version_tag(row.version),
            more_members: None,
            written: Vec::new(),
        }
    }
}

/// A member of a group as `members` shows it.
pub(super) fn member(member: GroupMember) -> Value {
    let kind = match member {
        GroupMember::User(_) => ResourceType::User,
        GroupMember::Group(_) => ResourceType::Group,
    };
    reference(kind, &member.id().to_string(), None, kind.name())
}

/// Makes the `$ref` of a group or member absolute; `root` is the address of the SCIM root.
pub fn make_absolute(element: &mut Value, root: &str) {
    if let Some(reference) = element.get_mut("$ref")
        && let Some(path) = reference.as_str()
    {
        *reference = format!("{root}/{path}").into();
    }
}

fn reference(target: ResourceType, id: &str, display: Option<&str>, kind: &str) -> Value {
    let mut value = json!({ "value": id, "$ref": format!("{}/{id}", target.endpoint().trim_start_matches('/')), "type": kind });
    if let (Some(display), Some(object)) = (display, value.as_object_mut()) {
        object.insert("display".into(), display.into());
    }
    value
}

/// The slice of rows, ordered by owner, that belongs to one owner.
pub(super) fn slice_of<T, K: Ord>(rows: &[T], owner: K, key: impl Fn(&T) -> K) -> &[T] {
    let start = rows.partition_point(|row| key(row) < owner);
    let end = rows.partition_point(|row| key(row) <= owner);
    rows.get(start..end).unwrap_or_default()
}
