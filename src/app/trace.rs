//! What is taken down of a SCIM request while it is carried out: whose it is, what it is about, what was let pass. One trace goes with
//! each request, from authentication to the entry of the [provisioning log](super::provisioning_log) that is made of it at the end.
//!
//! Use cases note what they know and nothing comes back: no outcome depends on a trace.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::{
    ids::{TokenId, UserId, WorkspaceId},
    scim::{Profile, ResourceType, ScimError, Tolerance, Tolerated, redact::Redacted},
    store::provisioning_log::KeptBody,
};

/// As many people are named in one entry.
pub const MOST_PEOPLE: usize = 1000;
/// As much is kept of a body.
pub const BODY_BYTES: usize = 32 * 1024;

/// Shared by everybody who works on one request; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    noted: Arc<Mutex<Noted>>,
    /// Whether this is one operation of many: then the request is about no one resource.
    is_of_a_part: bool,
}

/// What was taken down.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    /// Whose request it is, and by which token that is known.
    pub(super) owner: Option<(WorkspaceId, TokenId)>,
    /// What SCIM is in that workspace; none when the caller got no further than the gate.
    pub(super) profile: Option<Arc<Profile>>,
    /// What was let pass.
    pub(super) tolerated: Vec<Tolerance>,
    /// What it is about.
    pub(super) target: Option<(ResourceType, String)>,
    /// The `userName` in question.
    pub(super) user_name: Option<String>,
    /// Other users that it is about, each once.
    pub(super) people: Vec<UserId>,
    /// What was sent.
    pub(super) request: KeptBody,
    /// Whether what was sent had a secret in it.
    pub(super) had_a_secret: bool,
    /// How many operations of a bulk request failed, and why the first one.
    pub(super) failed: usize,
    pub(super) first_failure: Option<ScimError>,
}

impl Trace {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For one operation of a bulk request: whoever it is about is one of many.
    #[must_use]
    pub(super) fn of_a_part(&self) -> Self {
        Self { noted: self.noted.clone(), is_of_a_part: true }
    }

    /// Whose request it is: authentication knows.
    pub(super) fn belongs_to(&self, workspace: WorkspaceId, token: TokenId) {
        self.noted().owner = Some((workspace, token));
    }

    /// What SCIM is there.
    pub(super) fn under(&self, profile: Arc<Profile>) {
        self.noted().profile = Some(profile);
    }

    /// Whether it is known whose request it is.
    pub fn has_owner(&self) -> bool {
        self.noted().owner.is_some()
    }

    /// What was let pass.
    pub fn tolerated(&self, tolerated: &Tolerated) {
        if tolerated.is_empty() {
            return;
        }
        let mut noted = self.noted();
        for tolerance in tolerated.used() {
            if !noted.tolerated.contains(tolerance) {
                noted.tolerated.push(*tolerance);
            }
        }
    }

    /// Which resource it is about.
    pub fn target(&self, kind: ResourceType, id: impl ToString) {
        let id = id.to_string();
        match (self.is_of_a_part, kind) {
            (false, _) => self.noted().target = Some((kind, id)),
            (true, ResourceType::User) => self.people(UserId::parse(&id)),
            (true, ResourceType::Group) => {}
        }
    }

    /// That an operation of a bulk request failed.
    pub fn operation_failed(&self, error: &ScimError) {
        let mut noted = self.noted();
        noted.failed += 1;
        noted.first_failure.get_or_insert_with(|| error.clone());
    }

    /// The `userName` of the user that it is about.
    pub fn user_name(&self, user_name: &str) {
        if self.is_of_a_part {
            return;
        }
        self.noted().user_name = Some(user_name.to_owned());
    }

    /// Users besides the target that it is about: those who come into a group, for instance. More than [`MOST_PEOPLE`] are not kept.
    pub fn people(&self, users: impl IntoIterator<Item = UserId>) {
        let mut noted = self.noted();
        for user in users {
            if noted.people.len() >= MOST_PEOPLE {
                return;
            }
            noted.people.push(user);
        }
    }

