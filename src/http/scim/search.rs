//! The SCIM address itself and `/.search`: users and groups at once.

use poem::web::Data;
use poem_openapi::{OpenApi, param::Query};

use super::{
    ScimAuth, ScimFailure,
    answers::ScimAnswer,
    body::ScimBody,
    documents::{SearchDocument, SearchListDocument},
    render,
};
use crate::{
    app::{App, listing},
    http::context::ScimRoot,
    scim::{LIMITS, ListQuery, Paging, ResourceSchema, ResourceType, SearchRequest, sensitive},
};

/// A query over every resource type.
pub struct Search;

/// A page of the resources of these types. Each is shown by the projection of its own type; names that a type lacks say nothing there.
pub(super) async fn search<D>(
    app: &App,
    auth: &ScimAuth,
    root: &ScimRoot,
    kinds: &[ResourceType],
    request: SearchRequest,
) -> Result<ScimAnswer<D>, ScimFailure> {
    let mut notes = auth.0.notes();
    let schemas: Vec<_> = kinds.iter().map(|kind| auth.0.schema(*kind)).collect();
    let queries = schemas.iter().map(|schema| ListQuery::parse(&request, schema, beside(&schemas), &mut notes));
    let queries = queries.collect::<Result<Vec<_>, _>>()?;
    let paging = Paging::parse(&request, &LIMITS)?;
    let mut show = |resource| render::listed(resource, root, auth, &queries);
    Ok(ScimAnswer::list(listing::list(app, &auth.0, &queries, &paging, &mut show).await?))
}

/// The same for a request whose query is in the address, which stands in logs.
pub(super) async fn search_by_address<D>(
    app: &App,
    auth: &ScimAuth,
    root: &ScimRoot,
    kinds: &[ResourceType],
    request: SearchRequest,
) -> Result<ScimAnswer<D>, ScimFailure> {
    let schemas: Vec<_> = kinds.iter().map(|kind| auth.0.schema(*kind)).collect();
    for schema in &schemas {
        sensitive::check_address(request.filter.as_deref(), schema, beside(&schemas), auth.0.rules())?;
    }
    search(app, auth, root, kinds, request).await
}

/// What is listed beside one of these: nothing, if there is but one.
fn beside<'l, 's>(schemas: &'l [&'s ResourceSchema]) -> &'l [&'s ResourceSchema] {
    if schemas.len() > 1 { schemas } else { &[] }
}

#[OpenApi(ignore_case)]
impl Search {
    /// Lists users and groups
    ///
    /// The same as `.search`, with the query in the address (RFC 7644 §3.4.2.1).
    #[oai(path = "/", method = "get", operation_id = "listAll")]
    async fn list(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        filter: Query<Option<String>>,
        #[oai(name = "sortBy")] sort_by: Query<Option<String>>,
        #[oai(name = "sortOrder")] sort_order: Query<Option<String>>,
        #[oai(name = "startIndex")] start_index: Query<Option<String>>,
        cursor: Query<Option<String>>,
        count: Query<Option<String>>,
        attributes: Query<Option<String>>,
        #[oai(name = "excludedAttributes")] excluded: Query<Option<String>>,
    ) -> Result<ScimAnswer<SearchListDocument>, ScimFailure> {
        let request = SearchRequest {
            filter: filter.0,
            sort_by: sort_by.0,
            sort_order: sort_order.0,
            start_index: start_index.0,
            cursor: cursor.0,
            count: count.0,
            attributes: attributes.0,
            excluded_attributes: excluded.0,
        };
        search_by_address(app, &auth, &root, &ResourceType::ALL, request).await
    }

    /// Searches users and groups
    ///
    /// The users that match come first, then the groups, unless `sortBy` puts them in one order. An attribute that a type lacks has no
    /// value there.
    #[oai(path = "/.search", method = "post", operation_id = "search")]
    async fn search(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        body: ScimBody<SearchDocument>,
    ) -> Result<ScimAnswer<SearchListDocument>, ScimFailure> {
        let request = SearchRequest::parse_noting(&body.0, &mut auth.0.notes())?;
        search(app, &auth, &root, &ResourceType::ALL, request).await
    }
}
