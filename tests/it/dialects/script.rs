//! Fixtures: the resource before, the request byte for byte, the answer, the resource after.

use std::collections::BTreeMap;

use rollcall::scim::Tolerance;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, Instance, Workspace, assert_includes, eventually};

/// One request of an identity provider. In all texts `$name` stands for what was saved under that name.
pub struct Step {
    what: &'static str,
    method: &'static str,
    target: String,
    body: Option<Vec<u8>>,
    subject: Option<(&'static str, Value)>,
    status: u16,
    answer: Value,
    after: Option<Value>,
    saves: Option<&'static str>,
    needs: Vec<(Tolerance, &'static str)>,
}

/// A request without a body.
pub fn step(what: &'static str, method: &'static str, target: impl Into<String>) -> Step {
    let (body, subject, after, saves, needs) = (None, None, None, None, Vec::new());
    Step { what, method, target: target.into(), body, subject, status: 200, answer: Value::Null, after, saves, needs }
}

impl Step {
    /// With this body.
    pub fn body(self, body: Value) -> Self {
        self.bytes(body.to_string())
    }

    /// With a body that is not made from JSON.
    pub fn bytes(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// The resource at this address has these attributes before; null: there is none.
    pub fn before(self, address: &'static str, before: Value) -> Self {
        Self { subject: Some((address, before)), ..self }
    }

    /// The same resource has these attributes afterwards; null: there is none.
    pub fn after(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }

    /// Is answered with this status and at least this.
    pub fn answers(self, status: u16, answer: Value) -> Self {
        Self { status, answer, ..self }
    }

    /// The `id` in the answer gets a name.
    pub fn saves(self, name: &'static str) -> Self {
        Self { saves: Some(name), ..self }
    }

    /// Departs from the letter in this; a workspace that refuses it answers with this `scimType`, or 404 when there is none.
    pub fn needs(mut self, tolerance: Tolerance, scim_type: &'static str) -> Self {
        self.needs.push((tolerance, scim_type));
        self
    }
}

/// What an identity provider does in a workspace, in order.
pub struct Script {
    /// Whose: a name in [`Tolerance::providers`].
    pub provider: &'static str,
    name: &'static str,
    headers: &'static [(&'static str, &'static str)],
    given: Vec<(String, &'static str, Value)>,
    steps: Vec<Step>,
}

/// A script with these headers on every request, also on those without a body.
pub fn script(provider: &'static str, name: &'static str, headers: &'static [(&'static str, &'static str)]) -> Script {
    Script { provider, name, headers, given: Vec::new(), steps: Vec::new() }
}

impl Script {
    /// This resource is there before; its `id` has this name.
    pub fn given(mut self, name: &str, endpoint: &'static str, resource: Value) -> Self {
        self.given.push((name.to_owned(), endpoint, resource));
        self
    }

    /// This person is there before.
    pub fn person(self, name: &str) -> Self {
        let address = format!("{name}@example.com");
        let person =
            json!({ "userName": address, "emails": [{ "value": address, "type": "work", "primary": true }], "active": true });
        self.given(name, "/Users", person)
    }

    /// This group is there before, with these people in it.
    pub fn group(self, name: &str, members: &[&str]) -> Self {
        let members: Vec<Value> = members.iter().map(|name| json!({ "value": format!("${name}") })).collect();
        self.given(name, "/Groups", json!({ "displayName": name, "members": members }))
    }

    /// Then this happens.
    pub fn then(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// The departures from the letter in it.
    pub fn needs(&self) -> impl Iterator<Item = Tolerance> {
        self.steps.iter().flat_map(|step| step.needs.iter().map(|(tolerance, _)| *tolerance))
    }

    /// Plays it in a workspace as it is made, whose log has afterwards what was let pass, then in one that refuses whatever a step does not need, where each step is also tried
    /// without each of what it needs: then it is refused and nothing is changed.
    pub async fn play(&self, instance: &Instance) {
        let mut usual = Conversation::begin(self, instance.workspace().open().await).await;
        let mut requests = Vec::new();
        for step in &self.steps {
            requests.push(usual.exchange(step).await);
        }
        for (step, request) in self.steps.iter().zip(&requests) {
            usual.is_in_the_log(step, request).await;
        }
        let mut strict = Conversation::begin(self, instance.workspace().open().await).await;
        for step in &self.steps {
            for (tolerance, scim_type) in &step.needs {
                strict.refuse(&[*tolerance]).await;
                strict.is_refused(step, *tolerance, scim_type).await;
            }
            let needed = |tolerance: &Tolerance| step.needs.iter().any(|(needed, _)| needed == tolerance);
            let others: Vec<Tolerance> = Tolerance::ALL.iter().copied().filter(|tolerance| !needed(tolerance)).collect();
            strict.refuse(&others).await;
            strict.exchange(step).await;
        }
    }
}

/// A script that is being played in one workspace.
struct Conversation<'a> {
    script: &'a Script,
    workspace: Workspace,
    api: Api,
    names: BTreeMap<String, String>,
}

impl<'a> Conversation<'a> {
    async fn begin(script: &'a Script, workspace: Workspace) -> Self {
        let api = workspace.scim();
        let mut conversation = Self { script, workspace, api, names: BTreeMap::new() };
        for (name, endpoint, resource) in &script.given {
            let resource: Value = serde_json::from_str(&conversation.fill(&resource.to_string())).expect("JSON");
            let made = conversation.api.post(endpoint, resource).await.expect(201);
            conversation.names.insert(name.clone(), made["id"].as_str().expect("an id").to_owned());
        }
        conversation
    }

    /// From now on the workspace refuses these.
    async fn refuse(&self, tolerances: &[Tolerance]) {
        let names: Vec<&str> = tolerances.iter().map(|tolerance| tolerance.name()).collect();
        self.workspace.admin().patch("/scim/rules", json!({ "refused_tolerances": names })).await.expect(200);
    }

    fn fill(&self, text: &str) -> String {
        // Longer names first: one may begin with another.
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn fill_json(&self, value: &Value) -> Value {
        serde_json::from_str(&self.fill(&value.to_string())).expect("JSON")
    }

    fn told(&self, step: &Step) -> String {
        format!("{}: {}: {} ({} {})", self.script.provider, self.script.name, step.what, step.method, step.target)
    }

    async fn look(&self, address: &str, wanted: &Value, what: &str) {
        let answer = self.api.get(&self.fill(address)).await;
        if wanted.is_null() {
            assert_eq!(answer.status, 404, "{what}: {}", answer.text);
        } else {
            assert_includes(&answer.expect(200), &self.fill_json(wanted), what);
        }
    }

    fn send(&self, step: &Step) -> Answer {
        let mut request = self.api.raw(step.method, &self.fill(&step.target));
        for (name, value) in self.script.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &step.body {
            request = request.body(self.fill(std::str::from_utf8(body).expect("UTF-8")));
        }
        request.send()
    }

    /// Answers the id of the request.
    async fn exchange(&mut self, step: &Step) -> String {
        let what = self.told(step);
        if let Some((address, before)) = &step.subject {
            self.look(address, before, &format!("before: {what}")).await;
        }
        let answer = self.send(step);
        assert_eq!(answer.status, step.status, "{what}: {}", answer.text);
        match step.status {
            204 => assert_eq!(answer.text, "", "{what}"),
            400.. => assert!(!answer.scim_error(step.status, answer.json()["scimType"].as_str()).is_empty(), "{what}: no detail"),
            _ => assert!(answer.header("content-type").starts_with("application/scim+json"), "{what}"),
        }
        if step.status == 201 {
            assert_eq!(answer.header("location"), answer.json()["meta"]["location"], "{what}");
        }
        if !step.answer.is_null() {
            assert_includes(&answer.json(), &self.fill_json(&step.answer), &what);
        }
        if let Some(name) = step.saves {
            let id = answer.json()["id"].as_str().unwrap_or_else(|| panic!("{what}: no id")).to_owned();
            self.names.insert(name.to_owned(), id);
        }
        if let (Some((address, _)), Some(after)) = (&step.subject, &step.after) {
            self.look(address, after, &format!("after: {what}")).await;
        }
        answer.header("x-request-id").to_owned()
    }

    /// The provisioning log has what the step needs, and nothing else.
    async fn is_in_the_log(&self, step: &Step, request: &str) {
        let path = format!("/provisioning-log/{request}");
        eventually("the entry is written", async || self.workspace.admin().get(&path).await.status == 200).await;
        let entry = self.workspace.admin().get(&path).await.expect(200)["entry"].clone();
        let mut tolerated: Vec<&str> = entry["tolerated"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut needed: Vec<&str> = step.needs.iter().map(|(tolerance, _)| tolerance.name()).collect();
        tolerated.sort_unstable();
        needed.sort_unstable();
        assert_eq!(tolerated, needed, "{}", self.told(step));
    }

    /// Everything in the directory, versions included.
    async fn everything(&self) -> Value {
        json!([self.api.get("/Users?count=1000").await.expect(200), self.api.get("/Groups?count=1000").await.expect(200)])
    }

    async fn is_refused(&self, step: &Step, tolerance: Tolerance, scim_type: &str) {
        let (what, before) = (self.told(step), self.everything().await);
        let answer = of_operation(self.send(step));
        let name = tolerance.name();
        assert!(answer.status >= 400, "{what}: it does not need {name}: {}", answer.text);
        let (status, scim_type) = if scim_type.is_empty() { (404, None) } else { (400, Some(scim_type)) };
        let detail = answer.scim_error(status, scim_type);
        assert!(detail.contains(&format!("(This workspace refuses {name}.)")), "{what}: {detail}");
        assert_eq!(self.everything().await, before, "{what}: refused, and yet changed");
    }
}

/// The answer to the one operation of a bulk request, as it would be if it had been sent alone.
fn of_operation(answer: Answer) -> Answer {
    let body = answer.json();
    match body.pointer("/Operations/0/response") {
        Some(response) => {
            let status = response["status"].as_str().and_then(|status| status.parse().ok()).expect("a status");
            Answer { status, text: response.to_string(), ..answer }
        }
        None => answer,
    }
}
