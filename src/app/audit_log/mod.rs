//! Reading the audit log: who did what to whom, and what it was before and after. Written by [`super::effects`], never changed.
//!
//! Every question is answered from an index, and what it costs is bounded, however long the log is. Why there are three indexes and no
//! more: [`d34`](crate::decisions::d34_the_audit_log_is_read).

mod export;

use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{App, caller::AdminCaller, error::AppError};
use crate::{
    ids::{Actor, AuditId, MemberId, RequestId, TokenId},
    store::{
        WorkspaceTx,
        audit::{self, EntryRow, Facets, Order, Span},
        stretch::Stretch,
        tokens::{self, TokenName},
    },
};

pub use export::{Export, export};

/// Entries that are looked at for one page, when only some of them are wanted.
const LOOKED_AT: i64 = 2_000;

/// Whose entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By any token.
    Tokens,
    /// By this token.
    Token(TokenId),
    /// By this person: signed in, or by any of their tokens.
    Member(MemberId),
    /// By the people who run Rollcall.
    Operator,
    /// By the worker.
    System,
}

impl FromStr for By {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let named = match text.split_once(':') {
            None => match text {
                "token" => Some(Self::Tokens),
                "operator" => Some(Self::Operator),
                "system" => Some(Self::System),
                _ => None,
            },
            Some(("token", id)) => TokenId::parse(id).map(Self::Token),
            Some(("member", id)) => MemberId::parse(id).map(Self::Member),
            Some(_) => None,
        };
        named.ok_or("must be operator, system, token, token:<id> or member:<id>")
    }
}

impl By {
    /// The actors, as they are stored.
    async fn spans(self, tx: &mut WorkspaceTx) -> Result<Vec<Span>, AppError> {
        let exactly = |actor: Actor| Span::exactly(actor.to_string());
        Ok(match self {
            Self::Tokens => vec![Span::below("token", ':')],
            Self::Token(id) => vec![exactly(Actor::Token(id))],
            Self::Member(id) => {
                let tokens = tokens::of_member(tx, id).await?.into_iter().map(Actor::Token);
                [Actor::Member(id)].into_iter().chain(tokens).map(exactly).collect()
            }
            Self::Operator => vec![exactly(Actor::Operator)],
            Self::System => vec![exactly(Actor::Worker)],
        })
    }
}

/// Which actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Did {
    /// This one, as `noun.verb`.
    Exactly(String),
    /// Every one with this noun.
    Noun(String),
}

impl FromStr for Did {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let is_word =
            |word: &str| !word.is_empty() && word.len() <= 64 && word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        match text.split_once('.') {
            Some((noun, verb)) if is_word(noun) && is_word(verb) => Ok(Self::Exactly(text.to_owned())),
            None if is_word(text) => Ok(Self::Noun(text.to_owned())),
            Some(_) | None => Err("must be an action like user.updated, or its first word"),
        }
    }
}

impl Did {
    fn span(&self) -> Span {
        match self {
            Self::Exactly(action) => Span::exactly(action.clone()),
            Self::Noun(noun) => Span::below(noun, '.'),
        }
    }
}

/// Which entries are wanted; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Who did it.
    pub by: Option<By>,
    /// What was done.
    pub did: Option<Did>,
    /// To whom or what.
    pub subject: Option<Uuid>,
    /// In this request, or because of it.
    pub request: Option<RequestId>,
    /// Then or later.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
}

impl Wanted {
    async fn facets(&self, tx: &mut WorkspaceTx) -> Result<Facets, AppError> {
        let actors = match self.by {
            Some(by) => Some(by.spans(tx).await?),
            None => None,
        };
        Ok(Facets { actors, actions: self.did.as_ref().map(Did::span), subject: self.subject, request: self.request })
    }
}

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What is stored of it.
    pub row: EntryRow,
    /// Who did it.
    pub who: Who,
}

/// Who did something.
#[derive(Debug, Clone)]
pub enum Who {
    /// Whoever holds this token of the workspace.
    Token(TokenName),
    /// This person, signed in or by this token.
    Member(MemberId, Option<TokenName>),
    /// The people who run Rollcall.
    Operator,
    /// The worker.
    System,
}

/// A page of entries, newest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page begins; none on the last one. A page with a next one may have fewer entries than it could, even none.
    pub next: Option<AuditId>,
}

