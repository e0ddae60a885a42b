//! POSTs that refer to each other in a circle (RFC 7644 §3.7.1): groups that contain each other, people who are each other's
//! managers. They get their ids first, are stored in one transaction, groups without members, and are then put into each other. So
//! they come about together, each in its first version, or not at all.

use std::collections::HashMap;

use super::{
    Bulk,
    perform::{Performed, guarded},
};
use crate::{
    app::{App, caller::ScimCaller, error::AppError, groups, users},
    ids::{GroupId, UserId},
    scim::{
        ResourceType,
        bulk::{Action, Done, circle_broken, done_before},
    },
};

/// The id that a resource of the circle gets.
#[derive(Clone, Copy)]
enum NewId {
    User(UserId),
    Group(GroupId),
}

impl std::fmt::Display for NewId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Group(id) => id.fmt(f),
        }
    }
}

enum Draft {
    User(users::Draft),
    Group(groups::Draft),
}

impl Bulk {
    /// Creates all of them, or none: then one has the reason and the others say whose it is.
    pub(super) async fn do_circle(&mut self, operations: &[usize]) {
        let mut at = 0;
        self.caller.trace().operation_begins();
        match self.create_circle(operations, &mut at).await {
            Ok(created) => operations.iter().zip(created).for_each(|(operation, created)| self.settle(*operation, Ok(created))),
            Err(error) => {
                let culprit = operations.get(at).copied().unwrap_or_default();
                let name = self.entries.get(culprit).and_then(|entry| entry.as_ref()?.creates()).unwrap_or_default();
                let others = circle_broken(name);
                let mut error = Some(error);
                for operation in operations {
                    let own = if *operation == culprit { error.take() } else { None };
                    self.settle(*operation, Err(own.unwrap_or_else(|| others.clone().into())));
                }
            }
        }
    }

    /// `at` is the place of the operation that an error is about.
    async fn create_circle(&mut self, operations: &[usize], at: &mut usize) -> Result<Vec<Performed>, AppError> {
        self.go_on().await?;
        let drafts = self.drafts(operations, at)?;
        guarded(together(&self.app, &self.caller, drafts, at)).await
    }

    fn drafts(&mut self, operations: &[usize], at: &mut usize) -> Result<Vec<Draft>, AppError> {
        let (mut ids, mut bulk_ids) = (Vec::new(), HashMap::new());
        for operation in operations {
            let Some(entry) = self.entries.get(*operation).and_then(Option::as_ref) else { continue };
            let id = match &entry.action {
                Ok(Action::Create { kind: ResourceType::User, .. }) => NewId::User(UserId::new()),
                Ok(Action::Create { kind: ResourceType::Group, .. }) => NewId::Group(GroupId::new()),
                Ok(Action::Replace { .. } | Action::Change { .. } | Action::Delete { .. }) | Err(_) => continue,
            };
            bulk_ids.extend(entry.creates().map(|bulk_id| (bulk_id.to_owned(), id.to_string())));
            ids.push((*operation, id));
        }
        let mut drafts = Vec::new();
        for (place, (operation, id)) in ids.into_iter().enumerate() {
            *at = place;
            let body = self.body_in_circle(operation, &bulk_ids)?;
            drafts.push(match id {
                NewId::User(id) => Draft::User(users::Draft::new(&self.caller, id, body)?),
                NewId::Group(id) => Draft::Group(groups::Draft::new(&self.caller, id, body)?),
            });
        }
        Ok(drafts)
    }

    fn body_in_circle(&mut self, operation: usize, ids: &HashMap<String, String>) -> Result<serde_json::Value, AppError> {
        let entry = self.entries.get_mut(operation).and_then(Option::as_mut);
        let mut action = entry.ok_or_else(done_before)?.take_action()?;
        action.replace_references(|bulk_id| ids.get(bulk_id).cloned().map_or_else(|| self.id_of(bulk_id), Ok))?;
        Ok(action.take_body())
    }
}

async fn together(app: &App, caller: &ScimCaller, drafts: Vec<Draft>, at: &mut usize) -> Result<Vec<Performed>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let mut created = Vec::with_capacity(drafts.len());
    for (place, draft) in drafts.iter().enumerate() {
        *at = place;
        let (kind, id, version) = match draft {
            Draft::User(user) => (ResourceType::User, user.id.to_string(), user.insert(&mut tx, caller).await?.version),
            Draft::Group(group) => (ResourceType::Group, group.id.to_string(), group.insert(&mut tx, caller).await?.version),
        };
        created.push(Performed { kind, id, done: Done::Created { version } });
    }
    for (place, draft) in drafts.into_iter().enumerate() {
        *at = place;
        match draft {
            Draft::User(_) => {}
            Draft::Group(group) => group.fill(&mut tx, caller).await?,
        }
    }
    tx.commit().await?;
    app.wake.reconcile();
    Ok(created)
}
