//! `/workspaces`

use chrono::{DateTime, Utc};
use poem::{Request, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::MaybeUndefined,
};

use super::auth::OperatorAuth;
use crate::{
    app::{
        App,
        error::AppError,
        operator::{self, NewWorkspace, WorkspaceChange, WorkspaceRow},
        set_up, sweep, tokens,
    },
    http::{
        context::browser_origin,
        problem::Problem,
        workspace::{Done, NewSetUpLinkBody, NewTokenBody, SetUpLinkMade, TokenAnswer, TokenMade},
    },
    ids::{TokenId, WorkspaceId},
};

const PAGE: i64 = 100;

/// Workspaces, their plan and gate.
pub struct WorkspacesApi;

/// A workspace.
#[derive(Debug, Object)]
struct Workspace {
    /// The workspace.
    id: String,
    /// Its short name.
    slug: String,
    /// Its name.
    name: String,
    /// `free`, `team`, `business` or `enterprise`.
    plan: String,
    /// Whether SAML SSO is enabled: people sign in by a connection whose test sign-in has succeeded.
    saml_enabled: bool,
    /// Whether SCIM has been enabled.
    scim_enabled: bool,
    /// The role of people to whom nothing else gives one.
    default_role: String,
    /// How many people it may have; none for as many as they are.
    seats: Option<i32>,
    /// Whether SCIM answers.
    gate_open: bool,
    /// What is missing for it, and who can change it.
    gate_missing: Vec<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<WorkspaceRow> for Workspace {
    fn from(row: WorkspaceRow) -> Self {
        let missing = operator::gate_of(&row);
        Self {
            id: row.id.to_string(),
            gate_open: missing.is_empty(),
            gate_missing: missing.iter().map(ToString::to_string).collect(),
            slug: row.slug,
            name: row.name,
            plan: row.plan,
            saml_enabled: row.saml_enabled,
            scim_enabled: row.scim_enabled,
            default_role: row.default_role,
            seats: row.seats,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A workspace that is to be made.
#[derive(Debug, Object)]
#[oai(rename = "NewWorkspace", deny_unknown_fields)]
struct NewWorkspaceBody {
    /// Lower-case letters, digits and hyphens.
    slug: String,
    /// Its name.
    name: String,
    /// `free`, `team`, `business` or `enterprise`; `free` when left out.
    plan: Option<String>,
    /// Whether SCIM is enabled.
    #[oai(default)]
    scim_enabled: bool,
    /// The address of a first administrator.
    admin: Option<String>,
}

/// What is to change; what is left out stays as it is.
#[derive(Debug, Object)]
#[oai(rename = "WorkspaceChange", deny_unknown_fields)]
struct WorkspaceChangeBody {
    /// Its name.
    name: Option<String>,
    /// `free`, `team`, `business` or `enterprise`.
    plan: Option<String>,
    /// `false` disables the SAML connection by which people sign in; who is signed in stays so. Only an administrator of the workspace
    /// enables SAML SSO, by activating a connection whose test sign-in has succeeded.
    saml_enabled: Option<bool>,
    /// Whether SCIM is enabled.
    scim_enabled: Option<bool>,
    /// The role of people to whom nothing else gives one.
    default_role: Option<String>,
    /// How many people it may have; null for as many as they are. Nobody is put out when they are more already.
    seats: MaybeUndefined<u32>,
    /// What becomes of the directory's people when SCIM is switched off by this change (by plan, SAML SSO or SCIM itself): `keep` leaves
    /// them as they are until SCIM is switched on again; `hand_over` leaves them in with the role that they have, to be managed by hand,
    /// and empties the directory, its groups included. Must be said when there are such people.
    managed_people: Option<String>,
}

#[derive(ApiResponse)]
enum WorkspaceMade {
    /// The workspace.
    #[oai(status = 201)]
    Made(Json<Workspace>),
}

#[derive(ApiResponse)]
enum Begun {
    /// Begun; the worker carries it out.
    #[oai(status = 202)]
    Begun,
}

fn parsed<T: std::str::FromStr<Err = String>>(name: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|error| AppError::Invalid(format!("{name}: {error}")).into())).transpose()
}

#[OpenApi]
impl WorkspacesApi {
    /// Makes a workspace
    #[oai(path = "/workspaces", method = "post", operation_id = "createWorkspace")]
    async fn create(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        body: Json<NewWorkspaceBody>,
    ) -> Result<WorkspaceMade, Problem> {
        let body = body.0;
        let new = NewWorkspace {
            slug: body.slug,
            name: body.name,
            plan: parsed("plan", body.plan)?.unwrap_or(crate::directory::gate::Plan::Free),
            scim_enabled: body.scim_enabled,
            admin: body.admin,
        };
        Ok(WorkspaceMade::Made(Json(operator::create_workspace(app, auth.0, new).await?.into())))
    }

    /// Lists workspaces
    ///
    /// A hundred a page, in the order of their making; `after` is the id of the last one of the page before.
    #[oai(path = "/workspaces", method = "get", operation_id = "listWorkspaces")]
    async fn list(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        after: Query<Option<String>>,
    ) -> Result<Json<Vec<Workspace>>, Problem> {
        let after = after.0.map(|id| WorkspaceId::parse(&id).ok_or_else(|| Problem::not_found("workspace"))).transpose()?;
        let workspaces = operator::workspaces(app, auth.0, after, PAGE).await?;
        Ok(Json(workspaces.into_iter().map(Workspace::from).collect()))
    }

    /// Reads a workspace
    #[oai(path = "/workspaces/:slug", method = "get", operation_id = "getWorkspace")]
    async fn get(&self, auth: OperatorAuth, Data(app): Data<&App>, slug: Path<String>) -> Result<Json<Workspace>, Problem> {
        Ok(Json(operator::workspace(app, auth.0, &slug).await?.into()))
    }

    /// Changes a workspace
    ///
    /// When the gate closes by it, SCIM is refused; nobody is deactivated by that alone.
    #[oai(path = "/workspaces/:slug", method = "patch", operation_id = "changeWorkspace")]
    async fn change(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        slug: Path<String>,
        body: Json<WorkspaceChangeBody>,
    ) -> Result<Json<Workspace>, Problem> {
        let body = body.0;
        if body.saml_enabled == Some(true) {
            return Err(AppError::Invalid(
                "saml_enabled: operators can only disable it. An administrator of the workspace enables SAML SSO by activating a connection with which a test sign-in has succeeded.".into(),
            )
            .into());
        }
        let change = WorkspaceChange {
            name: body.name,
            plan: parsed("plan", body.plan)?,
            disable_saml: body.saml_enabled == Some(false),
            scim_enabled: body.scim_enabled,
            default_role: body.default_role,
            managed_people: parsed("managed_people", body.managed_people)?,
            seats: match body.seats {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(seats) => Some(Some(seats)),
            },
        };
        Ok(Json(operator::change_workspace(app, auth.0, &slug, change).await?.into()))
    }

    /// Reconciles a workspace now
    ///
    /// Compares everything that the directory says with everything that is, and repairs what differs.
    #[oai(path = "/workspaces/:slug/reconcile", method = "post", operation_id = "reconcileWorkspace")]
    async fn reconcile(&self, auth: OperatorAuth, Data(app): Data<&App>, slug: Path<String>) -> Result<Begun, Problem> {
        let workspace = operator::workspace(app, auth.0, &slug).await?;
        sweep::start_one(app, auth.0, workspace.id).await?;
        Ok(Begun::Begun)
    }

    /// Makes a token for a workspace
    #[oai(path = "/workspaces/:slug/tokens", method = "post", operation_id = "createWorkspaceToken")]
    async fn create_token(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        slug: Path<String>,
        body: Json<NewTokenBody>,
    ) -> Result<TokenMade, Problem> {
        let workspace = operator::workspace(app, auth.0, &slug).await?;
        Ok(TokenMade::Made(Json(tokens::create_as_operator(app, auth.0, workspace.id, body.0.read()?).await?.into())))
    }

    /// Makes a set-up link for a workspace
    ///
    /// For the customer's IT administrator: with it SAML and SCIM are set up without an account, and nothing else is done.
    #[oai(path = "/workspaces/:slug/set-up-links", method = "post", operation_id = "createWorkspaceSetUpLink")]
    async fn create_link(
        &self,
        request: &Request,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        slug: Path<String>,
        body: Json<NewSetUpLinkBody>,
    ) -> Result<SetUpLinkMade, Problem> {
        let made = set_up::make_link_as_operator(app, auth.0, &slug, body.0.read()).await?;
        Ok(SetUpLinkMade::new(&browser_origin(request), made))
    }

    /// Lists the tokens of a workspace
    #[oai(path = "/workspaces/:slug/tokens", method = "get", operation_id = "listWorkspaceTokens")]
    async fn list_tokens(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        slug: Path<String>,
    ) -> Result<Json<Vec<TokenAnswer>>, Problem> {
        let workspace = operator::workspace(app, auth.0, &slug).await?;
        let tokens = tokens::list_as_operator(app, auth.0, workspace.id).await?;
        Ok(Json(tokens.into_iter().map(TokenAnswer::from).collect()))
    }

    /// Revokes a token of a workspace
    #[oai(path = "/workspaces/:slug/tokens/:id", method = "delete", operation_id = "revokeWorkspaceToken")]
    async fn revoke_token(
        &self,
        auth: OperatorAuth,
        Data(app): Data<&App>,
        slug: Path<String>,
        id: Path<String>,
    ) -> Result<Done, Problem> {
        let workspace = operator::workspace(app, auth.0, &slug).await?;
        let id = TokenId::parse(&id).ok_or_else(|| Problem::not_found("token"))?;
        tokens::revoke_as_operator(app, auth.0, workspace.id, id).await?;
        Ok(Done::Done)
    }
}
