//! The SCIM address itself and `/.search`: users and groups at once.

use poem::web::Data;
use poem_openapi::{OpenApi, param::Query};

use super::{
    ScimAuth, ScimFailure,
    documents::{SearchDocument, SearchListDocument},
    payload::{ScimAnswer, ScimBody},
    render,
};
use crate::{
    app::{App, listing},
    http::context::ScimRoot,
    scim::{LIMITS, ListQuery, Paging, SearchRequest, sensitive},
};

/// A query over every resource type.
pub struct Search;

/// Each resource is shown by the projection of its own type; names that a type lacks say nothing there.
async fn search(
    app: &App,
    auth: &ScimAuth,
    root: &ScimRoot,
    request: SearchRequest,
) -> Result<ScimAnswer<SearchListDocument>, ScimFailure> {
    let (schemas, mut notes) = (auth.0.profile().schemas(), auth.0.notes());
    let queries = schemas.map(|schema| ListQuery::parse(&request, schema, &schemas, &mut notes));
    let queries = queries.into_iter().collect::<Result<Vec<_>, _>>()?;
    let found = listing::list(app, &auth.0, &root.0, &queries, &Paging::parse(&request, &LIMITS)?).await?;
    Ok(render::list(found, root, auth, &queries))
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
        let schemas = auth.0.profile().schemas();
        for schema in schemas {
            sensitive::check_address(filter.as_deref(), schema, &schemas, auth.0.rules())?;
        }
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
        search(app, &auth, &root, request).await
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
        search(app, &auth, &root, request).await
    }
}
