//! What operators do with workspaces: make them, set plan and gate. The ops API and the command line call the same functions.

use serde_json::json;

use super::{App, caller::OperatorCaller, effects, error::AppError, hand_over, invitations, roles, saml};
use crate::{
    clock,
    directory::{
        event::EventType,
        gate::{self, Missing, Plan},
        provisioning::ManagedPeople,
        roles::Role,
    },
    ids::{MemberId, WorkspaceId},
    scim::identity,
    store::{self, by_hand, global, sweeps, workspaces},
};

pub use crate::store::workspaces::WorkspaceRow;

/// What a new workspace is to be.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// Short name: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Plan.
    pub plan: Plan,
    /// Whether SCIM is enabled.
    pub scim_enabled: bool,
    /// The address of a first administrator, given by hand.
    pub admin: Option<String>,
}

/// What is to change; none leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceChange {
    /// Name.
    pub name: Option<String>,
    /// Plan.
    pub plan: Option<Plan>,
    /// Disables the SAML connection by which people sign in, if there is one. Who is signed in stays so.
    pub disable_saml: bool,
    /// Whether SCIM is enabled.
    pub scim_enabled: Option<bool>,
    /// The role of people to whom nothing else gives one.
    pub default_role: Option<String>,
    /// How many people it may have; within, none for as many as they are.
    pub seats: Option<Option<u32>>,
    /// What becomes of the directory's people, when SCIM is switched off by this or before.
    pub managed_people: Option<ManagedPeople>,
}

const SLUG_CHARACTERS: usize = 63;
const NAME_CHARACTERS: usize = 200;

/// Which conditions of the gate do not hold.
pub fn gate_of(workspace: &WorkspaceRow) -> Vec<Missing> {
    gate::decide(workspace.conditions())
}

/// Makes a workspace, and its first administrator.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with the wish; [`AppError::Conflict`] when the short name is taken.
pub async fn create_workspace(app: &App, caller: OperatorCaller, new: NewWorkspace) -> Result<WorkspaceRow, AppError> {
    check_slug(&new.slug)?;
    check_name(&new.name)?;
    if new.admin.as_ref().is_some_and(|admin| !admin.contains('@')) {
        return Err(AppError::Invalid("admin: must be an e-mail address.".into()));
    }
    let now = clock::now();
    let row = WorkspaceRow {
        id: WorkspaceId::new(),
        slug: new.slug,
        name: new.name,
        plan: new.plan.as_str().into(),
        saml_enabled: false,
        scim_enabled: new.scim_enabled,
        default_role: Role::VIEWER.as_str().into(),
        seats: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = global::make_workspace(&app.db, &row).await?;
    let caller = caller.of(row.id);
    let detail = json!({ "after": { "name": row.name, "plan": row.plan, "scim_enabled": row.scim_enabled } });
    effects::audit(&mut tx, &caller, "workspace.created", row.id.as_uuid(), Some(detail)).await?;
    if let Some(admin) = new.admin {
        let id = MemberId::new();
        let email_key = identity::fold(&admin);
        let invited = by_hand::Invited { id, email: &admin, email_key: &email_key, display_name: None, role: &Role::ADMIN };
        by_hand::invite(&mut tx, invited, caller.request, now).await?;
        effects::audit(&mut tx, &caller, "member.invited", id.as_uuid(), Some(json!({ "role": "admin" }))).await?;
        effects::event(&mut tx, &caller, EventType::MemberInvited, id.as_uuid(), Some(json!({ "role": "admin" }))).await?;
        invitations::opened(&mut tx, &[(id, caller.request)]).await?;
    }
    tx.commit().await?;
    app.wake.reconcile();
    Ok(row)
}

fn check_slug(slug: &str) -> Result<(), AppError> {
    let fits = (1..=SLUG_CHARACTERS).contains(&slug.len())
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if fits {
        return Ok(());
    }
    Err(AppError::Invalid(
        "slug: at most 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.".into(),
    ))
}

fn check_name(name: &str) -> Result<(), AppError> {
    if !name.trim().is_empty() && name.chars().count() <= NAME_CHARACTERS {
        return Ok(());
    }
    Err(AppError::Invalid("name: a workspace needs a name of at most 200 characters.".into()))
}

/// Finds a workspace by its short name.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn workspace(app: &App, _caller: OperatorCaller, slug: &str) -> Result<WorkspaceRow, AppError> {
    global::workspace_by_slug(app.db.pool(), slug).await?.ok_or(AppError::NotFound("workspace"))
}

