//! Two workspaces: what belongs to another one is answered exactly as what does not exist.

use serde_json::{Value, json};

use crate::{
    harness::{Answer, Instance, OPERATOR_TOKEN, Workspace},
    operations::{self, Operation},
    saml,
};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Whose credential is sent: always the one workspace's, while the id is the other's.
#[derive(Clone, Copy)]
enum As {
    Scim,
    Admin,
    Sessions,
    Operator,
}

/// One way to name something: in the path (`$id`), the query or the body.
struct Probe {
    operation: &'static str,
    who: As,
    /// What is named: `user`, `group`, `member`, `session`, `token`, `webhook`, `connection`, `entry`.
    kind: &'static str,
    /// For the names in the path; `/` separates several. `$slug` is the caller's own workspace, `$group` and
    /// `$member` are its own.
    path: &'static str,
    query: &'static str,
    body: Value,
}

/// Operations to which nobody can pass an id of another workspace, and why.
const WITHOUT_IDS: &[(&str, &str)] = &[
    ("getServiceProviderConfig", "takes nothing"),
    ("listResourceTypes", "takes nothing"),
    ("getResourceType", "takes a name that is the same for everybody"),
    ("listSchemas", "takes nothing"),
    ("getSchema", "takes a name that is the same for everybody"),
    ("checkSession", "takes the session itself, which is a secret"),
    ("endSession", "takes the session itself, which is a secret"),
    ("signOut", "takes the session itself, which is a secret"),
    ("requireSso", "takes the session itself, which is a secret"),
    ("makeRecoveryCodes", "takes the session itself, which is a secret"),
    ("countRecoveryCodes", "takes the session itself, which is a secret"),
    ("getSsoRequirement", "is of the token's workspace"),
    ("createSetUpLink", "is of the token's workspace"),
    ("releaseSso", "is of the token's workspace"),
    ("listOwnSessions", "takes the session itself, which is a secret"),
    ("endOwnSession", "takes the session itself, and one of the same person's; see sessions::own"),
    ("endOwnSessions", "takes the session itself, which is a secret"),
    ("summarizeReceipts", "takes times"),
    ("getProof", "takes nothing"),
    ("listTokens", "takes nothing"),
    ("inviteMember", "takes an address, which is looked up in the workspace alone; see membership::by_hand"),
    ("listHeldBatches", "takes nothing"),
    ("getProvisioning", "takes nothing"),
    ("setProvisioning", "takes nothing"),
    ("handOver", "takes nothing"),
    ("listDomains", "takes nothing"),
    ("addDomain", "takes a name that the workspace itself chooses; see membership::linking"),
    ("verifyDomain", "takes a name that the workspace itself chooses; see membership::linking"),
    ("removeDomain", "takes a name that the workspace itself chooses; see membership::linking"),
    ("listSamlConnections", "takes nothing"),
    ("createSamlConnection", "takes a name that means nothing"),
    ("getSeats", "takes nothing"),
    ("getBrake", "takes nothing"),
    ("changeBrake", "takes nothing"),
    ("listOpenBatches", "for operators, who see every workspace"),
    ("listRoles", "takes nothing"),
    ("putRole", "takes a name that the workspace itself chooses; see membership::custom_roles"),
    ("deleteRole", "takes a name that the workspace itself chooses; see membership::custom_roles"),
    ("listRoleMappings", "takes nothing"),
    ("createWebhook", "takes an address outside; its secret is of no other"),
    ("listWebhooks", "takes nothing"),
    ("listEvents", "takes a number, which each workspace has of its own; see events::reading"),
    ("getScimRules", "takes nothing"),
    ("changeScimRules", "takes nothing"),
    ("listExtensionSchemas", "takes nothing"),
    ("putExtensionSchema", "takes a URN that the workspace itself chooses; see scim::extensions"),
    ("deleteExtensionSchema", "takes a URN that the workspace itself chooses; see scim::extensions"),
    ("createWorkspace", "for operators, who see every workspace"),
    ("createWorkspaceSetUpLink", "for operators, who see every workspace"),
    ("listWorkspaces", "for operators, who see every workspace"),
    ("getWorkspace", "for operators, who see every workspace"),
    ("changeWorkspace", "for operators, who see every workspace"),
    ("reconcileWorkspace", "for operators, who see every workspace"),
    ("listWorkspaceTokens", "for operators, who see every workspace"),
    ("listJobs", "for operators, who see every workspace"),
    ("retryJob", "for operators, who see every workspace"),
    ("createUser", "names nobody else: manager.value may be any text and is looked up nowhere"),
];

