//! What nobody means well by: every case is answered with a SCIM error of the right class, changes nothing, costs a bounded amount of
//! memory, and leaves a server that answers.

mod bodies;
mod bulk;
mod documents;
mod memory;
mod operations;
mod queries;
mod wire;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    harness::{Answer, Instance, Workspace},
    scim::{id, path},
};

/// The server may grow by this much over all cases.
const MOST_GROWTH: u64 = 160 * 1024 * 1024;
/// The longest sentence that an administrator should have to read.
const LONGEST_DETAIL: usize = 400;

/// One request, and how it must be refused.
struct Case {
    name: String,
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    /// Made when it is sent: some are large.
    body: Box<dyn Fn() -> Vec<u8>>,
    /// Any of these.
    refused: Vec<(u16, Option<&'static str>)>,
}

impl Case {
    fn new(
        name: impl Into<String>,
        method: &'static str,
        target: impl Into<String>,
        body: impl Fn() -> Vec<u8> + 'static,
        refused: &[(u16, Option<&'static str>)],
    ) -> Self {
        let headers = vec![("Content-Type", b"application/scim+json".to_vec())];
        Self { name: name.into(), method, target: target.into(), headers, body: Box::new(body), refused: refused.to_vec() }
    }

    fn json(
        name: impl Into<String>,
        method: &'static str,
        target: impl Into<String>,
        body: Value,
        scim_type: &'static str,
    ) -> Self {
        let body = body.to_string().into_bytes();
        Self::new(name, method, target, move || body.clone(), &[(400, Some(scim_type))])
    }

    fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }
}

/// What the cases are about.
struct Subjects {
    user: String,
    other_user: String,
    group: String,
}

impl Subjects {
    async fn make(workspace: &Workspace) -> Self {
        let (user, other) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
        let group = workspace.group("Analysts", &[&user]).await;
        Self { user: path(&user), other_user: id(&other).to_owned(), group: path(&group) }
    }

    fn cases(&self) -> Vec<Case> {
        [bodies::cases(self), documents::cases(self), operations::cases(self), queries::cases(self), bulk::cases()]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Everything that a request could have changed, in one line.
async fn state(instance: &Instance) -> String {
    sqlx::query_scalar(
        "select concat_ws(' ',
             (select md5(coalesce(string_agg(u::text, ',' order by id), '')) from users u),
             (select md5(coalesce(string_agg(g::text, ',' order by id), '')) from groups g),
             (select md5(coalesce(string_agg(m::text, ',' order by group_id, user_id), '')) from group_members m),
             (select md5(coalesce(string_agg(s::text, ',' order by s::text), '')) from group_subgroups s),
             (select md5(coalesce(string_agg(e::text, ',' order by user_id, email_key), '')) from user_emails e),
             (select md5(coalesce(string_agg(c::text, ',' order by kind, slot), '')) from directory_counts c),
             (select count(*) from audit_log), (select count(*) from dirty), (select count(*) from apalis.jobs))",
    )
    .fetch_one(&instance.database.pool)
    .await
    .expect("the state")
}

/// A SCIM error that may be shown to anybody.
#[track_caller]
fn check_error(answer: &Answer, refused: &[(u16, Option<&str>)], name: &str) {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{name}: {error}: {}", answer.text));
    let shown: String = answer.text.chars().take(600).collect();
    let (status, scim_type) = (answer.status, body.get("scimType").and_then(Value::as_str));
    assert!(refused.contains(&(status, scim_type)), "{name} is answered with {status} {scim_type:?}: {shown}");
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{name}: {shown}");
    assert_eq!(body["status"], status.to_string(), "{name}: {shown}");
    assert!(answer.header("content-type").starts_with("application/scim+json"), "{name}: {}", answer.header("content-type"));
    let detail = body["detail"].as_str().unwrap_or_else(|| panic!("{name}: no detail: {shown}"));
    let hidden = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}');
    assert!(!detail.contains(hidden), "{name}: a detail with hidden characters: {detail:?}");
    assert!((10..=LONGEST_DETAIL).contains(&detail.chars().count()), "{name}: {shown}");
    // Nobody's words but ours: no driver, no parser, no file of the source.
    for foreign in ["sqlx", "serde", "poem", "src/", ".rs:", "panicked", "pg_"] {
        assert!(!detail.contains(foreign), "{name}: {detail}");
    }
    for header in ["set-cookie", "x-injected"] {
        assert_eq!(answer.header(header), "", "{name}: a header of the client's making");
    }
}

#[tokio::test]
async fn hostile_requests_are_refused_store_nothing_and_cost_little() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let subjects = Subjects::make(&workspace).await;
    let scim = workspace.scim();
    let (before, memory) = (state(&instance).await, instance.server().peak_memory());
    let cases = subjects.cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    assert!(names.len() >= 100, "{} cases", names.len());
    let mut peak = memory;
    for case in &cases {
        let mut request = scim.raw(case.method, &case.target);
        for (name, value) in &case.headers {
            request = request.header(name, value);
        }
        check_error(&request.body((case.body)()).send(), &case.refused, &case.name);
        assert_eq!(state(&instance).await, before, "{} has changed something", case.name);
        let now = instance.server().peak_memory();
        if now > peak + 1024 * 1024 {
            println!("{} MiB after {}", now / 1024 / 1024, case.name);
            peak = now;
        }
    }
    let growth = instance.server().peak_memory().saturating_sub(memory);
    println!("{} cases, {} MiB more at the most", cases.len(), growth / 1024 / 1024);
    assert!(growth < MOST_GROWTH, "the server has grown by {growth} bytes");
    // It is the same process, and it answers.
    assert!(instance.server().is_running());
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 2);
    workspace.user("carol@acme.test").await;
    assert!(!instance.logs().contains("internal error"), "{}", instance.logs());
    instance.abandon("nothing is reconciled");
}
