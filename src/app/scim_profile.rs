//! What SCIM is in a workspace: read with each request, from memory unless it has changed, and changed by its administrators.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::{Value, json};

use super::{
    App,
    caller::{AdminCaller, Caller},
    effects,
    error::AppError,
};
use crate::{
    clock,
    ids::WorkspaceId,
    scim::{
        Profile, ResourceType, Rules, Tolerance,
        discovery::schema_definition,
        schema::{
            Extension, Schema,
            definition::{compatible, custom_urn},
        },
    },
    store::{
        WorkspaceTx, roles,
        scim_profiles::{self, ExtensionRow},
    },
};

/// Extension schemas that a workspace may define.
const MOST_SCHEMAS: usize = 20;
/// Profiles that a process keeps in memory.
const MOST_KEPT: usize = 10_000;

/// The profiles that this process has read. Cheap to clone.
#[derive(Clone, Default)]
pub struct Profiles(Arc<RwLock<HashMap<WorkspaceId, Kept>>>);

struct Kept {
    version: i64,
    profile: Arc<Profile>,
}

impl Profiles {
    fn get(&self, workspace: WorkspaceId, version: i64) -> Option<Arc<Profile>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(&workspace).filter(|kept| kept.version == version).map(|kept| kept.profile.clone())
    }

    fn put(&self, workspace: WorkspaceId, version: i64, profile: Arc<Profile>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(workspace, Kept { version, profile });
    }
}

/// The profile of a workspace whose row says that it has this version.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn of(app: &App, workspace: WorkspaceId, version: i64) -> Result<Arc<Profile>, AppError> {
    if version == 0 {
        return Ok(Profile::builtin());
    }
    if let Some(profile) = app.profiles.get(workspace, version) {
        return Ok(profile);
    }
    let mut tx = app.db.workspace(workspace).await?;
    let profile = Arc::new(load(&mut tx).await?);
    // Perhaps newer than the version, which is as good: the next request sees the newer version and reads again.
    app.profiles.put(workspace, version, profile.clone());
    Ok(profile)
}

async fn load(tx: &mut WorkspaceTx) -> Result<Profile, AppError> {
    let rules = scim_profiles::rules(tx).await?;
    let extensions = defined(tx).await?.into_iter().map(|defined| (defined.resource_type, defined.extension));
    let roles = roles::load(tx).await?;
    let custom = roles.iter().filter(|role| !role.is_built_in()).map(ToString::to_string);
    Ok(Profile::new(extensions, rules).with_roles(custom))
}

/// An extension schema that a workspace has defined.
#[derive(Debug, Clone)]
pub struct Defined {
    /// What it extends.
    pub resource_type: ResourceType,
    /// The schema, and whether it is required.
    pub extension: Extension,
}

async fn defined(tx: &mut WorkspaceTx) -> Result<Vec<Defined>, AppError> {
    scim_profiles::extensions(tx).await?.into_iter().map(read).collect()
}

fn read(row: ExtensionRow) -> Result<Defined, AppError> {
    let broken = |reason: String| AppError::Bug(anyhow::anyhow!("a stored extension schema cannot be read: {reason}"));
    let id = row.definition.0.get("id").and_then(Value::as_str).unwrap_or_default();
    let schema = Schema::from_definition(id, &row.definition.0).map_err(broken)?;
    let resource_type = ResourceType::named(&row.resource_type).ok_or_else(|| broken(row.resource_type.clone()))?;
    Ok(Defined { resource_type, extension: Extension { schema, required: row.required } })
}

/// The rules of the caller's workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn rules(app: &App, caller: &AdminCaller) -> Result<Rules, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(scim_profiles::rules(&mut tx).await?)
}

/// Changes the rules of the caller's workspace; they hold for requests that come in from then on.
///
/// # Errors
/// Postgres is busy or away.
pub async fn change_rules(app: &App, caller: &AdminCaller, change: impl FnOnce(&mut Rules)) -> Result<Rules, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    scim_profiles::changed(&mut tx).await?;
    let before = scim_profiles::rules(&mut tx).await?;
    let mut rules = before;
    change(&mut rules);
    if rules == before {
        return Ok(rules);
    }
    scim_profiles::put_rules(&mut tx, &rules, clock::now()).await?;
    let detail = json!({ "before": shown(&before), "after": shown(&rules) });
    effects::audit(&mut tx, caller, "scim_rules.changed", caller.workspace.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(rules)
}

