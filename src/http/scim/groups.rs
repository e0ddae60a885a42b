//! `/Groups`

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
};

use super::{
    ScimAuth, ScimFailure,
    answers::{NoContent, ScimAnswer, ScimPatched, ScimRead},
    body::ScimBody,
    conditions::Conditions,
    documents::{GroupDocument, GroupListDocument, PatchDocument, SearchDocument},
    render,
    search::{search, search_by_address},
};
use crate::{
    app::{App, groups},
    http::context::ScimRoot,
    scim::{Projection, ResourceType, SearchRequest},
};

/// Groups of the workspace's directory. A change of one member reads none of the others.
pub struct Groups;

const GROUP: ResourceType = ResourceType::Group;

fn projection(
    auth: &ScimAuth,
    attributes: &Query<Option<String>>,
    excluded: &Query<Option<String>>,
) -> Result<Projection, ScimFailure> {
    Ok(Projection::parse(auth.0.schema(GROUP), attributes.as_deref(), excluded.as_deref())?)
}

#[OpenApi(ignore_case)]
impl Groups {
    /// Creates a group
    ///
    /// With or without members.
    #[oai(path = "/Groups", method = "post", operation_id = "createGroup")]
    async fn create(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        attributes: Query<Option<String>>,
        #[oai(name = "excludedAttributes")] excluded: Query<Option<String>>,
        body: ScimBody<GroupDocument>,
    ) -> Result<ScimAnswer<GroupDocument, 201>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let group = groups::create(app, &auth.0, body.0, &projection).await?;
        Ok(render::answer(group, &root, &auth, &projection))
    }

    /// Lists groups
    ///
    /// In the order of their creation or of `sortBy`, page by page: by `startIndex`, or by `cursor` (RFC 9865), which is empty for the
    /// first page and `nextCursor` of the page before for the others. `filter` as in RFC 7644 §3.4.2.2, for instance
    /// `displayName eq "Engineering"`. Members can be left out by `excludedAttributes=members`, which is much faster for large groups.
    #[oai(path = "/Groups", method = "get", operation_id = "listGroups")]
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
    ) -> Result<ScimAnswer<GroupListDocument>, ScimFailure> {
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
        search_by_address(app, &auth, &root, &[GROUP], request).await
    }

    /// Lists groups by a query in the body
    ///
    /// The same answer as the list; what is searched for stands in no log.
    #[oai(path = "/Groups/.search", method = "post", operation_id = "searchGroups")]
    async fn search(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        body: ScimBody<SearchDocument>,
    ) -> Result<ScimAnswer<GroupListDocument>, ScimFailure> {
        search(app, &auth, &root, &[GROUP], SearchRequest::parse_noting(&body.0, &mut auth.0.notes())?).await
    }

    /// Reads a group
    #[oai(path = "/Groups/:id", method = "get", operation_id = "getGroup")]
    async fn get(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        id: Path<String>,
        conditions: Conditions,
        /// Answer 304 if the resource has this version
        #[oai(name = "If-None-Match")]
        _if_none_match: Header<Option<String>>,
        attributes: Query<Option<String>>,
        #[oai(name = "excludedAttributes")] excluded: Query<Option<String>>,
    ) -> Result<ScimRead<GroupDocument>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let group = groups::get(app, &auth.0, &id, &projection).await?;
        Ok(render::read(group, &root, &auth, &projection, &conditions.0))
    }

    /// Replaces a group
    ///
    /// Attributes that are left out are cleared, except `members`, which are left alone; an empty list empties the group.
    #[oai(path = "/Groups/:id", method = "put", operation_id = "replaceGroup")]
    async fn replace(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        id: Path<String>,
        conditions: Conditions,
        /// Go ahead only if the resource has this version
        #[oai(name = "If-Match")]
        _if_match: Header<Option<String>>,
        attributes: Query<Option<String>>,
        #[oai(name = "excludedAttributes")] excluded: Query<Option<String>>,
        body: ScimBody<GroupDocument>,
    ) -> Result<ScimAnswer<GroupDocument>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let group = groups::replace(app, &auth.0, &id, body.0, &conditions.0, &projection).await?;
        Ok(render::answer(group, &root, &auth, &projection))
    }

    /// Changes a group
    ///
    /// A group with more than a hundred members is answered with 204 unless `attributes` or `excludedAttributes` says what to show.
    #[oai(path = "/Groups/:id", method = "patch", operation_id = "patchGroup")]
    async fn patch(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        id: Path<String>,
        conditions: Conditions,
        /// Go ahead only if the resource has this version
        #[oai(name = "If-Match")]
        _if_match: Header<Option<String>>,
        attributes: Query<Option<String>>,
        #[oai(name = "excludedAttributes")] excluded: Query<Option<String>>,
        body: ScimBody<PatchDocument>,
    ) -> Result<ScimPatched<GroupDocument>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let group = groups::patch(app, &auth.0, &id, body.0, &conditions.0, &projection).await?;
        Ok(render::patched(group, &root, &auth, &projection))
    }

    /// Deletes a group
    ///
    /// What its members had through it is taken from them.
    #[oai(path = "/Groups/:id", method = "delete", operation_id = "deleteGroup")]
    async fn delete(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        id: Path<String>,
        conditions: Conditions,
        /// Go ahead only if the resource has this version
        #[oai(name = "If-Match")]
        _if_match: Header<Option<String>>,
    ) -> Result<NoContent, ScimFailure> {
        groups::delete(app, &auth.0, &id, &conditions.0).await?;
        Ok(NoContent)
    }
}
