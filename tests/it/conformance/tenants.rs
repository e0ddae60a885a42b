//! Workspaces beside one another, RFC 7644 §6.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    asking::{SEARCH_REQUEST, finds, person},
    framework::{Ground, Section, hold, requirements},
};
use crate::{
    harness::{Answer, Api, Workspace},
    operations,
    scim::{ENTERPRISE, id, patch, path},
};

/// Q228 to Q231.
pub const SECTION: Section = Section {
    title: "Workspaces",
    requirements: requirements! {
        228 Must "Another workspace's id is answered exactly as an unknown one, in every place of every operation." => a_foreign_id_is_an_unknown_id;
        229 Must "A workspace that is named beside the token is refused or means nothing." => a_tenant_named_beside_the_token;
        230 Must "externalId and userName are unique in one workspace only." => names_are_unique_in_one_workspace_only;
        231 Should "One person in two workspaces has ids that do not tell of one another." => one_person_in_two_workspaces_has_ids_that_do_not_meet;
    },
};

#[tokio::test]
async fn q228_to_q231_tenants() {
    hold(&SECTION).await;
}

/// A request with an id of somebody else in it.
struct Request {
    /// `operationId`.
    operation: &'static str,
    method: Method,
    /// Below the SCIM address.
    target: String,
    if_match: Option<String>,
    body: Value,
}

impl Request {
    fn new(operation: &'static str, method: Method, target: impl Into<String>) -> Self {
        Self { operation, method, target: target.into(), if_match: None, body: Value::Null }
    }

    fn body(self, body: Value) -> Self {
        Self { body, ..self }
    }

    /// The same again, only for a version.
    fn and_with(self, version: &str) -> [Self; 2] {
        let again =
            Self { if_match: Some(version.to_owned()), ..Self::new(self.operation, self.method.clone(), self.target.clone()) };
        [again.body(self.body.clone()), self]
    }

    /// The same as an operation of a bulk request.
    fn in_bulk(&self) -> Self {
        let path = self.target.split('?').next().expect("a path");
        let mut operation = json!({ "method": self.method.as_str(), "path": path, "bulkId": "b", "data": self.body });
        if let Some(version) = &self.if_match {
            operation["version"] = json!(version);
        }
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation] });
        Self::new("bulk", Method::POST, "/Bulk").body(body)
    }

    async fn send(&self, api: &Api) -> Answer {
        let mut request = api.request(self.method.clone(), &self.target);
        if let Some(version) = &self.if_match {
            request = request.header("if-match", version).header("if-none-match", version);
        }
        if !self.body.is_null() {
            request = request.header("content-type", "application/scim+json").body(self.body.to_string());
        }
        api.send(request).await
    }
}

/// Operations in which nothing can be named, and why.
const NAMELESS: [(&str, &str); 1] = [("getServiceProviderConfig", "takes nothing")];

