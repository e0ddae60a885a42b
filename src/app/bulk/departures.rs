//! Deactivations of users that come one after another are done in one transaction and a handful of statements: an identity provider that
//! lets many people go is to have them out at once. Each is done or not done as if it were alone, because a run in which any of them is
//! anything else is done again one by one.

use std::collections::{BTreeSet, HashMap};

use super::{
    Bulk,
    perform::{Performed, guarded},
    run::{LONGEST, SHORTEST},
};
use crate::{
    app::{
        error::AppError,
        resource::Resource,
        users::{self, Departure},
    },
    ids::UserId,
    scim::{
        ResourceType,
        bulk::{Action, Identifier, outcome_unknown},
    },
};

/// A deactivation that can be done with others.
pub(super) struct Leaving {
    operation: usize,
    departure: Departure,
}

impl Bulk {
    /// Takes out the deactivations that come next, of different people. Fewer than two are none.
    pub(super) fn collect_departures(&mut self) -> Vec<Leaving> {
        let mut run: Vec<Leaving> = Vec::new();
        let mut people: BTreeSet<UserId> = BTreeSet::new();
        for step in self.steps.iter().take(self.run_length) {
            let next = step.operations.first().filter(|_| !step.circular).and_then(|operation| self.departure(*operation));
            let Some(next) = next.filter(|next| people.insert(next.departure.id)) else { break };
            run.push(next);
        }
        if run.len() < 2 {
            return Vec::new();
        }
        self.steps.drain(..run.len());
        run
    }

    fn departure(&self, operation: usize) -> Option<Leaving> {
        let entry = self.entries.get(operation)?.as_ref()?;
        let Ok(Action::Change { target, body, conditions }) = &entry.action else { return None };
        let (ResourceType::User, Identifier::Id(id)) = (target.kind, &target.id) else { return None };
        if !entry.references.is_empty() {
            return None;
        }
        Some(Leaving { operation, departure: Departure::read(&self.caller, id, body, conditions)? })
    }

    /// Does them at once, or else one by one.
    pub(super) async fn do_departures(&mut self, run: Vec<Leaving>) {
        match self.deactivate_all(&run).await {
            Ok(Some(done)) => {
                self.run_length = (self.run_length * 2).min(LONGEST);
                let mut done: HashMap<String, Resource> =
                    done.into_iter().map(|resource| (resource.id.clone(), resource)).collect();
                for Leaving { operation, departure } in run {
                    let resource = done.remove(&departure.id.to_string());
                    let gone = || AppError::Bug(anyhow::anyhow!("a user of a run has no answer"));
                    self.settle(operation, resource.map(Performed::changed).ok_or_else(gone));
                }
                return;
            }
            // It may have been in the middle of the commit.
            Err(error @ AppError::Unavailable { .. }) => {
                let mut error = Some(error);
                for Leaving { operation, .. } in run {
                    self.settle(operation, Err(error.take().unwrap_or_else(|| outcome_unknown().into())));
                }
                return;
            }
            Ok(None) | Err(_) => self.run_length = (self.run_length / 4).max(SHORTEST),
        }
        for Leaving { operation, .. } in run {
            if self.is_stopped() {
                return;
            }
            self.do_one(operation).await;
        }
    }

    async fn deactivate_all(&mut self, run: &[Leaving]) -> Result<Option<Vec<Resource>>, AppError> {
        self.caller.trace().operation_begins();
        self.go_on().await?;
        let departures: Vec<&Departure> = run.iter().map(|leaving| &leaving.departure).collect();
        guarded(users::deactivate_all(&self.app, &self.caller, &departures)).await
    }
}
