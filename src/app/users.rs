//! SCIM users: what an identity provider may do with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{App, caller::ScimCaller, coming_back, effects, error::AppError, linking, resource::Resource};
use crate::{
    clock,
    directory::{
        change::UserChange,
        unique,
        user::{UserRecord, email_keys},
    },
    ids::UserId,
    scim::{
        Document, Preconditions, ResourceType, ScimError,
        etag::version_tag,
        patch::{self, PatchRequest},
        project::{Projection, written_on_request},
        validate::validate,
    },
    store::{
        Constraint, StoreError, WorkspaceTx,
        unique_values::{self, Owner},
        users::{self, UserRow},
    },
};

const USER: ResourceType = ResourceType::User;

/// The same words for another workspace's id, an unknown one and one that cannot be an id.
fn unknown(id: &str) -> AppError {
    ScimError::not_found(ResourceType::User, id).into()
}

/// A user that is about to be created: everything that can be checked without the directory is.
pub(super) struct Draft {
    pub(super) id: UserId,
    record: UserRecord,
}

impl Draft {
    /// Reads the body of a user that is to have this id.
    ///
    /// # Errors
    /// `invalidValue`, `invalidSyntax`.
    pub(super) fn new(caller: &ScimCaller, id: UserId, body: Value) -> Result<Self, ScimError> {
        let schema = caller.schema(USER);
        let mut document = Document::parse(schema, body, &mut caller.notes())?.document;
        document.default_active();
        validate(schema, &document)?;
        Ok(Self { id, record: UserRecord::new(document, true)? })
    }

    /// Stores it, with what that entails.
    ///
    /// # Errors
    /// `uniqueness` when the `userName` or a unique value is taken.
    pub(super) async fn insert(&self, tx: &mut WorkspaceTx, caller: &ScimCaller) -> Result<UserRow, AppError> {
        let row = self.store(tx, caller).await?;
        caller.trace().target(USER, self.id);
        self.entail(tx, caller).await?;
        Ok(row)
    }

    async fn store(&self, tx: &mut WorkspaceTx, caller: &ScimCaller) -> Result<UserRow, StoreError> {
        match users::insert(tx, self.id, &self.record, clock::now()).await? {
            (row, Some(seats)) => {
                linking::on_a_seat_of_its_own(tx, caller, self.id, &self.record.document, seats).await?;
                Ok(row)
            }
            (row, None) => Ok(row),
        }
    }

    async fn entail(&self, tx: &mut WorkspaceTx, caller: &ScimCaller) -> Result<(), AppError> {
        self.store_unique(tx, caller).await?;
        effects::user_changed(tx, caller, self.id, UserChange::Created, None).await
    }

    async fn store_unique(&self, tx: &mut WorkspaceTx, caller: &ScimCaller) -> Result<(), AppError> {
        let unique = unique::values(caller.schema(USER), &self.record.document);
        if !unique.is_empty() {
            unique_values::replace(tx, Owner::User(self.id), &unique).await?;
        }
        Ok(())
    }
}

/// Creates a user (RFC 7644 §3.3). Somebody who comes back is the user they were, see [`super::coming_back`].
///
/// # Errors
/// `invalidValue`, `invalidSyntax`; `uniqueness` when the `userName` is taken.
pub async fn create(app: &App, caller: &ScimCaller, body: Value) -> Result<Resource, AppError> {
    create_drafted(app, caller, Draft::new(caller, UserId::new(), body)?).await
}

/// The second half of [`create`].
///
/// # Errors
/// `uniqueness` when the `userName` is taken.
pub(super) async fn create_drafted(app: &App, caller: &ScimCaller, draft: Draft) -> Result<Resource, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = match draft.store(&mut tx, caller).await {
        Err(StoreError::Constraint(Constraint::UserName)) => {
            drop(tx); // nothing more can be done in it
            return coming_back::reactivate(app, caller, draft.record).await;
        }
        stored => stored?,
    };
    caller.trace().target(USER, draft.id);
    draft.entail(&mut tx, caller).await?;
    tx.commit().await?;
    app.wake.reconcile();
    let written = written_on_request(caller.schema(USER), None, &draft.record.document);
    Ok(Resource { written, ..Resource::user(row, &[], true) })
}

/// Creates several users at once, all of them or none: for a bulk request, where most of the cost of a creation is its own
/// transaction. Answers their version.
///
/// # Errors
/// As [`create`], and nobody knows of which of them it is said: create them one by one to find out.
pub(super) async fn create_all(app: &App, caller: &ScimCaller, drafts: &[&Draft]) -> Result<i64, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let new: Vec<(UserId, &UserRecord)> = drafts.iter().map(|draft| (draft.id, &draft.record)).collect();
    let version = users::insert_all(&mut tx, &new, clock::now()).await?;
    for draft in drafts {
        draft.store_unique(&mut tx, caller).await?;
    }
    let ids: Vec<UserId> = drafts.iter().map(|draft| draft.id).collect();
    caller.trace().people(ids.iter().copied());
    effects::users_created(&mut tx, caller, &ids).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(version)
}

