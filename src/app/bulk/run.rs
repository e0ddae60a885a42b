//! Creations of users that come one after another are stored in one transaction: most of what a creation costs is its own
//! transaction. Each is done or not done as if it were alone, because a run in which any of them fails is done again one by one.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Bulk, Fate,
    perform::{Performed, guarded},
};
use crate::{
    app::{
        error::AppError,
        users::{self, Draft},
    },
    ids::UserId,
    scim::{
        ResourceType,
        bulk::{Action, Done, outcome_unknown},
    },
};

/// A longer run gains nothing and holds the rows of the counter longer.
pub(super) const LONGEST: usize = 100;
pub(super) const SHORTEST: usize = 4;

/// A user that can be created with others.
pub(super) struct Candidate {
    operation: usize,
    draft: Draft,
    /// The body with its references, if it has any: their ids are known for sure only when the others are created.
    with_references: Option<Value>,
}

impl Bulk {
    /// Takes out the creations of users that come next. What they refer to is there, or among them.
    pub(super) fn collect_run(&mut self) -> Vec<Candidate> {
        let mut run = Vec::new();
        let mut ids = HashMap::new();
        while run.len() < self.run_length {
            let Some(candidate) = self.next_candidate(&ids) else { break };
            if let Some(bulk_id) = self.entries.get(candidate.operation).and_then(|entry| entry.as_ref()?.creates()) {
                ids.insert(bulk_id.to_owned(), candidate.draft.id.to_string());
            }
            run.push(candidate);
            self.steps.pop_front();
        }
        run
    }

    /// The operation of the next step, if it creates a user and can be drafted; `ids` are those of the run so far. A body that
    /// cannot be is the operation's failure, to be told in its turn.
    fn next_candidate(&mut self, ids: &HashMap<String, String>) -> Option<Candidate> {
        let step = self.steps.front().filter(|step| !step.circular)?;
        let operation = *step.operations.first()?;
        let entry = self.entries.get_mut(operation)?.as_mut()?;
        let Ok(action @ Action::Create { kind: ResourceType::User, .. }) = &mut entry.action else { return None };
        let fates = &self.fates;
        let id_of = |bulk_id: &str| match (ids.get(bulk_id), fates.get(bulk_id)) {
            (Some(id), _) | (None, Some(Fate::Created(id))) => Some(id.clone()),
            (None, Some(Fate::Open | Fate::Failed) | None) => None,
        };
        if entry.references.iter().any(|bulk_id| id_of(bulk_id).is_none()) {
            return None;
        }
        let with_references = if entry.references.is_empty() { None } else { action.body().cloned() };
        action.replace_references(|bulk_id| id_of(bulk_id).ok_or(())).ok()?;
        match Draft::new(&self.caller, UserId::new(), action.take_body()) {
            Ok(draft) => Some(Candidate { operation, draft, with_references }),
            Err(error) => {
                entry.action = Err(error);
                None
            }
        }
    }

    /// Creates them at once, or else one by one.
    pub(super) async fn do_run(&mut self, run: Vec<Candidate>) {
        if run.len() > 1 {
            match self.create_all(&run).await {
                Ok(version) => {
                    self.run_length = (self.run_length * 2).min(LONGEST);
                    for Candidate { operation, draft, .. } in run {
                        self.settle(operation, Ok(created(&draft, version)));
                    }
                    return;
                }
                // It may have been in the middle of the commit: a second try would find the users there and call them taken.
                Err(error @ AppError::Unavailable { .. }) => return self.settle_unknown(&run, error),
                Err(_) => self.run_length = (self.run_length / 4).max(SHORTEST),
            }
        }
        for Candidate { operation, draft, with_references } in run {
            if self.is_stopped() {
                return;
            }
            match with_references {
                None => {
                    let outcome = self.create_one(draft).await;
                    self.settle(operation, outcome);
                }
                Some(body) => {
                    if let Some(entry) = self.entries.get_mut(operation).and_then(Option::as_mut) {
                        entry.action = Ok(Action::Create { kind: ResourceType::User, body });
                    }
                    self.do_one(operation).await;
                }
            }
        }
    }

    async fn create_all(&mut self, run: &[Candidate]) -> Result<i64, AppError> {
        self.caller.trace().operation_begins();
        self.go_on().await?;
        let drafts: Vec<&Draft> = run.iter().map(|candidate| &candidate.draft).collect();
        guarded(users::create_all(&self.app, &self.caller, &drafts)).await
    }

    async fn create_one(&mut self, draft: Draft) -> Result<Performed, AppError> {
        self.caller.trace().operation_begins();
        self.go_on().await?;
        guarded(users::create_drafted(&self.app, &self.caller, draft)).await.map(Performed::created)
    }

    fn settle_unknown(&mut self, run: &[Candidate], error: AppError) {
        let mut error = Some(error);
        for Candidate { operation, .. } in run {
            self.settle(*operation, Err(error.take().unwrap_or_else(|| outcome_unknown().into())));
        }
    }
}

fn created(draft: &Draft, version: i64) -> Performed {
    Performed { kind: ResourceType::User, id: draft.id.to_string(), done: Done::Created { version } }
}
