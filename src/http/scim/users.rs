//! `/Users`

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
};

use super::{
    ScimAuth, ScimFailure,
    answers::{NoContent, ScimAnswer, ScimRead},
    body::ScimBody,
    conditions::Conditions,
    documents::{PatchDocument, SearchDocument, UserDocument, UserListDocument},
    render,
    search::{search, search_by_address},
};
use crate::{
    app::{App, users},
    http::context::ScimRoot,
    scim::{Projection, ResourceType, SearchRequest},
};

/// Users of the workspace's directory.
pub struct Users;

const USER: ResourceType = ResourceType::User;

fn projection(
    auth: &ScimAuth,
    attributes: &Query<Option<String>>,
    excluded: &Query<Option<String>>,
) -> Result<Projection, ScimFailure> {
    Ok(Projection::parse(auth.0.schema(USER), attributes.as_deref(), excluded.as_deref())?)
}

#[OpenApi(ignore_case)]
impl Users {
    /// Creates a user
    ///
    /// The person is invited; the role comes from `roles` or the extension's `role`, else from groups, else the workspace's default.
    #[oai(path = "/Users", method = "post", operation_id = "createUser")]
    async fn create(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        attributes: Query<Option<String>>,
        #[oai(name = "excludedAttributes")] excluded: Query<Option<String>>,
        body: ScimBody<UserDocument>,
    ) -> Result<ScimAnswer<UserDocument, 201>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let user = users::create(app, &auth.0, body.0).await?;
        Ok(render::answer(user, &root, &auth, &projection))
    }

    /// Lists users
    ///
    /// In the order of their creation or of `sortBy`, page by page: by `startIndex`, or by `cursor` (RFC 9865), which is empty for the
    /// first page and `nextCursor` of the page before for the others. `filter` as in RFC 7644 §3.4.2.2, for instance
    /// `userName eq "isaac@acme.test"`.
    #[oai(path = "/Users", method = "get", operation_id = "listUsers")]
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
    ) -> Result<ScimAnswer<UserListDocument>, ScimFailure> {
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
        search_by_address(app, &auth, &root, &[USER], request).await
    }

    /// Lists users by a query in the body
    ///
    /// The same answer as the list; what is searched for stands in no log.
    #[oai(path = "/Users/.search", method = "post", operation_id = "searchUsers")]
    async fn search(
        &self,
        auth: ScimAuth,
        Data(app): Data<&App>,
        root: ScimRoot,
        body: ScimBody<SearchDocument>,
    ) -> Result<ScimAnswer<UserListDocument>, ScimFailure> {
        search(app, &auth, &root, &[USER], SearchRequest::parse_noting(&body.0, &mut auth.0.notes())?).await
    }

    /// Reads a user
    #[oai(path = "/Users/:id", method = "get", operation_id = "getUser")]
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
    ) -> Result<ScimRead<UserDocument>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let user = users::get(app, &auth.0, &id, &projection).await?;
        Ok(render::read(user, &root, &auth, &projection, &conditions.0))
    }

    /// Replaces a user
    ///
    /// Attributes that are left out are cleared, except `active`, which keeps its value.
    #[oai(path = "/Users/:id", method = "put", operation_id = "replaceUser")]
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
        body: ScimBody<UserDocument>,
    ) -> Result<ScimAnswer<UserDocument>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let user = users::replace(app, &auth.0, &id, body.0, &conditions.0, &projection).await?;
        Ok(render::answer(user, &root, &auth, &projection))
    }

    /// Changes a user
    #[oai(path = "/Users/:id", method = "patch", operation_id = "patchUser")]
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
    ) -> Result<ScimAnswer<UserDocument>, ScimFailure> {
        let projection = projection(&auth, &attributes, &excluded)?;
        let user = users::patch(app, &auth.0, &id, body.0, &conditions.0, &projection).await?;
        Ok(render::answer(user, &root, &auth, &projection))
    }

    /// Deletes a user
    ///
    /// The person is out with the answer. The `id` is gone for ever; the same person created anew gets another one.
    #[oai(path = "/Users/:id", method = "delete", operation_id = "deleteUser")]
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
        users::delete(app, &auth.0, &id, &conditions.0).await?;
        Ok(NoContent)
    }
}