fn probe(operation: &'static str, who: As, kind: &'static str) -> Probe {
    Probe { operation, who, kind, path: "$id", query: "", body: Value::Null }
}

impl Probe {
    fn path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    fn query(self, query: &'static str) -> Self {
        Self { path: "", query, ..self }
    }

    fn body(self, body: Value) -> Self {
        Self { body, ..self }
    }
}

fn probes() -> Vec<Probe> {
    let patch = |operation: Value| json!({ "schemas": [PATCH_OP], "Operations": [operation] });
    let title = || patch(json!({ "op": "replace", "path": "displayName", "value": "X" }));
    let add = || patch(json!({ "op": "add", "path": "members", "value": [{ "value": "$id" }] }));
    let add_as = |kind: &str| patch(json!({ "op": "add", "path": "members", "value": [{ "value": "$id", "type": kind }] }));
    let by_reference = || patch(json!({ "op": "add", "path": "members", "value": [{ "$ref": "../Users/$id" }] }));
    let remove = || patch(json!({ "op": "remove", "path": "members[value eq \"$id\"]" }));
    let search = |filter: &str| json!({ "schemas": [SEARCH], "filter": filter });
    let with_member = || json!({ "displayName": "With a stranger", "members": [{ "value": "$id" }] });
    let bulk = |method: &str, path: &str, data: Value| json!({ "schemas": [BULK], "Operations": [{ "method": method, "path": path, "bulkId": "b", "data": data }] });
    let versioned = |method: &str, path: &str| {
        let mut body = bulk(method, path, title());
        body["Operations"][0]["version"] = json!("W/\"1\"");
        body
    };
    let token = || json!({ "name": "of a stranger", "scopes": ["admin"], "member_id": "$id" });
    vec![
        // First, before the log of the one workspace tells what it asked of the other one's.
        probe("listProvisioningLog", As::Admin, "user").query("?person=$id"),
        probe("listProvisioningLog", As::Admin, "email").query("?person=$id"),
        probe("listProvisioningLog", As::Admin, "entry").query("?request_id=$id"),
        probe("listProvisioningLog", As::Admin, "entry").query("?after=$id"),
        probe("getProvisioningLogEntry", As::Admin, "entry"),
        probe("listAuditLog", As::Admin, "token").query("?actor=token:$id"),
        probe("listAuditLog", As::Admin, "member").query("?actor=member:$id"),
        probe("listAuditLog", As::Admin, "user").query("?subject_id=$id"),
        probe("listAuditLog", As::Admin, "entry").query("?request_id=$id"),
        probe("listAuditLog", As::Admin, "entry").query("?after=$id"),
        probe("exportAuditLog", As::Admin, "token").query("?actor=token:$id"),
        probe("exportAuditLog", As::Admin, "member").query("?actor=member:$id"),
        probe("exportAuditLog", As::Admin, "user").query("?subject_id=$id"),
        probe("exportAuditLog", As::Admin, "entry").query("?request_id=$id"),
        probe("getUser", As::Scim, "user"),
        probe("replaceUser", As::Scim, "user").body(json!({ "userName": "taken@over.test" })),
        probe("patchUser", As::Scim, "user").body(title()),
        probe("deleteUser", As::Scim, "user"),
        probe("listUsers", As::Scim, "user").query("?filter=id+eq+%22$id%22"),
        probe("listUsers", As::Scim, "group").query("?filter=groups.value+eq+%22$id%22"),
        probe("searchUsers", As::Scim, "user").path("").body(search("id eq \"$id\"")),
        probe("listAll", As::Scim, "user").query("?filter=id+eq+%22$id%22"),
        probe("listAll", As::Scim, "user").query("?filter=members.value+eq+%22$id%22"),
        probe("search", As::Scim, "user").path("").body(search("id eq \"$id\"")),
        probe("search", As::Scim, "user").path("").body(search("members.value eq \"$id\"")),
        probe("getGroup", As::Scim, "group"),
        probe("replaceGroup", As::Scim, "group").body(json!({ "displayName": "Taken over" })),
        probe("replaceGroup", As::Scim, "user").path("$group").body(with_member()),
        probe("patchGroup", As::Scim, "group").body(title()),
        probe("patchGroup", As::Scim, "user").path("$group").body(add()),
        probe("patchGroup", As::Scim, "user").path("$group").body(by_reference()),
        probe("patchGroup", As::Scim, "user").path("$group").body(remove()),
        probe("replaceGroup", As::Scim, "group").path("$group").body(with_member()),
        probe("patchGroup", As::Scim, "group").path("$group").body(add()),
        probe("patchGroup", As::Scim, "group").path("$group").body(add_as("Group")),
        probe("patchGroup", As::Scim, "group").path("$group").body(add_as("User")),
        probe("patchGroup", As::Scim, "group").path("$group").body(remove()),
        probe("createGroup", As::Scim, "group").path("").body(with_member()),
        probe("listGroups", As::Scim, "group").query("?filter=members.value+eq+%22$id%22"),
        probe("listUsers", As::Scim, "group").query("?filter=groups%5Bvalue+eq+%22$id%22+and+type+eq+%22indirect%22%5D"),
        probe("deleteGroup", As::Scim, "group"),
        probe("createGroup", As::Scim, "user").path("").body(with_member()),
        probe("listGroups", As::Scim, "group").query("?filter=id+eq+%22$id%22"),
        probe("listGroups", As::Scim, "user").query("?filter=members.value+eq+%22$id%22"),
        probe("listGroups", As::Scim, "user").query("?filter=members%5Bvalue+eq+%22$id%22%5D"),
        probe("searchGroups", As::Scim, "user").path("").body(search("members.value eq \"$id\"")),
        probe("bulk", As::Scim, "user").path("").body(bulk("PUT", "/Users/$id", json!({ "userName": "taken@over.test" }))),
        probe("bulk", As::Scim, "user").path("").body(bulk("PATCH", "/Users/$id", title())),
        probe("bulk", As::Scim, "user").path("").body(bulk("DELETE", "/Users/$id", Value::Null)),
        probe("bulk", As::Scim, "user").path("").body(versioned("PATCH", "/Users/$id")),
        probe("bulk", As::Scim, "user").path("").body(versioned("DELETE", "/Users/$id")),
        probe("bulk", As::Scim, "group").path("").body(bulk("PUT", "/Groups/$id", json!({ "displayName": "Taken over" }))),
        probe("bulk", As::Scim, "group").path("").body(bulk("PATCH", "/Groups/$id", title())),
        probe("bulk", As::Scim, "group").path("").body(versioned("DELETE", "/Groups/$id")),
        probe("bulk", As::Scim, "user").path("").body(bulk("POST", "/Groups", with_member())),
        probe("bulk", As::Scim, "user").path("").body(bulk("PUT", "/Groups/$group", with_member())),
        probe("bulk", As::Scim, "user").path("").body(bulk("PATCH", "/Groups/$group", add())),
        probe("bulk", As::Scim, "user").path("").body(bulk("PATCH", "/Groups/$group", by_reference())),
        probe("bulk", As::Scim, "user").path("").body(bulk("PATCH", "/Groups/$group", remove())),
        probe("bulk", As::Scim, "user").path("").body(bulk("PATCH", "/Users/bulkId:$id", title())),
        probe("openSession", As::Sessions, "member").path("").body(json!({ "member_id": "$id" })),
        probe("openSession", As::Sessions, "email").path("").body(json!({ "email": "$id" })),
        probe("createEntryLink", As::Sessions, "member").path("").body(json!({ "member_id": "$id" })),
        probe("createEntryLink", As::Sessions, "email").path("").body(json!({ "email": "$id" })),
        probe("listMembers", As::Admin, "member").query("?after=$id"),
        probe("getMember", As::Admin, "member"),
        probe("explainMember", As::Admin, "member"),
        probe("sendInvitation", As::Admin, "member"),
        probe("listMemberReceipts", As::Admin, "member"),
        probe("listMemberSessions", As::Admin, "member"),
        probe("revokeRecoveryCodes", As::Admin, "member"),
        probe("endMemberSession", As::Admin, "member")
            .path("$id/0000000000000000000000000000000000000000000000000000000000000000"),
        probe("endMemberSession", As::Admin, "session").path("$member/$id"),
        probe("endMemberSessions", As::Admin, "member"),
        probe("previewProvisioning", As::Admin, "group")
            .path("")
            .body(json!({ "role_mappings": [{ "group_id": "$id", "role": "admin" }] })),
        probe("previewProvisioning", As::Admin, "user").path("").body(json!({ "after": "user:$id" })),
        probe("previewProvisioning", As::Admin, "member").path("").body(json!({ "after": "member:$id" })),
        probe("giveRole", As::Admin, "member").body(json!({ "role": "admin" })),
        probe("takeBackRole", As::Admin, "member"),
        probe("deactivateMember", As::Admin, "by_hand"),
        probe("reactivateMember", As::Admin, "by_hand"),
        probe("markBreakGlass", As::Admin, "by_hand"),
        probe("unmarkBreakGlass", As::Admin, "by_hand"),
        probe("listHeldChanges", As::Admin, "held").query("?after=$id"),
        probe("listHeldChanges", As::Admin, "batch").query("?batch_id=$id"),
        probe("approveHeldChange", As::Admin, "held"),
        probe("rejectHeldChange", As::Admin, "held"),
        probe("approveHeldBatch", As::Admin, "batch"),
        probe("rejectHeldBatch", As::Admin, "batch"),
        probe("listReceipts", As::Admin, "receipt").query("?after=$id"),
        probe("createToken", As::Admin, "member").path("").body(token()),
        probe("revokeToken", As::Admin, "token"),
        probe("rotateToken", As::Admin, "token").body(json!({ "hours": 0 })),
        probe("putRoleMapping", As::Admin, "group").body(json!({ "role": "admin" })),
        probe("deleteRoleMapping", As::Admin, "group"),
        probe("getWebhook", As::Admin, "webhook"),
        probe("changeWebhook", As::Admin, "webhook").body(json!({ "enabled": true })),
        probe("deleteWebhook", As::Admin, "webhook"),
        probe("rotateWebhookSecret", As::Admin, "webhook").body(json!({})),
        probe("replayWebhook", As::Admin, "webhook").body(json!({ "from": 1 })),
        probe("resumeWebhook", As::Admin, "webhook"),
        probe("listWebhookAttempts", As::Admin, "webhook"),
        probe("getSamlConnection", As::Admin, "connection"),
        probe("changeSamlConnection", As::Admin, "connection").body(json!({ "name": "Taken over" })),
        probe("putSamlMetadata", As::Admin, "connection")
            .body(json!({ "xml": saml::metadata("https://idp.other.test", &["idp"]) })),
        probe("refreshSamlMetadata", As::Admin, "connection"),
        probe("pinSamlCertificate", As::Admin, "connection").body(json!({ "certificate": saml::certificate("idp2") })),
        probe("unpinSamlCertificate", As::Admin, "connection")
            .path("$id/0000000000000000000000000000000000000000000000000000000000000000"),
        probe("testSamlConnection", As::Admin, "connection"),
        probe("activateSamlConnection", As::Admin, "connection"),
        probe("disableSamlConnection", As::Admin, "connection").body(json!({ "sessions": "end" })),
        probe("listSignInAttempts", As::Admin, "connection").query("?after=$id"),
        probe("deleteSamlConnection", As::Admin, "connection"),
        probe("createWorkspaceToken", As::Operator, "member").path("$slug").body(token()),
        probe("revokeWorkspaceToken", As::Operator, "token").path("$slug/$id"),
    ]
}

