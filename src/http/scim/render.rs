//! From a use case's resource to the JSON that this caller sees.

use serde_json::{Map, Value};

use super::{
    ScimAuth,
    payload::{ScimAnswer, ScimRead},
};
use crate::{
    app::resource::{Page, Resource},
    http::context::ScimRoot,
    scim::{
        Preconditions, ResourceType,
        etag::version_tag,
        page,
        project::{self, Meta, Projection},
    },
};

/// One resource as an answer.
pub fn answer<D, const STATUS: u16>(
    resource: Resource,
    root: &ScimRoot,
    auth: &ScimAuth,
    projection: &Projection,
) -> ScimAnswer<D, STATUS> {
    let (etag, location) = (version_tag(resource.version), location(&resource, root));
    ScimAnswer::resource(body(resource, root, auth, projection), etag, location)
}

/// One resource as the answer to a read, which may be that the client has it already.
pub fn read<D>(
    resource: Resource,
    root: &ScimRoot,
    auth: &ScimAuth,
    projection: &Projection,
    conditions: &Preconditions,
) -> ScimRead<D> {
    let etag = version_tag(resource.version);
    if conditions.not_modified(&etag) {
        return ScimRead::NotModified(etag);
    }
    ScimRead::Resource(answer(resource, root, auth, projection))
}

/// A page as an answer.
pub fn list<D>(found: Page, root: &ScimRoot, auth: &ScimAuth, projection: &Projection) -> ScimAnswer<D> {
    let resources = found.resources.into_iter().map(|resource| body(resource, root, auth, projection)).collect();
    ScimAnswer::new(page::list_response(found.total, found.start_index, resources))
}

/// A page of users and groups, each by its own projection.
pub fn mixed<D>(found: Page, root: &ScimRoot, auth: &ScimAuth, users: &Projection, groups: &Projection) -> ScimAnswer<D> {
    let shown = |resource: Resource| {
        let projection = match resource.resource_type {
            ResourceType::User => users,
            ResourceType::Group => groups,
        };
        body(resource, root, auth, projection)
    };
    let resources = found.resources.into_iter().map(shown).collect();
    ScimAnswer::new(page::list_response(found.total, found.start_index, resources))
}

fn location(resource: &Resource, root: &ScimRoot) -> String {
    format!("{}{}/{}", root.0, resource.resource_type.endpoint(), resource.id)
}

fn body(resource: Resource, root: &ScimRoot, auth: &ScimAuth, projection: &Projection) -> Value {
    let meta = Meta {
        created: resource.created,
        last_modified: resource.last_modified,
        location: location(&resource, root),
        version: version_tag(resource.version),
    };
    let read_only = absolute(resource.read_only, root);
    let schema = auth.0.schema(resource.resource_type);
    let projection = if resource.written.is_empty() { projection } else { &projection.after_writing(&resource.written) };
    project::render(schema, &resource.id, &resource.document, read_only, &meta, projection)
}

/// Makes the `$ref` of groups and members absolute.
fn absolute(mut read_only: Map<String, Value>, root: &ScimRoot) -> Map<String, Value> {
    let elements = read_only.values_mut().filter_map(Value::as_array_mut).flatten();
    for reference in elements.filter_map(|element| element.get_mut("$ref")) {
        if let Some(path) = reference.as_str() {
            *reference = format!("{}/{path}", root.0).into();
        }
    }
    read_only
}
