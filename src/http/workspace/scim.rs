//! `/scim`: how SCIM is served in this workspace, and what it has beside the built-in schemas.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json, types::Any};
use serde_json::{Value, json};

use super::{auth::AdminAuth, tokens::Done};
use crate::{
    app::{
        App,
        scim_profile::{self, Defined},
    },
    http::problem::Problem,
    scim::{ResourceType, Rules, Tolerance, discovery::schema_definition},
};

/// Rules and extension schemas of the workspace's SCIM server.
pub struct ScimApi;

/// A departure from the letter of SCIM that an identity provider needs.
#[derive(Debug, Object)]
#[oai(rename = "Tolerance")]
struct ToleranceAnswer {
    /// Its name, as in the provisioning log.
    name: String,
    /// Who needs it.
    providers: String,
    /// What is let pass.
    reason: String,
    /// Whether this workspace refuses it.
    refused: bool,
}

/// How SCIM is served.
#[derive(Debug, Object)]
#[oai(rename = "ScimRules")]
struct RulesAnswer {
    /// Every departure from the letter that is let pass unless it is refused.
    tolerances: Vec<ToleranceAnswer>,
    /// Changes without `If-Match` are answered 428.
    require_if_match: bool,
    /// Filters in the address that name a person are answered 403 `sensitive`; `.search` takes them.
    refuse_personal_filters: bool,
    /// PATCH operations without a path are refused.
    refuse_pathless_patch: bool,
    /// Replacing a complex attribute removes the parts that the new value does not have.
    replace_complex_whole: bool,
}

impl From<Rules> for RulesAnswer {
    fn from(rules: Rules) -> Self {
        let tolerances = Tolerance::ALL.iter().map(|tolerance| ToleranceAnswer {
            name: tolerance.name().to_owned(),
            providers: tolerance.providers().to_owned(),
            reason: tolerance.reason().to_owned(),
            refused: rules.refused.contains(*tolerance),
        });
        Self {
            tolerances: tolerances.collect(),
            require_if_match: rules.require_if_match,
            refuse_personal_filters: rules.refuse_personal_filters,
            refuse_pathless_patch: rules.refuse_pathless_patch,
            replace_complex_whole: rules.replace_complex_whole,
        }
    }
}

/// What is to change; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "ScimRulesChange", deny_unknown_fields)]
struct RulesBody {
    /// The names of all tolerances that are refused from now on.
    refused_tolerances: Option<Vec<String>>,
    /// Changes without `If-Match` are answered 428. Identity providers do not send it.
    require_if_match: Option<bool>,
    /// Filters in the address that name a person are answered 403. Identity providers send such filters.
    refuse_personal_filters: Option<bool>,
    /// PATCH operations without a path are refused. Okta and Entra ID send them.
    refuse_pathless_patch: Option<bool>,
    /// Replacing a complex attribute removes the parts that the new value does not have.
    replace_complex_whole: Option<bool>,
}

/// An extension schema.
#[derive(Debug, Object)]
#[oai(rename = "ExtensionSchema")]
struct SchemaAnswer {
    /// The URN.
    id: String,
    /// What it extends: `User` or `Group`.
    resource_type: String,
    /// Whether every resource of the type must have it.
    required: bool,
    /// As in `/Schemas`: name, description and attributes with all their characteristics (RFC 7643 §7).
    definition: Any<Value>,
}

impl From<Defined> for SchemaAnswer {
    fn from(defined: Defined) -> Self {
        Self {
            id: defined.extension.schema.id.clone(),
            resource_type: defined.resource_type.name().to_owned(),
            required: defined.extension.required,
            definition: Any(schema_definition(&defined.extension.schema)),
        }
    }
}

/// The definition of an extension schema.
#[derive(Debug, Object)]
#[oai(rename = "ExtensionSchemaDefinition", deny_unknown_fields)]
struct SchemaBody {
    /// What it extends: `User` or `Group`.
    resource_type: String,
    /// Whether every resource of the type must have it. Resources that lack it are refused at their next change.
    #[oai(default)]
    required: bool,
    /// The name people know it by.
    name: Option<String>,
    /// What it describes.
    description: Option<String>,
    /// The attributes, each as in RFC 7643 §7: `name`, `type`, `multiValued`, `required`, `caseExact`, `mutability`, `returned`,
    /// `uniqueness` (`none` or `server`), `canonicalValues`, `referenceTypes`, `subAttributes`, `description`.
    attributes: Vec<Any<Value>>,
}

