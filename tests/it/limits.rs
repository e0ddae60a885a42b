//! What is advertised is what is enforced.

use rollcall::scim::LIMITS;
use serde_json::{Value, json};

use crate::harness::{Instance, Workspace};

async fn config(workspace: &Workspace) -> Value {
    workspace.scim().get("/ServiceProviderConfig").await.expect(200)
}

#[tokio::test]
async fn every_flag_is_true_exactly_when_the_feature_works() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, config) = (workspace.scim(), config(&workspace).await);
    let supported = |name: &str| config[name]["supported"].as_bool().expect("a flag");
    let user = workspace.user("b@acme.test").await;
    workspace.user("a@acme.test").await;
    let at = format!("/Users/{}", user["id"].as_str().expect("an id"));
    let first = |page: &Value| page["Resources"][0]["userName"].as_str().expect("a name").to_owned();

    let patched = scim.operations(&at, json!([{ "op": "replace", "path": "title", "value": "T" }])).await;
    assert_eq!(supported("patch"), patched.status == 200);
    let filtered = scim.filter("/Users", "userName eq \"a@acme.test\"").await.expect(200);
    assert_eq!(supported("filter"), filtered["totalResults"] == 1);
    let tag = patched.header("etag").to_owned();
    let read = scim.send(scim.request(reqwest::Method::GET, &at).header("if-none-match", &tag)).await;
    assert_eq!(supported("etag"), read.status == 304);
    let sorted = scim.get("/Users?sortBy=userName").await.expect(200);
    assert_eq!(supported("sort"), first(&sorted) == "a@acme.test");
    let by_cursor = scim.get("/Users?cursor=&count=1").await.expect(200);
    assert_eq!(config["pagination"]["cursor"], by_cursor["nextCursor"].is_string());
    let by_index = scim.get("/Users?startIndex=2&count=1").await.expect(200);
    assert_eq!(config["pagination"]["index"], by_index["itemsPerPage"] == 1);
    // Asked for neither, it is the method that is said to be the default.
    let by_default = scim.get("/Users?count=1").await.expect(200);
    assert_eq!(config["pagination"]["defaultPaginationMethod"] == "index", by_default["startIndex"] == 1);
    assert!(by_default.get("nextCursor").is_none());
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] });
    let bulk = scim.post("/Bulk", bulk).await;
    assert_eq!(supported("bulk"), bulk.status == 200);
    assert_eq!(config["bulk"]["maxOperations"], LIMITS.max_bulk_operations);
    assert_eq!(config["bulk"]["maxPayloadSize"], LIMITS.max_bulk_bytes);
    // Nobody signs in with a password here, so there is none to change.
    assert!(!supported("changePassword"));
    instance.finish().await;
}

