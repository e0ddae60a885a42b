//! What each identity provider sends, and what comes of it: for each tolerance and each behaviour a fixture. Each is played twice: in a
//! workspace as it is made, and in one that refuses every departure from the letter that the fixture does not name, so that nothing is
//! let pass without a name. See [`script`].

mod authentik;
mod entra;
mod entra_flag;
mod google;
mod hand_written;
mod jumpcloud;
mod keycloak;
mod okta;
mod onboarding;
mod onelogin;
mod ping;
mod rauthy;
mod rippling;
mod samples;
mod script;
mod validator;

use std::collections::BTreeSet;

use rollcall::scim::Tolerance;
use serde_json::{Value, json};

use self::script::Script;
use crate::harness::Instance;

pub use super::scim::{ENTERPRISE, GROUP, LIST, PATCH_OP, USER, patch};

/// The extension that every workspace has.
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
/// What Entra ID lists for a group besides the schema of groups.
const ENTRA_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

/// A page with nobody on it.
fn nobody() -> Value {
    json!({ "schemas": [LIST], "totalResults": 0, "itemsPerPage": 0, "Resources": [] })
}

/// A page with this one only.
fn only(resource: Value) -> Value {
    json!({ "schemas": [LIST], "totalResults": 1, "itemsPerPage": 1, "startIndex": 1, "Resources": [resource] })
}

/// A PATCH message with one operation.
fn operation(op: &str, path: &str, value: Value) -> Value {
    patch(json!([{ "op": op, "path": path, "value": value }]))
}

/// The members of a group.
fn members(names: &[&str]) -> Value {
    json!({ "members": names.iter().map(|name| json!({ "value": name })).collect::<Vec<_>>() })
}

fn scripts() -> Vec<Script> {
    [
        authentik::scripts(),
        entra::scripts(),
        entra_flag::scripts(),
        google::scripts(),
        hand_written::scripts(),
        jumpcloud::scripts(),
        keycloak::scripts(),
        okta::scripts(),
        onboarding::scripts(),
        onelogin::scripts(),
        ping::scripts(),
        rauthy::scripts(),
        rippling::scripts(),
        samples::scripts(),
        validator::scripts(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_tolerance_has_a_fixture_of_each_provider_that_needs_it() {
    let scripts = scripts();
    let used: BTreeSet<(Tolerance, &str)> =
        scripts.iter().flat_map(|script| script.needs().map(|tolerance| (tolerance, script.provider))).collect();
    for tolerance in Tolerance::ALL {
        for provider in tolerance.providers().split(", ") {
            assert!(used.contains(&(*tolerance, provider)), "{tolerance:?} has no fixture of {provider}");
        }
    }
    for (tolerance, provider) in used {
        assert!(
            tolerance.providers().split(", ").any(|name| name == provider),
            "{provider} needs {tolerance:?} too: say so there"
        );
    }
}

macro_rules! played {
    ($($provider:ident)*) => {$(
        mod $provider {
            #[tokio::test]
            async fn is_served() {
                super::play(super::super::$provider::scripts()).await;
            }
        }
    )*};
}

/// One test for each file.
mod each {
    use super::{Instance, Script};

    async fn play(scripts: Vec<Script>) {
        let instance = Instance::without_worker().await;
        for script in scripts {
            script.play(&instance).await;
        }
        instance.abandon("nobody reconciles");
    }

    played!(
        authentik entra entra_flag google hand_written jumpcloud keycloak okta onboarding onelogin ping rauthy rippling samples
        validator
    );
}