/// Workspaces after this one, in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn workspaces(
    app: &App,
    _caller: OperatorCaller,
    after: Option<WorkspaceId>,
    limit: i64,
) -> Result<Vec<WorkspaceRow>, AppError> {
    Ok(global::workspaces(app.db.pool(), after, limit).await?)
}

/// Changes a workspace. When the gate closes by it, SCIM is refused from the next request on; nobody is deactivated by that alone, and
/// sessions live on by their own rules.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] says what is wrong with the wish; [`AppError::Conflict`] when the gate closes and nobody has
/// said what becomes of the directory's people, or opens while they are being handed over.
pub async fn change_workspace(
    app: &App,
    caller: OperatorCaller,
    slug: &str,
    change: WorkspaceChange,
) -> Result<WorkspaceRow, AppError> {
    if let Some(name) = &change.name {
        check_name(name)?;
    }
    let id = workspace(app, caller, slug).await?.id;
    let caller = caller.of(id);
    let mut tx = app.db.workspace(id).await?;
    let before = workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let mut conditions = before.conditions();
    conditions.plan = change.plan.unwrap_or(conditions.plan);
    if change.disable_saml {
        saml::disable_active(&mut tx, &caller).await?;
        conditions.saml_enabled = false;
    }
    conditions.scim_enabled = change.scim_enabled.unwrap_or(conditions.scim_enabled);
    let default_role = match &change.default_role {
        Some(name) => roles::wanted(&mut tx, name).await?,
        None => store::roles::load(&mut tx).await?.default().clone(),
    };
    let seats = change.seats.map_or(before.seats, |seats| seats.map(|seats| i32::try_from(seats).unwrap_or(i32::MAX)));
    let name = change.name.unwrap_or_else(|| before.name.clone());
    let after = workspaces::update(&mut tx, conditions, &name, &default_role, seats, clock::now()).await?;
    let state = |row: &WorkspaceRow| json!({ "name": row.name, "plan": row.plan, "saml_enabled": row.saml_enabled, "scim_enabled": row.scim_enabled, "default_role": row.default_role, "seats": row.seats });
    let chosen = change.managed_people.map(ManagedPeople::as_str);
    let detail = json!({ "before": state(&before), "after": state(&after), "managed_people": chosen });
    effects::audit(&mut tx, &caller, "workspace.changed", id.as_uuid(), Some(detail)).await?;
    let missing = gate_of(&after);
    let was_open = gate_of(&before).is_empty();
    if missing.is_empty() && change.managed_people.is_some() {
        return Err(AppError::Invalid("managed_people: is for switching SCIM off, and it is on after this.".into()));
    }
    if missing.is_empty() && !was_open {
        hand_over::gate_opens(&mut tx).await?;
    }
    if !missing.is_empty() {
        hand_over::gate_closed(&mut tx, &caller, was_open, change.managed_people).await?;
    }
    if was_open != missing.is_empty() {
        let data = json!({ "open": missing.is_empty() });
        effects::event(&mut tx, &caller, EventType::WorkspaceGateChanged, id.as_uuid(), Some(data)).await?;
    }
    if before.default_role != after.default_role {
        // Everybody without a role of their own: that is what a sweep is for.
        sweeps::begin(&mut tx, caller.request, true, clock::now()).await?;
    }
    tx.commit().await?;
    app.wake.reconcile();
    Ok(after)
}