/// The two workspaces and what the other one has.
struct Two<'a> {
    instance: &'a Instance,
    ours: Workspace,
    our_group: String,
    our_member: String,
    theirs: Workspace,
    things: Vec<(&'static str, String)>,
}

impl<'a> Two<'a> {
    async fn make(instance: &'a Instance) -> Self {
        let (ours, theirs) = (instance.workspace().open().await, instance.workspace().open().await);
        let own = ours.user("own@acme.test").await;
        let our_group = text(&ours.group("Own", &[&own]).await["id"]);
        let our_member = text(&ours.member_of(&own).await["id"]);
        let entry = theirs.scim().get("/Users").await.header("x-request-id").to_owned();
        let user = theirs.user("stranger@other.test").await;
        let group = theirs.group("Strangers", &[&user]).await;
        theirs.admin().put(&format!("/role-mappings/{}", text(&group["id"])), json!({ "role": "editor" })).await.expect(204);
        let member = theirs.member_of(&user).await;
        theirs.sign_in(&member["id"]).await;
        let sessions = sessions_of(&theirs, &member["id"]).await;
        let leaver = theirs.user("leaver@other.test").await;
        theirs.member_of(&leaver).await;
        theirs.scim().delete(&format!("/Users/{}", text(&leaver["id"]))).await.expect(204);
        let receipts = theirs.admin().get("/receipts").await.expect(200);
        let tokens = theirs.admin().get("/tokens").await.expect(200);
        let by_hand =
            theirs.admin().post("/members", json!({ "email": "by-hand@other.test", "role": "admin" })).await.expect(201);
        let leaver = theirs.user("leaver@other.test").await;
        let held = theirs.member_of(&leaver).await;
        theirs.admin().patch("/brake", json!({ "engages": true, "least": 0, "most": 0 })).await.expect(200);
        theirs.scim().delete(&format!("/Users/{}", text(&leaver["id"]))).await.expect(204);
        let batches = theirs.admin().get("/held-batches").await.expect(200);
        let webhook = theirs.admin().post("/webhooks", json!({ "url": "http://127.0.0.1:9" })).await.expect(201);
        // What it attempts by itself is not what others change.
        let webhook_path = format!("/webhooks/{}", text(&webhook["webhook"]["id"]));
        theirs.admin().patch(&webhook_path, json!({ "enabled": false })).await.expect(200);
        instance.settle().await;
        let connection = theirs.admin().post("/saml/connections", json!({ "name": "Theirs" })).await.expect(201);
        let things = vec![
            ("connection", text(&connection["id"])),
            ("webhook", text(&webhook["webhook"]["id"])),
            ("user", text(&user["id"])),
            ("group", text(&group["id"])),
            ("member", text(&member["id"])),
            ("session", text(&sessions[0]["public_id"])),
            ("token", text(&tokens[0]["id"])),
            ("receipt", text(&receipts[0]["id"])),
            ("email", "stranger@other.test".to_owned()),
            ("entry", entry),
            ("by_hand", text(&by_hand["id"])),
            ("held", text(&held["id"])),
            ("batch", text(&batches[0]["id"])),
        ];
        Self { instance, ours, our_group, our_member, theirs, things }
    }

