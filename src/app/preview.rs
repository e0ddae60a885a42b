//! What would happen if the directory were followed now, or role mappings were others: told before it is done.

use std::{collections::BTreeMap, fmt};

use super::{App, caller::AdminCaller, error::AppError, roles};
use crate::{
    directory::{
        guard::Effect,
        preview::{Change, Preview},
        roles::Role,
    },
    ids::{GroupId, MemberId, UserId},
    store::{
        WorkspaceTx, group_members, groups,
        held_changes::{self, State},
        membership::{self, Person, Purpose},
        sweeps::{self, Phase},
    },
};

/// People looked at in one transaction.
const BATCH: i64 = 500;
/// People looked at for one answer at most.
pub const MOST: u64 = 10_000;
/// After so many changes an answer is not made longer.
const ENOUGH: usize = 1_000;

/// Where to go on: the people of the directory come first, then members whose directory user is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After this user.
    User(UserId),
    /// After this member; the nil id for the beginning.
    Member(MemberId),
}

impl Place {
    const BEGINNING_OF_MEMBERS: Self = Self::Member(MemberId::from_uuid(uuid::Uuid::nil()));

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("user", id) => UserId::parse(id).map(Self::User),
            ("member", id) => MemberId::parse(id).map(Self::Member),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(out, "user:{id}"),
            Self::Member(id) => write!(out, "member:{id}"),
        }
    }
}

/// Who is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Everybody.
    Everybody,
    /// Whoever is in the groups that would give something else, directly or through other groups.
    TheGroups,
}

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Question {
    /// Groups that would give these roles, or none, instead of what they give.
    pub mappings: Vec<(GroupId, Option<String>)>,
    /// Who.
    pub among: Among,
    /// After this place.
    pub after: Option<Place>,
    /// About so many people, and [`MOST`] at most.
    pub most: u64,
}

/// A person about whom something would change, or who matches no role.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The directory user; none for members whose user was deleted.
    pub user: Option<UserId>,
    /// The member; none for people who are not in yet.
    pub member: Option<MemberId>,
    /// Address.
    pub email: Option<String>,
    /// Name.
    pub display_name: Option<String>,
    /// What would become of the person.
    pub preview: Preview,
    /// Why it would not: it is held until somebody has looked, or an administrator has rejected it.
    pub kept_back: Option<State>,
}

impl Previewed {
    /// Whether an administrator would be one no more.
    pub fn loses_admin(&self) -> bool {
        self.preview.loses_admin() && self.kept_back.is_none()
    }
}

/// People in the order of their ids, as far as they were looked at.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How many people were looked at.
    pub looked_at: u64,
    /// Those about whom something would change, or who match no role.
    pub people: Vec<Previewed>,
    /// Where to go on; none when everybody was looked at.
    pub next: Option<Place>,
}

impl Page {
    /// To how many people this would happen.
    pub fn count(&self, change: Change) -> usize {
        self.people.iter().filter(|person| person.preview.change == Some(change) && person.kept_back.is_none()).count()
    }

    /// For how many people it would happen, if it were not kept back.
    pub fn kept_back(&self) -> usize {
        self.people.iter().filter(|person| person.kept_back.is_some()).count()
    }
}

/// Looks at people as if groups gave other roles than they do. Each is as of the moment at which it was looked at; nothing is locked, nothing
/// is written.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such group, [`AppError::Invalid`] when it has no such role.
pub async fn preview(app: &App, caller: &AdminCaller, question: Question) -> Result<Page, AppError> {
    let Question { mappings, among, after, most } = question;
    let mut tx = app.db.workspace(caller.workspace).await?;
    let mut instead = BTreeMap::new();
    for (group, role) in mappings {
        groups::find(&mut tx, group).await?.ok_or(AppError::NotFound("group"))?;
        let role = match role {
            Some(name) => Some(roles::wanted(&mut tx, &name).await?),
            None => None,
        };
        instead.insert(group, role);
    }
    drop(tx);
    let mut page = Page::default();
    let mut place = Some(after.unwrap_or(Place::User(UserId::from_uuid(uuid::Uuid::nil()))));
    while let Some(from) = place
        && page.looked_at < most.min(MOST)
        && page.people.len() < ENOUGH
    {
        let mut tx = app.db.workspace(caller.workspace).await?;
        let batch = i64::try_from(most.min(MOST) - page.looked_at).unwrap_or(BATCH).min(BATCH);
        place = look(&mut tx, from, among, batch, &instead, &mut page).await?;
    }
    page.next = place;
    Ok(page)
}

