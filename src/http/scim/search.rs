//! `/.search`: users and groups at once.

use poem::web::Data;
use poem_openapi::OpenApi;

use super::{
    ScimAuth, ScimFailure,
    documents::{SearchDocument, SearchListDocument},
    payload::{ScimAnswer, ScimBody},
    render,
};
use crate::{
    app::{
        App,
        search::{self, Query},
    },
    http::context::ScimRoot,
    scim::{LIMITS, PageRequest, Projection, ResourceType, SearchRequest, filter},
};

/// A query over every resource type.
pub struct Search;

/// The query as it applies to one type.
fn of(auth: &ScimAuth, resource_type: ResourceType, query: &SearchRequest) -> Result<Query, ScimFailure> {
    let schema = auth.0.schema(resource_type);
    let projection = Projection::parse(schema, query.attributes.as_deref(), query.excluded_attributes.as_deref())?;
    let filter =
        query.filter.as_deref().map(|text| filter::parse_among(text, schema, &auth.0.profile().schemas())).transpose()?;
    Ok(Query { filter, projection })
}

#[OpenApi]
impl Search {
    /// Searches users and groups
    ///
    /// The users that match come first, then the groups. An attribute that a type lacks has no value there.
    #[oai(path = "/.search", method = "post", operation_id = "search")]
    async fn search(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        body: ScimBody<SearchDocument>,
    ) -> Result<ScimAnswer<SearchListDocument>, ScimFailure> {
        let query = SearchRequest::parse(&body.0)?;
        let page = PageRequest::parse(query.start_index.as_deref(), query.count.as_deref(), &LIMITS)?;
        let (users, groups) = (of(&auth, ResourceType::User, &query)?, of(&auth, ResourceType::Group, &query)?);
        // Each resource is shown by the projection that its own list was asked with; names that a type lacks say nothing there.
        let found = search::both(app, &auth.0, &root.0, &users, &groups, page).await?;
        Ok(render::mixed(found, &root, &auth, &users.projection, &groups.projection))
    }
}