    /// The body that was sent. It is kept without secrets, and cut; one that is no JSON is not kept, for who knows what is in it.
    pub fn request_body(&self, bytes: usize, body: Option<&Value>) {
        let profile = self.noted().profile.clone().unwrap_or_else(Profile::builtin);
        let redacted = body.map(|body| profile.secrets().body(body, BODY_BYTES));
        let user_name = body.and_then(user_name_in).map(str::to_owned);
        let mut noted = self.noted();
        noted.had_a_secret |= redacted.as_ref().is_some_and(|redacted| redacted.removed);
        noted.user_name = noted.user_name.take().or(user_name);
        noted.request = kept(bytes, redacted);
    }

    /// Everything so far.
    pub(super) fn take(&self) -> Noted {
        let mut noted = std::mem::take(&mut *self.noted());
        noted.people.sort_unstable();
        noted.people.dedup();
        noted
    }
}

/// A body as the log has it.
pub(super) fn kept(bytes: usize, redacted: Option<Redacted>) -> KeptBody {
    let cut = redacted.as_ref().is_none_or(|redacted| redacted.cut);
    KeptBody { text: redacted.map(|redacted| redacted.text), bytes: i64::try_from(bytes).ok(), cut }
}

/// The `userName` of a resource as it was sent.
fn user_name_in(body: &Value) -> Option<&str> {
    let members = body.as_object()?;
    members.iter().find(|(name, _)| name.eq_ignore_ascii_case("userName")).and_then(|(_, value)| value.as_str())
}

/// What may be let pass and what was, for the length of a use case: whatever becomes of it, the trace has it at the end.
#[derive(Debug)]
pub struct Notes {
    tolerated: Tolerated,
    trace: Trace,
}

impl Notes {
    pub(super) const fn new(tolerated: Tolerated, trace: Trace) -> Self {
        Self { tolerated, trace }
    }
}

impl std::ops::Deref for Notes {
    type Target = Tolerated;

    fn deref(&self) -> &Tolerated {
        &self.tolerated
    }
}

impl std::ops::DerefMut for Notes {
    fn deref_mut(&mut self) -> &mut Tolerated {
        &mut self.tolerated
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.trace.tolerated(&self.tolerated);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn notes_arrive_also_when_the_use_case_fails() {
        let trace = Trace::default();
        let failing = |trace: &Trace| -> Result<(), ()> {
            let mut notes = Notes::new(Tolerated::default(), trace.clone());
            let let_pass = notes.need(Tolerance::BooleanString, crate::scim::ScimType::InvalidValue, String::new);
            assert!(let_pass.is_ok());
            Err(())
        };
        assert!(failing(&trace).is_err() && failing(&trace).is_err());
        assert_eq!(trace.take().tolerated, [Tolerance::BooleanString]);
    }

    #[test]
    fn people_are_kept_once_and_not_without_end() {
        let trace = Trace::default();
        let ids: Vec<UserId> = (0..MOST_PEOPLE + 1).map(|_| UserId::new()).collect();
        trace.people([ids[0], ids[0], ids[1]]);
        assert_eq!(trace.take().people, ids[..2]);
        trace.people(ids);
        assert_eq!(trace.take().people.len(), MOST_PEOPLE);
    }

    #[test]
    fn of_many_operations_none_is_what_the_request_is_about() {
        let trace = Trace::default();
        let part = trace.of_a_part();
        let (ada, bob) = (UserId::new(), UserId::new());
        part.target(ResourceType::User, ada);
        part.target(ResourceType::Group, bob);
        part.user_name("ada");
        part.people([bob]);
        for detail in ["the first", "the second"] {
            trace.operation_failed(&ScimError::conflict(detail));
        }
        let noted = trace.take();
        assert_eq!((noted.target, noted.user_name, noted.people), (None, None, vec![ada, bob]));
        assert_eq!((noted.failed, noted.first_failure), (2, Some(ScimError::conflict("the first"))));
    }

    #[test]
    fn a_body_that_is_no_json_leaves_its_length_only() {
        let trace = Trace::default();
        trace.request_body(17, None);
        assert_eq!(trace.take().request, KeptBody { text: None, bytes: Some(17), cut: true });
        trace.request_body(40, Some(&json!({ "USERNAME": "Ada", "password": "hunter2" })));
        let noted = trace.take();
        assert_eq!(noted.request.text.as_deref(), Some("{\"USERNAME\":\"Ada\",\"password\":\"[removed]\"}"));
        assert_eq!((noted.user_name.as_deref(), noted.had_a_secret), (Some("Ada"), true));
    }
}
