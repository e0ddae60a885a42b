//! What several sections ask again and again.

use reqwest::{Method, header::HeaderValue};
use serde_json::{Value, json};

use crate::harness::{Answer, Api, Instance, Workspace, eventually};

/// The form of an id that names nothing.
pub const NOBODY: &str = "019f0000-0000-7000-8000-000000000000";
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The schema of an extension that a workspace has defined for itself.
pub const ACME: &str = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";

/// One certificate in base64, made for these tests.
pub const CERTIFICATE: &str = "MIIBMjCB5aADAgECAhRoRZ4tiOViuQhli//wxXe+FM7yeTAFBgMrZXAwDjEMMAoGA1UEAwwDYWRhMCAXDTI2MTEyNDE1NDkxMVoYDzIxMjYxMDMxMTU0OTExWjAOMQwwCgYDVQQDDANhZGEwKjAFBgMrZXADIQBEGKkLGLhYCRWRPRnaABIkG5CpNueAO7l1e+6ea0+ARaNTMFEwHQYDVR0OBBYEFOtWvJHSeaudkjqJ09evBbL8kEEAMB8GA1UdIwQYMBaAFOtWvJHSeaudkjqJ09evBbL8kEEAMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAPBWWjoLQMJTslu3wC62fCk/+a3yBuV4uc2LS01TntDI97lg2BE2YVRpuUb5ZCF7V4PkRWVLhxCPxGGiXTS0lBQ==";

/// Defines the extension [`ACME`], with an attribute of every kind that the built-in schemas have none of.
pub async fn define_acme(workspace: &Workspace) {
    let definition = json!({
        "resource_type": "User", "name": "Acme", "description": "What Acme knows of a person.",
        "attributes": [
            { "name": "floor", "type": "integer" }, { "name": "weight", "type": "decimal" },
            { "name": "since", "type": "dateTime" }, { "name": "remote", "type": "boolean" },
            { "name": "hired", "mutability": "immutable" }, { "name": "grade", "returned": "request" },
            { "name": "pin", "returned": "never" },
        ],
    });
    workspace.admin().put(&format!("/scim/schemas/{ACME}"), definition).await.expect(200);
}

/// Creates a user with just these attributes.
pub async fn person(workspace: &Workspace, body: Value) -> Value {
    workspace.scim().post("/Users", body).await.expect(201)
}

/// Creates several users, in this order.
pub async fn people<const N: usize>(workspace: &Workspace, bodies: [Value; N]) -> [Value; N] {
    let mut made = Vec::with_capacity(N);
    for body in bodies {
        made.push(person(workspace, body).await);
    }
    made.try_into().expect("as many as were sent")
}

/// `userName` or `displayName`, whichever the type has.
pub fn name(resource: &Value) -> String {
    resource["userName"].as_str().or(resource["displayName"].as_str()).expect("a name").to_owned()
}

/// The names on a page, in its order; the page must be the whole answer.
pub fn names(page: &Value) -> Vec<String> {
    let found: Vec<String> = page["Resources"].as_array().expect("Resources").iter().map(name).collect();
    assert_eq!(page["totalResults"], found.len(), "{page:#}");
    found
}

/// Fails unless a filter finds just these, in whatever order.
pub async fn finds(workspace: &Workspace, endpoint: &str, filter: &str, wanted: &[&str]) {
    let mut found = names(&workspace.scim().filter(endpoint, filter).await.expect(200));
    found.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{endpoint}?filter={filter}");
}

/// Fails unless a filter is refused; answers the sentence that says why.
pub async fn refuses(workspace: &Workspace, endpoint: &str, filter: &str) -> String {
    let answer = workspace.scim().filter(endpoint, filter).await;
    assert_eq!(answer.status, 400, "{endpoint}?filter={filter}: {}", answer.text);
    let detail = answer.scim_error(400, Some("invalidFilter"));
    assert!(detail.contains(' ') && detail.ends_with('.'), "{filter}: {detail} is no sentence");
    detail
}

/// A search by POST.
pub async fn search(api: &Api, endpoint: &str, query: Value) -> Answer {
    let mut body = json!({ "schemas": [SEARCH_REQUEST] });
    body.as_object_mut().expect("an object").extend(query.as_object().expect("an object").clone());
    api.post(&format!("{endpoint}/.search"), body).await
}

/// A request with one more header; a null body is none.
pub async fn with(api: &Api, method: Method, path: &str, header: (&'static str, &str), body: &Value) -> Answer {
    let value = HeaderValue::from_bytes(header.1.as_bytes()).expect("a header");
    let request = api.request(method, path).header(header.0, value);
    if body.is_null() {
        return api.send(request).await;
    }
    api.send(request.header("content-type", "application/scim+json").body(body.to_string())).await
}

/// Puts `count` users into the directory, straight into the tables: `u1@acme.test`, ... Their ids are `…8000-<count in hex>`.
pub async fn stored_users(instance: &Instance, workspace: &Workspace, count: usize) {
    let id = &workspace.id;
    instance
        .database
        .execute(&format!(
            r#"insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
               select '{id}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'u' || n || '@acme.test', 'x' || n, true,
                      jsonb_build_object('userName', 'u' || n || '@acme.test', 'externalId', 'x' || n, 'active', true, 'emails',
                          jsonb_build_array(jsonb_build_object('type', 'work', 'value', 'u' || n || '@acme.test'))),
                      '2026-01-01', '2026-01-01'
               from generate_series(1, {count}) n;
               insert into user_emails (workspace_id, user_id, email_key)
               select workspace_id, id, user_name_key from users where workspace_id = '{id}' and created_at = '2026-01-01';
               insert into directory_counts (workspace_id, kind, slot, n) values ('{id}', 'user', 0, {count})
               on conflict (workspace_id, kind, slot) do update set n = directory_counts.n + {count}"#
        ))
        .await;
}

/// Puts the first `count` of [`stored_users`] into a group, straight into the table.
pub async fn stored_members(instance: &Instance, workspace: &Workspace, group: &Value, count: usize) {
    let (id, group) = (&workspace.id, group["id"].as_str().expect("an id"));
    instance
        .database
        .execute(&format!(
            "insert into group_members (workspace_id, group_id, user_id)
             select '{id}', '{group}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
             from generate_series(1, {count}) n"
        ))
        .await;
}

/// Lets everybody who is connected write down what they have counted: whoever is connected keeps it for a while. Rollcall's own
/// connections are cut, the test's are told.
pub async fn counted(instance: &Instance) {
    let milliseconds = instance.database.count("select (extract(epoch from clock_timestamp()) * 1000)::bigint").await;
    // The worker is back at once, and has counted nothing yet.
    let cut = format!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name like 'rollcall%'
           and backend_start < to_timestamp({milliseconds} / 1000.0)"
    );
    // Cut again until nobody is left: who was about to connect is seen only afterwards.
    eventually("whoever was connected is gone", async || instance.database.count(&cut).await == 0).await;
    let mut held = Vec::new();
    // One that is on its way back into the pool is waited for: another is opened in its place, and then there are more.
    while held.len() < instance.database.pool.size() as usize {
        let mut connection = instance.database.pool.acquire().await.expect("a connection");
        sqlx::query("select pg_stat_force_next_flush()").execute(&mut *connection).await.expect("a flush");
        held.push(connection);
    }
}

/// The id of one of [`stored_users`].
pub fn stored_id(n: usize) -> String {
    format!("00000000-0000-7000-8000-{n:012x}")
}