/// Every place of every SCIM operation in which an id can stand.
fn requests(root: &str, own_group: &str, theirs: &str) -> Vec<Request> {
    let (version, encoded) =
        ("W/\"1\"", |filter: &str| filter.replace(' ', "%20").replace('"', "%22").replace('[', "%5B").replace(']', "%5D"));
    let operation = |operation: Value| patch(json!([operation]));
    let title = || operation(json!({ "op": "replace", "path": "externalId", "value": "taken over" }));
    let (mut all, mut creations) = (Vec::new(), Vec::new());
    for (kind, get, put, change, delete, name) in [
        ("Users", "getUser", "replaceUser", "patchUser", "deleteUser", "userName"),
        ("Groups", "getGroup", "replaceGroup", "patchGroup", "deleteGroup", "displayName"),
    ] {
        for query in ["", "?attributes=externalId", "?excludedAttributes=members"] {
            let at = format!("/{kind}/{theirs}{query}");
            all.extend(Request::new(get, Method::GET, &at).and_with(version));
            all.extend(Request::new(put, Method::PUT, &at).body(json!({ name: "Taken over" })).and_with(version));
            all.extend(Request::new(change, Method::PATCH, &at).body(title()).and_with(version));
        }
        all.extend(Request::new(delete, Method::DELETE, format!("/{kind}/{theirs}")).and_with(version));
        let reference = format!("{root}/{kind}/{theirs}");
        for filter in [
            format!("id eq \"{theirs}\""),
            format!("not (id ne \"{theirs}\")"),
            format!("id sw \"{theirs}\""),
            format!("meta.location eq \"{reference}\""),
            format!("externalId eq \"{theirs}\""),
        ] {
            all.push(Request::new("listUsers", Method::GET, format!("/Users?filter={}", encoded(&filter))));
            all.push(Request::new("listGroups", Method::GET, format!("/Groups?filter={}", encoded(&filter))));
            all.push(Request::new("listAll", Method::GET, format!("/?filter={}", encoded(&filter))));
            for (operation, endpoint) in [("searchUsers", "/Users"), ("searchGroups", "/Groups"), ("search", "")] {
                let body = json!({ "schemas": [SEARCH_REQUEST], "filter": filter });
                all.push(Request::new(operation, Method::POST, format!("{endpoint}/.search")).body(body));
            }
        }
        for (endpoint, filter) in [
            ("/Users", format!("groups.value eq \"{theirs}\"")),
            ("/Users", format!("groups[value eq \"{theirs}\"]")),
            ("/Users", format!("groups.$ref eq \"{reference}\"")),
            ("/Users", format!("{ENTERPRISE}:manager.value eq \"{theirs}\"")),
            ("/Groups", format!("members.value eq \"{theirs}\"")),
            ("/Groups", format!("members[value eq \"{theirs}\"]")),
            ("/Groups", format!("members.$ref eq \"{reference}\"")),
            ("/Groups", format!("members eq \"{theirs}\"")),
        ] {
            let list = if endpoint == "/Users" { "listUsers" } else { "listGroups" };
            all.push(Request::new(list, Method::GET, format!("{endpoint}?filter={}", encoded(&filter))));
            let body = json!({ "schemas": [SEARCH_REQUEST], "filter": filter });
            all.push(Request::new("search", Method::POST, "/.search").body(body));
        }
        for member in [
            json!({ "value": theirs }),
            json!({ "value": theirs, "type": "User" }),
            json!({ "value": theirs, "type": "Group" }),
            json!({ "$ref": format!("{kind}/{theirs}") }),
            json!({ "$ref": reference }),
        ] {
            let body = json!({ "displayName": format!("With {theirs}"), "members": [member] });
            all.push(Request::new("createGroup", Method::POST, "/Groups").body(body.clone()));
            all.push(Request::new("replaceGroup", Method::PUT, format!("/Groups/{own_group}")).body(body));
            for op in ["add", "replace", "remove"] {
                let body = operation(json!({ "op": op, "path": "members", "value": [member] }));
                all.push(Request::new("patchGroup", Method::PATCH, format!("/Groups/{own_group}")).body(body));
            }
        }
        let by_filter = operation(json!({ "op": "remove", "path": format!("members[value eq \"{theirs}\"]") }));
        all.push(Request::new("patchGroup", Method::PATCH, format!("/Groups/{own_group}")).body(by_filter));
        // A manager may be somebody whom nobody has sent yet, so any id is as good as another.
        for manager in [json!({ "value": theirs }), json!(theirs), json!({ "value": theirs, "$ref": reference })] {
            let body = json!({ "userName": format!("{}-{kind}-{}", theirs, manager.to_string().len()), (ENTERPRISE): { "manager": manager } });
            creations.push(Request::new("createUser", Method::POST, "/Users").body(body));
        }
        let body = json!({ "userName": format!("own-{kind}-{theirs}"), "id": theirs, "groups": [{ "value": theirs }], "externalId": theirs });
        creations.push(Request::new("createUser", Method::POST, "/Users").body(body));
    }
    for (operation, target) in [
        ("getResourceType", format!("/ResourceTypes/{theirs}")),
        ("getSchema", format!("/Schemas/{theirs}")),
        ("listResourceTypes", format!("/ResourceTypes?filter={}", encoded(&format!("id eq \"{theirs}\"")))),
        ("listSchemas", format!("/Schemas?filter={}", encoded(&format!("id eq \"{theirs}\"")))),
    ] {
        all.push(Request::new(operation, Method::GET, target));
    }
    for endpoint in ["/Users", "/Groups"] {
        let list = if endpoint == "/Users" { "listUsers" } else { "listGroups" };
        all.push(Request::new(list, Method::GET, format!("{endpoint}?cursor={theirs}")));
    }
    // Every write once more, as an operation of a bulk request.
    let writes = all.iter().filter(|request| request.method != Method::GET && !request.operation.starts_with("search"));
    let bulk: Vec<Request> = writes.map(Request::in_bulk).collect();
    all.extend(bulk);
    // At the end: who is created is found by what was asked before.
    all.extend(creations);
    all
}