#[OpenApi]
impl ScimApi {
    /// How SCIM is served in this workspace
    #[oai(path = "/scim/rules", method = "get", operation_id = "getScimRules")]
    async fn rules(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<RulesAnswer>, Problem> {
        Ok(Json(scim_profile::rules(app, &auth.0).await?.into()))
    }

    /// Changes how SCIM is served
    ///
    /// The defaults suit every identity provider; each switch makes the workspace stricter.
    #[oai(path = "/scim/rules", method = "patch", operation_id = "changeScimRules")]
    async fn change_rules(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        body: Json<RulesBody>,
    ) -> Result<Json<RulesAnswer>, Problem> {
        let body = body.0;
        let refused = body.refused_tolerances.map(|names| names.iter().map(|name| tolerance(name)).collect()).transpose()?;
        let changed = scim_profile::change_rules(app, &auth.0, |rules| {
            rules.refused = refused.unwrap_or(rules.refused);
            rules.require_if_match = body.require_if_match.unwrap_or(rules.require_if_match);
            rules.refuse_personal_filters = body.refuse_personal_filters.unwrap_or(rules.refuse_personal_filters);
            rules.refuse_pathless_patch = body.refuse_pathless_patch.unwrap_or(rules.refuse_pathless_patch);
            rules.replace_complex_whole = body.replace_complex_whole.unwrap_or(rules.replace_complex_whole);
        });
        Ok(Json(changed.await?.into()))
    }

    /// Lists the workspace's extension schemas
    #[oai(path = "/scim/schemas", method = "get", operation_id = "listExtensionSchemas")]
    async fn schemas(&self, auth: AdminAuth, Data(app): Data<&App>) -> Result<Json<Vec<SchemaAnswer>>, Problem> {
        Ok(Json(scim_profile::schemas(app, &auth.0).await?.into_iter().map(SchemaAnswer::from).collect()))
    }

    /// Defines an extension schema, or changes its definition
    ///
    /// From then on its attributes are stored, shown, filtered, sorted, validated and listed in `/Schemas` like the built-in ones. What
    /// stored values mean stays: type, multiValued, caseExact and uniqueness of an attribute cannot change, and none can go.
    #[oai(path = "/scim/schemas/:urn", method = "put", operation_id = "putExtensionSchema")]
    async fn define(
        &self,
        auth: AdminAuth,
        Data(app): Data<&App>,
        urn: Path<String>,
        body: Json<SchemaBody>,
    ) -> Result<Json<SchemaAnswer>, Problem> {
        let body = body.0;
        let kind =
            ResourceType::named(&body.resource_type).ok_or_else(|| Problem::invalid("resource_type must be User or Group."))?;
        let attributes: Vec<Value> = body.attributes.into_iter().map(|attribute| attribute.0).collect();
        let definition = json!({ "name": body.name, "description": body.description, "attributes": attributes });
        Ok(Json(scim_profile::define(app, &auth.0, &urn, kind, body.required, &definition).await?.into()))
    }

    /// Removes an extension schema
    ///
    /// Refused while users or groups have values of it.
    #[oai(path = "/scim/schemas/:urn", method = "delete", operation_id = "deleteExtensionSchema")]
    async fn remove(&self, auth: AdminAuth, Data(app): Data<&App>, urn: Path<String>) -> Result<Done, Problem> {
        scim_profile::remove(app, &auth.0, &urn).await?;
        Ok(Done::Done)
    }
}

fn tolerance(name: &str) -> Result<Tolerance, Problem> {
    let names = || Tolerance::ALL.iter().map(|tolerance| tolerance.name()).collect::<Vec<_>>().join(", ");
    Tolerance::named(name).ok_or_else(|| {
        Problem::invalid(format!("refused_tolerances: there is no tolerance of this name; there are {}.", names()))
    })
}