/// A user whom a PATCH is to deactivate, together with others.
pub(super) struct Departure {
    pub(super) id: UserId,
    request: PatchRequest,
    conditions: Preconditions,
}

impl Departure {
    /// Reads a PATCH. None for one that can be seen to be about more than one attribute.
    pub(super) fn read(caller: &ScimCaller, id: &str, body: &Value, conditions: &Preconditions) -> Option<Self> {
        let id = UserId::parse(id)?;
        let request = PatchRequest::parse(caller.schema(USER), body.clone(), &mut caller.notes()).ok()?;
        (request.operations.len() == 1).then(|| Self { id, request, conditions: conditions.clone() })
    }
}

/// Deactivates several users at once, all of them or none: for a bulk request. None when any of them must be done alone: whose PATCH does
/// something else, or nothing, or not under its conditions, and whom a guard wants to look at.
///
/// # Errors
/// As [`patch()`].
pub(super) async fn deactivate_all(
    app: &App,
    caller: &ScimCaller,
    departures: &[&Departure],
) -> Result<Option<Vec<Resource>>, AppError> {
    let (schema, mut notes) = (caller.schema(USER), caller.notes());
    let wanted: BTreeMap<UserId, &Departure> = departures.iter().map(|departure| (departure.id, *departure)).collect();
    let ids: Vec<UserId> = wanted.keys().copied().collect();
    let mut tx = app.db.workspace(caller.workspace).await?;
    let rows = users::lock_all(&mut tx, &ids).await?;
    if rows.len() < departures.len() {
        return Ok(None);
    }
    let (mut records, mut details) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in &rows {
        let Some(departure) = wanted.get(&row.id) else { return Ok(None) };
        let before = row.document.read()?;
        let mut after = before.clone();
        let alone = departure.conditions.check_write(&version_tag(row.version), caller.rules()).is_err()
            || patch::apply(schema, &departure.request, &mut after, &mut notes).is_err()
            || validate(schema, &after).is_err();
        if alone {
            return Ok(None);
        }
        let record = UserRecord::new(after, row.active)?;
        if !row.active || record.active || record.document.differing_from(&before) != ["active"] {
            return Ok(None);
        }
        details.push((row.id, told(&before, &record.document, UserChange::Deactivated)));
        records.push((row.id, record));
    }
    let documents: Vec<(UserId, &Document)> = records.iter().map(|(id, record)| (*id, &record.document)).collect();
    let rows = users::deactivate_all(&mut tx, &documents, clock::now()).await?;
    if !effects::users_deactivated(&mut tx, caller, details).await? {
        return Ok(None);
    }
    tx.commit().await?;
    caller.trace().people(ids);
    app.wake.reconcile();
    app.wake.deprovision();
    // As the use case for one does it for a bulk request: what is not shown is not read.
    Ok(Some(rows.into_iter().map(|row| Resource::user(row, &[], false)).collect()))
}

/// Reads a user (RFC 7644 §3.4.1).
///
/// # Errors
/// 404.
pub async fn get(app: &App, caller: &ScimCaller, id: &str, projection: &Projection) -> Result<Resource, AppError> {
    let key = UserId::parse(id).ok_or_else(|| unknown(id))?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = users::find(&mut tx, key).await?.ok_or_else(|| unknown(id))?;
    show(&mut tx, row, projection).await
}

/// Replaces a user (RFC 7644 §3.5.1). An omitted `active` keeps its value: a profile update brings nobody back.
///
/// # Errors
/// 404, 412, 428, `invalidValue`, `mutability`, `uniqueness`.
pub async fn replace(
    app: &App,
    caller: &ScimCaller,
    id: &str,
    body: Value,
    conditions: &Preconditions,
    projection: &Projection,
) -> Result<Resource, AppError> {
    let schema = caller.schema(USER);
    let parsed = Document::parse(schema, body, &mut caller.notes())?;
    change(app, caller, id, conditions, projection, |before| {
        let mut after = parsed.document;
        after.keep_from(schema, before)?;
        Ok(after)
    })
    .await
}