async fn look(
    tx: &mut WorkspaceTx,
    from: Place,
    among: Among,
    batch: i64,
    instead: &BTreeMap<GroupId, Option<Role>>,
    page: &mut Page,
) -> Result<Option<Place>, AppError> {
    let (users, members, next) = match (from, among) {
        (Place::User(after), Among::Everybody) => {
            let ids = sweeps::next_ids(tx, Phase::Users, after.as_uuid(), batch).await?;
            let users: Vec<UserId> = ids.into_iter().map(UserId::from_uuid).collect();
            let next = users.last().copied().map_or(Place::BEGINNING_OF_MEMBERS, Place::User);
            (users, Vec::new(), Some(next))
        }
        (Place::User(after), Among::TheGroups) => {
            let groups: Vec<GroupId> = instead.keys().copied().collect();
            let users = group_members::below(tx, &groups, after, batch).await?;
            let next = users.last().copied().map(Place::User);
            (users, Vec::new(), next)
        }
        // Whoever has no directory user is in no group.
        (Place::Member(_), Among::TheGroups) => return Ok(None),
        (Place::Member(after), Among::Everybody) => {
            let ids = sweeps::next_ids(tx, Phase::Members, after.as_uuid(), batch).await?;
            let members: Vec<MemberId> = ids.into_iter().map(MemberId::from_uuid).collect();
            let next = members.last().copied().map(Place::Member);
            (Vec::new(), members, next)
        }
    };
    page.looked_at += (users.len() + members.len()) as u64;
    let people = membership::load(tx, &users, &members, Purpose::Preview(instead)).await?;
    let mut found: Vec<Previewed> = people.into_iter().filter_map(previewed).collect();
    keep_back(tx, &mut found).await?;
    page.people.extend(found);
    Ok(next)
}

/// Looks up what is held of those who would lose something, and what was rejected: the reconciliation would leave it to them.
async fn keep_back(tx: &mut WorkspaceTx, found: &mut [Previewed]) -> Result<(), AppError> {
    let losers: Vec<MemberId> =
        found.iter().filter(|person| taken(person).is_some()).filter_map(|person| person.member).collect();
    if losers.is_empty() {
        return Ok(());
    }
    let held = held_changes::of(tx, &losers).await?;
    for person in found {
        let Some(effect) = taken(person) else { continue };
        let row = held.iter().find(|row| Some(row.member_id) == person.member && row.effect == effect.as_str());
        person.kept_back = row.and_then(|row| State::named(&row.state)).filter(|state| *state != State::Approved);
    }
    Ok(())
}

fn taken(person: &Previewed) -> Option<Effect> {
    match person.preview.change? {
        Change::Removed => Some(Effect::Access),
        Change::Demoted => Some(Effect::Role),
        Change::Added | Change::Returning | Change::Promoted | Change::Updated => None,
    }
}

fn previewed(person: Person) -> Option<Previewed> {
    let preview = Preview::of(person.desired.as_ref(), person.effective.as_ref());
    if preview.change.is_none() && !preview.matches_no_role {
        return None;
    }
    let member = person.effective.as_ref().map(|effective| effective.id);
    let profile = person.desired.map(|desired| desired.profile).or(person.effective.map(|effective| effective.profile))?;
    Some(Previewed {
        user: profile.user,
        member,
        email: profile.email,
        display_name: profile.display_name,
        preview,
        kept_back: None,
    })
}