    /// Everything that the other workspace has, as it sees it.
    async fn theirs(&self) -> Value {
        let users = self.theirs.scim().get("/Users").await.expect(200);
        let groups = self.theirs.scim().get("/Groups").await.expect(200);
        let mappings = self.theirs.admin().get("/role-mappings").await.expect(200);
        let mut tokens = self.theirs.admin().get("/tokens").await.expect(200);
        for token in tokens.as_array_mut().expect("tokens") {
            token["last_used_at"] = Value::Null;
        }
        let held = self.theirs.admin().get("/held-changes").await.expect(200);
        let webhooks = self.theirs.admin().get("/webhooks").await.expect(200);
        let connections = self.theirs.admin().get("/saml/connections").await.expect(200);
        let member = &self.things.iter().find(|(kind, _)| *kind == "member").expect("a member").1;
        let sessions = sessions_of(&self.theirs, &json!(member)).await;
        json!([users, groups, mappings, tokens, webhooks, connections, held, sessions, self.theirs.members().await])
    }

    async fn send(&self, operation: &Operation, probe: &Probe, id: &str) -> Answer {
        let own = |text: String| text.replace("$group", &self.our_group).replace("$member", &self.our_member);
        let fill = |text: &str| own(text.replace("$id", id).replace("$slug", &self.ours.slug));
        let path = probe.path.split('/').fold(operation.path.clone(), |path, segment| match (path.find('{'), path.find('}')) {
            (Some(start), Some(end)) => format!("{}{}{}", &path[..start], fill(segment), &path[end + 1..]),
            _ => path,
        });
        assert!(!path.contains('{'), "the probe of {} names too little", operation.id);
        let token = match probe.who {
            As::Scim => &self.ours.scim_token,
            As::Admin => &self.ours.admin_token,
            As::Sessions => &self.ours.sessions_token,
            As::Operator => OPERATOR_TOKEN,
        };
        let body =
            serde_json::from_str(&fill(&probe.body.to_string().replace("$ref", "REF")).replace("REF", "$ref")).expect("JSON");
        let root = self.instance.with_token(token);
        root.send(operation.request(&root, &format!("{path}{}", fill(probe.query)), &body)).await
    }
}