/// Changes a user (RFC 7644 §3.5.2).
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
    let (schema, mut notes) = (caller.schema(USER), caller.notes());
    let request = PatchRequest::parse(schema, body, &mut notes)?;
    change(app, caller, id, conditions, projection, |before| {
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
    edit: impl FnOnce(&Document) -> Result<Document, ScimError>,
) -> Result<Resource, AppError> {
    let key = UserId::parse(id).ok_or_else(|| unknown(id))?;
    let schema = caller.schema(USER);
    caller.trace().target(USER, key);
    let mut tx = app.db.workspace(caller.workspace).await?;
    let row = users::lock(&mut tx, key).await?.ok_or_else(|| unknown(id))?;
    check(&mut tx, caller, &row, conditions).await?;
    let before = row.document.read()?;
    name(caller, &before);
    let after = edit(&before)?;
    name(caller, &after);
    validate(schema, &after)?;
    if after == before {
        return show(&mut tx, row, projection).await; // no write, no version, no audit row
    }
    let record = UserRecord::new(after, row.active)?;
    rewrite(app, caller, tx, row, &before, &record, projection).await
}

/// Writes a locked user anew, with all that it entails.
pub(super) async fn rewrite(
    app: &App,
    caller: &ScimCaller,
    mut tx: WorkspaceTx,
    row: UserRow,
    before: &Document,
    record: &UserRecord,
    projection: &Projection,
) -> Result<Resource, AppError> {
    let schema = caller.schema(USER);
    let change = UserChange::of_update(row.active, record.active);
    let emails_change = email_keys(before) != record.email_keys;
    let row = users::update(&mut tx, row.id, record, emails_change, row.active, clock::now()).await?;
    let unique = unique::values(schema, &record.document);
    if unique != unique::values(schema, before) {
        unique_values::replace(&mut tx, Owner::User(row.id), &unique).await?;
    }
    let detail = told(before, &record.document, change);
    effects::user_changed(&mut tx, caller, row.id, change, Some(detail)).await?;
    let written = written_on_request(schema, Some(before), &record.document);
    let resource = Resource { written, ..show(&mut tx, row, projection).await? };
    tx.commit().await?;
    app.wake.reconcile();
    if change.closes_the_member() {
        app.wake.deprovision();
    }
    Ok(resource)
}

/// For the audit log: which attributes, by name alone, and whether the person was to be in and is to be in.
fn told(before: &Document, after: &Document, change: UserChange) -> Value {
    let mut detail = json!({ "changed": after.differing_from(before) });
    let active = match change {
        UserChange::Deactivated => Some((true, false)),
        UserChange::Reactivated => Some((false, true)),
        UserChange::Created | UserChange::Updated | UserChange::Deleted => None,
    };
    if let Some((before, after)) = active {
        detail["before"] = json!({ "active": before });
        detail["after"] = json!({ "active": after });
    }
    detail
}

/// Deletes a user (RFC 7644 §3.6). The person is out with the commit; the member stays, deactivated, and is found again when the
/// identity provider creates the same person anew.
///
/// # Errors
/// 404, 412.
pub async fn delete(app: &App, caller: &ScimCaller, id: &str, conditions: &Preconditions) -> Result<(), AppError> {
    let key = UserId::parse(id).ok_or_else(|| unknown(id))?;
    caller.trace().target(USER, key);
    let mut tx = app.db.workspace(caller.workspace).await?;
    users::leave_groups(&mut tx, key, clock::now()).await?;
    let row = users::lock(&mut tx, key).await?.ok_or_else(|| unknown(id))?;
    check(&mut tx, caller, &row, conditions).await?;
    name(caller, &row.document.read()?);
    effects::user_deleted(&mut tx, caller, key).await?;
    users::delete(&mut tx, key).await?;
    tx.commit().await?;
    app.wake.reconcile();
    app.wake.deprovision();
    Ok(())
}

/// Whether the conditions let a write of this user go ahead. Groups are no part of that; they are read only to say which tag there is.
async fn check(tx: &mut WorkspaceTx, caller: &ScimCaller, row: &UserRow, conditions: &Preconditions) -> Result<(), AppError> {
    if conditions.check_write(&version_tag(row.version), caller.rules()).is_ok() {
        return Ok(());
    }
    let tag = show(tx, row.clone(), &Projection::default()).await?.tag;
    Ok(conditions.check_write(&tag, caller.rules())?)
}

/// Whom the request is about, for the provisioning log.
fn name(caller: &ScimCaller, document: &Document) {
    if let Some(user_name) = document.user_name() {
        caller.trace().user_name(user_name);
    }
}

async fn show(tx: &mut WorkspaceTx, row: UserRow, projection: &Projection) -> Result<Resource, AppError> {
    // They are in the entity tag, which every answer has.
    let groups = if projection.shows() { users::groups_of(tx, row.id).await? } else { Vec::new() };
    Ok(Resource::user(row, &groups, projection.wants("groups")))
}
