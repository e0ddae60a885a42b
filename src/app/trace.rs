//! What is taken down of a SCIM request while it is carried out: whose it is, what it is about, what was let pass. One trace goes with
//! each request, from authentication to the entry of the [provisioning log](super::provisioning_log) that is made of it at the end.
//!
//! Use cases note what they know and nothing comes back: no outcome depends on a trace.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    ids::{RequestId, TokenId, UserId, WorkspaceId},
    scim::{Profile, ResourceType, ScimError, Tolerance, Tolerated, bulk::Method, redact::Redacted},
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
    /// What was taken down of the operation that is being done, if this is the trace of a bulk request's operations: then the request
    /// itself is about no one resource.
    part: Option<Arc<Mutex<Part>>>,
}

/// What was taken down of one operation of a bulk request.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// What it is about.
    target: Option<(ResourceType, String)>,
    /// The `userName` in question.
    user_name: Option<String>,
    /// Other users that it is about.
    people: Vec<UserId>,
    /// When it began.
    began: Option<Instant>,
}

/// An operation of a bulk request that failed.
#[derive(Debug, Clone)]
pub struct FailedOperation {
    /// Of its entry.
    pub(super) id: RequestId,
    pub(super) method: Option<Method>,
    /// What its path names: a resource, or an endpoint only.
    pub(super) kind: Option<ResourceType>,
    pub(super) resource: Option<String>,
    /// What it was about.
    pub(super) target: Option<(ResourceType, String)>,
    pub(super) user_name: Option<String>,
    pub(super) people: Vec<UserId>,
    pub(super) took: Duration,
    /// Why.
    pub(super) error: ScimError,
}

impl Part {
    /// That it failed; `user_name` is the one in its body.
    pub(super) fn failed(
        self,
        method: Option<Method>,
        (kind, resource): (Option<ResourceType>, Option<String>),
        user_name: Option<String>,
        error: ScimError,
    ) -> FailedOperation {
        let Self { target, user_name: known, people, began } = self;
        let took = began.map(|began| began.elapsed()).unwrap_or_default();
        let user_name = known.or(user_name);
        FailedOperation { id: RequestId::new(), method, kind, resource, target, user_name, people, took, error }
    }
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
    /// The operations of a bulk request that failed.
    pub(super) failed: Vec<FailedOperation>,
}

impl Trace {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For one operation of a bulk request: whoever it is about is one of many.
    #[must_use]
    pub(super) fn of_a_part(&self) -> Self {
        Self { noted: self.noted.clone(), part: Some(Arc::default()) }
    }

    fn part(&self) -> Option<MutexGuard<'_, Part>> {
        self.part.as_ref().map(|part| part.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next operation of a bulk request begins.
    pub(super) fn operation_begins(&self) {
        if let Some(mut part) = self.part() {
            *part = Part { began: Some(Instant::now()), ..Part::default() };
        }
    }

    /// It ends: everything of it so far.
    pub(super) fn operation_ends(&self) -> Part {
        self.part().map(|mut part| std::mem::take(&mut *part)).unwrap_or_default()
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
        let Some(mut part) = self.part() else {
            self.noted().target = Some((kind, id));
            return;
        };
        if kind == ResourceType::User {
            name(&mut self.noted().people, UserId::parse(&id));
        }
        part.target = Some((kind, id));
    }

    /// That an operation of a bulk request failed.
    pub fn operation_failed(&self, mut failed: FailedOperation) {
        let mut noted = self.noted();
        let named: usize = noted.failed.iter().map(|failed| failed.people.len()).sum();
        failed.people.truncate(MOST_PEOPLE.saturating_sub(named));
        noted.failed.push(failed);
    }

    /// The `userName` of the user that it is about.
    pub fn user_name(&self, user_name: &str) {
        match self.part() {
            Some(mut part) => part.user_name = Some(user_name.to_owned()),
            None => self.noted().user_name = Some(user_name.to_owned()),
        }
    }

    /// Users besides the target that it is about: those who come into a group, for instance. More than [`MOST_PEOPLE`] are not kept.
    pub fn people(&self, users: impl IntoIterator<Item = UserId>) {
        let users: Vec<UserId> = users.into_iter().take(MOST_PEOPLE).collect();
        if let Some(mut part) = self.part() {
            name(&mut part.people, users.iter().copied());
        }
        name(&mut self.noted().people, users);
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

fn name(people: &mut Vec<UserId>, users: impl IntoIterator<Item = UserId>) {
    people.extend(users.into_iter().take(MOST_PEOPLE.saturating_sub(people.len())));
}

/// A body as the log has it.
pub(super) fn kept(bytes: usize, redacted: Option<Redacted>) -> KeptBody {
    let cut = redacted.as_ref().is_none_or(|redacted| redacted.cut);
    KeptBody { text: redacted.map(|redacted| redacted.text), bytes: i64::try_from(bytes).ok(), cut }
}

/// The `userName` of a resource as it was sent.
pub(super) fn user_name_in(body: &Value) -> Option<&str> {
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
        let failed = |part: Part| part.failed(None, (None, None), Some("bob".into()), ScimError::conflict("taken"));
        trace.operation_failed(failed(part.operation_ends()));
        part.people([bob]);
        part.operation_begins();
        trace.operation_failed(failed(part.operation_ends()));
        let noted = trace.take();
        assert_eq!((noted.target, noted.user_name, noted.people), (None, None, vec![ada, bob]));
        let [first, second] = noted.failed.as_slice() else { panic!("{:?}", noted.failed) };
        assert_eq!((&first.target, &first.user_name), (&Some((ResourceType::Group, bob.to_string())), &Some("ada".into())));
        assert_eq!(
            (first.people.as_slice(), second.people.as_slice(), &second.user_name),
            ([bob].as_slice(), [].as_slice(), &Some("bob".into()))
        );
        assert!(first.id < second.id);
    }

    #[test]
    fn of_all_that_failed_together_people_are_kept_not_without_end() {
        let trace = Trace::default();
        let part = trace.of_a_part();
        for _ in 0..3 {
            part.operation_begins();
            part.people((0..MOST_PEOPLE).map(|_| UserId::new()).take(600));
            trace.operation_failed(part.operation_ends().failed(None, (None, None), None, ScimError::conflict("taken")));
        }
        let named: Vec<usize> = trace.take().failed.iter().map(|failed| failed.people.len()).collect();
        assert_eq!(named, [600, 400, 0]);
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