/// A page of the workspace's log, after an entry of an earlier one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(
    app: &App,
    caller: &AdminCaller,
    wanted: &Wanted,
    after: Option<AuditId>,
    page: usize,
) -> Result<Page, AppError> {
    let mut stretch = Stretch::of_time(wanted.from, wanted.to);
    if let Some(after) = after {
        stretch.before = stretch.before.min(after.as_uuid());
    }
    if stretch.is_empty() {
        return Ok(Page::default());
    }
    let mut tx = app.db.workspace(caller.workspace).await?;
    let facets = wanted.facets(&mut tx).await?;
    slice(&mut tx, &facets, stretch, Order::NewestFirst, page).await
}

/// At most so many entries from one end of a stretch, and the last one that was looked at, if there may be more behind it.
async fn slice(tx: &mut WorkspaceTx, facets: &Facets, stretch: Stretch, order: Order, page: usize) -> Result<Page, AppError> {
    let one_more = page.saturating_add(1);
    let limit = i64::try_from(one_more).unwrap_or(i64::MAX);
    let looked_at = if facets.are_sifted() { LOOKED_AT.max(limit) } else { limit };
    let ids = audit::ids(tx, facets, stretch, order, looked_at).await?;
    let wanted = if facets.are_sifted() { ids.as_slice() } else { ids.get(..page).unwrap_or(&ids) };
    let mut rows = audit::among(tx, wanted, facets, order).await?;
    let is_full = i64::try_from(ids.len()).is_ok_and(|looked| looked == looked_at);
    let next = if rows.len() > page {
        rows.truncate(page);
        rows.last().map(|row| row.id)
    } else {
        wanted.last().copied().filter(|_| is_full)
    };
    Ok(Page { entries: with_names(tx, rows).await?, next })
}

/// The entries with what the tokens of their actors are called.
async fn with_names(tx: &mut WorkspaceTx, rows: Vec<EntryRow>) -> Result<Vec<Entry>, AppError> {
    let actors: Vec<Actor> = rows.iter().map(|row| Actor::parse(&row.actor)).collect::<Option<_>>().ok_or_else(unreadable)?;
    let token = |actor: &Actor| match actor {
        Actor::Token(id) => Some(*id),
        Actor::Member(_) | Actor::Operator | Actor::Worker => None,
    };
    let ids: Vec<TokenId> = actors.iter().filter_map(token).collect::<BTreeSet<_>>().into_iter().collect();
    let named = if ids.is_empty() { Vec::new() } else { tokens::named(tx, &ids).await? };
    let names: HashMap<TokenId, TokenName> = named.into_iter().map(|name| (name.id, name)).collect();
    let entry = |(row, actor)| {
        let who = match actor {
            Actor::Token(id) => {
                let name = names.get(&id).cloned().ok_or_else(unreadable)?;
                name.member_id.map_or(Who::Token(name.clone()), |member| Who::Member(member, Some(name)))
            }
            Actor::Member(id) => Who::Member(id, None),
            Actor::Operator => Who::Operator,
            Actor::Worker => Who::System,
        };
        Ok(Entry { row, who })
    };
    rows.into_iter().zip(actors).map(entry).collect()
}

/// Actors are written by us, and tokens are never deleted.
fn unreadable() -> AppError {
    AppError::Bug(anyhow::anyhow!("an entry of the audit log names an actor that there is not"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_and_actions_are_read() {
        let id = "019f0000-0000-7000-8000-000000000000";
        let token = TokenId::parse(id).expect("an id");
        assert_eq!("operator".parse(), Ok(By::Operator));
        assert_eq!("system".parse(), Ok(By::System));
        assert_eq!("token".parse(), Ok(By::Tokens));
        assert_eq!(format!("token:{id}").parse(), Ok(By::Token(token)));
        assert!(matches!(format!("member:{id}").parse(), Ok(By::Member(_))));
        for wrong in ["", "worker", "member", "token:", "token:7", "operator:1", id] {
            assert!(wrong.parse::<By>().is_err(), "{wrong}");
        }
        assert_eq!("user.updated".parse(), Ok(Did::Exactly("user.updated".into())));
        assert_eq!("role_mapping".parse(), Ok(Did::Noun("role_mapping".into())));
        for wrong in ["", ".", "user.", ".updated", "user.*", "User", "a.b.c", "user updated"] {
            assert!(wrong.parse::<Did>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_noun_is_a_span_of_its_actions_alone() {
        let span = Did::Noun("member".into()).span();
        let has = |action: &str| span.low.as_str() <= action && action <= span.high.as_str();
        assert!(has("member.invited") && has("member.role_changed"));
        assert!(!has("members.changed") && !has("member") && !has("membera.b") && !has("group.updated"));
    }
}