fn shown(rules: &Rules) -> Value {
    json!({
        "refused_tolerances": rules.refused.iter().map(Tolerance::name).collect::<Vec<_>>(),
        "require_if_match": rules.require_if_match,
        "refuse_personal_filters": rules.refuse_personal_filters,
        "refuse_pathless_patch": rules.refuse_pathless_patch,
        "replace_complex_whole": rules.replace_complex_whole,
    })
}

/// The extension schemas of the caller's workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn schemas(app: &App, caller: &AdminCaller) -> Result<Vec<Defined>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    defined(&mut tx).await
}

/// Defines an extension schema, or changes its definition.
///
/// # Errors
/// [`AppError::Invalid`] with a sentence that names the attribute; [`AppError::Conflict`] when values that are stored would change their
/// meaning.
pub async fn define(
    app: &App,
    caller: &AdminCaller,
    urn: &str,
    resource_type: ResourceType,
    required: bool,
    definition: &Value,
) -> Result<Defined, AppError> {
    let urn = custom_urn(urn).map_err(AppError::Invalid)?;
    let schema = Schema::from_definition(urn, definition).map_err(AppError::Invalid)?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    scim_profiles::changed(&mut tx).await?;
    let others = defined(&mut tx).await?;
    let before = others.iter().find(|other| other.extension.schema.id.eq_ignore_ascii_case(urn));
    match before {
        Some(before) => {
            if before.extension.schema.id != urn || before.resource_type != resource_type {
                return Err(AppError::Conflict(format!(
                    "{} is defined for {}s: spelling and resource type stay. Delete it first, or choose another URN.",
                    before.extension.schema.id,
                    before.resource_type.name()
                )));
            }
            compatible(&before.extension.schema, &schema).map_err(AppError::Conflict)?;
        }
        None if others.len() >= MOST_SCHEMAS => {
            return Err(AppError::Conflict(format!(
                "A workspace may define {MOST_SCHEMAS} extension schemas. Delete one first."
            )));
        }
        None => {}
    }
    let stored = schema_definition(&schema);
    let key = urn.to_ascii_lowercase();
    scim_profiles::put_extension(&mut tx, &key, resource_type.name(), required, &stored, clock::now()).await?;
    let defined = Defined { resource_type, extension: Extension { schema, required } };
    told(&mut tx, caller, "scim_schema.defined", urn, before, Some(&defined)).await?;
    tx.commit().await?;
    Ok(defined)
}

/// Removes an extension schema of which no resource has values.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] while a user or group has values of it.
pub async fn remove(app: &App, caller: &AdminCaller, urn: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    scim_profiles::changed(&mut tx).await?;
    let found = defined(&mut tx).await?.into_iter().find(|defined| defined.extension.schema.id.eq_ignore_ascii_case(urn));
    let found = found.ok_or(AppError::NotFound("extension schema"))?;
    let urn = &found.extension.schema.id;
    if scim_profiles::in_use(&mut tx, urn).await? {
        return Err(AppError::Conflict(format!(
            "Users or groups have values of {urn}. Stop sending them in the identity provider and remove them (PATCH remove with the path {urn}), then delete the schema."
        )));
    }
    scim_profiles::delete_extension(&mut tx, &urn.to_ascii_lowercase()).await?;
    told(&mut tx, caller, "scim_schema.removed", urn, Some(&found), None).await?;
    tx.commit().await?;
    Ok(())
}

async fn told(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    action: &'static str,
    urn: &str,
    before: Option<&Defined>,
    after: Option<&Defined>,
) -> Result<(), AppError> {
    let shown = |defined: &Defined| {
        let extension = &defined.extension;
        let attributes: Vec<&str> = extension.schema.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        json!({ "resource_type": defined.resource_type.name(), "required": extension.required, "attributes": attributes })
    };
    let detail = json!({ "urn": urn, "before": before.map(shown), "after": after.map(shown) });
    effects::audit(tx, caller, action, caller.workspace.as_uuid(), Some(detail)).await
}
