//! SCIM groups: what an identity provider may do with them. Members, users and groups, are added and removed as rows
//! (`group_members`); a change reads no other member.

use serde_json::{Value, json};

use super::{
    App,
    caller::ScimCaller,
    effects,
    error::AppError,
    group_members::{Delta, users_asked_for, users_in},
    more_members::{INLINE, MoreMembers},
    resource::{Resource, Show, slice_of},
};
use crate::{
    clock,
    directory::{event::EventType, group::GroupRecord, unique},
    ids::GroupId,
    scim::{
        Document, MemberRef, Preconditions, ResourceType, ScimError,
        etag::version_tag,
        patch::{self, MemberChange, PatchRequest},
        project::{Projection, written_on_request},
        validate::validate,
    },
    store::{
        WorkspaceTx,
        group_members::{self, GroupMember},
        groups::{self, GroupRow},
        unique_values::{self, Owner},
    },
};

const GROUP: ResourceType = ResourceType::Group;

/// The same words for another workspace's id, an unknown one and one that cannot be an id.
fn unknown(id: &str) -> AppError {
    ScimError::not_found(ResourceType::Group, id).into()
}

/// A group that is about to be created: everything that can be checked without the directory is. Its members come after it, so that
/// groups that contain each other can be created together.
pub(super) struct Draft {
    pub(super) id: GroupId,
    record: GroupRecord,
    members: Vec<MemberRef>,
}

impl Draft {
    /// Reads the body of a group that is to have this id.
    ///
    /// # Errors
    /// `invalidValue`, `invalidSyntax`.
    pub(super) fn new(caller: &ScimCaller, id: GroupId, body: Value) -> Result<Self, ScimError> {
        let schema = caller.schema(GROUP);
        let parsed = Document::parse(schema, body, &mut caller.notes())?;
        validate(schema, &parsed.document)?;
        let record = GroupRecord::new(parsed.document);
        Ok(Self { id, record, members: parsed.members.unwrap_or_default() })
    }

    /// Stores the group, still empty, with what that entails.
    ///
    /// # Errors
    /// `uniqueness` when the `displayName` is taken.
    pub(super) async fn insert(&self, tx: &mut WorkspaceTx, caller: &ScimCaller) -> Result<GroupRow, AppError> {
        let row = groups::insert(tx, self.id, &self.record, clock::now()).await?;
        caller.trace().target(GROUP, self.id);
        let unique = unique::values(caller.schema(GROUP), &self.record.document);
        if !unique.is_empty() {
            unique_values::replace(tx, Owner::Group(self.id), &unique).await?;
        }
        let detail = json!({ "after": shown(&self.record.document) });
        effects::group_changed(tx, caller, self.id, "group.created", detail).await?;
        let data = json!({ "display_name": self.record.document.display_name() });
        effects::event(tx, caller, EventType::GroupCreated, self.id.as_uuid(), Some(data)).await?;
        Ok(row)
    }

    /// Puts its members into the stored group.
    ///
    /// # Errors
    /// `invalidValue` when one is not there.
    pub(super) async fn fill(self, tx: &mut WorkspaceTx, caller: &ScimCaller) -> Result<(), AppError> {
        let mut delta = Delta::default();
        caller.trace().people(users_in(&self.members));
        delta.add(tx, self.id, &self.members).await?;
        delta.record(tx, caller, self.id).await
    }
}

/// Creates a group (RFC 7644 §3.3), with or without members.
///
/// # Errors
/// `invalidValue`, `invalidSyntax`; `uniqueness` when the `displayName` is taken.
pub async fn create(app: &App, caller: &ScimCaller, body: Value, projection: &Projection) -> Result<Resource, AppError> {
    let draft = Draft::new(caller, GroupId::new(), body)?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = draft.insert(&mut tx, caller).await?;
    let written = written_on_request(caller.schema(GROUP), None, &draft.record.document);
    draft.fill(&mut tx, caller).await?;
    let resource = Resource { written, ..show(app, &mut tx, row, projection).await? };
    tx.commit().await?;
    app.wake.reconcile();
    Ok(resource)
}

/// Reads a group (RFC 7644 §3.4.1); its members only when they are asked for.
///
/// # Errors
/// 404.
pub async fn get(app: &App, caller: &ScimCaller, id: &str, projection: &Projection) -> Result<Resource, AppError> {
    let key = GroupId::parse(id).ok_or_else(|| unknown(id))?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = groups::find(&mut tx, key).await?.ok_or_else(|| unknown(id))?;
    show(app, &mut tx, row, projection).await
}

/// Replaces a group (RFC 7644 §3.5.1). Members that differ are added and removed; a body without `members` leaves them alone, so that
/// an identity provider that only renames a group does not empty it.
///
/// # Errors
/// 404, 412, `invalidValue`, `uniqueness`.
pub async fn replace(
    app: &App,
    caller: &ScimCaller,
    id: &str,
    body: Value,
    conditions: &Preconditions,
    projection: &Projection,
) -> Result<Resource, AppError> {
    let schema = caller.schema(GROUP);
    let parsed = Document::parse(schema, body, &mut caller.notes())?;
    let members = parsed.members.map(MemberChange::Replace).into_iter().collect();
    change(app, caller, id, conditions, projection, members, |before| {
        let mut after = parsed.document;
        after.keep_from(schema, before)?;
        Ok(after)
    })
    .await
}

