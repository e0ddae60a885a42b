//! How the checks of a section are run, and what each of them has at hand.

use std::{fmt, panic::AssertUnwindSafe};

use futures::{FutureExt, future::LocalBoxFuture};
use reqwest::Method;
use serde_json::{Value, json};

use super::{answers, asking::ACME};
use crate::harness::{Answer, Api, Instance, Raw, Workspace};

/// How much a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The RFC says MUST.
    Must,
    /// The RFC says SHOULD.
    Should,
    /// The RFC leaves a choice; the promise says which one was taken.
    May,
    /// No RFC asks for it, identity providers do.
    Interop,
    /// No RFC asks for it; a server that many depend on does it.
    Hardening,
}

/// One requirement and the check that fails when it is not met.
pub struct Requirement {
    /// Its number.
    pub number: u16,
    /// How much it binds.
    pub level: Level,
    /// What is promised.
    pub promise: &'static str,
    /// The check; it panics when the promise is broken.
    pub check: for<'a> fn(&'a Ground<'a>) -> LocalBoxFuture<'a, ()>,
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Q{:03} [{:?}] {}", self.number, self.level, self.promise)
    }
}

/// Requirements that belong together.
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// They, in the order of their numbers.
    pub requirements: &'static [Requirement],
}

/// A table of requirements: `1 Must "what is promised" => the_check;`
macro_rules! requirements {
    ($($number:literal $level:ident $promise:literal => $check:path;)*) => {
        &[$($crate::conformance::framework::Requirement {
            number: $number,
            level: $crate::conformance::framework::Level::$level,
            promise: $promise,
            check: |ground| Box::pin($check(ground)),
        }),*]
    };
}
pub(super) use requirements;

/// What a check has: an installation that it shares with the section, and a workspace of its own.
pub struct Ground<'a> {
    /// The installation: server, worker, Postgres, Redis.
    pub instance: &'a Instance,
    /// A workspace with an open gate, in which nobody else works.
    pub workspace: Workspace,
}

impl Ground<'_> {
    /// As the workspace's identity provider.
    pub fn scim(&self) -> Client {
        Client(self.workspace.scim())
    }

    /// Gives the workspace the extension [`ACME`] of users, with these attributes.
    pub async fn define(&self, attributes: Value) {
        let body = json!({ "resource_type": "User", "name": "Acme", "attributes": attributes });
        self.workspace.admin().put(&format!("/scim/schemas/{ACME}"), body).await.expect(200);
    }

    /// Whether the workspace may define this attribute.
    pub async fn may_define(&self, attribute: Value) -> bool {
        let body = json!({ "resource_type": "User", "attributes": [attribute] });
        let answer = self.workspace.admin().put("/scim/schemas/urn:acme:attempt:User", body).await;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text);
        answer.status == 200
    }

    /// What is at an address that the server gave.
    pub async fn at(&self, address: &str) -> Answer {
        let path = address.strip_prefix(&self.instance.url()).unwrap_or_else(|| panic!("{address} is somewhere else"));
        self.instance.with_token(&self.workspace.scim_token).get(path).await
    }

    /// One more workspace with an open gate.
    pub async fn another(&self) -> Workspace {
        self.instance.workspace().open().await
    }
}

/// Somebody who calls below the SCIM address, and who looks at every answer with [`answers::check`].
#[derive(Clone)]
pub struct Client(pub Api);

impl Client {
    /// The same without a token.
    pub fn anonymous(&self) -> Self {
        Self(self.0.anonymous())
    }

    pub async fn get(&self, path: &str) -> Answer {
        answers::check(&format!("GET {path}"), self.0.get(path).await)
    }

    /// A GET with this header.
    pub async fn get_with(&self, path: &str, header: &str, value: &str) -> Answer {
        let request = self.0.request(Method::GET, path).header(header, value);
        answers::check(&format!("GET {path} with {header}: {value}"), self.0.send(request).await)
    }

    /// A GET with these parameters, which are encoded.
    pub async fn query(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let request = self.0.request(Method::GET, path).query(parameters);
        answers::check(&format!("GET {path} {parameters:?}"), self.0.send(request).await)
    }

    /// A list with this filter.
    pub async fn filter(&self, path: &str, filter: &str) -> Answer {
        self.query(path, &[("filter", filter)]).await
    }

    /// How many resources a filter finds.
    pub async fn count(&self, path: &str, filter: &str) -> u64 {
        self.filter(path, filter).await.expect(200)["totalResults"].as_u64().expect("a number")
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answers::check(&format!("POST {path} {body}"), self.0.post(path, body).await)
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        answers::check(&format!("PUT {path} {body}"), self.0.put(path, body).await)
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        answers::check(&format!("PATCH {path} {body}"), self.0.patch(path, body).await)
    }

    /// A PATCH with these operations.
    pub async fn operations(&self, path: &str, operations: Value) -> Answer {
        answers::check(&format!("PATCH {path} {operations}"), self.0.operations(path, operations).await)
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answers::check(&format!("DELETE {path}"), self.0.delete(path).await)
    }

    /// A request whose target goes out as it is written; send it with [`Client::send`].
    pub fn raw(&self, method: &str, target: &str) -> Raw {
        self.0.raw(method, target)
    }

    /// Sends a request that goes out as it is written.
    pub fn send(&self, request: Raw) -> Answer {
        let what = request.what().to_owned();
        answers::check(&what, request.send())
    }

    /// Sends a body that goes out as it is written, as SCIM.
    pub fn bytes(&self, method: &str, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send(self.raw(method, target).header("Content-Type", answers::MEDIA_TYPE).body(body))
    }
}

/// Runs all checks of a section, each in a workspace of its own, and fails with the numbers of all that failed.
pub async fn hold(section: &Section) {
    let instance = Instance::start().await;
    let mut broken = Vec::new();
    for requirement in section.requirements {
        let ground = Ground { instance: &instance, workspace: instance.workspace().open().await };
        let outcome = AssertUnwindSafe((requirement.check)(&ground)).catch_unwind().await;
        if let Err(panic) = outcome {
            let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
            broken.push(format!("{requirement}\n    {}", words.unwrap_or("no words")));
        }
    }
    let left = AssertUnwindSafe(instance.finish()).catch_unwind().await;
    let (title, all) = (section.title, section.requirements.len());
    assert!(broken.is_empty(), "{title}: {} of {all} requirements are not met:\n{}", broken.len(), broken.join("\n"));
    assert!(left.is_ok(), "{title}: jobs are left over");
}