#[tokio::test]
async fn a_page_has_as_many_resources_as_it_says_and_no_more() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let config = config(&workspace).await;
    let most = config["filter"]["maxResults"].as_u64().expect("a number");
    assert_eq!(most, LIMITS.max_results);
    assert_eq!(config["pagination"]["maxPageSize"], most);
    assert_eq!(config["pagination"]["defaultPageSize"], LIMITS.default_page);
    assert_eq!(config["pagination"]["cursorTimeout"], LIMITS.cursor_seconds);
    // As many as a page holds and one more; what belongs to a creation besides the row is of no matter here.
    let (id, count) = (&workspace.id, most + 1);
    for sql in [
        format!(
            "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '{id}', gen_random_uuid(), 'u' || n, true,
                    jsonb_build_object('userName', 'u' || n, 'active', true), now(), now()
             from generate_series(1, {count}) n"
        ),
        format!("insert into directory_counts (workspace_id, kind, slot, n) values ('{id}', 'user', 0, {count})"),
    ] {
        instance.database.execute(&sql).await;
    }
    for (query, items) in [
        (format!("count={count}"), most),
        (format!("count={most}"), most),
        ("filter=active%20eq%20true&count=99999".to_owned(), most),
        (String::new(), LIMITS.default_page),
    ] {
        let page = workspace.scim().get(&format!("/Users?{query}")).await.expect(200);
        assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(count), &json!(items)), "{query}");
        assert_eq!(page["Resources"].as_array().map(Vec::len), usize::try_from(items).ok());
        let page = workspace.scim().get(&format!("/Users?cursor=&{query}")).await.expect(200);
        assert_eq!(page["itemsPerPage"], items, "{query}");
        assert_eq!(page["Resources"].as_array().map(Vec::len), usize::try_from(items).ok());
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_filter_may_be_as_large_as_we_say() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    // n comparisons and the connective between them.
    let wide = |n: usize| vec!["active pr"; n].join(" or ");
    let deep = |n: usize| format!("{}active pr{}", "(".repeat(n), ")".repeat(n));
    let long = |bytes: usize| format!("title eq \"{}\"", "x".repeat(bytes - "title eq \"\"".len()));
    let nodes = LIMITS.max_filter_nodes;
    for filter in [wide(nodes / 2), deep(LIMITS.max_filter_depth - 1), long(LIMITS.max_filter_bytes)] {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        scim.post("/Users/.search", body).await.expect(200);
    }
    for filter in [wide(nodes + 1), deep(LIMITS.max_filter_depth + 1), long(LIMITS.max_filter_bytes + 1), deep(100_000)] {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        scim.post("/Users/.search", body).await.scim_error(400, Some("invalidFilter"));
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_body_and_the_names_in_it_may_be_as_large_as_we_say() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let name = |bytes: usize| json!({ "userName": "n".repeat(bytes) });
    scim.post("/Users", name(LIMITS.max_key_bytes)).await.expect(201);
    let detail = scim.post("/Users", name(LIMITS.max_key_bytes + 1)).await.scim_error(400, Some("invalidValue"));
    assert!(detail.contains(&LIMITS.max_key_bytes.to_string()), "{detail}");

    let nested = |levels: usize| format!("{{\"userName\":\"deep\",\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let post = |body: String| scim.raw("POST", "/Users").header("Content-Type", "application/scim+json").body(body).send();
    post(nested(LIMITS.max_json_depth)).expect(201);
    post(nested(LIMITS.max_json_depth + 1)).scim_error(400, Some("invalidSyntax"));

    let frame = "{\"userName\":\"large\",\"unknown\":\"\"}";
    let filled = |bytes: usize| frame.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - frame.len())));
    post(filled(LIMITS.max_body_bytes)).expect(201);
    post(filled(LIMITS.max_body_bytes + 1)).scim_error(413, None);
    instance.finish().await;
}

#[tokio::test]
async fn the_documents_in_the_repository_are_the_ones_that_are_served() {
    let instance = Instance::without_worker().await;
    let (code, _, errors) = instance.command(&["openapi", "--check"]);
    assert_eq!(code, 0, "{errors}");
    for name in crate::operations::DOCUMENTS {
        let kept = std::fs::read_to_string(format!("openapi/{name}.json")).expect("a document");
        assert_eq!(instance.anonymous().get(&format!("/openapi/{name}.json")).await.text + "\n", kept, "{name}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = folder.path().to_str().expect("text");
    assert_eq!(instance.command(&["openapi", "--folder", elsewhere]).0, 0);
    assert_eq!(instance.command(&["openapi", "--check", "--folder", elsewhere]).0, 0);
    let path = folder.path().join("scim.json");
    let changed = std::fs::read_to_string(&path).expect("a document").replace("createUser", "makeUser");
    std::fs::write(&path, changed).expect("a file");
    let (code, _, errors) = instance.command(&["openapi", "--check", "--folder", elsewhere]);
    assert!(code == 1 && errors.contains("scim.json"), "{code} {errors}");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_workspace_that_floods_is_told_when_to_come_back_and_no_other_is() {
    let instance = Instance::with_settings(&[("ROLLCALL_SCIM_REQUESTS_PER_SECOND", "5")]).await;
    let (noisy, quiet) = (instance.workspace().open().await, instance.workspace().open().await);
    let mut refused = None;
    // Far more than can be let in while they are sent, however slow the machine.
    for _ in 0..200 {
        let scim = noisy.scim();
        let answers = futures::future::join_all((0..10).map(|_| scim.get("/Users?count=0"))).await;
        refused = answers.into_iter().find(|answer| answer.status != 200);
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("a refusal");
    let detail = refused.scim_error(429, None);
    assert!(detail.contains("Retry-After"), "{detail}");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!(quiet.scim().get("/Users?count=0").await.status, 200);
    crate::harness::eventually("the noisy one is let in again", async || noisy.scim().get("/Users").await.status == 200).await;
    instance.abandon("nothing was enqueued");
}