/// All that a caller can compare, with the id taken out, and with it what is new in every answer.
fn seen(answer: &Answer, theirs: &str) -> (u16, Vec<(String, String)>, String) {
    let own = answer.status == 201;
    let mut body = if answer.text.is_empty() { Value::Null } else { answer.json() };
    if own {
        body["id"] = Value::Null;
        body["meta"] = Value::Null;
    }
    let changing =
        |name: &str| matches!(name, "x-request-id" | "date") || (own && matches!(name, "location" | "content-location"));
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !changing(name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").replace(theirs, "<id>")))
        .collect();
    headers.sort();
    (answer.status, headers, body.to_string().replace(theirs, "<id>"))
}

/// Another id, of the same age and form, that names nothing.
fn unknown(id: &str) -> String {
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

/// Everything that a workspace has, as it sees it.
async fn everything(workspace: &Workspace) -> Value {
    let users = workspace.scim().get("/Users?count=1000").await.expect(200);
    let groups = workspace.scim().get("/Groups?count=1000").await.expect(200);
    json!([users, groups, workspace.members().await])
}

/// Sends one request with the id of somebody else's, one with an id of nobody, in workspaces that are alike, and compares.
pub async fn a_foreign_id_is_an_unknown_id(ground: &Ground<'_>) {
    let instance = ground.instance;
    let (ours, theirs) = (instance.workspace().open().await, instance.workspace().open().await);
    let own = ours.user("own@acme.test").await;
    let own_group = ours.group("Own", &[&own]).await;
    let stranger = theirs.scim().post("/Users", json!({ "userName": "stranger@other.test" })).await.expect(201);
    let strangers = theirs.group("Strangers", &[&stranger]).await;
    // Their external ids are their ids, so that a filter by either would find them.
    for resource in [&stranger, &strangers] {
        let own = json!([{ "op": "add", "path": "externalId", "value": id(resource) }]);
        theirs.scim().operations(&path(resource), own).await.expect(200);
    }
    instance.settle().await;
    let before = everything(&theirs).await;
    let root = format!("{}/api/v1/auth/scim", instance.url());
    let mut covered = std::collections::BTreeSet::new();
    for foreign in [id(&stranger), id(&strangers)] {
        let unknown = unknown(foreign);
        let pairs = requests(&root, id(&own_group), foreign).into_iter().zip(requests(&root, id(&own_group), &unknown));
        for (request, control) in pairs {
            let what = format!("{} {} {}", request.method, request.target, request.body);
            let start = ours.scim().get(&path(&own_group)).await.expect(200);
            let first = request.send(&ours.scim()).await;
            // Both begin from the same: a version that moved is put into both answers.
            let second = control.send(&ours.scim()).await;
            assert_eq!(seen(&first, foreign), seen(&second, &unknown), "{what}");
            assert!(!first.text.to_lowercase().contains("stranger"), "{what}: {}", first.text);
            if first.json()["totalResults"].is_number() {
                assert_eq!(first.json()["totalResults"], 0, "{what}");
            }
            assert_eq!(ours.scim().get(&path(&own_group)).await.expect(200), start, "{what}");
            covered.insert(request.operation);
        }
    }
    let served = operations::of(instance, "scim").await;
    operations::assert_covered(&served, covered.into_iter().chain(NAMELESS.iter().map(|row| row.0)));
    assert_eq!(everything(&theirs).await, before);
    for (endpoint, total) in [("/Users", 1), ("/Groups", 1)] {
        assert_eq!(theirs.scim().get(endpoint).await.expect(200)["totalResults"], total);
    }
}

/// The workspace is known from the token alone; wherever else somebody names one, it is refused or means nothing.
pub async fn a_tenant_named_beside_the_token(ground: &Ground<'_>) {
    let instance = ground.instance;
    let (ours, theirs) = (instance.workspace().open().await, instance.workspace().open().await);
    let own = ours.user("own@acme.test").await;
    theirs.user("stranger@other.test").await;
    for name in [&theirs.slug, &theirs.id] {
        for target in
            [format!("/{name}/Users"), format!("/Users/{name}"), format!("/workspaces/{name}/Users"), format!("/{name}")]
        {
            let answer = ours.scim().get(&target).await;
            assert!(matches!(answer.status, 403 | 404), "{target}: {}", answer.status);
            answer.scim_error(answer.status, None);
        }
        let root = instance.with_token(&ours.admin_token);
        for target in [format!("/api/v1/ops/workspaces/{name}/tokens"), format!("/api/v1/ops/workspaces/{name}")] {
            let answer = root.get(&target).await;
            assert!(matches!(answer.status, 401 | 403 | 404), "{target}: {}", answer.status);
        }
        for header in ["X-Workspace", "X-Workspace-Id", "X-Tenant-Id", "X-Forwarded-Host", "X-Original-URL", "Forwarded"] {
            let answer = ours.scim().raw("GET", "/Users").header(header, name).send().expect(200);
            assert_eq!((&answer["totalResults"], &answer["Resources"][0]["id"]), (&json!(1), &own["id"]), "{header}");
        }
        for query in ["workspace", "workspace_id", "tenant"] {
            let page = ours.scim().get(&format!("/Users?{query}={name}")).await.expect(200);
            assert_eq!(page["Resources"][0]["id"], own["id"], "{query}");
        }
    }
    assert_eq!(theirs.scim().get("/Users").await.expect(200)["totalResults"], 1);
}

pub async fn names_are_unique_in_one_workspace_only(ground: &Ground<'_>) {
    let instance = ground.instance;
    let (one, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let mut ids = Vec::new();
    for workspace in [&one, &other] {
        let user = person(workspace, json!({ "userName": "twin@acme.test", "externalId": "00u-twin" })).await;
        let group = workspace.group("Twins", &[&user]).await;
        finds(workspace, "/Users", "userName eq \"TWIN@acme.test\" and externalId eq \"00u-twin\"", &["twin@acme.test"]).await;
        finds(workspace, "/Groups", "displayName eq \"twins\"", &["Twins"]).await;
        workspace.scim().post("/Users", json!({ "userName": "Twin@acme.test" })).await.scim_error(409, Some("uniqueness"));
        ids.push([id(&user).to_owned(), id(&group).to_owned()]);
    }
    // What the one does to its twin, the other does not notice.
    for (endpoint, place) in [("/Groups", 1), ("/Users", 0)] {
        one.scim().delete(&format!("{endpoint}/{}", ids[0][place])).await.expect(204);
        other.scim().get(&format!("{endpoint}/{}", ids[1][place])).await.expect(200);
        one.scim().get(&format!("{endpoint}/{}", ids[1][place])).await.scim_error(404, None);
    }
}

pub async fn one_person_in_two_workspaces_has_ids_that_do_not_meet(ground: &Ground<'_>) {
    let instance = ground.instance;
    let (one, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let body = json!({ "userName": "ada@acme.test", "externalId": "00u-ada", "emails": [{ "value": "ada@acme.test" }] });
    let mut tails = std::collections::BTreeSet::new();
    for round in 0..20 {
        for workspace in [&one, &other] {
            let user = person(workspace, body.clone()).await;
            // Beyond the time (48 bits) and the form (6 bits) there are 74 random ones.
            let hex = id(&user).replace('-', "");
            assert!(tails.insert(format!("{}{}", &hex[13..16], &hex[17..])), "round {round}: {hex} again");
            workspace.scim().delete(&path(&user)).await.expect(204);
        }
    }
    let (a, b) = (person(&one, body.clone()).await, person(&other, body).await);
    instance.settle().await;
    let (a, b) = (one.member_of(&a).await, other.member_of(&b).await);
    assert_ne!(a["id"], b["id"], "and the members behind them");
}
