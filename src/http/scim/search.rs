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
    app::{App, listing},
    http::context::ScimRoot,
    scim::{LIMITS, ListQuery, Paging, SearchRequest},
};

/// A query over every resource type.
pub struct Search;

#[OpenApi]
impl Search {
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
        let (schemas, mut notes) = (auth.0.profile().schemas(), auth.0.notes());
        // Each resource is shown by the projection of its own type; names that a type lacks say nothing there.
        let queries = schemas.map(|schema| ListQuery::parse(&request, schema, &schemas, &mut notes));
        let queries = queries.into_iter().collect::<Result<Vec<_>, _>>()?;
        let found = listing::list(app, &auth.0, &root.0, &queries, &Paging::parse(&request, &LIMITS)?).await?;
        Ok(render::list(found, &root, &auth, &queries))
    }
}