/// The open sessions of a member, without the times that go on.
async fn sessions_of(workspace: &Workspace, member: &Value) -> Vec<Value> {
    let mut sessions = crate::sessions::listed(workspace, member).await;
    for session in &mut sessions {
        session["last_seen_at"] = Value::Null;
        session["idle_expires_at"] = Value::Null;
    }
    sessions
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Another id, of the same age and form, that names nothing.
fn unknown(id: &str) -> String {
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

/// Everything in an answer that a caller can compare, with the id taken out.
fn seen(answer: &Answer, id: &str) -> (u16, Vec<(String, String)>, String) {
    let hidden = |text: &str| text.replace(id, "<id>");
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), hidden(value.to_str().expect("text"))))
        .collect();
    headers.sort();
    (answer.status, headers, hidden(&answer.text))
}

#[tokio::test]
async fn a_foreign_id_answers_exactly_as_an_unknown_one_and_changes_nothing() {
    let instance = Instance::with_saml().await;
    let operations = operations::all(&instance).await;
    let (probes, without) = (probes(), WITHOUT_IDS.iter().map(|row| row.0));
    operations::assert_covered(&operations, probes.iter().map(|probe| probe.operation).chain(without));
    for operation in operations.iter().filter(|operation| operation.takes_id()) {
        let is_exempt = WITHOUT_IDS.iter().any(|(name, _)| *name == operation.id);
        let is_probed = probes.iter().any(|probe| probe.operation == operation.id && probe.path.contains("$id"));
        assert!(
            is_exempt || is_probed || operation.id == "createWorkspaceToken",
            "no probe puts an id into the path of {}",
            operation.id
        );
    }
    let two = Two::make(&instance).await;
    let before = two.theirs().await;
    for probe in &probes {
        let operation = operations.iter().find(|operation| operation.id == probe.operation).expect(probe.operation);
        let foreign = &two.things.iter().find(|(kind, _)| *kind == probe.kind).expect(probe.kind).1;
        let unknown = unknown(foreign);
        let answers = (two.send(operation, probe, foreign).await, two.send(operation, probe, &unknown).await);
        let what = format!("{} with a foreign {} {}{}", probe.operation, probe.kind, probe.query, probe.body);
        assert_eq!(seen(&answers.0, foreign), seen(&answers.1, &unknown), "{what}");
        assert!(!answers.0.text.contains("stranger"), "{what}: {}", answers.0.text);
        let is_list =
            ["list", "search", "export"].iter().any(|kind| probe.operation.starts_with(kind)) || !probe.body["after"].is_null();
        let ignored = probe.body.to_string().contains("remove");
        let failed = answers.0.status >= 400 || (probe.operation == "bulk" && answers.0.text.contains("\"response\""));
        assert!(failed || is_list || ignored, "{what} was answered with {}", answers.0.status);
    }
    assert_eq!(two.theirs().await, before);
    instance.finish().await;
}

#[tokio::test]
async fn names_are_unique_in_a_workspace_and_free_in_the_next() {
    let instance = Instance::start().await;
    let (one, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let body = json!({ "userName": "twin@acme.test", "externalId": "00u-twin" });
    let mut ids = Vec::new();
    for workspace in [&one, &other] {
        let user = workspace.scim().post("/Users", body.clone()).await.expect(201);
        let group = workspace.group("Twins", &[&user]).await;
        assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 1);
        assert_eq!(workspace.scim().get("/Groups").await.expect(200)["totalResults"], 1);
        let found = workspace.scim().filter("/Users", "externalId eq \"00u-twin\"").await.expect(200);
        assert_eq!(found["Resources"][0]["id"], user["id"]);
        let listed = workspace.scim().filter("/Groups", "displayName eq \"twins\"").await.expect(200);
        assert_eq!(listed["Resources"][0]["id"], group["id"]);
        ids.push((user["id"].clone(), group["id"].clone()));
    }
    assert_ne!(ids[0].0, ids[1].0);
    assert_ne!(ids[0].1, ids[1].1);
    instance.settle().await;
    assert_eq!(one.members().await.len(), other.members().await.len());
    instance.finish().await;
}