/// Changes a group (RFC 7644 §3.5.2).
///
/// # Errors
/// 404, 412, `invalidPath`, `invalidValue`, `mutability`, `noTarget`, `uniqueness`; then nothing was changed.
pub async fn patch(
    app: &App,
    caller: &ScimCaller,
    id: &str,
    body: Value,
    conditions: &Preconditions,
    projection: &Projection,
) -> Result<Resource, AppError> {
    let (schema, mut notes) = (caller.schema(GROUP), caller.notes());
    let (request, members) = PatchRequest::parse(schema, body, &mut notes)?.split_members();
    change(app, caller, id, conditions, projection, members, |before| {
        let mut after = before.clone();
        patch::apply(schema, &request, &mut after, &mut notes)?;
        Ok(after)
    })
    .await
}

async fn change(
    app: &App,
    caller: &ScimCaller,
    id: &str,
    conditions: &Preconditions,
    projection: &Projection,
    members: Vec<MemberChange>,
    edit: impl FnOnce(&Document) -> Result<Document, ScimError>,
) -> Result<Resource, AppError> {
    let key = GroupId::parse(id).ok_or_else(|| unknown(id))?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = groups::lock(&mut tx, key).await?.ok_or_else(|| unknown(id))?;
    conditions.check_write(&version_tag(row.version), caller.rules())?;
    let before = row.document.read()?;
    let after = edit(&before)?;
    let schema = caller.schema(GROUP);
    validate(schema, &after)?;
    let written = written_on_request(schema, Some(&before), &after);
    let mut delta = Delta::default();
    members.iter().for_each(|change| caller.trace().people(users_asked_for(change)));
    for change in members {
        delta.apply(&mut tx, caller.root(), key, change).await?;
    }
    let row = if after != before {
        let detail = json!({ "changed": after.differing_from(&before), "before": shown(&before), "after": shown(&after) });
        effects::group_changed(&mut tx, caller, key, "group.updated", detail).await?;
        if after.display_name() != before.display_name() {
            let data = json!({ "before": before.display_name(), "after": after.display_name() });
            effects::event(&mut tx, caller, EventType::GroupRenamed, key.as_uuid(), Some(data)).await?;
        }
        let unique = unique::values(schema, &after);
        if unique != unique::values(schema, &before) {
            unique_values::replace(&mut tx, Owner::Group(key), &unique).await?;
        }
        groups::update(&mut tx, key, &GroupRecord::new(after), clock::now()).await?
    } else if !delta.is_empty() {
        groups::touch(&mut tx, key, clock::now()).await?
    } else {
        return show(app, &mut tx, row, projection).await; // no write, no version, no audit row
    };
    delta.record(&mut tx, caller, key).await?;
    let resource = Resource { written, ..show(app, &mut tx, row, projection).await? };
    tx.commit().await?;
    app.wake.reconcile();
    Ok(resource)
}

/// What the audit log tells of a group besides its members.
fn shown(document: &Document) -> Value {
    json!({ "displayName": document.display_name() })
}

/// Deletes a group (RFC 7644 §3.6), which also takes it out of the groups that it is in. What its members, at any depth, had through
/// it is taken by the reconciliation.
///
/// # Errors
/// 404, 412.
pub async fn delete(app: &App, caller: &ScimCaller, id: &str, conditions: &Preconditions) -> Result<(), AppError> {
    let key = GroupId::parse(id).ok_or_else(|| unknown(id))?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = groups::lock_with_parents(&mut tx, key).await?.ok_or_else(|| unknown(id))?;
    conditions.check_write(&version_tag(row.version), caller.rules())?;
    let detail = json!({ "before": shown(&row.document.read()?) });
    effects::group_changed(&mut tx, caller, key, "group.deleted", detail).await?;
    let members = groups::delete(&mut tx, key, clock::now()).await?;
    if !members.is_empty() {
        effects::members_changed(&mut tx, caller, key, &[], &members).await?;
    }
    effects::event(&mut tx, caller, EventType::GroupDeleted, key.as_uuid(), None).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

async fn show(app: &App, tx: &mut WorkspaceTx, row: GroupRow, projection: &Projection) -> Result<Resource, AppError> {
    let first = match projection.wants("members") {
        true => Some(group_members::first(tx, &[row.id], INLINE + 1).await?.into_iter().map(|row| row.member).collect()),
        false => None,
    };
    Ok(with_members(app, tx, row, first))
}

/// The group with its first members; one more than it shows says that there are more.
fn with_members(app: &App, tx: &WorkspaceTx, row: GroupRow, mut first: Option<Vec<GroupMember>>) -> Resource {
    let more_members = first.as_mut().and_then(|first| MoreMembers::split(app, tx, row.id, first));
    Resource { more_members, ..Resource::group(row, first.as_deref()) }
}

/// Shows several groups one by one, after one look at their members.
pub(super) async fn show_each<S>(
    app: &App,
    tx: &mut WorkspaceTx,
    rows: Vec<GroupRow>,
    projection: &Projection,
    show: &mut Show<'_, S>,
) -> Result<Vec<S>, AppError> {
    let members = if projection.wants("members") && !rows.is_empty() {
        let ids: Vec<GroupId> = rows.iter().map(|row| row.id).collect();
        Some(group_members::first(tx, &ids, INLINE + 1).await?)
    } else {
        None
    };
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let own = members.as_deref().map(|members| slice_of(members, row.id, |member| member.group_id));
        shown.push(show(with_members(app, tx, row, own.map(|own| own.iter().map(|row| row.member).collect()))));
    }
    Ok(shown)
}
