//! `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644 §4).

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};
use serde_json::Value;

use super::{
    ScimAuth, ScimFailure,
    answers::ScimAnswer,
    auth::ScimAuthOrNobody,
    documents::{DiscoveryDocument, DiscoveryListDocument, ServiceProviderConfigDocument},
};
use crate::{
    app::App,
    http::context::ScimRoot,
    scim::{
        ScimError, discovery,
        page::{Place, list_response},
    },
};

/// What the server can do.
pub struct Discovery;

/// A filter says that the client expects something else than all there is (RFC 7644 §4); other parameters are ignored.
fn refuse(filter: &Query<Option<String>>) -> Result<(), ScimFailure> {
    match filter.0 {
        Some(_) => Err(ScimError::new(403, "This endpoint takes no filter: it always lists everything.").into()),
        None => Ok(()),
    }
}

fn all<D>(resources: Vec<Value>) -> ScimAnswer<D> {
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    ScimAnswer::new(list_response(Place::Index { total, start_index: 1 }, resources))
}

fn one<D>(resources: Vec<Value>, id: &str, what: &str) -> Result<ScimAnswer<D>, ScimFailure> {
    let found = resources.into_iter().find(|resource| resource.get("id").and_then(Value::as_str) == Some(id));
    found.map(ScimAnswer::new).ok_or_else(|| ScimError::new(404, format!("There is no {what} of this name.")).into())
}

#[OpenApi(ignore_case)]
impl Discovery {
    /// What the server can do
    ///
    /// Without a token it tells how to authenticate, and no more.
    #[oai(path = "/ServiceProviderConfig", method = "get", operation_id = "getServiceProviderConfig")]
    async fn config(
        &self,
        auth: ScimAuthOrNobody,
        Data(app): Data<&App>,
        root: ScimRoot,
        filter: Query<Option<String>>,
    ) -> Result<ScimAnswer<ServiceProviderConfigDocument>, ScimFailure> {
        refuse(&filter)?;
        Ok(ScimAnswer::new(match auth.0 {
            Some(_) => discovery::service_provider_config(&root.0, app.config.scim_bulk),
            None => discovery::public_service_provider_config(&root.0),
        }))
    }

    /// Which kinds of resources there are
    #[oai(path = "/ResourceTypes", method = "get", operation_id = "listResourceTypes")]
    async fn resource_types(
        &self,
        auth: ScimAuth,
        root: ScimRoot,
        filter: Query<Option<String>>,
    ) -> Result<ScimAnswer<DiscoveryListDocument>, ScimFailure> {
        refuse(&filter)?;
        Ok(all(discovery::resource_types(auth.0.profile(), &root.0)))
    }

    /// One kind of resource
    #[oai(path = "/ResourceTypes/:id", method = "get", operation_id = "getResourceType")]
    async fn resource_type(
        &self,
        auth: ScimAuth,
        root: ScimRoot,
        id: Path<String>,
    ) -> Result<ScimAnswer<DiscoveryDocument>, ScimFailure> {
        one(discovery::resource_types(auth.0.profile(), &root.0), &id, "resource type")
    }

    /// Every attribute with its characteristics
    #[oai(path = "/Schemas", method = "get", operation_id = "listSchemas")]
    async fn schemas(
        &self,
        auth: ScimAuth,
        root: ScimRoot,
        filter: Query<Option<String>>,
    ) -> Result<ScimAnswer<DiscoveryListDocument>, ScimFailure> {
        refuse(&filter)?;
        Ok(all(discovery::schemas(auth.0.profile(), &root.0)))
    }

    /// One schema
    #[oai(path = "/Schemas/:id", method = "get", operation_id = "getSchema")]
    async fn schema(
        &self,
        auth: ScimAuth,
        root: ScimRoot,
        id: Path<String>,
    ) -> Result<ScimAnswer<DiscoveryDocument>, ScimFailure> {
        one(discovery::schemas(auth.0.profile(), &root.0), &id, "schema")
    }
}
