//! From a use case's resource to the JSON that this caller sees.

use serde_json::Value;

use super::{
    ScimAuth,
    answers::{ScimAnswer, ScimPatched, ScimRead},
    stream::{Rest, Written},
};
use crate::{
    app::resource::{Resource, make_absolute},
    http::context::ScimRoot,
    scim::{
        ListQuery, Preconditions,
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
    let (etag, location) = (resource.tag.clone(), location(&resource, root));
    ScimAnswer::resource(body(resource, root, auth, projection), etag, location)
}

/// One resource as the answer to a PATCH. A group with more members than stand in the answer by themselves is not shown unless the
/// client says what it wants to see: a change of one member must not cost the listing of a hundred thousand.
pub fn patched<D>(resource: Resource, root: &ScimRoot, auth: &ScimAuth, projection: &Projection) -> ScimPatched<D> {
    if projection.is_usual() && resource.more_members.is_some() {
        return ScimPatched::Done { location: location(&resource, root), etag: resource.tag };
    }
    ScimPatched::Resource(answer(resource, root, auth, projection))
}

/// One resource as the answer to a read, which may be that the client has it already.
pub fn read<D>(
    resource: Resource,
    root: &ScimRoot,
    auth: &ScimAuth,
    projection: &Projection,
    conditions: &Preconditions,
) -> ScimRead<D> {
    if conditions.not_modified(&resource.tag) {
        return ScimRead::NotModified(resource.tag);
    }
    ScimRead::Resource(answer(resource, root, auth, projection))
}

/// One resource of a list, by the projection that its type was asked with.
pub fn listed(resource: Resource, root: &ScimRoot, auth: &ScimAuth, queries: &[ListQuery]) -> Written {
    let asked = queries.iter().find(|query| query.resource_type == resource.resource_type);
    body(resource, root, auth, asked.map_or(&Projection::default(), |query| &query.projection))
}

fn location(resource: &Resource, root: &ScimRoot) -> String {
    format!("{}{}/{}", root.0, resource.resource_type.endpoint(), resource.id)
}

fn body(resource: Resource, root: &ScimRoot, auth: &ScimAuth, projection: &Projection) -> Written {
    let meta = Meta {
        created: resource.created,
        last_modified: resource.last_modified,
        location: location(&resource, root),
        version: resource.tag.clone(),
    };
    let mut read_only = resource.read_only;
    read_only.values_mut().for_each(|list| absolute(list, root));
    let schema = auth.0.schema(resource.resource_type);
    let projection = if resource.written.is_empty() { projection } else { &projection.after_writing(&resource.written) };
    let body = project::render(schema, &resource.id, &resource.document, read_only, &meta, projection);
    let rest = resource.more_members.zip(schema.attribute("members")).map(|(members, attribute)| {
        let (projection, attribute, root) = (projection.clone(), attribute.clone(), root.clone());
        let shown = move |page: Vec<Value>| {
            let mut page = Value::Array(page);
            absolute(&mut page, &root);
            projection.elements(&attribute, page)
        };
        Rest { members, shown: Box::new(shown) }
    });
    Written::new(body, rest)
}

/// Makes the `$ref` of groups and members absolute.
fn absolute(list: &mut Value, root: &ScimRoot) {
    list.as_array_mut().into_iter().flatten().for_each(|element| make_absolute(element, &root.0));
}
